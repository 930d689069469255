// What schedules that are drawn at random find: the best of them by the simulator, of a graph of one kernel. They are ranked by the estimate
// alone, and the best tenth of a twentieth is simulated: as many as a search would, of many more.
import { makeRandomWords } from "../../ir-spec/base/random-words.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { GivenFields } from "../../passes/lower/kinds/define.ts";
import type { OpenKernel } from "../../passes/lower/open-kernel.ts";
import type { Estimate } from "../../passes/schedule/tune/search-kernel.ts";
import type { CompileOptions } from "../../src/driver/compile.ts";
import { answerStep } from "../../src/tune/answer-step.ts";
import { openKernels } from "../../src/tune/open-kernels.ts";

/** Of those that are drawn, the part that is simulated. */
const simulatedShare = 1 / 200;

/** The least time that was simulated (ns); undefined where the graph has several kernels, or nothing that was drawn fits. */
export function randomBest(
  graph: Graph,
  options: CompileOptions,
  { budget, seed }: { readonly budget: number; readonly seed: number },
): number | undefined {
  const opened = openKernels(graph, options);
  if (!opened.ok || opened.value.kernels.length !== 1) return undefined;
  const { kernels, env } = opened.value;
  const kernel = kernels[0] as OpenKernel;
  const random = makeRandomWords(seed + 1);
  const forms = new Map<string, { readonly fields: GivenFields; readonly estimate: Estimate }>();
  for (let count = 0; count < budget; count++) {
    const fields = drawFields(kernel, random);
    const { found } = answerStep(kernel, { kind: "estimate", points: [fields] }, env);
    const estimate = found[0] as Estimate | undefined;
    if (estimate !== undefined && !forms.has(estimate.form)) forms.set(estimate.form, { fields, estimate });
  }
  const ranked = [...forms.values()].sort((a, b) => a.estimate.timeNs - b.estimate.timeNs);
  const points = ranked.slice(0, Math.ceil(budget * simulatedShare)).map(({ fields }) => fields);
  const { found } = answerStep(kernel, { kind: "simulate", points }, env);
  const times = found.filter((time) => typeof time === "number");
  return times.length === 0 ? undefined : Math.min(...times);
}

function drawFields({ chosen, choices }: OpenKernel, random: () => number): GivenFields {
  const drawn = Object.entries(choices).map(([name, values]) => [name, values[random() % values.length] ?? null]);
  return { ...chosen, ...Object.fromEntries(drawn) };
}
