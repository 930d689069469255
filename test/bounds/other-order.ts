// A right executor that is none of the project's: it evaluates a graph in f32, sums in an order of its own, rounds to the
// dtypes at some values and not at others (as fused kernels do), and flushes what is too small for f32 or does not.
import { dtypes, isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, type NodeOf, typeOf } from "../../ir-spec/graph.ts";
import { matmulSizes } from "../../ir-spec/ops/contract.ts";
import { type OpNameOf, opDef } from "../../ir-spec/ops/index.ts";
import { reductionStrides, stridedOffsets } from "../../ir-spec/ops/loops.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import { bounds } from "../../src/driver/bounds.ts";
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";

type Tensors = ReadonlyMap<string, Tensor>;

/** Runs a graph without composites; the seed picks orders and roundings. */
export function runInOtherOrder(graph: Graph, inputs: Tensors, seed: number): Tensors {
  const random = makeRandom(seed);
  const doesFlush = random.oneIn(2);
  const live = new Map<ValueId, Tensor>(
    graph.params.map(({ name, value }) => [value, flush(inputs.get(name) as Tensor, doesFlush)]),
  );
  const outputs = graphOutputs(graph);
  const isOutput = new Set(outputs.map(({ value }) => value));
  for (const node of graph.nodes) {
    const operands = node.operands.map((operand) => live.get(operand) as Tensor);
    const results = evaluate(graph, node, operands, random);
    for (const [index, result] of results.entries()) {
      const value = node.results[index] as ValueId;
      const isRounded = !isFloat(result.dtype) || isOutput.has(value) || random.oneIn(2);
      live.set(value, flush(roundAll(result, isRounded), doesFlush));
    }
  }
  return new Map(outputs.map(({ name, value }) => [name, live.get(value) as Tensor]));
}

function flush(tensor: Tensor, doesFlush: boolean): Tensor {
  if (!doesFlush || !isFloat(tensor.dtype)) return tensor;
  return { ...tensor, data: tensor.data.map((x) => (Math.abs(x) < bounds.minNormal.value ? x * 0 : x)) };
}

/** Rounds to the dtype, or a float to f32 where the value never leaves the registers. */
function roundAll({ dtype, shape, data }: Tensor, isRounded: boolean): Tensor {
  const inRegister = isFloat(dtype) ? Math.fround : (x: number): number => x;
  return { dtype, shape, data: data.map(isRounded ? (x) => dtypes[dtype].round(inRegister(x)) : inRegister) };
}

function evaluate(graph: Graph, node: Node, operands: readonly Tensor[], random: Random): readonly Tensor[] {
  const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
  const [first] = results as [Tensor];
  if (isFloat(first.dtype) && node.op === "matmul") multiply(node, operands, first, sumOrder(random));
  else if (isFloat(first.dtype) && (node.op === "reduce_sum" || node.op === "reduce_mean"))
    reduce(node, operands[0] as Tensor, first, sumOrder(random));
  else opDef(node.op).eval(operands, node.attrs, results);
  return results;
}

type Sum = (terms: Float32Array) => number;

function inBlocks(width: number): Sum {
  return (terms) => {
    let total = 0;
    for (let start = 0; start < terms.length; start += width) {
      let sum = 0;
      for (const term of terms.subarray(start, start + width)) sum = Math.fround(sum + term);
      total = Math.fround(total + sum);
    }
    return total;
  };
}

function inPairs(terms: Float32Array): number {
  if (terms.length <= 1) return terms[0] ?? 0;
  const half = terms.length >> 1;
  return Math.fround(inPairs(terms.subarray(0, half)) + inPairs(terms.subarray(half)));
}

function sumOrder(random: Random): Sum {
  const backwards: Sum = (terms) => inBlocks(terms.length)(terms.toReversed());
  return random.pick([inBlocks(Number.MAX_SAFE_INTEGER), inBlocks(16), inBlocks(128), backwards, inPairs]);
}

function multiply(
  { attrs: transposes }: NodeOf<"matmul">,
  [lhs, rhs]: readonly Tensor[],
  result: Tensor,
  sum: Sum,
): void {
  const [left, right] = [lhs as Tensor, rhs as Tensor];
  const { m, n, k } = matmulSizes(left, result, transposes);
  const terms = new Float32Array(k);
  const matrices = elementCount(result.shape.slice(0, -2));
  const starts = (tensor: Tensor): Int32Array => matrixStarts(tensor, result);
  const [lefts, rights] = [starts(left), starts(right)];
  for (let position = 0; position < matrices * m * n; position++) {
    const matrix = Math.floor(position / (m * n));
    const [i, j] = [Math.floor(position / n) % m, position % n];
    for (let q = 0; q < k; q++) {
      const x = left.data[lefts[matrix]! + (transposes.transpose_lhs ? q * m + i : i * k + q)]!;
      const y = right.data[rights[matrix]! + (transposes.transpose_rhs ? j * k + q : q * n + j)]!;
      terms[q] = x * y;
    }
    result.data[position] = sum(terms);
  }
}

/** Where the matrix of each batch index begins; leading dimensions broadcast. */
function matrixStarts({ shape }: Tensor, result: Tensor): Int32Array {
  const batch = result.shape.slice(0, -2);
  const own = shape.slice(0, -2);
  const size = (shape.at(-1) as number) * (shape.at(-2) as number);
  const added = batch.length - own.length;
  const strides = batch.map((_, axis) =>
    axis < added || own[axis - added] === 1 ? 0 : size * elementCount(own.slice(axis - added + 1)),
  );
  return stridedOffsets(batch, strides);
}

function reduce({ op, attrs }: NodeOf<OpNameOf<"reduce">>, x: Tensor, result: Tensor, sum: Sum): void {
  const axes = reducedAxes(attrs.axes, x.shape.length);
  const groupOf = stridedOffsets(x.shape, reductionStrides(x.shape, axes));
  const count = x.data.length / result.data.length;
  const terms = new Float32Array(x.data.length);
  const filled = new Int32Array(result.data.length);
  for (let index = 0; index < x.data.length; index++) {
    const group = groupOf[index]!;
    terms[group * count + filled[group]!++] = x.data[index]!;
  }
  for (let group = 0; group < result.data.length; group++) {
    const total = sum(terms.subarray(group * count, (group + 1) * count));
    result.data[group] = op === "reduce_mean" ? Math.fround(total / count) : total;
  }
}
