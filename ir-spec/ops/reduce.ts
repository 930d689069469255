// Reductions: rows that reduce some axes with one associative operation.

import type { Dtype } from "../base/dtype.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Shape } from "../base/tensor.ts";
import { defineOp, type OpFacts } from "./define.ts";
import { innermostRun, reductionStrides, stridedOffsets } from "./loops.ts";
import { checkDtype, floatDtypes, numberDtypes } from "./shape-rules.ts";

interface Reduction {
  readonly summary: string;
  readonly formula: string;
  readonly source: string;
  readonly facts?: OpFacts;
  readonly call: string;
  readonly dtypes: readonly Dtype[];
  readonly start: number;
  /** Combines what is reduced so far with elements `from` up to, not including, `end`, one by one. */
  readonly reduceRun: (reduced: number, x: Float64Array, from: number, end: number) => number;
  /** Made of the reduced value and the number of elements that went into it. */
  readonly finish?: (reduced: number, count: number) => number;
}

/** The axes that are reduced, ascending; an empty list means all. */
export function reducedAxes(axes: readonly number[], rank: number): readonly number[] {
  return axes.length === 0 ? [...new Array(rank).keys()] : axes.toSorted((a, b) => a - b);
}

function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): Shape {
  const reduced = reducedAxes(axes, shape.length);
  if (keepdims) return shape.map((size, axis) => (reduced.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !reduced.includes(axis));
}

function reduction(row: Reduction) {
  return defineOp({
    kind: "reduce",
    summary: row.summary,
    detail: `\`${row.formula}\` over the elements along \`axes\`. \`x\` is ${row.dtypes.join(", ")}. A reduced axis has size 1 in the result, or is dropped with \`keepdims=false\`. The reduction itself is exact in the reference; the result is rounded once.`,
    source: row.source,
    ...(row.facts && { facts: row.facts }),
    operands: ["x"],
    attrs: {
      axes: { kind: "axes", default: [], summary: "axes to reduce; all of them when empty" },
      keepdims: { kind: "bool", default: true, summary: "whether a reduced axis stays, with size 1" },
    },
    infer: ([x], attrs) => {
      const wrong = checkDtype("x", x, row.dtypes);
      return wrong ? fail(wrong) : ok([{ dtype: x.dtype, shape: reducedShape(x.shape, attrs.axes, attrs.keepdims) }]);
    },
    eval: ([x], attrs, [y]) => {
      const strides = reductionStrides(x.shape, reducedAxes(attrs.axes, x.shape.length));
      const { firstAxis, runElements, isRepeated } = innermostRun(x.shape, strides);
      y.data.fill(row.start);
      const starts = stridedOffsets(x.shape.slice(0, firstAxis), strides);
      for (let run = 0; run < starts.length; run++) {
        const first = run * runElements;
        if (isRepeated) y.data[starts[run]!] = row.reduceRun(y.data[starts[run]!]!, x.data, first, first + runElements);
        else reduceRow(row, x.data, first, y.data.subarray(starts[run]!, starts[run]! + runElements));
      }
      const { finish } = row;
      if (finish) y.data.set(y.data.map((reduced) => finish(reduced, x.data.length / y.data.length)));
    },
    flops: ([x]) => elementCount(x.shape),
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 1]) {\n  y = ${row.call}\n}`,
  });
}

/** Reduces each element of a row into the one below it. */
function reduceRow({ reduceRun }: Reduction, x: Float64Array, first: number, reduced: Float64Array): void {
  for (let index = 0; index < reduced.length; index++) {
    reduced[index] = reduceRun(reduced[index]!, x, first + index, first + index + 1);
  }
}

function sumUp(reduced: number, x: Float64Array, from: number, end: number): number {
  let sum = reduced;
  for (let index = from; index < end; index++) sum += x[index]!;
  return sum;
}

function largestOf(reduced: number, x: Float64Array, from: number, end: number): number {
  let largest = reduced;
  for (let index = from; index < end; index++) largest = Math.max(largest, x[index]!);
  return largest;
}

function smallestOf(reduced: number, x: Float64Array, from: number, end: number): number {
  let smallest = reduced;
  for (let index = from; index < end; index++) smallest = Math.min(smallest, x[index]!);
  return smallest;
}

function multiplyUp(reduced: number, x: Float64Array, from: number, end: number): number {
  let product = reduced;
  for (let index = from; index < end; index++) product *= x[index]!;
  return product;
}

export const reduceOps = {
  reduce_sum: reduction({
    summary: "sum along axes",
    formula: "sum of x",
    facts: { mayBeExact: true, nonnegative: "where operands are" },
    source: "ONNX ReduceSum-13",
    call: "reduce_sum(x, axes=[1])",
    dtypes: numberDtypes,
    start: 0,
    reduceRun: sumUp,
  }),
  reduce_mean: reduction({
    summary: "mean along axes",
    formula: "sum of x / number of elements",
    facts: { mayBeExact: true, nonnegative: "where operands are" },
    source: "ONNX ReduceMean-18",
    call: "reduce_mean(x, axes=[1])",
    dtypes: floatDtypes,
    start: 0,
    reduceRun: sumUp,
    finish: (reduced, count) => reduced / count,
  }),
  reduce_max: reduction({
    summary: "largest element along axes",
    formula: "max of x, NaN if one is NaN",
    facts: { choosesNumbers: true, mayBeExact: true, nonnegative: "where operands are" },
    source: "ONNX ReduceMax-20",
    call: "reduce_max(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.NEGATIVE_INFINITY,
    reduceRun: largestOf,
  }),
  reduce_min: reduction({
    summary: "smallest element along axes",
    formula: "min of x, NaN if one is NaN",
    facts: { choosesNumbers: true, mayBeExact: true, nonnegative: "where operands are" },
    source: "ONNX ReduceMin-20",
    call: "reduce_min(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.POSITIVE_INFINITY,
    reduceRun: smallestOf,
  }),
  reduce_prod: reduction({
    summary: "product along axes",
    formula: "product of x",
    facts: { nonnegative: "where operands are" },
    source: "ONNX ReduceProd-18",
    call: "reduce_prod(x, axes=[1])",
    dtypes: floatDtypes,
    start: 1,
    reduceRun: multiplyUp,
  }),
};
