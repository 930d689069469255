// Rows of ONNX ops that move elements: transposes, parts and joins.

import { listValues, makeParts } from "../lists.ts";
import { refuse } from "../refuse.ts";
import {
  allOperands,
  axisOf,
  broadcast,
  intsOf,
  knownInts,
  op,
  operand,
  ops,
  reshape,
  transpose,
  type Use,
} from "../use.ts";
import { countOf, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";

/** Picks along an axis by indices that are known when importing. */
export function take(use: Use, x: Value, axis: number, places: readonly number[]): Value {
  const isAll = places.length === x.shape[axis] && places.every((place, index) => place === index);
  if (isAll) return x;
  const [first = 0, second] = places;
  const step = second === undefined ? 1 : second - first;
  const isEven = step > 0 && places.every((place, index) => place === first + index * step);
  if (places.length > 0 && isEven) {
    const bounds = { starts: [first], ends: [places.at(-1)! + 1], axes: [axis] };
    return op(use, "slice", [x], step === 1 ? bounds : { ...bounds, steps: [step] });
  }
  const shape = x.shape.with(axis, places.length);
  if (places.length === 0) return knownValue(x.element, shape, []);
  return { ...op(use, "gather", [x, knownValue("INT32", [places.length], places)], { axis }), element: x.element };
}

/** Source: ONNX Slice-13: bounds that count from the end, clamped to what a step of either sign can reach. */
export function slicePlaces(
  size: number,
  bounds: { readonly start: number; readonly end: number; readonly step: number },
): readonly number[] {
  const { step } = bounds;
  if (step === 0) return refuse("its step is 0");
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
  const start = Math.min(Math.max(clamp(bounds.start), 0), step > 0 ? size : size - 1);
  const end = clamp(bounds.end);
  const count = Math.max(0, Math.ceil((end - start) / step));
  return listValues(count, "places", (index) => start + index * step);
}

function slice(use: Use): Value {
  const x = operand(use, 0);
  const starts = intsOf(use, 1, "starts") ?? refuse("its starts are missing");
  const ends = intsOf(use, 2, "ends") ?? refuse("its ends are missing");
  const axes = intsOf(use, 3, "axes") ?? starts.map((_start, index) => index);
  const steps = intsOf(use, 4, "steps") ?? starts.map(() => 1);
  if (new Set([starts.length, ends.length, axes.length, steps.length]).size > 1)
    return refuse("its bounds are lists of different lengths");
  return axes.reduce((part, given, index) => {
    const axis = axisOf(given, x.shape.length);
    const bounds = { start: starts[index]!, end: ends[index]!, step: steps[index]! };
    return take(use, part, axis, slicePlaces(part.shape[axis]!, bounds));
  }, x);
}

function split(use: Use): readonly Value[] {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  const size = x.shape[axis]!;
  const given = intsOf(use, 1, "split");
  const count = use.attrs.has("num_outputs") ? use.attrs.int("num_outputs") : outputsOf(use);
  const part = Math.ceil(size / count);
  const sizes = given ?? makeParts(count, "parts", (index) => Math.min(part, size - index * part));
  if (sizes.some((length) => !(length >= 0))) return refuse(`a part of it has ${Math.min(...sizes)} elements`);
  const full = sizes.filter((length) => length > 0);
  const parts = full.length === 1 ? [x] : ops(use, "split", [x], { axis, sizes: full });
  let taken = 0;
  return sizes.map((length) => {
    if (length === 0) return knownValue(x.element, x.shape.with(axis, 0), []);
    return { ...parts[taken++]!, element: x.element };
  });
}

function outputsOf(use: Use): number {
  let count = 0;
  while (use.wants(count)) count++;
  return count;
}

function concat(use: Use): Value {
  const all = allOperands(use);
  const axis = axisOf(use.attrs.int("axis"), all[0]!.shape.length);
  const parts = all.filter(({ shape }) => !shape.includes(0));
  if (parts.length < 2) return parts[0] ?? all[0]!;
  return op(use, "concat", parts, { axis });
}

/** Repetition along an axis: a new axis before it is broadcast and merged. */
export function tile(use: Use, x: Value, repeats: readonly number[]): Value {
  if (repeats.length !== x.shape.length)
    return refuse(`it has ${repeats.length} repeats for ${x.shape.length} dimensions`);
  const shape = x.shape.map((size, axis) => size * repeats[axis]!);
  if (shape.includes(0)) return knownValue(x.element, shape, []);
  const apart = reshape(
    use,
    x,
    x.shape.flatMap((size) => [1, size]),
  );
  const repeated = broadcast(
    use,
    apart,
    x.shape.flatMap((size, axis) => [repeats[axis]!, size]),
  );
  return reshape(use, repeated, shape);
}

/** How many elements follow for each step along an axis, in row-major order. */
export const sizesAfter = (shape: readonly number[]): readonly number[] =>
  shape.map((_size, axis) => countOf({ shape: shape.slice(axis + 1) }));

/** Axes moved so that one is the last, and back. */
export function lastAxis(use: Use, x: Value, axis: number, make: (moved: Value) => Value): Value {
  const rank = x.shape.length;
  const others = x.shape.map((_size, index) => index).filter((index) => index !== axis);
  const made = make(transpose(use, x, [...others, axis]));
  const back = Array.from({ length: rank }, (_unused, index) => (index === axis ? rank - 1 : others.indexOf(index)));
  return transpose(use, made, back);
}

export const movementOps = defineOnnxOps({
  Transpose: {
    way: "op",
    as: "`transpose`",
    make: (use) => {
      const x = operand(use, 0);
      const perm = use.attrs.ints("perm") ?? x.shape.map((_size, axis) => x.shape.length - 1 - axis);
      return [transpose(use, x, perm)];
    },
  },
  Slice: {
    way: "op",
    as: "`slice`, or `gather` for negative steps",
    limits: "its bounds are known",
    make: (use) => [slice(use)],
  },
  Split: { way: "op", as: "`split`", versions: { 13: "sizes are an operand", 18: "num_outputs" }, make: split },
  Concat: { way: "op", as: "`concat`", make: (use) => [concat(use)] },
  Tile: {
    way: "rewrite",
    as: "`reshape`, `broadcast_to`, `reshape`",
    make: (use) => [tile(use, operand(use, 0), knownInts(operand(use, 1), "the repeats"))],
  },
});
