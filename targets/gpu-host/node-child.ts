// The child process of the Node host: answers requests through the npm package `webgpu` (Dawn). A driver that crashes
// takes down this process only. The parent sets the driver's environment variables before it starts.
// Arguments: what the adapter's origin is called, and "fallback" where only a software adapter is wanted.

import { Socket } from "node:net";
import { describeSource, type GpuSource } from "./adapter.ts";
import { type DevicePool, makeDevicePool } from "./device-pool.ts";
import { type GpuFailure, type GpuSession, gpuFailure } from "./gpu.ts";
import { type ChildReply, type ChildRequest, channelFd, onMessage, sendMessage } from "./node-channel.ts";
import { paceDawn } from "./node-pace.ts";
import { runJob } from "./run-job.ts";
import { openSession } from "./session.ts";

const [origin = "the system", wanted = "any"] = process.argv.slice(2);

const pace = paceDawn();

/** Dawn's entry point, loaded once and kept, since Dawn's objects die with it. */
const opened = openDawn().then((source) => ("ok" in source ? source : { source, pool: makeDevicePool(source) }));

async function openDawn(): Promise<GpuSource | GpuFailure> {
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    return { gpu: create([]), forceFallback: wanted === "fallback", origin };
  } catch (error) {
    const reason = `the npm package "webgpu" does not load: ${firstLine(error)}`;
    return gpuFailure("unavailable", reason, "npm install webgpu");
  }
}

/** The open sessions, by number. */
const sessions = new Map<number, GpuSession>();

async function open(pool: DevicePool): Promise<ChildReply> {
  const session = await openSession(pool);
  if (!session.ok) return session;
  const number = Math.max(-1, ...sessions.keys()) + 1;
  sessions.set(number, session);
  return { ok: true, session: number };
}

async function withSession(number: number, action: (session: GpuSession) => Promise<ChildReply>): Promise<ChildReply> {
  const session = sessions.get(number);
  return session === undefined ? gpuFailure("job", `there is no job ${number}`, "open one") : action(session);
}

async function answer(request: ChildRequest): Promise<ChildReply> {
  const found = await opened;
  if ("ok" in found) return found;
  const { source, pool } = found;
  switch (request.kind) {
    case "describe":
      return describeSource(source).catch(toFailure);
    case "run":
      return runJob(pool, request.job).catch(toFailure);
    case "open":
      return open(pool).catch(toFailure);
    case "part":
      return withSession(request.session, (session) => session.run(request.part)).catch(toFailure);
    case "finish":
      return withSession(request.session, (session) => {
        sessions.delete(request.session);
        return session.finish(request.readBack);
      }).catch(toFailure);
    default:
      return request satisfies never;
  }
}

function toFailure(error: unknown): GpuFailure {
  return gpuFailure("unavailable", `WebGPU failed: ${firstLine(error)}`, "run it again");
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? text;
}

function serve(): void {
  const channel = new Socket({ fd: channelFd, readable: true, writable: true });
  channel.on("close", () => process.exit(0));
  channel.on("error", () => process.exit(0));
  onMessage<ChildRequest>(channel, (request) => {
    pace.begin();
    answer(request).then((reply) => sendMessage(channel, reply));
  });
}

serve();
