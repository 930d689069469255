// Rows of ONNX ops that write at places: each place asks which updates are for it, so that what takes scatters elsewhere is comparisons and
// reductions here.

import { isFloat } from "../../../../ir-spec/base/dtype.ts";
import { refuse } from "../refuse.ts";
import { axisOf, knownInts, op, operand, reshape, scalar, transpose, type Use } from "../use.ts";
import { countOf, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { narrow, widen } from "./integers.ts";
import { flatPlaces, fromZero, placesAlong, sizesAfter, take } from "./movement.ts";

/** Comparisons of a place with an update. Assumed: a second of the reference, and far more than small models need. */
const maxComparisons = 2 ** 24;

type Reduction = "none" | "add" | "mul" | "max" | "min";

const reductions: { readonly [R in Reduction]: R } = { none: "none", add: "add", mul: "mul", max: "max", min: "min" };

/** Writes `updates` [u, b] over rows of `x` [p, b]; `places` [u] says which. */
interface Writing {
  readonly x: Value;
  readonly updates: Value;
  readonly places: Value;
  readonly reduction: Reduction;
}

function writeRows(use: Use, { x, updates, places, reduction }: Writing): Value {
  const [rows, width] = x.shape as [number, number];
  const count = updates.shape[0]!;
  if (rows * count * width > maxComparisons) return refuse(`it compares ${rows} places with ${count} updates`);
  const steps = op(use, "iota", [], { shape: [rows, 1], axis: 0, dtype: "i32" });
  const isFor = op(use, "equal", [steps, reshape(use, places, [1, count])]);
  const match = reshape(use, isFor, [rows, count, 1]);
  const wide = widen(use, x);
  const all = reshape(use, widen(use, updates), [1, count, width]);
  if (reduction === "none") return narrow(use, writeLast(use, { wide, all, isFor }), x.element);
  const { neutral, reduce, join } = reducers(wide)[reduction];
  const picked = op(use, "where", [match, all, scalar(neutral, wide)]);
  const reduced = op(use, reduce, [picked], { axes: [1], keepdims: false });
  return narrow(use, op(use, join, [wide, reduced]), x.element);
}

function reducers(wide: Value) {
  const [low, high] = isFloat(wide.dtype)
    ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    : [-(2 ** 31), 2 ** 31 - 1];
  return {
    add: { neutral: 0, reduce: "reduce_sum", join: "add" },
    mul: { neutral: 1, reduce: "reduce_prod", join: "mul" },
    max: { neutral: low, reduce: "reduce_max", join: "max" },
    min: { neutral: high, reduce: "reduce_min", join: "min" },
  } as const;
}

/** Of several updates for a place the last one is kept. */
function writeLast(
  use: Use,
  { wide, all, isFor }: { readonly wide: Value; readonly all: Value; readonly isFor: Value },
): Value {
  const [rows, count] = isFor.shape as [number, number];
  const order = op(use, "iota", [], { shape: [1, count], axis: 1, dtype: "i32" });
  const last = op(use, "reduce_max", [op(use, "where", [isFor, order, scalar(-1, order)])], {
    axes: [1],
    keepdims: true,
  });
  const isLast = reshape(use, op(use, "equal", [order, last]), [rows, count, 1]);
  const value = op(use, "reduce_sum", [op(use, "where", [isLast, all, scalar(0, wide)])], {
    axes: [1],
    keepdims: false,
  });
  return op(use, "where", [op(use, "greater_or_equal", [last, scalar(0, last)]), value, wide]);
}

function reductionOf(use: Use): Reduction {
  const name = use.attrs.text("reduction", "none");
  return Object.hasOwn(reductions, name) ? (name as Reduction) : refuse(`its reduction is ${name}`);
}

function scatterElements(use: Use): Value {
  const [x, indices, updates] = [operand(use, 0), operand(use, 1), operand(use, 2)];
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  const strides = sizesAfter(x.shape);
  const others = x.shape.map((_size, index) => index).filter((index) => index !== axis);
  const rest = placesAlong(use, indices.shape, { axes: others, strides: others.map((index) => strides[index]!) });
  const along = { ...fromZero(use, indices, x.shape[axis]!), element: "INT32" as const };
  const places = op(use, "add", [op(use, "mul", [along, scalar(strides[axis]!, along)]), rest]);
  const count = countOf(updates);
  const flat = {
    x: reshape(use, x, [countOf(x), 1]),
    updates: reshape(use, updates, [count, 1]),
    places: reshape(use, places, [count]),
  };
  return reshape(use, writeRows(use, { ...flat, reduction: reductionOf(use) }), x.shape);
}

function scatterNd(use: Use): Value {
  const [x, indices, updates] = [operand(use, 0), operand(use, 1), operand(use, 2)];
  const depth = indices.shape.at(-1) ?? refuse("its indices have no dimension");
  const width = countOf({ shape: x.shape.slice(depth) });
  const places = flatPlaces(use, indices, x.shape);
  const count = countOf(places);
  const rows = {
    x: reshape(use, x, [countOf({ shape: x.shape.slice(0, depth) }), width]),
    updates: reshape(use, updates, [count, width]),
    places: reshape(use, places, [count]),
  };
  return reshape(use, writeRows(use, { ...rows, reduction: reductionOf(use) }), x.shape);
}

/** Source: ONNX TensorScatter-24: rows of a cache are overwritten from an index of each batch on. */
function tensorScatter(use: Use): Value {
  const [cache, update] = [operand(use, 0), operand(use, 1)];
  const axis = axisOf(use.attrs.int("axis", -2), cache.shape.length);
  const isCircular = use.attrs.text("mode", "linear") === "circular";
  const [length, count] = [cache.shape[axis]!, update.shape[axis]!];
  const starts = use.operands[2];
  const steps = op(use, "iota", [], { shape: cache.shape, axis, dtype: "i32" });
  const first = starts === undefined ? scalar(0, steps) : perBatch(use, starts, cache.shape.length);
  return Array.from({ length: count }).reduce((whole: Value, _unused, step) => {
    const place = op(use, "add", [first, scalar(step, steps)]);
    const wrapped = isCircular ? op(use, "mod", [place, scalar(length, place)]) : place;
    const row = take(use, update, axis, [step]);
    return { ...op(use, "where", [op(use, "equal", [steps, wrapped]), row, whole]), element: cache.element };
  }, cache);
}

const perBatch = (use: Use, value: Value, rank: number): Value =>
  reshape(use, { ...value, element: "INT32" }, [countOf(value), ...Array.from({ length: rank - 1 }, () => 1)]);

/** The pooled elements at the places where pooling found them. */
function maxUnpool(use: Use): Value {
  const [x, indices] = [operand(use, 0), operand(use, 1)];
  const kernel = use.attrs.ints("kernel_shape") ?? refuse("its kernel_shape is missing");
  const strides = use.attrs.ints("strides") ?? kernel.map(() => 1);
  const pads = use.attrs.ints("pads") ?? kernel.flatMap(() => [0, 0]);
  const plane = kernel.map(
    (size, axis) => (x.shape[axis + 2]! - 1) * strides[axis]! + size - pads[axis]! - pads[axis + kernel.length]!,
  );
  const shape = [...x.shape.slice(0, 2), ...plane];
  const empty = op(use, "full", [], { value: 0, shape: [countOf({ shape }), 1], dtype: x.dtype });
  const count = countOf(x);
  const places = reshape(use, { ...indices, element: "INT32" }, [count]);
  const written = writeRows(use, { x: empty, updates: reshape(use, x, [count, 1]), places, reduction: "none" });
  const y = reshape(use, written, shape);
  const wanted = use.operands[2] === undefined ? shape : knownInts(use.operands[2], "the output shape");
  return wanted.reduce((value: Value, size, axis) => growAxis(use, value, axis, size), { ...y, element: x.element });
}

/** Zeros after the elements of an axis. */
function growAxis(use: Use, value: Value, axis: number, size: number): Value {
  const more = size - value.shape[axis]!;
  if (more < 0) return refuse("its output shape is smaller than its result");
  if (more === 0) return value;
  const zeros = op(use, "full", [], { value: 0, shape: value.shape.with(axis, more), dtype: value.dtype });
  return op(use, "concat", [value, zeros], { axis });
}

/** Source: ONNX Col2Im-18: columns of blocks are added up into an image, which is a product with a matrix of ones and zeros. */
function columnsToImage(use: Use): Value {
  const x = operand(use, 0);
  const [image, block] = [
    knownInts(operand(use, 1), "the image's shape"),
    knownInts(operand(use, 2), "the block's shape"),
  ];
  const dilations = use.attrs.ints("dilations") ?? block.map(() => 1);
  const strides = use.attrs.ints("strides") ?? block.map(() => 1);
  const pads = use.attrs.ints("pads") ?? block.flatMap(() => [0, 0]);
  const [batch, width, columns] = x.shape as [number, number, number];
  const blockSize = countOf({ shape: block });
  const counts = image.map((size, axis) => {
    const reach = dilations[axis]! * (block[axis]! - 1) + 1;
    return Math.floor((size + pads[axis]! + pads[axis + block.length]! - reach) / strides[axis]!) + 1;
  });
  const pixels = countOf({ shape: image });
  if (blockSize * columns * pixels > maxComparisons) return refuse("its image is too large");
  const matrix = new Float64Array(blockSize * columns * pixels);
  for (let cell = 0; cell < blockSize * columns; cell++) {
    const inBlock = indexIn(block, Math.floor(cell / columns));
    const inGrid = indexIn(counts, cell % columns);
    const at = image.map(
      (_size, axis) => inGrid[axis]! * strides[axis]! - pads[axis]! + inBlock[axis]! * dilations[axis]!,
    );
    const isInside = at.every((place, axis) => place >= 0 && place < image[axis]!);
    if (isInside) matrix[cell * pixels + at.reduce((sum, place, axis) => sum * image[axis]! + place, 0)] = 1;
  }
  const flat = reshape(use, x, [batch, width / blockSize, blockSize * columns]);
  const sums = op(use, "matmul", [flat, knownValue("FLOAT", [blockSize * columns, pixels], matrix)]);
  return reshape(use, sums, [batch, width / blockSize, ...image]);
}

/** The index of a place counted in row-major order. */
function indexIn(shape: readonly number[], place: number): readonly number[] {
  return sizesAfter(shape).map((stride, axis) => Math.floor(place / stride) % shape[axis]!);
}

/** Axes moved so that one is the last, and back. */
export function lastAxis(use: Use, x: Value, axis: number, make: (moved: Value) => Value): Value {
  const rank = x.shape.length;
  const others = x.shape.map((_size, index) => index).filter((index) => index !== axis);
  const made = make(transpose(use, x, [...others, axis]));
  const back = Array.from({ length: rank }, (_unused, index) => (index === axis ? rank - 1 : others.indexOf(index)));
  return transpose(use, made, back);
}

export const scatterOps = defineOnnxOps({
  ScatterElements: {
    way: "rewrite",
    as: "`equal` of places, `where`, a reduction",
    versions: { 16: "reductions", 18: "max and min" },
    limits: "as many comparisons as places times updates",
    make: (use) => [scatterElements(use)],
  },
  Scatter: { way: "rewrite", as: "ScatterElements", make: (use) => [scatterElements(use)] },
  ScatterND: {
    way: "rewrite",
    as: "`equal` of places, `where`, a reduction",
    versions: { 16: "reductions", 18: "max and min" },
    limits: "as many comparisons as places times updates",
    make: (use) => [scatterNd(use)],
  },
  TensorScatter: { way: "rewrite", as: "`where` for each row that is written", make: (use) => [tensorScatter(use)] },
  MaxUnpool: { way: "rewrite", as: "ScatterElements into zeros", make: (use) => [maxUnpool(use)] },
  Col2Im: { way: "rewrite", as: "`matmul` with a matrix of ones and zeros", make: (use) => [columnsToImage(use)] },
});
