// Padding: elements added around a tensor, or between its elements.

import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import { printShape, rowMajorStrides, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { checkCount, type Inferred, misfit } from "./shape-rules.ts";

interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
  readonly mode: Mode;
}

const modes = ["constant", "edge", "reflect", "wrap"] as const;
type Mode = (typeof modes)[number];

/** What happens along one axis. */
interface Padding {
  readonly axis: number;
  readonly low: number;
  readonly high: number;
  readonly interior: number;
  /** The operand's elements, those with what comes between them, and the result's. */
  readonly size: number;
  readonly spread: number;
  readonly result: number;
}

function paddingsOf(shape: Shape, { low, high, interior }: PadAttrs): readonly Padding[] {
  return shape.map((size, axis) => {
    const [before, after, between] = [low[axis] ?? 0, high[axis] ?? 0, interior[axis] ?? 0];
    const spread = size + (size - 1) * between;
    return { axis, low: before, high: after, interior: between, size, spread, result: before + spread + after };
  });
}

/** How far an end may go in each mode but the constant one. */
const reaches: { readonly [M in Exclude<Mode, "constant">]: (size: number) => number } = {
  edge: () => Number.POSITIVE_INFINITY,
  reflect: (size) => size - 1,
  wrap: (size) => size,
};

/** An end takes elements of the operand, so that it has none to give up, and none of them may be taken twice. */
function checkEnds(paddings: readonly Padding[], mode: Exclude<Mode, "constant">): Problem | undefined {
  for (const { low, high, interior, size, axis } of paddings) {
    const most = reaches[mode](size);
    const ends = [low, high];
    const isFit = interior === 0 && ends.every((end) => end >= 0 && end <= most);
    const range = most === Number.POSITIVE_INFINITY ? "at least 0" : `0 to ${most}`;
    const expected = `without interior, and ends of ${range} at axis ${axis}`;
    if (!isFit) return misfit("E0306", { attr: "mode", found: `"${mode}" with ends ${printShape(ends)}`, expected });
  }
  return undefined;
}

function inferPad(x: TensorType, attrs: PadAttrs): Inferred {
  const { low, high, interior, mode } = attrs;
  const rank = x.shape.length;
  const wrong =
    (low.length === 0 ? undefined : checkCount("low", low, rank)) ??
    (high.length === 0 ? undefined : checkCount("high", high, rank)) ??
    (interior.length === 0 ? undefined : checkCount("interior", interior, rank)) ??
    (interior.every((each) => each >= 0)
      ? undefined
      : misfit("E0306", { attr: "interior", found: printShape(interior), expected: "entries of at least 0" }));
  if (wrong) return fail(wrong);
  const paddings = paddingsOf(x.shape, attrs);
  const unfit = mode === "constant" ? undefined : checkEnds(paddings, mode);
  if (unfit) return fail(unfit);
  const empty = paddings.find(({ result }) => result < 1);
  if (empty !== undefined) return fail(misfit("E0312", { axis: empty.axis, size: Math.max(0, empty.result) }));
  return ok([{ dtype: x.dtype, shape: paddings.map(({ result }) => result) }]);
}

/** The operand's index at an index of the result, along one axis; -1 where the constant is. */
function sourceIndex({ low, interior, size, spread }: Padding, mode: Mode, index: number): number {
  const inside = index - low;
  if (mode === "edge") return Math.min(Math.max(inside, 0), size - 1);
  if (mode === "wrap") return (inside + size) % size;
  if (mode === "reflect") return inside < 0 ? -inside : inside >= size ? 2 * (size - 1) - inside : inside;
  return inside < 0 || inside >= spread || inside % (interior + 1) !== 0 ? -1 : inside / (interior + 1);
}

function evalPad(x: Tensor, attrs: PadAttrs, y: Tensor): void {
  const strides = rowMajorStrides(x.shape);
  let offsets: readonly number[] = [0];
  for (const padding of paddingsOf(x.shape, attrs)) {
    const along = [...new Array(padding.result).keys()].map((index) => sourceIndex(padding, attrs.mode, index));
    const stride = strides[padding.axis] as number;
    offsets = offsets.flatMap((outer) => along.map((index) => (outer < 0 || index < 0 ? -1 : outer + index * stride)));
  }
  for (let index = 0; index < y.data.length; index++) {
    const offset = offsets[index]!;
    y.data[index] = offset < 0 ? attrs.value : x.data[offset]!;
  }
}

function fullOf(b: Expander, like: ValueId, shape: Shape, value: number): ValueId {
  return b.op("full", [], { value, shape, dtype: b.typeOf(like).dtype });
}

/** x with the constant between its elements: a new axis beside each of them, which is merged and cut. */
function withInterior(b: Expander, x: ValueId, { axis, interior, size, spread }: Padding, value: number): ValueId {
  if (interior === 0 || size === 1) return x;
  const { shape } = b.typeOf(x);
  const between = fullOf(b, x, [...shape.slice(0, axis + 1), interior, ...shape.slice(axis + 1)], value);
  const pairs = b.op("concat", [b.op("unsqueeze", [x], { axes: [axis + 1] }), between], { axis: axis + 1 });
  const merged = b.op("reshape", [pairs], { shape: shape.with(axis, size * (interior + 1)) });
  return b.op("slice", [merged], { starts: [0], ends: [spread], axes: [axis] });
}

