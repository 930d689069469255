// `--strategy search`: the schedule of each kernel is searched for as it is lowered, in this thread.

import type { GivenFields } from "../../passes/lower/kinds/define.ts";
import type { ChooseFields, OpenKernel } from "../../passes/lower/open-kernel.ts";
import type { PassEnv } from "../../passes/pass.ts";
import { searchKernel } from "../../passes/schedule/tune/search-kernel.ts";
import { answerStep } from "./answer-step.ts";

/** How many schedules of each kernel are tried. Assumed: more find little, and a program has several kernels. */
const budget = 200;

export function searchHere(env: PassEnv): ChooseFields {
  return (kernel: OpenKernel): GivenFields => {
    const starts = [kernel.chosen, ...kernel.candidates];
    const steps = searchKernel({ choices: kernel.choices, starts }, { budget, seed: 0 });
    let next = steps.next();
    while (!next.done) next = steps.next(answerStep(kernel, next.value, env));
    return next.value.timeNs === undefined ? kernel.chosen : next.value.fields;
  };
}
