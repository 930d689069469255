// Rows of ONNX ops that pick by index, or ask where elements are.

import { refuse } from "../refuse.ts";
import { axisOf, known, op, operand, reshape, scalar, threeOperands, twoOperands, type Use } from "../use.ts";
import { countOf, isKnown, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { sizesAfter, take } from "./movement.ts";

/** Indices counted from 0; with several sizes, each is that of an index of the tuples along the last axis. */
export function fromZero(use: Use, indices: Value, sizes: readonly number[]): Value {
  if (isKnown(indices)) {
    const places = indices.known().map((index, at) => (index < 0 ? index + sizes[at % sizes.length]! : index));
    return { ...knownValue(indices.element, indices.shape, places), inputs: indices.inputs };
  }
  const isEqual = sizes.every((size) => size === sizes[0]);
  const size = isEqual ? scalar(sizes[0]!, indices) : knownValue(indices.element, [sizes.length], sizes);
  const isNegative = op(use, "less", [indices, scalar(0, indices)]);
  return op(use, "where", [isNegative, op(use, "add", [indices, size]), indices]);
}

/** The sizes that tuples of indices count along. */
export function tupleSizes(x: Value, indices: Value, batchDims: number): readonly number[] {
  const depth = indices.shape.at(-1) ?? refuse("its indices have no dimension");
  const sizes = x.shape.slice(batchDims, batchDims + depth);
  return sizes.length === depth && depth > 0
    ? sizes
    : refuse(`its tuples have ${depth} indices for ${sizes.length} dimensions`);
}

export const asInts = (value: Value): Value => ({ ...value, element: "INT32" });

function gather(use: Use): Value {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  return op(use, "gather", [x, fromZero(use, operand(use, 1), [x.shape[axis]!])], { axis });
}

function gatherElements(use: Use): Value {
  const x = operand(use, 0);
  const axis = axisOf(use.attrs.int("axis", 0), x.shape.length);
  return op(use, "gather_elements", [x, fromZero(use, operand(use, 1), [x.shape[axis]!])], { axis });
}

function gatherNd(use: Use): Value {
  const [x, indices] = twoOperands(use);
  const batchDims = use.attrs.int("batch_dims", 0);
  const places = fromZero(use, indices, tupleSizes(x, indices, batchDims));
  return op(use, "gather_nd", [x, places], { batch_dims: batchDims });
}

function oneHot(use: Use): Value {
  const [indices, depthValue, values] = threeOperands(use);
  const depth = known(depthValue, "the depth").known()[0] ?? 0;
  const rank = indices.shape.length + 1;
  const axis = axisOf(use.attrs.int("axis", -1), rank);
  const shape = indices.shape.toSpliced(axis, 0, depth);
  const whole = asInts(op(use, "cast", [indices], { to: "i32" }));
  const places = reshape(use, fromZero(use, whole, [depth]), indices.shape.toSpliced(axis, 0, 1));
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
  const step = op(use, "iota", [], { shape: x.shape, axis: time, dtype: "i32" });
  const perBatch = x.shape.map((size, axis) => (axis === batch ? size : 1));
  const length = reshape(use, asInts(lengths), perBatch);
  const turned = op(use, "sub", [op(use, "sub", [length, scalar(1, step)]), step]);
  const source = op(use, "where", [op(use, "less", [step, length]), turned, step]);
  return op(use, "gather_elements", [x, source], { axis: time });
}

export const gatherOps = defineOnnxOps({
  Gather: { way: "op", as: "`gather`", make: (use) => [gather(use)] },
  GatherElements: { way: "op", as: "`gather_elements`", make: (use) => [gatherElements(use)] },
  GatherND: { way: "op", as: "`gather_nd`", make: (use) => [gatherNd(use)] },
  OneHot: {
    way: "rewrite",
    as: "`iota`, `equal`, `where`",
    limits: "the depth is known",
    make: (use) => [oneHot(use)],
  },
  Compress: { way: "rewrite", as: "`gather`", limits: "the condition is known", make: (use) => [compress(use)] },
  NonZero: { way: "import", as: "a known value", limits: "its operand is known", make: (use) => [nonZero(use)] },
  ReverseSequence: {
    way: "rewrite",
    as: "`gather_elements` of computed places",
    make: (use) => [reverseSequence(use)],
  },
});
