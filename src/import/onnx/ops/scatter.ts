// Rows of ONNX ops that write at places.

import { checkValues } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { axisOf, knownInts, op, operand, reshape, scalar, threeOperands, twoOperands, type Use } from "../use.ts";
import { countOf, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { asInts, fromZero, tupleSizes } from "./gather.ts";
import { narrow, widen } from "./integers.ts";
import { sizesAfter } from "./movement.ts";

/** Operands in a dtype that the reduction takes, and what it gives in that of the first one. */
function scatter(
  use: Use,
  name: "scatter_elements" | "scatter_nd",
  operands: Scattered,
  attrs: Readonly<Record<string, number>>,
): Value {
  const { x, indices, updates } = operands;
  const reduction = use.attrs.text("reduction", "none");
  if (countOf(indices) === 0) return x;
  if (reduction === "none") return op(use, name, [x, indices, updates], attrs);
  const wide = [widen(use, x), indices, widen(use, updates)];
  return narrow(use, op(use, name, wide, { ...attrs, reduction }), x.element);
}

interface Scattered {
  readonly x: Value;
  readonly indices: Value;
  readonly updates: Value;
}

function scatterElements(use: Use): Value {
  const [x, indices, updates] = threeOperands(use);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  return scatter(use, "scatter_elements", { x, indices: fromZero(use, indices, [x.shape[axis]!]), updates }, { axis });
}

function scatterNd(use: Use): Value {
  const [x, indices, updates] = threeOperands(use);
  return scatter(use, "scatter_nd", { x, indices: fromZero(use, indices, tupleSizes(x, indices, 0)), updates }, {});
}

/** Source: ONNX TensorScatter-24: rows of a cache are overwritten from an index of each batch on. */
function tensorScatter(use: Use): Value {
  const [cache, update, starts] = [operand(use, 0), operand(use, 1), use.operands[2]];
  const axis = axisOf(use.attrs.int("axis", -2), cache.shape.length);
  const isCircular = use.attrs.text("mode", "linear") === "circular";
  const steps = op(use, "iota", [], { shape: update.shape, axis, dtype: "i32" });
  const ones = Array.from({ length: cache.shape.length - 1 }, () => 1);
  const first = starts === undefined ? scalar(0, steps) : reshape(use, asInts(starts), [countOf(starts), ...ones]);
  const places = op(use, "add", [steps, first]);
  const wrapped = isCircular ? op(use, "mod", [places, scalar(cache.shape[axis]!, places)]) : places;
  return op(use, "scatter_elements", [cache, wrapped, update], { axis });
}

/** The pooled elements at the places where pooling found them. */
function maxUnpool(use: Use): Value {
  const [x, indices] = twoOperands(use);
  const kernel = use.attrs.ints("kernel_shape") ?? refuse("its kernel_shape is missing");
  const strides = use.attrs.ints("strides") ?? kernel.map(() => 1);
  const pads = use.attrs.ints("pads") ?? kernel.flatMap(() => [0, 0]);
  const plane = kernel.map(
    (size, axis) => (x.shape[axis + 2]! - 1) * strides[axis]! + size - pads[axis]! - pads[axis + kernel.length]!,
  );
  const shape = [...x.shape.slice(0, 2), ...plane];
  const empty = op(use, "full", [], { value: 0, shape: [countOf({ shape })], dtype: x.dtype });
  const flat = [asInts(indices), x].map((value) => reshape(use, value, [countOf(value)]));
  const y = reshape(use, op(use, "scatter_elements", [empty, ...flat], { axis: 0 }), shape);
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
  for (const size of [...image, ...block]) checkValues(size, "places along an axis");
  checkValues(blockSize * columns * Math.max(pixels, 1), "places");
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

export const scatterOps = defineOnnxOps({
  ScatterElements: {
    way: "op",
    as: "`scatter_elements`",
    versions: { 16: "reductions", 18: "max and min" },
    make: (use) => [scatterElements(use)],
  },
  Scatter: { way: "op", as: "`scatter_elements`", make: (use) => [scatterElements(use)] },
  ScatterND: {
    way: "op",
    as: "`scatter_nd`",
    versions: { 16: "reductions", 18: "max and min" },
    make: (use) => [scatterNd(use)],
  },
  TensorScatter: { way: "rewrite", as: "`scatter_elements` of computed places", make: (use) => [tensorScatter(use)] },
  MaxUnpool: { way: "rewrite", as: "`scatter_elements` into zeros", make: (use) => [maxUnpool(use)] },
  Col2Im: { way: "rewrite", as: "`matmul` with a matrix of ones and zeros", make: (use) => [columnsToImage(use)] },
});
