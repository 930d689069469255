// Where the largest or smallest element along an axis is.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, type Tensor } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { sizeBetween } from "./loops.ts";
import { checkDtype, numberDtypes } from "./shape-rules.ts";

interface ArgAttrs {
  readonly axis: number;
  readonly keepdims: boolean;
  readonly select_last_index: boolean;
}

/** Whether x is to be taken in place of what has been found so far. */
type IsBetter = (x: number, found: number) => boolean;

function evalArg({ data, shape }: Tensor, { axis, select_last_index }: ArgAttrs, y: Tensor, isBetter: IsBetter): void {
  const count = shape[axis] as number;
  const stride = sizeBetween(shape, axis + 1, shape.length);
  for (let position = 0; position < y.data.length; position++) {
    const inner = position % stride;
    const start = (position - inner) * count + inner;
    let best = 0;
    for (let index = 1; index < count; index++) {
      const [x, found] = [data[start + index * stride]!, data[start + best * stride]!];
      if (Number.isNaN(found) && !(select_last_index && Number.isNaN(x))) continue;
      const isSame = x === found || (Number.isNaN(x) && Number.isNaN(found));
      if (Number.isNaN(x) || isBetter(x, found) || (select_last_index && isSame)) best = index;
    }
    y.data[position] = best;
  }
}

/** The indices of the elements that are the extreme one, of which the first or last is taken. They are counted in f32, which has them all. */
function expandArg(b: Expander, x: ValueId, { axis, keepdims, select_last_index }: ArgAttrs, extreme: string): ValueId {
  const { dtype, shape } = b.typeOf(x);
  const size = shape[axis] as number;
  const axes = [axis];
  const isExtreme = b.op("equal", [x, b.op(extreme, [x], { axes })]);
  const isFound = dtype === "i32" ? isExtreme : b.op("logical_or", [isExtreme, b.op("is_nan", [x])]);
  const along = shape.map((_size, index) => (index === axis ? size : 1));
  const indices = b.op("iota", [], { shape: along, axis, dtype: "f32" });
  const beside = b.scalar(select_last_index ? -1 : size, indices);
  const candidates = b.op("where", [isFound, indices, beside]);
  const chosen = b.op(select_last_index ? "reduce_max" : "reduce_min", [candidates], { axes, keepdims });
  return b.op("cast", [chosen], { to: "i32" });
}

function argRow(
  name: "arg_max" | "arg_min",
  text: { readonly what: string; readonly extreme: string; readonly source: string },
  isBetter: IsBetter,
) {
  return defineOp({
    kind: "composite",
    facts: { jumps: true, mayBeExact: true, nonnegative: "always" },
    summary: `index of the ${text.what} element along an axis`,
    detail: `The index, as i32, of the ${text.what} element along \`axis\`; the first of equal ones, or the last with \`select_last_index\`. NaN is taken before any number. The axis has size 1 in the result, or is dropped with \`keepdims=false\`. \`x\` is ${numberDtypes.join(", ")}.`,
    source: text.source,
    operands: ["x"],
    attrs: {
      axis: { kind: "axis", default: 0, summary: "axis to search along" },
      keepdims: { kind: "bool", default: true, summary: "whether the axis stays, with size 1" },
      select_last_index: { kind: "bool", default: false, summary: "whether the last of equal elements is taken" },
    },
    infer: ([x], { axis, keepdims }) => {
      const wrong = checkDtype("x", x, numberDtypes);
      if (wrong) return fail(wrong);
      return ok([{ dtype: "i32", shape: keepdims ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1) }]);
    },
    eval: ([x], attrs, [y]) => evalArg(x, attrs, y, isBetter),
    // the extreme element, the comparison, the choice, the index
    flops: ([x]) => 4 * elementCount(x.shape),
    expand: (b, [x], attrs) => [expandArg(b, x, attrs, text.extreme)],
    example: `graph example(x: f32[2, 3]) -> (y: i32[2, 1]) {\n  y = ${name}(x, axis=1)\n}`,
  });
}

export const argOps = {
  arg_max: argRow(
    "arg_max",
    { what: "largest", extreme: "reduce_max", source: "ONNX ArgMax-13" },
    (x, found) => x > found,
  ),
  arg_min: argRow(
    "arg_min",
    { what: "smallest", extreme: "reduce_min", source: "ONNX ArgMin-13" },
    (x, found) => x < found,
  ),
};
