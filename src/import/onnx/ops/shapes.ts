// Rows of ONNX ops that are about shapes and constants: most leave no node, as they are computed while importing.

import { type ElementName, elementByCode, elementRow } from "../elements.ts";
import type { OnnxTensor } from "../read-tensor.ts";
import { refuse } from "../refuse.ts";
import { axisOf, broadcast, cast, intsOf, known, knownInts, op, operand, reshape, scalar, type Use } from "../use.ts";
import { countOf, dtypeOf, intsValue, knownValue, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";

/** A tensor of the file as a value; one of an element type without a dtype ends the row. */
export function valueOfTensor(tensor: OnnxTensor): Value {
  const { reason } = elementRow(tensor.element);
  if (reason !== undefined) return refuse(`it has elements of type ${tensor.element}: ${reason}`);
  return {
    dtype: dtypeOf(tensor.element),
    shape: tensor.shape,
    element: tensor.element,
    known: Object.assign(once(tensor.data), tensor.stored === undefined ? {} : { stored: tensor.stored }),
    inputs: new Set(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** An element type that an attribute names by its number. */
export function elementAttr(use: Use, name: string, byDefault?: number): ElementName {
  const code = use.attrs.int(name, byDefault);
  const element = elementByCode(code);
  if (element === undefined) return refuse(`attribute ${name} names no element type: ${code}`);
  const { reason } = elementRow(element);
  return reason === undefined ? element : refuse(`its result has elements of type ${element}: ${reason}`);
}

function constant(use: Use): Value {
  const { attrs } = use;
  const tensor = attrs.tensor("value");
  if (tensor !== undefined) return valueOfTensor(tensor);
  if (attrs.has("value_float")) return knownValue("FLOAT", [], [attrs.float("value_float")]);
  if (attrs.has("value_int")) return knownValue("INT64", [], [attrs.int("value_int")]);
  const floats = attrs.floats("value_floats");
  if (attrs.has("value_floats") && floats !== undefined) return knownValue("FLOAT", [floats.length], floats);
  const ints = attrs.ints("value_ints");
  if (attrs.has("value_ints") && ints !== undefined) return intsValue(ints);
  return refuse("its value is a text or a sparse tensor");
}

/** Sizes that a model computes: integers of at least 0, of which there are few. */
export function shapeOf(value: Value, what: string): readonly number[] {
  const shape = knownInts(value, what);
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  return wrong === undefined ? shape : refuse(`${what} has a size of ${wrong}`);
}

function constantOfShape(use: Use): Value {
  const tensor = use.attrs.tensor("value");
  const value = tensor === undefined ? scalar(0, { element: "FLOAT" }) : valueOfTensor(tensor);
  const shape = shapeOf(operand(use, 0), "the shape");
  const fill = known(value, "the value").known()[0] ?? 0;
  if (shape.includes(0)) return knownValue(value.element, shape, []);
  return { ...op(use, "full", [], { value: fill, shape, dtype: value.dtype }), element: value.element };
}

/** Source: ONNX Reshape-14: 0 copies a size unless allowzero is set, and one -1 is what is left. */
function reshapeOp(use: Use): Value {
  const x = operand(use, 0);
  const allowZero = use.attrs.flag("allowzero", false);
  const wanted = knownInts(operand(use, 1), "the shape");
  const sizes = wanted.map((size, axis) =>
    size === 0 && !allowZero ? (x.shape[axis] ?? refuse("0 copies a size that x has not")) : size,
  );
  const rest = sizes.filter((size) => size !== -1).reduce((count, size) => count * size, 1);
  if (sizes.filter((size) => size === -1).length > 1) return refuse("its shape has more than one -1");
  const shape = sizes.map((size) => (size === -1 ? countOf(x) / rest : size));
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined || countOf({ shape }) !== countOf(x))
    return refuse(`[${x.shape.join(", ")}] cannot become [${wanted.join(", ")}]`);
  return reshape(use, x, shape);
}

function squeezeShape(use: Use): readonly number[] {
  const { shape } = operand(use, 0);
  const axes = intsOf(use, 1, "axes")?.map((axis) => axisOf(axis, shape.length));
  const wide = axes?.find((axis) => shape[axis] !== 1);
  if (wide !== undefined) return refuse(`axis ${wide} has the size ${shape[wide]}, expected 1`);
  return shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)));
}

