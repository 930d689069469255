// Right results that must not be reported: random graphs with outliers and special values, run by an executor that sums in
// other orders (other-order.ts), and by the project's own ones.
import { printGraph } from "../../ir-spec/print-graph.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { makeCase, type RandomCase, type RandomGraphOptions } from "../../src/find/fuzz/random-graph.ts";
import { compareWith, makeNoisyCase, withOutliers } from "./noisy.ts";
import { runInOtherOrder } from "./other-order.ts";

/** Small tensors of many dimensions, and large matrices; plain values, NaN and infinities, and outliers. */
const kinds: readonly (RandomGraphOptions & { readonly hasOutliers?: boolean })[] = [
  {},
  { hasSpecialValues: true },
  { hasOutliers: true },
  { maxSize: 150, maxRank: 2 },
  { maxSize: 150, maxRank: 2, hasOutliers: true },
];

export function makeRightCase(seed: number): RandomCase {
  const { hasOutliers, ...options } = kinds[seed % kinds.length] as (typeof kinds)[number];
  const steps = Array.from({ length: 8 }, (_, index) => seed * 1000 + index * 7919);
  const made = makeCase({ seed, steps }, options);
  return hasOutliers === true ? { ...made, inputs: withOutliers(made.inputs, makeRandom(seed)) } : made;
}

/** Complaints about one right run; there should be none. */
export function complaintsOfOtherOrder(seed: number, isPrecise: boolean): readonly string[] {
  const { graph, inputs } = makeRightCase(seed);
  const noisy = makeNoisyCase(graph, inputs, isPrecise);
  const found = runInOtherOrder(noisy.expanded, noisy.inputs, seed);
  return [...noisy.reference.keys()].flatMap((name) => {
    const { agree, reason, worst } = compareWith(noisy.reference, name, found.get(name));
    return agree ? [] : [`seed ${seed}: ${name}: ${reason} ${JSON.stringify(worst)}\n${printGraph(noisy.graph)}`];
  });
}
