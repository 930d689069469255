// Measures a program's own noise: how far each output element moves when the program is evaluated with other, equally right
// roundings. Method: Monte Carlo arithmetic, on the graph with its composites expanded, as executors run it.
// Source: D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002 (1997); we perturb whole tensors after each op.

import { isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { opDef } from "../../ir-spec/ops/index.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { bounds, evaluationError, isSum, roundOff, sumError } from "./bounds.ts";

type Tensors = ReadonlyMap<string, Tensor>;

/** The reference and its noise. */
export interface NoisyReference {
  /** With rounding after every op, as the graph says: what executors are compared with. */
  readonly rounded: Tensors;
  /** Without any rounding. */
  readonly exact: Tensors;
  /** Other right evaluations: expanded with rounding, and perturbed. */
  readonly samples: readonly Tensors[];
}

/**
 * Runs the reference in all its ways; `expanded` is the same graph without composites. Between the runs, messages from other
 * processes come through.
 */
export async function measureNoise(graph: Graph, expanded: Graph, inputs: Tensors): Promise<NoisyReference> {
  const magnitudes: Magnitudes = new Map();
  const seeds = [...new Array(bounds.perturbedRuns.value).keys()].map((run) => bounds.noiseSeed.value + run);
  const isSame = graph.nodes.length === expanded.nodes.length;
  const inTurn: (() => Tensors)[] = [
    () => runGraph(graph, inputs, { rounding: true }),
    () => runGraph(graph, inputs, { rounding: false }),
    ...(isSame ? [] : [() => runGraph(expanded, inputs, { rounding: true })]),
    ...seeds.map((seed) => () => runPerturbed(expanded, inputs, seed, magnitudes)),
  ];
  const ran: Tensors[] = [];
  for (const run of inTurn) {
    await new Promise((resolve) => setTimeout(resolve));
    ran.push(run());
  }
  const [rounded, exact, ...samples] = ran as [Tensors, Tensors, ...Tensors[]];
  return { rounded, exact, samples };
}

/** For each sum, by the index of its node, the sum of its terms' magnitudes; the first run fills it in for the others. */
type Magnitudes = Map<number, Tensor>;

/** Runs the graph in f64, with an error of the size of the rounding error added after every op. */
function runPerturbed(graph: Graph, inputs: Tensors, seed: number, known: Magnitudes): Tensors {
  const live = new Map<ValueId, Tensor>(graph.params.map(({ name, value }) => [value, inputs.get(name) as Tensor]));
  graph.nodes.forEach((node, index) => {
    const operands = node.operands.map((operand) => live.get(operand) as Tensor);
    const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
    evalOp(node.op, operands, node.attrs, results);
    const magnitudes = isSum(node.op) ? (known.get(index) ?? sumOfMagnitudes(graph, node, operands)) : undefined;
    if (magnitudes !== undefined) known.set(index, magnitudes);
    for (const [position, result] of results.entries()) {
      if (isFloat(result.dtype)) perturb(result, node, { operands, magnitudes, seed: seed * 65599 + index });
      else roundAll(result);
      live.set(node.results[position] as ValueId, result);
    }
  });
  return new Map(graphOutputs(graph).map(({ name, value }) => [name, live.get(value) as Tensor]));
}

/** The op on the magnitudes of its operands: what the error of a sum is relative to. */
function sumOfMagnitudes(graph: Graph, { op, attrs, results }: Node, operands: readonly Tensor[]): Tensor {
  const result = makeTensor(typeOf(graph, results[0] as ValueId));
  const magnitudes = operands.map((tensor) => ({ ...tensor, data: tensor.data.map(Math.abs) }));
  evalOp(op, magnitudes, attrs, [result]);
  return result;
}

interface Perturbation {
  readonly operands: readonly Tensor[];
  readonly magnitudes: Tensor | undefined;
  readonly seed: number;
}

/** Adds errors of random sign, in place: the tensor was made by the caller. */
function perturb(tensor: Tensor, node: Node, { operands, magnitudes, seed }: Perturbation): void {
  const { op } = node;
  if (isExact(op)) return;
  const { data, dtype } = tensor;
  const f32 = bounds.f32RoundOff.value;
  const { relative, absolute } = evaluationError(op);
  const ofResult = roundOff(dtype) + relative * f32;
  const terms = magnitudes === undefined ? 0 : termsOf(node, tensor, operands);
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (!Number.isFinite(value)) continue;
    const ofSum = magnitudes === undefined ? 0 : f32 * sumError(terms, value, magnitudes.data[index]!);
    const ofArgument = absolute === 0 ? 0 : absolute * f32 * largestOperand(operands, index, data.length);
    const error = Math.abs(value) * ofResult + ofSum + ofArgument;
    data[index] = value + randomSign(seed, index) * error;
  }
}

/** Ops that only move or choose numbers add no error. */
function isExact(op: Node["op"]): boolean {
  const { kind } = opDef(op);
  const chooses = ["neg", "abs", "relu", "floor", "max", "min", "where", "reduce_max", "reduce_min"];
  return kind === "movement" || kind === "source" || chooses.includes(op);
}

/** How many terms each element of a sum has. */
function termsOf({ op, attrs }: Node, result: Tensor, [first]: readonly Tensor[]): number {
  const shape = first?.shape ?? [];
  if (op === "matmul") return shape.at(attrs.transpose_lhs === true ? -2 : -1) ?? 1;
  return elementCount(shape) / Math.max(1, result.data.length);
}

function largestOperand(operands: readonly Tensor[], index: number, count: number): number {
  const sizes = operands.map(({ data }) => (data.length === count ? Math.abs(data[index] as number) : 0));
  return Math.max(1, ...sizes);
}

/** +1 or -1. Source: Murmur3's 32-bit finalizer, over seed and index. */
function randomSign(seed: number, index: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) & 1) === 0 ? 1 : -1;
}

function roundAll({ dtype, data }: Tensor): void {
  for (let index = 0; index < data.length; index++) data[index] = roundTo(dtype, data[index]!);
}
