// Reductions: rows that fold some axes with one associative operation.

import type { Dtype } from "../base/dtype.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Shape, type Tensor } from "../base/tensor.ts";
import { defineOp } from "./define.ts";
import { foldingStrides, stridedOffsets } from "./loops.ts";
import { checkDtype, floatDtypes, numberDtypes, only } from "./shape-rules.ts";

interface Reduction {
  readonly summary: string;
  readonly formula: string;
  readonly source: string;
  readonly call: string;
  readonly dtypes: readonly Dtype[];
  readonly start: number;
  readonly combine: (folded: number, x: number) => number;
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
      const offsets = stridedOffsets(x.shape, strides);
      y.data.fill(row.start);
      for (let position = 0; position < x.data.length; position++) {
        const offset = offsets[position]!;
        y.data[offset] = row.combine(y.data[offset]!, x.data[position]!);
      }
      const { finish } = row;
      if (finish) y.data.set(y.data.map((folded) => finish(folded, x.data.length / y.data.length)));
    },
    flops: (inputs) => elementCount(only(inputs).shape),
    example: `graph example(x: f32[2, 3]) -> (y: f32[2, 1]) {\n  y = ${row.call}\n}`,
  });
}

const sumUp = (folded: number, x: number): number => folded + x;

export const reduceOps = {
  reduce_sum: reduction({
    summary: "sum along axes",
    formula: "sum of x",
    source: "ONNX ReduceSum-13",
    call: "reduce_sum(x, axes=[1])",
    dtypes: numberDtypes,
    start: 0,
    combine: sumUp,
  }),
  reduce_mean: reduction({
    summary: "mean along axes",
    formula: "sum of x / number of elements",
    source: "ONNX ReduceMean-18",
    call: "reduce_mean(x, axes=[1])",
    dtypes: floatDtypes,
    start: 0,
    combine: sumUp,
    finish: (folded, count) => folded / count,
  }),
  reduce_max: reduction({
    summary: "largest element along axes",
    formula: "max of x, NaN if one is NaN",
    source: "ONNX ReduceMax-20",
    call: "reduce_max(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.NEGATIVE_INFINITY,
    combine: Math.max,
  }),
  reduce_min: reduction({
    summary: "smallest element along axes",
    formula: "min of x, NaN if one is NaN",
    source: "ONNX ReduceMin-20",
    call: "reduce_min(x, axes=[1])",
    dtypes: numberDtypes,
    start: Number.POSITIVE_INFINITY,
    combine: Math.min,
  }),
  reduce_prod: reduction({
    summary: "product along axes",
    formula: "product of x",
    source: "ONNX ReduceProd-18",
    call: "reduce_prod(x, axes=[1])",
    dtypes: floatDtypes,
    start: 1,
    combine: (folded, x) => folded * x,
  }),
};
