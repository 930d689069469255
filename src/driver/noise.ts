// Measures a program's own noise: how far each output element may move when the program is evaluated with other, equally right
// roundings. One walk over the graph, with its composites expanded as executors run it, computes for every value the exact
// numbers, the standard deviations of their errors (deviation.ts), and one sample of right numbers with real roundings: in the
// sample, errors that depend on each other meet as they do in an executor, which the deviations do not see.
// Source of the sample: D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002 (1997).

import { type Dtype, isFloat, roundAllTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { lastReaders, runGraph } from "../../targets/ref/graph.ts";
import { bounds, evaluationError } from "./bounds.ts";
import { parameterDeviation, resultDeviations } from "./deviation.ts";
import { type ExactValues, isFreeCast, makeExactValues } from "./exact-values.ts";
import type { Measured } from "./measured.ts";
import { isNonnegativeResult, isNonnegativeTensor } from "./sign.ts";

type Tensors = ReadonlyMap<string, Tensor>;

/** One output of the reference, and all that its bound depends on. */
export interface NoisyOutput extends Omit<Measured, "magnitudes"> {
  /** What executors are compared with: rounded after every op, as the graph says. */
  readonly rounded: Tensor;
  /** Another right evaluation. */
  readonly sample: Tensor;
  /** What the op that makes it can give at all. */
  readonly range: readonly [least: number, most: number] | undefined;
}

/** The reference and its noise: an output for each name. */
export type NoisyReference = ReadonlyMap<string, NoisyOutput>;

/** A graph on inputs, whose noise is measured; `expanded` is the same graph without composites. */
export interface NoiseRun {
  readonly graph: Graph;
  readonly expanded: Graph;
  readonly inputs: Tensors;
}

/**
 * Runs the reference in all its ways, for graphs that differ in their float dtypes alone: they share their exact values. Between
 * the products messages from other processes come through.
 */
export async function measureNoises(runs: readonly NoiseRun[]): Promise<readonly NoisyReference[]> {
  const exactValues = makeExactValues(runs.length);
  const walks = runs.map((run) => measuring(run, exactValues));
  const references = new Map<Walk, NoisyReference>();
  while (references.size < walks.length) {
    for (const walk of walks.filter((walk) => !references.has(walk))) {
      const step = walk.next();
      if (step.done === true) references.set(walk, step.value);
      else if (step.value === "product") await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return walks.map((walk) => references.get(walk) as NoisyReference);
}

/** The same of one graph. */
export async function measureNoise(graph: Graph, expanded: Graph, inputs: Tensors): Promise<NoisyReference> {
  const [reference] = await measureNoises([{ graph, expanded, inputs }]);
  return reference as NoisyReference;
}

/** The same without a pause. */
export function measureNoiseAtOnce(graph: Graph, expanded: Graph, inputs: Tensors): NoisyReference {
  const steps = measuring({ graph, expanded, inputs }, makeExactValues(1));
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Pauses after each node, and says what kind comes next. */
type Walk = Generator<"product" | "other", NoisyReference>;

function* measuring({ graph, expanded, inputs }: NoiseRun, exactValues: ExactValues): Walk {
  const measured = yield* measureGraph(expanded, inputs, exactValues);
  const isOnlyRounding = graph.nodes.length === expanded.nodes.length && isF32(graph);
  // In f32, without composites, the roundings are nothing but one more sample; what is exact is compared with then.
  const wanted = isOnlyRounding ? roundedOf(measured) : runGraph(graph, inputs, { rounding: true });
  const ranges = outputRanges(graph);
  return new Map(
    [...measured].map(([name, { magnitudes, ...value }]) => [
      name,
      { ...value, rounded: wanted.get(name) as Tensor, range: ranges.get(name) },
    ]),
  );
}

function isF32(graph: Graph): boolean {
  return graph.values.every(({ type }) => type.dtype === "f32" || !isFloat(type.dtype));
}

function roundedOf(measured: ReadonlyMap<string, Walked>): Tensors {
  return new Map([...measured].map(([name, { exact }]) => [name, rounded(exact)]));
}

function outputRanges(graph: Graph): ReadonlyMap<string, NoisyOutput["range"]> {
  const makers = new Map(graph.nodes.flatMap(({ op, results }) => results.map((result) => [result, op] as const)));
  return new Map(
    graphOutputs(graph).map(({ name, value }) => {
      const op = makers.get(value);
      return [name, op === undefined ? undefined : evaluationError(op).range];
    }),
  );
}

interface Walked extends Measured {
  readonly sample: Tensor;
}

/** Walks the graph; a value is dropped after its last reader. */
function* measureGraph(
  graph: Graph,
  inputs: Tensors,
  exactValues: ExactValues,
): Generator<"product" | "other", ReadonlyMap<string, Walked>> {
  const live = new Map<ValueId, Walked>(
    graph.params.map(({ name, value }) => [value, measureParameter(inputs.get(name) as Tensor, exactValues)]),
  );
  const outputs = graphOutputs(graph);
  const ended = lastReaders(graph, new Set(outputs.map(({ value }) => value)));
  for (const [index, node] of graph.nodes.entries()) {
    if (!isFreeCast(graph, node)) yield node.op === "matmul" ? "product" : "other";
    const operands = node.operands.map((operand) => live.get(operand) as Walked);
    const seed = bounds.noiseSeed.value * 65599 + index;
    const results = measureNode({ graph, node, operands, seed }, exactValues);
    for (const [position, result] of results.entries()) live.set(node.results[position] as ValueId, result);
    for (const value of ended.get(index) ?? []) live.delete(value);
  }
  return new Map(outputs.map(({ name, value }) => [name, live.get(value) as Walked]));
}

function measureParameter(tensor: Tensor, { magnitudesOf }: ExactValues): Walked {
  const magnitudes = magnitudesOf(tensor.data);
  const deviation = parameterDeviation(tensor, magnitudes);
  const sample = deviation === undefined ? tensor : flushed(tensor);
  const isNonnegative = isNonnegativeTensor(tensor);
  return { exact: tensor, magnitudes: () => magnitudes, deviation, sample, isNonnegative };
}

interface NodeWalk {
  readonly graph: Graph;
  readonly node: Node;
  readonly operands: readonly Walked[];
  readonly seed: number;
}

function measureNode({ graph, node, operands, seed }: NodeWalk, exactValues: ExactValues): readonly Walked[] {
  const exact = exactValues.evaluate(
    graph,
    node,
    operands.map((operand) => operand.exact),
  );
  const deviations = resultDeviations(node, operands, exact);
  const isSame = operands.every((operand) => operand.sample === operand.exact);
  const sampled = isSame ? exact : evaluateSample(graph, node, operands);
  const isNonnegative = isNonnegativeResult(node, operands);
  return exact.map((tensor, index) => {
    const { total, own } = deviations[index]!;
    const isExact = total === undefined && sampled[index] === tensor;
    const sample = isExact ? tensor : disturbed(sampled[index] as Tensor, own, seed);
    const magnitudes = () => exactValues.magnitudesOf(tensor.data);
    return { exact: tensor, magnitudes, deviation: total, sample, isNonnegative };
  });
}

function evaluateSample(graph: Graph, node: Node, operands: readonly Walked[]): readonly Tensor[] {
  const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
  const samples = operands.map(({ sample }) => sample);
  evalOp(node, samples, results);
  return results;
}

function rounded(tensor: Tensor): Tensor {
  const data = Float64Array.from(tensor.data);
  roundAllTo(tensor.dtype, data);
  return { ...tensor, data };
}

/** What is too small for f32 made 0, as some adapters do. */
function flushed(tensor: Tensor): Tensor {
  const data = Float64Array.from(tensor.data);
  flushAll(tensor.dtype, data);
  return { ...tensor, data };
}

function flushAll(dtype: Dtype, data: Float64Array): void {
  if (!isFloat(dtype)) return;
  const min = bounds.minNormal.value;
  for (let index = 0; index < data.length; index++) if (Math.abs(data[index]!) < min) data[index]! *= 0;
}

/**
 * The tensor with an error of random sign on each element, rounded, and flushed; zeros stay, so that what may be all zeros is
 * so in the sample.
 */
function disturbed(tensor: Tensor, deviation: Float64Array | undefined, seed: number): Tensor {
  const data = Float64Array.from(tensor.data);
  for (let index = 0; index < (deviation?.length ?? 0); index++) {
    const error = deviation![index]!;
    const hasError = error > 0 && error < Number.POSITIVE_INFINITY && data[index] !== 0;
    if (hasError) data[index]! += randomSign(seed, index) * error;
  }
  roundAllTo(tensor.dtype, data);
  flushAll(tensor.dtype, data);
  return { ...tensor, data };
}

/** +1 or -1. Source: Murmur3's 32-bit finalizer, over seed and index. */
function randomSign(seed: number, index: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & 1) === 0 ? 1 : -1;
}
