// Answers the steps of `tgc tune` on all cores, in threads of a pool; what is found does not depend on their number.

import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { SearchAnswer } from "../../passes/schedule/tune/search-kernel.ts";
import { joinAnswers, partsOfStep, runTuneStep, searchName, type TuneStep } from "../tune/run-step.ts";
import type { AskKernel } from "../tune/tune-graph.ts";
import { findWorkerScript } from "./worker-script.ts";

export interface TunePool extends Pick<TuneStep, "graph" | "options"> {
  /** Threads; as many as there are processors unless given. */
  readonly jobs: number | undefined;
  /** Whether the search has to stop. */
  readonly isOver: () => boolean;
  /** Called after a part of a step, with the number of schedules that were estimated and simulated. */
  readonly tell: (estimated: number, simulated: number) => void;
}

type RunStep = (step: TuneStep) => Promise<SearchAnswer>;

/** Calls an action with what answers steps, and ends the threads whatever happens. */
export async function withTunePool<T>(pool: TunePool, action: (ask: AskKernel) => Promise<T>): Promise<T> {
  const script = findWorkerScript("tune-worker");
  const threads = pool.jobs ?? availableParallelism();
  if (script === undefined || threads < 2) return action(asker(pool, runHere));
  const { Tinypool } = await import("tinypool");
  const workers = new Tinypool({
    filename: script,
    runtime: "worker_threads",
    minThreads: threads,
    maxThreads: threads,
  });
  try {
    return await action(asker(pool, (step) => workers.run(step, { name: "runTuneStep" })));
  } finally {
    await workers.destroy();
  }
}

/** A signal is noticed between two parts. */
async function runHere(step: TuneStep): Promise<SearchAnswer> {
  await setImmediate();
  return runTuneStep(step);
}

function asker({ graph, options, isOver, tell }: TunePool, run: RunStep): AskKernel {
  return async ({ kernel, fusion, step }) => {
    const compile = { ...options, fusion };
    const search = searchName(graph, compile);
    const answers = await Promise.all(
      partsOfStep(step).map(async (part) => {
        if (isOver()) return undefined;
        const answer = await run({ graph, options: compile, search, kernel, step: part });
        const count = part.points.length;
        tell(part.kind === "estimate" ? count : 0, part.kind === "simulate" ? count : 0);
        return answer;
      }),
    );
    const known = answers.filter((answer) => answer !== undefined);
    return known.length < answers.length ? undefined : joinAnswers(step.kind, known);
  };
}
