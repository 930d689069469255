// What the tests of bounds share: graphs from texts, their noise, and outliers among their inputs.
import { isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { runPasses } from "../../passes/run.ts";
import { type Comparison, compareOutput } from "../../src/driver/compare.ts";
import { graphPipeline, passEnv } from "../../src/driver/compile.ts";
import { measureNoiseAtOnce, type NoisyReference } from "../../src/driver/noise.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { widenGraph, widenTensors } from "../../src/driver/widen.ts";
import type { Random } from "../../src/find/fuzz/random-choices.ts";
import { parse } from "../../src/index.ts";

export type Tensors = ReadonlyMap<string, Tensor>;

export function read<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** A graph with inputs and its noise, in its own dtypes or widened. */
export interface NoisyCase {
  readonly graph: Graph;
  readonly expanded: Graph;
  readonly inputs: Tensors;
  readonly reference: NoisyReference;
}

export function makeNoisyCase(own: Graph, ownInputs: Tensors, isPrecise: boolean): NoisyCase {
  const graph = isPrecise ? widenGraph(own) : own;
  const inputs = isPrecise ? widenTensors(ownInputs) : ownInputs;
  const env = passEnv(read(targetByName("tiny")));
  const expanded = read(runPasses(graphPipeline(["expand"]), graph, { env })).ir;
  return { graph, expanded, inputs, reference: measureNoiseAtOnce(graph, expanded, inputs) };
}

/** A graph's text with random inputs, some of whose elements are set: name -> index -> value. */
export function caseOfText(text: string, set: Readonly<Record<string, Readonly<Record<number, number>>>> = {}) {
  const graph = read(parse(text));
  const inputs = new Map(
    [...makeRandomInputs(graph, 0)].map(([name, tensor]) => {
      const data = Float64Array.from(tensor.data);
      for (const [index, value] of Object.entries(set[name] ?? {})) data[Number(index)] = roundTo(tensor.dtype, value);
      return [name, { ...tensor, data }] as const;
    }),
  );
  return { graph, inputs };
}

export function compareWith(reference: NoisyReference, name: string, found: Tensor | undefined): Comparison {
  return compareOutput({ a: "ref", b: "other", precise: false }, name, found, reference);
}

/** What hides mistakes, and what f32 has no room for. */
const outliers: readonly number[] = [1e6, -1e9, 3e38, -3e38, 1e30, 1e-30, 1e-40, 65504, 0.1];

export function withOutliers(inputs: Tensors, random: Random): Tensors {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      const { dtype, data } = tensor;
      const draw = (x: number): number => (random.oneIn(12) ? roundTo(dtype, random.pick(outliers)) : x);
      return [name, isFloat(dtype) ? { ...tensor, data: data.map(draw) } : tensor];
    }),
  );
}
