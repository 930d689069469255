// Rows of ONNX ops that pad, run along an axis or rank its elements, each an op of the op table.

import { listValues } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { axisOf, known, knownInts, op, operand, ops, type Use } from "../use.ts";
import { intsValue, type Value } from "../values.ts";
import { defineOnnxOps, type OnnxOp } from "./define.ts";
import { narrow, widen } from "./integers.ts";
import { take } from "./movement.ts";
import { shapeOf } from "./shapes.ts";

/** Before and after each axis, with negative numbers for what is cut off. */
function padAxes(use: Use, x: Value): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const given = use.operands[1] === undefined ? use.attrs.ints("pads") : knownInts(use.operands[1], "the pads");
  const rank = x.shape.length;
  const named =
    use.operands[3] === undefined ? x.shape.map((_size, axis) => axis) : knownInts(use.operands[3], "the axes");
  const axes = named.map((axis) => axisOf(axis, rank));
  if (given === undefined || given.length !== 2 * axes.length)
    return refuse(`its pads have ${given?.length ?? 0} elements, expected ${2 * axes.length}`);
  const sides = [0, axes.length].map((from) => {
    const side = x.shape.map(() => 0);
    for (const [index, axis] of axes.entries()) side[axis] = given[from + index]!;
    return side;
  });
  return { low: sides[0]!, high: sides[1]! };
}

function pad(use: Use): Value {
  const x = operand(use, 0);
  const mode = use.attrs.text("mode", "constant");
  const value =
    use.operands[2] === undefined
      ? use.attrs.has("value")
        ? use.attrs.float("value")
        : 0
      : known(use.operands[2], "the value").known()[0]!;
  const { low, high } = padAxes(use, x);
  const cut = cutEnds(use, x, low, high);
  const positive = (side: readonly number[]): readonly number[] => side.map((count) => Math.max(0, count));
  const isNone = [...low, ...high].every((count) => count <= 0);
  const padded = isNone ? cut : op(use, "pad", [cut], { low: positive(low), high: positive(high), mode, value });
  return { ...padded, element: x.element };
}

function cutEnds(use: Use, x: Value, low: readonly number[], high: readonly number[]): Value {
  return x.shape.reduce((value: Value, size, axis) => {
    const start = Math.max(0, -low[axis]!);
    const end = size - Math.max(0, -high[axis]!);
    const isWhole = start === 0 && end === size;
    return isWhole
      ? value
      : take(
          use,
          value,
          axis,
          listValues(Math.max(0, end - start), "places", (index) => start + index),
        );
  }, x);
}

/** Source: ONNX CenterCropPad-18: what is too long loses both ends, what is too short gets zeros at both. */
function centerCropPad(use: Use): Value {
  const x = operand(use, 0);
  const wanted = shapeOf(operand(use, 1), "the shape");
  const axes = (use.attrs.ints("axes") ?? x.shape.map((_size, axis) => axis)).map((axis) =>
    axisOf(axis, x.shape.length),
  );
  const more = (axis: number): number => (wanted[axes.indexOf(axis)] ?? x.shape[axis]!) - x.shape[axis]!;
  const low = x.shape.map((_size, axis) =>
    axes.includes(axis) ? Math.floor(Math.abs(more(axis)) / 2) * Math.sign(more(axis)) : 0,
  );
  const high = x.shape.map((_size, axis) => (axes.includes(axis) ? more(axis) - low[axis]! : 0));
  const cut = cutEnds(use, x, low, high);
  const positive = (side: readonly number[]): readonly number[] => side.map((count) => Math.max(0, count));
  return { ...op(use, "pad", [cut], { low: positive(low), high: positive(high) }), element: x.element };
}

function running(name: "cumsum" | "cumprod"): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\``,
    limits: "the axis is known",
    make: (use) => {
      const x = operand(use, 0);
      const axis = axisOf(known(operand(use, 1), "the axis").known()[0]!, x.shape.length);
      const [exclusive, reverse] = [use.attrs.flag("exclusive", false), use.attrs.flag("reverse", false)];
      return [narrow(use, op(use, name, [widen(use, x)], { axis, exclusive, reverse }), x.element)];
    },
  };
}

function topK(use: Use): readonly Value[] {
  const x = operand(use, 0);
  const k = known(operand(use, 1), "k").known()[0]!;
  const axis = axisOf(use.attrs.int("axis", -1), x.shape.length);
  use.attrs.ignore("sorted");
  const largest = use.attrs.flag("largest", true);
  const [values, places] = ops(use, "top_k", [widen(use, x)], { k, axis, largest }) as [Value, Value];
  return [narrow(use, values, x.element), { ...places, element: "INT64" }];
}

function argExtreme(name: "arg_max" | "arg_min"): OnnxOp {
  return {
    way: "op",
    as: `\`${name}\``,
    versions: { 13: "bf16" },
    make: (use) => {
      const x = widen(use, operand(use, 0));
      const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
      const attrs = {
        axis,
        keepdims: use.attrs.flag("keepdims", true),
        select_last_index: use.attrs.flag("select_last_index", false),
      };
      return [{ ...op(use, name, [x], attrs), element: "INT64" }];
    },
  };
}

/** An optional is there or not when importing. */
const isThere = (use: Use): Value => ({
  ...intsValue([use.operands[0] === undefined ? 0 : 1]),
  shape: [],
  dtype: "bool",
  element: "BOOL",
});

export const rankOps = defineOnnxOps({
  Pad: {
    way: "op",
    as: "`pad`, `slice` for negative pads",
    versions: { 18: "axes", 19: "wrap" },
    limits: "the pads are known",
    make: (use) => [pad(use)],
  },
  CenterCropPad: {
    way: "rewrite",
    as: "`slice`, `pad`",
    limits: "the shape is known",
    make: (use) => [centerCropPad(use)],
  },
  CumSum: running("cumsum"),
  CumProd: running("cumprod"),
  TopK: { way: "op", as: "`top_k`", versions: { 24: "bf16" }, limits: "k is known", make: topK },
  ArgMax: argExtreme("arg_max"),
  ArgMin: argExtreme("arg_min"),
  OptionalHasElement: { way: "import", as: "a known value", make: (use) => [isThere(use)] },
  OptionalGetElement: { way: "import", as: "its operand", make: (use) => [operand(use, 0)] },
});
