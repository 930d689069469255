// Reductions: rows that fold some axes with one associative operation.

import type { Dtype } from "../base/dtype.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Shape, type Tensor } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { foldingStrides, innermostRun, stridedOffsets } from "./loops.ts";
import { checkDtype, floatDtypes, numberDtypes, only } from "./shape-rules.ts";

interface Reduction {
  readonly summary: string;
  readonly formula: string;
  readonly source: string;
  readonly call: string;
  readonly dtypes: readonly Dtype[];
  readonly start: number;
  /** Combines what is folded so far with elements `from` up to, not including, `end`, one by one. */
  readonly fold: (folded: number, x: Float64Array, from: number, end: number) => number;
  /** Made of the folded value and the number of elements that went into it. */
  readonly finish?: (folded: number, count: number) => number;
}

/** The axes that a reduction folds, ascending; an empty list means all. */
export function reducedAxes(axes: readonly number[], rank: number): readonly number[] {
  return axes.length === 0 ? [...new Array(rank).keys()] : axes.toSorted((a, b) => a - b);
}

function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): Shape {
  const folded = reducedAxes(axes, shape.length);
  if (keepdims) return shape.map((size, axis) => (folded.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !folded.includes(axis));
}

function reduction(row: Reduction) {
  return defineOp({
    kind: "reduce",
    summary: row.summary,
    detail: `\`${row.formula}\` over the elements along \`axes\`. \`x\` is ${row.dtypes.join(", ")}. A folded axis has size 1 in the result, or is dropped with \`keepdims=false\`. The fold itself is exact in the reference; the result is rounded once.`,
    source: row.source,
    operands: ["x"],
    attrs: {
      axes: { kind: "axes", default: [], summary: "axes to fold; all of them when empty" },
      keepdims: { kind: "bool", default: true, summary: "whether a folded axis stays, with size 1" },
    },
    infer: (types, attrs) => {
      const x = only(types);
      const wrong = checkDtype("x", x, row.dtypes);
      return wrong ? fail(wrong) : ok([{ dtype: x.dtype, shape: reducedShape(x.shape, attrs.axes, attrs.keepdims) }]);
    },
    eval: ([input], attrs, [output]) => {
      const x = input as Tensor;
      const y = output as Tensor;
      const strides = foldingStrides(x.shape, reducedAxes(attrs.axes, x.shape.length));
      const { firstAxis, runElements, isRepeated } = innermostRun(x.shape, strides);
      y.data.fill(row.start);
      const starts = stridedOffsets(x.shape.slice(0, firstAxis), strides);
      for (let run = 0; run < starts.length; run++) {
        const first = run * runElements;
        if (isRepeated) y.data[starts[run]!] = row.fold(y.data[starts[run]!]!, x.data, first, first + runElements);
        else foldRow(row, x.data, first, y.data.subarray(starts[run]!, starts[run]! + runElements));
      }
      const { finish } = row;
      if (finish) y.data.set(y.data.map((folded) => finish(folded, x.data.length / y.data.length)));
    },
    flops: (inputs) => elementCount(only(inputs).shape),
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 1]) {\n  y = ${row.call}\n}`,
  });
}

/** Folds each element of a row into the one below it. */
function foldRow({ fold }: Reduction, x: Float64Array, first: number, folded: Float64Array): void {
  for (let index = 0; index < folded.length; index++) {
    folded[index] = fold(folded[index]!, x, first + index, first + index + 1);
  }
}

function sumUp(folded: number, x: Float64Array, from: number, end: number): number {
  let sum = folded;
  for (let index = from; index < end; index++) sum += x[index]!;
  return sum;
}

function largestOf(folded: number, x: Float64Array, from: number, end: number): number {
  let largest = folded;
  for (let index = from; index < end; index++) largest = Math.max(largest, x[index]!);
  return largest;
}

function smallestOf(folded: number, x: Float64Array, from: number, end: number): number {
  let smallest = folded;
  for (let index = from; index < end; index++) smallest = Math.min(smallest, x[index]!);
  return smallest;
}

function multiplyUp(folded: number, x: Float64Array, from: number, end: number): number {
  let product = folded;
  for (let index = from; index < end; index++) product *= x[index]!;
  return product;
}

export const reduceOps = {
  reduce_sum: reduction({
    summary: "sum along axes",
    formula: "sum of x",
    source: "ONNX ReduceSum-13",
    call: "reduce_sum(x, axes=[1])",
    dtypes: numberDtypes,
    start: 0,
    fold: sumUp,
  }),
  reduce_mean: reduction({
    summary: "mean along axes",
    formula: "sum of x / number of elements",
    source: "ONNX ReduceMean-18",
    call: "reduce_mean(x, axes=[1])",
    dtypes: floatDtypes,
    start: 0,
    fold: sumUp,
    finish: (folded, count) => folded / count,
  }),
  reduce_max: reduction({
    summary: "largest element along axes",
    formula: "max of x, NaN if one is NaN",
    source: "ONNX ReduceMax-20",
    call: "reduce_max(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.NEGATIVE_INFINITY,
    fold: largestOf,
  }),
  reduce_min: reduction({
    summary: "smallest element along axes",
    formula: "min of x, NaN if one is NaN",
    source: "ONNX ReduceMin-20",
    call: "reduce_min(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.POSITIVE_INFINITY,
    fold: smallestOf,
  }),
  reduce_prod: reduction({
    summary: "product along axes",
    formula: "product of x",
    source: "ONNX ReduceProd-18",
    call: "reduce_prod(x, axes=[1])",
    dtypes: floatDtypes,
    start: 1,
    fold: multiplyUp,
  }),
};
