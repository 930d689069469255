// Starts the child process of the Node host and speaks with it: one request at a time, each with a time limit. A child
// that ends or hangs gives a failure, never an exception, and does not keep the parent alive while it has nothing to do.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type GpuFailure, gpuFailure } from "./gpu.ts";
import { type ChildReplies, type ChildReply, type ChildRequest, onMessage, sendMessage } from "./node-channel.ts";

/** How to start the child: Node's own options, then the script. */
export interface ChildScript {
  readonly nodeOptions: readonly string[];
  readonly path: string;
}

/**
 * Finds the child's script. In a bundled build it is `gpu-child.js`, beside the bundle or one folder up; among the
 * sources it is `node-child.ts`, run through `tsx`.
 */
export function findChildScript(): ChildScript | undefined {
  const places = import.meta.url.endsWith(".ts") ? ["./node-child.ts"] : ["./gpu-child.js", "../gpu-child.js"];
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = paths.find((place) => existsSync(place));
  if (path === undefined) return undefined;
  return { path, nodeOptions: path.endsWith(".ts") ? typeScriptOptions() : [] };
}

/** Without `tsx`, Node has to be one that runs TypeScript itself. */
function typeScriptOptions(): readonly string[] {
  try {
    return ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
  } catch {
    return [];
  }
}

/** A driver to try: its environment, what it is called, and whether only a software adapter is wanted. */
export interface Driver {
  readonly origin: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly isFallback: boolean;
}

/** A running child. `ask` answers with a failure once the child has ended; `end` waits until it has. */
export interface GpuChild {
  readonly pid: number | undefined;
  isLive(): boolean;
  ask<R extends ChildRequest>(request: R, timeoutMs: number): Promise<ChildReplies[R["kind"]] | GpuFailure>;
  end(): Promise<void>;
}

interface Waiting {
  readonly settle: (reply: ChildReply) => void;
  readonly timer: NodeJS.Timeout;
}

/** Starts a child that uses a driver. */
export function startChild(script: ChildScript, driver: Driver): GpuChild {
  const words = [...script.nodeOptions, script.path, driver.origin, driver.isFallback ? "fallback" : "any"];
  const child = spawn(process.execPath, words, {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    env: { ...process.env, ...driver.environment },
    windowsHide: true,
  });
  const channel = child.stdio[3] as Duplex;
  const said = lastText(child);
  let ended: GpuFailure | undefined;
  let waiting: Waiting | undefined;

  const settle = (reply: ChildReply): void => {
    const { settle: answer, timer } = waiting ?? {};
    waiting = undefined;
    clearTimeout(timer);
    holdParent(child, false);
    answer?.(reply);
  };
  const stop = (failure: GpuFailure): void => {
    ended ??= failure;
    settle(ended);
  };
  const hasEnded = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      stop(endedFailure(`cannot start: ${error.message}`, ""));
      resolve();
    });
    child.once("close", (code, signal) => {
      stop(endedFailure(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`, said()));
      resolve();
    });
  });
  channel.on("error", () => undefined);
  onMessage<ChildReply>(channel, settle);
  holdParent(child, false);

  return {
    pid: child.pid,
    isLive: () => ended === undefined,
    ask<R extends ChildRequest>(request: R, timeoutMs: number) {
      if (ended !== undefined) return Promise.resolve(ended);
      return new Promise<ChildReplies[R["kind"]] | GpuFailure>((resolve) => {
        const timer = setTimeout(() => {
          stop(timeoutFailure(request, timeoutMs));
          child.kill("SIGKILL");
        }, timeoutMs);
        // The child answers one request at a time, each with its kind of reply.
        waiting = { settle: (reply) => resolve(reply as ChildReplies[R["kind"]]), timer };
        holdParent(child, true);
        sendMessage(channel, request);
      });
    },
    async end() {
      child.kill("SIGKILL");
      child.ref();
      await hasEnded;
    },
  };
}

/** Keeps the parent alive while it waits for the child, and only then. */
function holdParent(child: ChildProcess, isHeld: boolean): void {
  const handles = [child, ...child.stdio] as readonly ({ ref?(): void; unref?(): void } | null | undefined)[];
  for (const handle of handles) {
    if (isHeld) handle?.ref?.();
    else handle?.unref?.();
  }
}

/** Keeps the end of what the child says on its standard error, for the reason of a failure. */
function lastText(child: ChildProcess): () => string {
  const keptCharacters = 2000;
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (part: string) => {
    text = (text + part).slice(-keptCharacters);
  });
  return () => text.trim();
}

function endedFailure(what: string, said: string): GpuFailure {
  const lastLine = said.split("\n").findLast((line) => line.trim() !== "");
  const reason = `the WebGPU process ${what}${lastLine === undefined ? "" : `; it said last: ${lastLine.trim()}`}`;
  return gpuFailure(
    "unavailable",
    reason,
    "run it again; if it fails again, set TGC_WEBGPU=software or TGC_WEBGPU=off",
  );
}

function timeoutFailure(request: ChildRequest, timeoutMs: number): GpuFailure {
  const what = request.kind === "describe" ? "the search for an adapter" : "a job";
  const reason = `${what} on WebGPU took longer than ${timeoutMs / 1000} s`;
  return gpuFailure("timeout", reason, "use a smaller program or a faster adapter, or allow more time");
}
