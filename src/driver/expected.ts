// Outputs beside values from elsewhere that they should have, such as NumPy's. They may differ by what rounding explains: the bounds of
// `tgc check`, whose noise is that of the program, not of the values.

import { at, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { runPasses } from "../../passes/run.ts";
import { type Comparison, compareExactly, compareOutput, noiseOf } from "./compare.ts";
import { graphPipeline, passEnv } from "./compile.ts";
import { findTooMuchToCompute, findTooMuchToHold, maxCheckedElements, maxCheckedOperations } from "./graph-data.ts";
import { measureNoise, type NoisyOutput, type NoisyReference } from "./noise.ts";
import type { Target } from "./targets.ts";

/** The reference of a graph on inputs, with its noise. */
export async function measureGraphNoise(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  target: Target,
): Promise<Result<NoisyReference>> {
  const expanded = runPasses(graphPipeline(["expand"]), graph, { env: passEnv(target) });
  if (!expanded.ok) return expanded;
  const { ir } = expanded.value;
  const tooMuch = findTooMuchToHold(ir, maxCheckedElements) ?? findTooMuchToCompute(ir, maxCheckedOperations);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  return ok(await measureNoise(graph, ir, inputs));
}

/** Compares an output with the values that it should have; without a reference bit for bit. */
export function compareWithExpected(
  name: string,
  found: Tensor,
  expected: Tensor,
  reference: NoisyReference | undefined,
): Comparison {
  const names = { a: "expected", b: "found", precise: false };
  const output = reference?.get(name);
  if (output === undefined) return compareExactly(names, found, expected);
  return compareOutput(names, name, found, new Map([[name, aroundExpected(output, expected)]]));
}

/** The noise of the reference around other values: that these are far from the reference widens no bound. */
function aroundExpected(output: NoisyOutput, expected: Tensor): NoisyOutput {
  const deviation = Float64Array.from(expected.data, (_unused, index) => noiseOf(output, index));
  return { ...output, exact: expected, rounded: expected, sample: expected, deviation };
}
