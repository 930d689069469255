// Values whose repetition along axes is only described: how they are put into the graph, and the operations that change nothing
// but the description.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import type { GivenAttrs, OpName } from "../../../ir-spec/ops/index.ts";
import { emit, type OpContext, type Reduction, type Value } from "./context.ts";

/** A value that is in the graph as it is. */
export function plain({ importer }: OpContext, base: ValueId): Value {
  const { shape } = importer.builder.typeOf(base);
  return { base, axes: shape.map((_size, axis) => axis), shape };
}

/** One number everywhere. */
export function repeated(base: ValueId, shape: Shape): Value {
  return { base, axes: shape.map(() => undefined), shape };
}

function baseShape({ importer }: OpContext, { base }: Value): Shape {
  return importer.builder.typeOf(base).shape;
}

/** Puts the whole value into the graph. */
export function materialise(context: OpContext, value: Value): ValueId {
  const base = align(context, value);
  const { shape } = context.importer.builder.typeOf(base);
  return shapesEqual(shape, value.shape) ? base : emit(context, "broadcast_to", [base], { shape: value.shape });
}

/** Puts the value into the graph without its repetition, such that it broadcasts to its shape as in NumPy. */
export function align(context: OpContext, value: Value): ValueId {
  const used = value.axes.filter((axis) => axis !== undefined);
  const first = value.axes.findIndex((axis) => axis !== undefined);
  const added = first < 0 ? [] : unmapped(value.axes.slice(first));
  const isOrdered = used.every((axis, index) => axis === index);
  if (isOrdered && added.length === 0) return value.base;
  const key = `${value.base} ${value.axes.join()}`;
  const known = context.importer.aligned.get(key);
  if (known !== undefined) return known;
  const kept = withKeptAxes(context, value);
  const ordered = isOrdered ? value.base : emit(context, "transpose", [value.base], { perm: used });
  const aligned = kept ?? (added.length === 0 ? ordered : emit(context, "unsqueeze", [ordered], { axes: added }));
  context.importer.aligned.set(key, aligned);
  return aligned;
}

/** The places of a list without an axis. */
function unmapped(axes: Value["axes"]): number[] {
  return axes.flatMap((axis, index) => (axis === undefined ? [index] : []));
}

/** A reduction whose axes come back, such as the mean in a norm, keeps them. */
function withKeptAxes(context: OpContext, { base, axes }: Value): ValueId | undefined {
  const reduction = context.importer.reductions.get(base);
  if (reduction === undefined || !restoresAxes(reduction, axes)) return undefined;
  if (context.importer.builder.typeOf(reduction.operand).shape.length !== axes.length) return undefined;
  const attrs = { axes: reduction.axes, keepdims: true } as GivenAttrs<"reduce_sum">;
  return emit(context, reduction.op as "reduce_sum", [reduction.operand], attrs);
}

function restoresAxes(reduction: Reduction, axes: Value["axes"]): boolean {
  let kept = 0;
  return axes.every((axis, index) => (reduction.axes.includes(index) ? axis === undefined : axis === kept++));
}

/** Applies an elementwise op; operands of rank 0 go with every shape. */
export function elementwise<N extends OpName>(
  context: OpContext,
  op: N,
  operands: readonly Value[],
  attrs: GivenAttrs<N>,
): Value {
  const shape = operands.find((operand) => operand.shape.length > 0)?.shape ?? [];
  const aligned = operands.map((operand) => align(context, operand));
  const base = emit(context, op, aligned, attrs);
  const found = context.importer.builder.typeOf(base).shape;
  const offset = shape.length - found.length;
  const isPrefixOf = found.every((size, axis) => size === 1 || size === shape[offset + axis]);
  if (offset < 0 || !isPrefixOf) return plain(context, base);
  return { base, axes: shape.map((_size, axis) => (axis < offset ? undefined : axis - offset)), shape };
}

/** The value along more axes: axis `i` of it is axis `dims[i]` of the result. */
export function broadcastInDim(value: Value, dims: readonly number[], shape: Shape): Value {
  const axes = shape.map((_size, axis) => {
    const from = dims.indexOf(axis);
    return from < 0 ? undefined : value.axes[from];
  });
  return { base: value.base, axes, shape };
}

export function transposeValue(context: OpContext, value: Value, perm: readonly number[]): Value {
  const isPlain = shapesEqual(baseShape(context, value), value.shape);
  if (isPlain) return plain(context, emit(context, "transpose", [materialise(context, value)], { perm }));
  return {
    base: value.base,
    axes: perm.map((axis) => value.axes[axis]),
    shape: perm.map((axis) => value.shape[axis] ?? 0),
  };
}

export function reshapeValue(context: OpContext, value: Value, shape: Shape): Value {
  if (shapesEqual(value.shape, shape)) return value;
  if (value.axes.every((axis) => axis === undefined) && elementCount(value.shape) === elementCount(shape)) {
    return repeated(value.base, shape);
  }
  const described = withUnitAxes(value, shape);
  return described ?? plain(context, emit(context, "reshape", [materialise(context, value)], { shape }));
}

/** The value under a shape that differs in axes of size 1 alone, if the base has none that would be dropped. */
function withUnitAxes(value: Value, shape: Shape): Value | undefined {
  const isWide = (size: number) => size !== 1;
  const wide = value.shape.flatMap((size, axis) => (isWide(size) ? [value.axes[axis]] : []));
  const isDropped = value.shape.some((size, axis) => !isWide(size) && value.axes[axis] !== undefined);
  if (isDropped || !shapesEqual(value.shape.filter(isWide), shape.filter(isWide))) return undefined;
  let next = 0;
  return { base: value.base, axes: shape.map((size) => (isWide(size) ? wide[next++] : undefined)), shape };
}
