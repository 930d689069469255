// Rows of ONNX ops that move elements: transposes, parts, joins, and picking by index.

import { refuse } from "../refuse.ts";
import {
  allOperands,
  axisOf,
  broadcast,
  intsOf,
  known,
  knownInts,
  op,
  operand,
  ops,
  reshape,
  scalar,
  threeOperands,
  transpose,
  twoOperands,
  type Use,
} from "../use.ts";
import { countOf, dtypeOf, isKnown, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { elementAttr } from "./shapes.ts";

/** Picks along an axis by indices that are known when importing. */
export function take(use: Use, x: Value, axis: number, places: readonly number[]): Value {
  const isAll = places.length === x.shape[axis] && places.every((place, index) => place === index);
  if (isAll) return x;
  const [first = 0, second] = places;
  const step = second === undefined ? 1 : second - first;
  const isEven = step > 0 && places.every((place, index) => place === first + index * step);
  if (places.length > 0 && isEven) {
    return op(use, "slice", [x], { starts: [first], ends: [places.at(-1)! + 1], axes: [axis], steps: [step] });
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
  return Array.from({ length: count }, (_unused, index) => start + index * step);
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
  const sizes = given ?? Array.from({ length: count }, (_unused, index) => Math.min(part, size - index * part));
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

/** Indices counted from 0, as i32. */
export function fromZero(use: Use, indices: Value, size: number): Value {
  if (isKnown(indices)) {
    const places = indices.known().map((index) => (index < 0 ? index + size : index));
    return { ...knownValue(indices.element, indices.shape, places), inputs: indices.inputs };
  }
  const isNegative = op(use, "less", [indices, scalar(0, indices)]);
  return op(use, "where", [isNegative, op(use, "add", [indices, scalar(size, indices)]), indices]);
}

function gather(use: Use): Value {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  const indices = fromZero(use, operand(use, 1), x.shape[axis]!);
  return { ...op(use, "gather", [x, indices], { axis }), element: x.element };
}

/** The elements of a tensor at places counted in row-major order. */
export function takeFlat(use: Use, x: Value, places: Value): Value {
  const flat = reshape(use, x, [countOf(x)]);
  return { ...op(use, "gather", [flat, places], { axis: 0 }), element: x.element };
}

export const sizesAfter = (shape: readonly number[]): readonly number[] =>
  shape.map((_size, axis) => countOf({ shape: shape.slice(axis + 1) }));

/** For each element of `shape` the sum of its indices along `axes`, each times a stride. */
export function placesAlong(
  use: Use,
  shape: readonly number[],
  { axes, strides }: { readonly axes: readonly number[]; readonly strides: readonly number[] },
): Value {
  const zero: Value = op(use, "full", [], { value: 0, shape, dtype: "i32" });
  return axes.reduce((sum, axis, index) => {
    const steps = op(use, "iota", [], { shape, axis, dtype: "i32" });
    return op(use, "add", [sum, op(use, "mul", [steps, scalar(strides[index]!, steps)])]);
  }, zero);
}

function gatherElements(use: Use): Value {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  const indices = fromZero(use, operand(use, 1), x.shape[axis]!);
  const strides = sizesAfter(x.shape);
  const others = x.shape.map((_size, index) => index).filter((index) => index !== axis);
  const rest = placesAlong(use, indices.shape, { axes: others, strides: others.map((index) => strides[index]!) });
  const along = op(use, "mul", [asInts(indices), scalar(strides[axis]!, { element: "INT32" })]);
  return takeFlat(use, x, op(use, "add", [along, rest]));
}

const asInts = (value: Value): Value => ({ ...value, element: "INT32" });

/** The last axis of the indices becomes one place in row-major order, of the blocks that the axes after them make. */
export function flatPlaces(use: Use, indices: Value, shape: readonly number[]): Value {
  const depth = indices.shape.at(-1)!;
  const strides = sizesAfter(shape.slice(0, depth));
  const rest = indices.shape.slice(0, -1);
  const zero: Value = op(use, "full", [], { value: 0, shape: rest, dtype: "i32" });
  return strides.reduce((sum, stride, axis) => {
    const column = reshape(use, take(use, asInts(indices), rest.length, [axis]), rest);
    const places = fromZero(use, column, shape[axis]!);
    return op(use, "add", [sum, op(use, "mul", [places, scalar(stride, places)])]);
  }, zero);
}

function gatherNd(use: Use): Value {
  const [x, indices] = twoOperands(use);
  const batchDims = use.attrs.int("batch_dims", 0);
  const depth = indices.shape.at(-1) ?? refuse("its indices have no dimension");
  const batch = x.shape.slice(0, batchDims);
  const inner = x.shape.slice(batchDims);
  const block = inner.slice(depth);
  const within = flatPlaces(use, indices, inner);
  const blocks = countOf({ shape: inner.slice(0, depth) });
  const offsets = placesAlong(use, within.shape, {
    axes: batch.map((_size, axis) => axis),
    strides: sizesAfter(batch).map((stride) => stride * blocks),
  });
  const rows = reshape(use, x, [countOf({ shape: batch }) * blocks, countOf({ shape: block })]);
  const picked = op(use, "gather", [rows, op(use, "add", [within, offsets])], { axis: 0 });
  return { ...reshape(use, picked, [...within.shape, ...block]), element: x.element };
}

/** Whether an element of a matrix is above, on or below a diagonal. */
function trilu(use: Use): Value {
  const x = operand(use, 0);
  const k = use.operands[1] === undefined ? 0 : knownInts(use.operands[1], "the diagonal")[0]!;
  const isUpper = use.attrs.flag("upper", true);
  const matrix = x.shape.slice(-2);
  if (matrix.length < 2) return refuse("its operand has fewer than two dimensions");
  if (x.shape.includes(0)) return x;
  const row = op(use, "iota", [], { shape: matrix, axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape: matrix, axis: 1, dtype: "i32" });
  const diagonal = op(use, "add", [row, scalar(k, row)]);
  const isKept = op(use, isUpper ? "greater_or_equal" : "less_or_equal", [column, diagonal]);
  return { ...op(use, "where", [isKept, x, scalar(0, x)]), element: x.element };
}

function eyeLike(use: Use): Value {
  const x = operand(use, 0);
  const dtype = use.attrs.has("dtype") ? elementAttr(use, "dtype") : x.element;
  const k = use.attrs.int("k", 0);
  const row = op(use, "iota", [], { shape: x.shape, axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape: x.shape, axis: 1, dtype: "i32" });
  const isOn = op(use, "equal", [column, op(use, "add", [row, scalar(k, row)])]);
  return { ...op(use, "cast", [isOn], { to: dtypeOf(dtype) }), element: dtype };
}

/** Blocks of pixels between the channels and the plane, in one of two orders. */
function depthToSpace(use: Use): Value {
  const x = operand(use, 0);
  const [n, c, h, w] = fourSizes(x);
  const b = use.attrs.int("blocksize");
  const isDepthFirst = use.attrs.text("mode", "DCR") === "DCR";
  const depth = c / (b * b);
  const apart = reshape(use, x, isDepthFirst ? [n, b, b, depth, h, w] : [n, depth, b, b, h, w]);
  const moved = transpose(use, apart, isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return reshape(use, moved, [n, depth, h * b, w * b]);
}

function spaceToDepth(use: Use): Value {
  const x = operand(use, 0);
  const [n, c, h, w] = fourSizes(x);
  const b = use.attrs.int("blocksize");
  const apart = reshape(use, x, [n, c, h / b, b, w / b, b]);
  return reshape(use, transpose(use, apart, [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]);
}

function fourSizes(x: Value): readonly [number, number, number, number] {
  const [n, c, h, w] = x.shape;
  if (x.shape.length !== 4) return refuse(`its operand has ${x.shape.length} dimensions, expected 4`);
  return [n!, c!, h!, w!];
}

function oneHot(use: Use): Value {
  const [indices, depthValue, values] = threeOperands(use);
  const depth = known(depthValue, "the depth").known()[0] ?? 0;
  const rank = indices.shape.length + 1;
  const axis = axisOf(use.attrs.int("axis", -1), rank);
  const shape = indices.shape.toSpliced(axis, 0, depth);
  const whole = asInts(op(use, "cast", [indices], { to: "i32" }));
  const places = reshape(use, fromZero(use, whole, depth), indices.shape.toSpliced(axis, 0, 1));
  const steps = op(use, "iota", [], { shape, axis, dtype: "i32" });
  const isHot = op(use, "equal", [places, steps]);
  const pick = (index: number): Value => reshape(use, take(use, values, 0, [index]), []);
  return { ...op(use, "where", [isHot, pick(1), pick(0)]), element: values.element };
}

/** Data that decide on a shape have to be known. */
function compress(use: Use): Value {
  const x = operand(use, 0);
  const isKept = known(operand(use, 1), "the condition").known();
  const hasAxis = use.attrs.has("axis");
  const source = hasAxis ? x : reshape(use, x, [countOf(x)]);
  const axis = hasAxis ? axisOf(use.attrs.int("axis"), x.shape.length) : 0;
  const places = [...isKept].flatMap((kept, index) => (kept !== 0 && index < source.shape[axis]! ? [index] : []));
  return take(use, source, axis, places);
}

function nonZero(use: Use): Value {
  const { shape, known: elements } = known(operand(use, 0), "its operand");
  const places = [...elements()].flatMap((x, index) => (x === 0 ? [] : [index]));
  const strides = sizesAfter(shape);
  const columns = shape.map((size, axis) => places.map((place) => Math.floor(place / strides[axis]!) % size));
  return knownValue("INT64", [shape.length, places.length], columns.flat());
}

/** Each row of the batch is turned up to its own length. */
function reverseSequence(use: Use): Value {
  const [x, lengths] = twoOperands(use);
  const batch = axisOf(use.attrs.int("batch_axis", 1), x.shape.length);
  const time = axisOf(use.attrs.int("time_axis", 0), x.shape.length);
  const strides = sizesAfter(x.shape);
  const step = op(use, "iota", [], { shape: x.shape, axis: time, dtype: "i32" });
  const length = reshape(
    use,
    asInts(lengths),
    x.shape.map((size, axis) => (axis === batch ? size : 1)),
  );
  const turned = op(use, "sub", [op(use, "sub", [length, scalar(1, step)]), step]);
  const source = op(use, "where", [op(use, "less", [step, length]), turned, step]);
  const others = x.shape.map((_size, axis) => axis).filter((axis) => axis !== time);
  const rest = placesAlong(use, x.shape, { axes: others, strides: others.map((axis) => strides[axis]!) });
  const along = op(use, "mul", [source, scalar(strides[time]!, source)]);
  return takeFlat(use, x, op(use, "add", [along, rest]));
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
  Gather: { way: "op", as: "`gather`", make: (use) => [gather(use)] },
  GatherElements: { way: "rewrite", as: "`gather` of computed places", make: (use) => [gatherElements(use)] },
  GatherND: { way: "rewrite", as: "`gather` of computed places", make: (use) => [gatherNd(use)] },
  Trilu: { way: "rewrite", as: "`where` on `iota`", make: (use) => [trilu(use)] },
  EyeLike: { way: "rewrite", as: "two `iota`, `equal`", make: (use) => [eyeLike(use)] },
  DepthToSpace: {
    way: "rewrite",
    as: "`reshape`, `transpose`, `reshape`",
    versions: { 13: "bf16" },
    make: (use) => [depthToSpace(use)],
  },
  SpaceToDepth: { way: "rewrite", as: "`reshape`, `transpose`, `reshape`", make: (use) => [spaceToDepth(use)] },
  OneHot: {
    way: "rewrite",
    as: "`iota`, `equal`, `where`",
    limits: "the depth is known",
    make: (use) => [oneHot(use)],
  },
  Compress: { way: "rewrite", as: "`gather`", limits: "the condition is known", make: (use) => [compress(use)] },
  NonZero: { way: "import", as: "a known value", limits: "its operand is known", make: (use) => [nonZero(use)] },
  ReverseSequence: { way: "rewrite", as: "`gather` of computed places", make: (use) => [reverseSequence(use)] },
});
