// Answers what a search asks about kernels, part by part: whoever runs a part says where, so that a command can use threads.

import type { SearchAnswer } from "../../passes/schedule/tune/search-kernel.ts";
import { joinAnswers, partsOfStep, searchName, type TuneStep } from "./run-step.ts";
import type { AskKernel } from "./tune-graph.ts";

export interface Asking extends Pick<TuneStep, "graph" | "options"> {
  /** Whether the search has to stop. */
  readonly isOver: () => boolean;
  /** Called after a part of a step, with the number of schedules that were estimated and simulated. */
  readonly tell?: (estimated: number, simulated: number) => void;
}

export function makeAsk(
  { graph, options, isOver, tell }: Asking,
  run: (step: TuneStep) => Promise<SearchAnswer>,
): AskKernel {
  return async ({ kernel, fusion, step }) => {
    const compile = { ...options, fusion };
    const search = searchName(graph, compile);
    const answers = await Promise.all(
      partsOfStep(step).map(async (part) => {
        if (isOver()) return undefined;
        const answer = await run({ graph, options: compile, search, kernel, step: part });
        const count = part.points.length;
        tell?.(part.kind === "estimate" ? count : 0, part.kind === "simulate" ? count : 0);
        return answer;
      }),
    );
    const known = answers.filter((answer) => answer !== undefined);
    return known.length < answers.length ? undefined : joinAnswers(step.kind, known);
  };
}
