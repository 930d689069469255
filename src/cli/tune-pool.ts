// Answers the steps of `tgc tune` on all cores, in threads of a pool; what is found does not depend on their number.

import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { SearchAnswer } from "../../passes/schedule/tune/search-kernel.ts";
import { type Asking, makeAsk } from "../tune/ask.ts";
import { runTuneStep, type TuneStep } from "../tune/run-step.ts";
import type { AskKernel } from "../tune/tune-graph.ts";
import { findWorkerScript } from "./worker-script.ts";

export interface TunePool extends Asking {
  /** Threads; as many as there are processors unless given. */
  readonly jobs: number | undefined;
}

/** Calls an action with what answers steps, and ends the threads whatever happens. */
export async function withTunePool<T>(pool: TunePool, action: (ask: AskKernel) => Promise<T>): Promise<T> {
  const script = findWorkerScript("tune-worker");
  const threads = pool.jobs ?? availableParallelism();
  if (script === undefined || threads < 2) return action(makeAsk(pool, runHere));
  const { Tinypool } = await import("tinypool");
  const workers = new Tinypool({
    filename: script,
    runtime: "worker_threads",
    minThreads: threads,
    maxThreads: threads,
  });
  try {
    return await action(makeAsk(pool, (step) => workers.run(step, { name: "runTuneStep" })));
  } finally {
    await workers.destroy();
  }
}

/** A signal is noticed between two parts. */
async function runHere(step: TuneStep): Promise<SearchAnswer> {
  await setImmediate();
  return runTuneStep(step);
}