/** The constant beside x along one axis. */
function withEnds(b: Expander, x: ValueId, { axis, low, high }: Padding, value: number): ValueId {
  const { shape } = b.typeOf(x);
  const end = (count: number): readonly ValueId[] => (count > 0 ? [fullOf(b, x, shape.with(axis, count), value)] : []);
  return low <= 0 && high <= 0 ? x : b.op("concat", [...end(low), x, ...end(high)], { axis });
}

/** A negative end is cut off; then the constant is put beside the last axis first, where it takes the fewest elements. */
function expandConstant(b: Expander, x: ValueId, { value, ...attrs }: PadAttrs): ValueId {
  const type = b.typeOf(x);
  const paddings = paddingsOf(type.shape, { ...attrs, value });
  const cut = (end: number): number => Math.min(0, end);
  if (paddings.some(({ spread, low, high }) => spread + cut(low) + cut(high) < 1)) {
    return fullOf(
      b,
      x,
      paddings.map(({ result }) => result),
      value,
    );
  }
  const spread = paddings.reduce((inner, padding) => withInterior(b, inner, padding, value), x);
  const starts = paddings.map(({ low }) => -cut(low));
  const ends = paddings.map((padding) => padding.spread + cut(padding.high));
  const isCut = paddings.some(({ low, high }) => low < 0 || high < 0);
  const kept = isCut ? b.op("slice", [spread], { starts, ends }) : spread;
  return paddings.toReversed().reduce((inner, padding) => withEnds(b, inner, padding, value), kept);
}

/** Up to here a mirrored end consists of slices of one element. */
const maxSlices = 16;

/** The elements at both ends, as slices of x along an axis. */
function expandEnds(b: Expander, x: ValueId, padding: Padding, mode: Exclude<Mode, "constant">): ValueId {
  const { axis, low, high, size } = padding;
  const part = (start: number, count: number): ValueId =>
    b.op("slice", [x], { starts: [start], ends: [start + count], axes: [axis] });
  const repeated = (start: number, count: number): ValueId =>
    b.op("broadcast_to", [part(start, 1)], { shape: b.typeOf(x).shape.with(axis, count) });
  const mirrored = (last: number, count: number): readonly ValueId[] =>
    [...new Array(count).keys()].map((index) => part(last - index, 1));
  const makers: { readonly [M in Exclude<Mode, "constant">]: () => readonly ValueId[] } = {
    edge: () => [...(low > 0 ? [repeated(0, low)] : []), x, ...(high > 0 ? [repeated(size - 1, high)] : [])],
    wrap: () => [...(low > 0 ? [part(size - low, low)] : []), x, ...(high > 0 ? [part(0, high)] : [])],
    reflect: () => [...mirrored(low, low), x, ...mirrored(size - 2, high)],
  };
  if (low === 0 && high === 0) return x;
  if (mode !== "reflect" || low + high <= maxSlices) return b.op("concat", makers[mode](), { axis });
  const indices = [...new Array(padding.result).keys()].map((index) => sourceIndex(padding, mode, index));
  return b.op("gather", [x, b.op("constant", [], { values: indices, shape: [indices.length], dtype: "i32" })], {
    axis,
  });
}

export const padOps = {
  pad: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "a tensor with elements added around it",
    detail:
      'Adds `low` elements before and `high` elements after each axis, and `interior` ones between its neighbours. They are `value` with `mode="constant"`, where a negative end cuts elements off. With `"edge"` an end repeats the outermost element, with `"reflect"` it mirrors those beside that one, and with `"wrap"` it takes those of the other end.',
    source: "StableHLO pad; ONNX Pad-24, its other modes",
    operands: ["x"],
    attrs: {
      low: { kind: "ints", default: [], summary: "elements before each axis; none when empty" },
      high: { kind: "ints", default: [], summary: "elements after each axis; none when empty" },
      interior: { kind: "ints", default: [], summary: "elements between neighbours along each axis; none when empty" },
      value: { kind: "float", default: 0, summary: "what is added" },
      mode: { kind: "choice", choices: modes, default: "constant", summary: "where the added elements come from" },
    },
    infer: ([x], attrs) => inferPad(x, attrs),
    eval: ([x], attrs, [y]) => evalPad(x, attrs, y),
    flops: () => 0,
    expand: (b, [x], attrs) => {
      const { mode } = attrs;
      if (mode === "constant") return [expandConstant(b, x, attrs)];
      const paddings = paddingsOf(b.typeOf(x).shape, attrs);
      return [paddings.reduce((value, padding) => expandEnds(b, value, padding, mode), x)];
    },
    example: `graph example(x: f32[2, 3]) -> (y: f32[4, 6]) {
  y = pad(x, low=[1, 0], high=[1, 3])
}`,
  }),
};