function unsqueezeShape(use: Use): readonly number[] {
  const { shape } = operand(use, 0);
  const axes = intsOf(use, 1, "axes") ?? refuse("its axes are missing");
  const rank = shape.length + axes.length;
  const places = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (places.size !== axes.length) return refuse("its axes name one twice");
  const rest = [...shape];
  return Array.from({ length: rank }, (_unused, axis) => (places.has(axis) ? 1 : rest.shift()!));
}

function shapeOp(use: Use): Value {
  const { shape } = operand(use, 0);
  const clamp = (place: number): number =>
    Math.min(Math.max(place < 0 ? place + shape.length : place, 0), shape.length);
  const start = clamp(use.attrs.int("start", 0));
  const end = clamp(use.attrs.int("end", shape.length));
  return intsValue(shape.slice(start, Math.max(start, end)));
}

/** The shape that two shapes broadcast to; sizes that differ end the row. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_unused, index) => {
    const left = a[a.length - rank + index] ?? 1;
    const right = b[b.length - rank + index] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      return refuse(`[${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
    return left === 1 ? right : left;
  });
}

function range(use: Use): Value {
  const [start, limit, step] = [0, 1, 2].map((index) => known(operand(use, index), "its operand").known()[0]) as [
    number,
    number,
    number,
  ];
  const { element, dtype } = operand(use, 0);
  const count = Math.max(0, Math.ceil((limit - start) / step));
  if (!(count < 2 ** 31)) return refuse(`it has ${count} elements`);
  if (count === 0) return knownValue(element, [0], []);
  const isFloat = elementRow(element).kind === "float";
  const steps = op(use, "iota", [], { shape: [count], dtype: isFloat ? "f32" : "i32" });
  const like = { element: isFloat ? "FLOAT" : element } as const;
  const scaled = step === 1 ? steps : op(use, "mul", [steps, scalar(step, like)]);
  const shifted = start === 0 ? scaled : op(use, "add", [scaled, scalar(start, like)]);
  return { ...cast(use, shifted, dtype), element };
}

export const shapeOps = defineOnnxOps({
  Constant: { way: "import", as: "a known value", make: (use) => [constant(use)] },
  ConstantOfShape: { way: "op", as: "`full`", make: (use) => [constantOfShape(use)] },
  Identity: { way: "import", as: "its operand", versions: { 14: "sequences" }, make: (use) => [operand(use, 0)] },
  Shape: { way: "import", as: "a known value", versions: { 15: "start and end" }, make: (use) => [shapeOp(use)] },
  Size: { way: "import", as: "a known value", make: (use) => [knownValue("INT64", [], [countOf(operand(use, 0))])] },
  Reshape: {
    way: "op",
    as: "`reshape`",
    versions: { 14: "allowzero" },
    limits: "the shape is known",
    make: (use) => [reshapeOp(use)],
  },
  Flatten: {
    way: "op",
    as: "`reshape`",
    make: (use) => {
      const x = operand(use, 0);
      const axis = use.attrs.int("axis", 1);
      const place = axis === x.shape.length ? axis : axisOf(axis, x.shape.length);
      return [reshape(use, x, [countOf({ shape: x.shape.slice(0, place) }), countOf({ shape: x.shape.slice(place) })])];
    },
  },
  Squeeze: {
    way: "op",
    as: "`reshape`",
    versions: { 13: "axes are an operand" },
    make: (use) => [reshape(use, operand(use, 0), squeezeShape(use))],
  },
  Unsqueeze: {
    way: "op",
    as: "`reshape`",
    versions: { 13: "axes are an operand" },
    make: (use) => [reshape(use, operand(use, 0), unsqueezeShape(use))],
  },
  Expand: {
    way: "op",
    as: "`broadcast_to`",
    make: (use) => {
      const x = operand(use, 0);
      return [broadcast(use, x, broadcastShapes(x.shape, shapeOf(operand(use, 1), "the shape")))];
    },
  },
  Range: { way: "op", as: "`iota`", limits: "its operands are known", make: (use) => [range(use)] },
});
