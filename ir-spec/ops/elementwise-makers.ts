// Makers of elementwise rows: a row says its scalar function; shapes broadcast, and the loops are the same for all.

import type { AttrSpecs, AttrValues } from "../base/attr.ts";
import type { Dtype } from "../base/dtype.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, shapesEqual, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type OpFacts, type OpRow } from "./define.ts";
import { broadcastStrides, innermostRun, stridedOffsets } from "./loops.ts";
import {
  broadcastShapes,
  checkDtype,
  checkSameDtype,
  floatDtypes,
  type Inferred,
  numberDtypes,
} from "./shape-rules.ts";

export interface ElementwiseText {
  readonly summary: string;
  /** The value of one result element, in terms of the operand names. */
  readonly formula: string;
  /** More to know, in markdown. */
  readonly more?: string;
  readonly source: string;
  /** A call, as the example writes it. */
  readonly call: string;
  readonly facts?: OpFacts;
}

interface UnaryOptions<A extends AttrSpecs> {
  readonly dtypes: readonly Dtype[];
  readonly attrs: A;
  /** Dtype of the result where it is not the operand's. */
  readonly resultDtype?: (attrs: AttrValues<A>) => Dtype;
  /** The result's dtype in the example. */
  readonly exampleDtypes?: readonly [from: Dtype, to: Dtype];
  readonly flopsPerElement?: number;
}

function makeDetail(text: ElementwiseText, inputs: string): string {
  const formula = `For each element: \`${text.formula}\`.`;
  return [formula, inputs, ...(text.more === undefined ? [] : [text.more])].join(" ");
}

/** A row with one operand `x`. */
export function unary<const A extends AttrSpecs>(
  text: ElementwiseText,
  options: UnaryOptions<A>,
  compute: (x: number, attrs: AttrValues<A>) => number,
): OpRow<A, "elementwise", readonly ["x"]> {
  const [from, to] = options.exampleDtypes ?? [options.dtypes[0], options.dtypes[0]];
  return defineOp({
    kind: "elementwise",
    summary: text.summary,
    detail: makeDetail(text, `\`x\` is ${options.dtypes.join(", ")}; the result has its shape.`),
    source: text.source,
    ...(text.facts && { facts: text.facts }),
    operands: ["x"],
    attrs: options.attrs,
    infer: ([x], attrs) => {
      const wrong = checkDtype("x", x, options.dtypes);
      return wrong ? fail(wrong) : ok([{ dtype: options.resultDtype?.(attrs) ?? x.dtype, shape: x.shape }]);
    },
    apply: ([x], attrs) => compute(x, attrs),
    eval: ([x], attrs, [y]) => {
      const data = y.data;
      data.set(x.data);
      for (let position = 0; position < data.length; position++) data[position] = compute(data[position]!, attrs);
    },
    flops: ([x]) => elementCount(x.shape) * (options.flopsPerElement ?? 1),
    example: `graph example(x: ${from}[2, 3]) -> (y: ${to}[2, 3]) {\n  y = ${text.call}\n}`,
  });
}

/** A row with one operand of any float dtype. */
export const onFloats = (text: ElementwiseText, compute: (x: number) => number) =>
  unary(text, { dtypes: floatDtypes, attrs: {} }, compute);

/** A row with one operand of any dtype of numbers. */
export const onNumbers = (text: ElementwiseText, compute: (x: number) => number) =>
  unary(text, { dtypes: numberDtypes, attrs: {} }, compute);

interface BinaryOptions {
  readonly dtypes: readonly Dtype[];
  /** Dtype of the result where it is not the operands'. */
  readonly resultDtype?: Dtype;
}

/** A row with two operands `x` and `y` of one dtype. */
export function binary(
  text: ElementwiseText,
  options: BinaryOptions,
  compute: (x: number, y: number, dtype: Dtype) => number,
): OpRow<Record<never, never>, "elementwise", readonly ["x", "y"]> {
  const from = options.dtypes[0] as Dtype;
  const to = options.resultDtype ?? from;
  return defineOp({
    kind: "elementwise",
    summary: text.summary,
    detail: makeDetail(
      text,
      `\`x\` and \`y\` have one dtype (${options.dtypes.join(", ")}) and broadcast as in NumPy.`,
    ),
    source: text.source,
    ...(text.facts && { facts: text.facts }),
    operands: ["x", "y"],
    attrs: {},
    infer: ([x, y]) => inferBinary(x, y, options),
    apply: ([x, y], _attrs, dtype) => compute(x, y, dtype),
    eval: ([x, y], _attrs, [z]) => evalBinary(x, y, z, compute),
    flops: (_inputs, [z]) => elementCount(z.shape),
    example: `graph example(x: ${from}[2, 3], y: ${from}[3]) -> (z: ${to}[2, 3]) {\n  z = ${text.call}\n}`,
  });
}

function inferBinary(x: TensorType, y: TensorType, options: BinaryOptions): Inferred {
  const wrong = checkDtype("x", x, options.dtypes) ?? checkDtype("y", y, options.dtypes) ?? checkSameDtype(x, y);
  if (wrong) return fail(wrong);
  const shape = broadcastShapes(x.shape, y.shape);
  return shape.ok ? ok([{ dtype: options.resultDtype ?? x.dtype, shape: shape.value }]) : fail(shape.error);
}

type Compute = (x: number, y: number, dtype: Dtype) => number;

function evalBinary(x: Tensor, y: Tensor, z: Tensor, compute: Compute): void {
  const { dtype } = x;
  const left = spread(x, z);
  const right = spread(y, z);
  for (let position = 0; position < z.data.length; position++) {
    z.data[position] = compute(left[position]!, right[position]!, dtype);
  }
}

/** The elements of `x` as they meet those of `result`, to whose shape `x` broadcasts. */
export function spread(x: Tensor, result: Tensor): Float64Array {
  if (shapesEqual(x.shape, result.shape)) return x.data;
  const { shape } = result;
  const strides = broadcastStrides(x.shape, shape);
  const { firstAxis, runElements, isRepeated } = innermostRun(shape, strides);
  const starts = stridedOffsets(shape.slice(0, firstAxis), strides);
  const elements = new Float64Array(starts.length * runElements);
  for (let run = 0; run < starts.length; run++) {
    const start = starts[run]!;
    const end = (run + 1) * runElements;
    if (isRepeated) elements.fill(x.data[start]!, run * runElements, end);
    else elements.set(x.data.subarray(start, start + runElements), run * runElements);
  }
  return elements;
}
