// The WebGPU host of Node: jobs run in a child process, on the first adapter that is there in this order: hardware,
// SwiftShader of an installed npm package, SwiftShader of an installed Chromium, whatever software adapter the system has.
// The environment variable TGC_WEBGPU forces a choice: "hardware", "software" or "off".

import { existsSync } from "node:fs";
import { type GpuFailure, type GpuFound, type GpuHost, type GpuSession, gpuFailure } from "./gpu.ts";
import { type ChildScript, type Driver, findChildScript, type GpuChild, startChild } from "./node-start.ts";
import {
  findChromiumSwiftShader,
  findPackedSwiftShader,
  type SwiftShader,
  swiftShaderEnvironment,
} from "./node-swiftshader.ts";

/** Time limits of the search for an adapter, and of a job or a part of one. */
export interface NodeGpuOptions {
  readonly startTimeoutMs?: number;
  readonly jobTimeoutMs?: number;
}

/** A host with a process of its own. */
export interface NodeGpuHost extends GpuHost {
  /** The child's process id while it lives. */
  childPid(): number | undefined;
}

/**
 * Limits catch a hang, and judge neither a slow adapter nor a busy machine.
 * Assumed: the search takes a second on a machine that does nothing else, the longest part of a job minutes; others may take a
 * hundred times as long.
 */
const defaultStartTimeoutMs = 600_000;
const defaultJobTimeoutMs = 6 * 3_600_000;

interface Connected {
  readonly ok: true;
  readonly child: GpuChild;
  readonly found: GpuFound;
}

/** Makes a host. Its child starts with the first question, and again after it was lost. */
export function makeNodeGpuHost(options: NodeGpuOptions = {}): NodeGpuHost {
  const { startTimeoutMs = defaultStartTimeoutMs, jobTimeoutMs = defaultJobTimeoutMs } = options;
  let connected: Connected | GpuFailure | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = last.then(action);
    last = result;
    return result;
  };
  const connection = async (): Promise<Connected | GpuFailure> => {
    const isLost = connected?.ok === true && !connected.child.isLive();
    if (connected !== undefined && !isLost) return connected;
    const made = await connect(startTimeoutMs);
    connected = made;
    return made;
  };

  return {
    childPid: () => (connected?.ok === true && connected.child.isLive() ? connected.child.pid : undefined),
    describe: () =>
      inTurn(async () => {
        const current = await connection();
        return current.ok ? current.found : current;
      }),
    run: (job) =>
      inTurn(async () => {
        const current = await connection();
        if (!current.ok) return current;
        return current.child.ask({ kind: "run", job }, jobTimeoutMs);
      }),
    open: () =>
      inTurn(async () => {
        const current = await connection();
        if (!current.ok) return current;
        const { child } = current;
        const opened = await child.ask({ kind: "open" }, jobTimeoutMs);
        return opened.ok ? makeSession(child, opened.session, inTurn, jobTimeoutMs) : opened;
      }),
    close: () =>
      inTurn(async () => {
        if (connected?.ok === true) await connected.child.end();
        connected = undefined;
      }),
  };
}

/** A job in parts on a child; it is lost with the child. */
function makeSession(
  child: GpuChild,
  session: number,
  inTurn: <T>(action: () => Promise<T>) => Promise<T>,
  timeoutMs: number,
): GpuSession {
  return {
    ok: true,
    run: (part) => inTurn(() => child.ask({ kind: "part", session, part }, timeoutMs)),
    finish: (readBack) => inTurn(() => child.ask({ kind: "finish", session, readBack }, timeoutMs)),
  };
}

/** One way to an adapter: the driver, or why it is not there, and which kind of adapter counts. */
interface Way {
  readonly wanted: "hardware" | "any";
  readonly driver: Driver | { readonly missing: string };
}

/** Tries one way after another; where none leads to an adapter, gathers what each said. */
async function connect(timeoutMs: number): Promise<Connected | GpuFailure> {
  const choice = process.env.TGC_WEBGPU || "any";
  if (choice === "off") {
    return gpuFailure("unavailable", "WebGPU is switched off by TGC_WEBGPU=off", "unset TGC_WEBGPU");
  }
  const ways = waysOf(choice);
  if (ways === undefined) {
    const remedy = "set TGC_WEBGPU to hardware, software or off, or unset it";
    return gpuFailure("unavailable", `TGC_WEBGPU is "${choice}"`, remedy);
  }
  const script = findChildScript();
  if (script === undefined) {
    return gpuFailure("unavailable", "the script of the WebGPU process is missing", "install tgc again");
  }
  const reasons: string[] = [];
  for (const way of ways) {
    const reached = await follow(way(), script, timeoutMs);
    if (typeof reached !== "string") return reached;
    reasons.push(reached);
  }
  return gpuFailure("unavailable", [...new Set(reasons)].join("; "), installRemedy(choice));
}

function waysOf(choice: string): readonly (() => Way)[] | undefined {
  const software = [
    () => swiftShaderWay(findPackedSwiftShader()),
    () => swiftShaderWay(findChromiumSwiftShader()),
    () => systemWay("any", choice === "software"),
  ];
  switch (choice) {
    case "any":
      return [() => systemWay("hardware", false), ...software];
    case "hardware":
      return [() => systemWay("hardware", false)];
    case "software":
      return software;
    default:
      return undefined;
  }
}

function systemWay(wanted: Way["wanted"], isFallback: boolean): Way {
  if (wanted === "hardware" && !hasGpuDevice()) return { wanted, driver: { missing: "the system has no GPU device" } };
  return { wanted, driver: { origin: "the system's driver", environment: {}, isFallback } };
}

function swiftShaderWay(found: SwiftShader): Way {
  if (!found.ok) return { wanted: "any", driver: { missing: found.reason } };
  const environment = swiftShaderEnvironment(found.directory);
  return { wanted: "any", driver: { origin: found.origin, environment, isFallback: false } };
}

/** Spares a start of the child on Linux machines without a GPU; elsewhere the system's driver is always asked. */
function hasGpuDevice(): boolean {
  const nodes = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kgsl-3d0", "/dev/mali0"];
  return process.platform !== "linux" || nodes.some((node) => existsSync(node));
}

async function follow({ wanted, driver }: Way, script: ChildScript, timeoutMs: number): Promise<Connected | string> {
  if ("missing" in driver) return driver.missing;
  const child = startChild(script, driver);
  const found = await child.ask({ kind: "describe" }, timeoutMs);
  if (found.ok && (wanted === "any" || found.adapter.kind === "hardware")) return { ok: true, child, found };
  await child.end();
  return found.ok ? `${driver.origin} offers ${found.adapter.name} only` : `${driver.origin}: ${found.reason}`;
}

function installRemedy(choice: string): string {
  const hardware = "the graphics card's Vulkan driver";
  if (choice === "hardware") return `npm install webgpu, and install ${hardware}; or unset TGC_WEBGPU`;
  const isPackaged = process.platform === "linux" && process.arch === "x64";
  return isPackaged
    ? `npm install webgpu @sparticuz/chromium@147.0.0; or npm install webgpu, and install Chromium or ${hardware}`
    : `npm install webgpu, and install Chromium or ${hardware}`;
}
