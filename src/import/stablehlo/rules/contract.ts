// StableHLO's products, with any batch and contracting dimensions, as matrix products: axes are brought into the order
// batch, free, contracted, and several free or contracted ones are merged, where they are not so already.
// Source: StableHLO specification, "dot_general".

import { type Dtype, dtypeBytes, isFloat } from "../../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../../ir-spec/base/ids.ts";
import { type Shape, shapesEqual } from "../../../../ir-spec/base/tensor.ts";
import type { MlirAttr } from "../ast.ts";
import { emit, type OpContext, refuse, resultType, type Value } from "../context.ts";
import { findAttr, integersOf } from "../read-attrs.ts";
import { materialise, plain } from "../values.ts";
import { type OpRules, rule } from "./rule.ts";

/** The axes of one operand by what they are for. */
interface Axes {
  readonly batch: readonly number[];
  readonly contracted: readonly number[];
  readonly free: readonly number[];
}

function axesOf(shape: Shape, batch: readonly number[], contracted: readonly number[]): Axes | undefined {
  const used = [...batch, ...contracted];
  const isRight = used.every((axis) => axis in shape) && new Set(used).size === used.length;
  const free = shape.flatMap((_size, axis) => (used.includes(axis) ? [] : [axis]));
  return isRight ? { batch, contracted, free } : undefined;
}

/** Of an attribute of the pretty form, `[0] x [1]`, or of two fields of the generic one. */
function pairOf(context: OpContext, name: string, fields: readonly [string, string]): [number[], number[]] | undefined {
  const pair = findAttr(context, name);
  const record = findAttr(context, "dot_dimension_numbers");
  const inner: ReadonlyMap<string, MlirAttr> = record?.kind === "record" ? record.fields : new Map();
  const [lhs, rhs] = pair?.kind === "pair" ? [pair.lhs, pair.rhs] : fields.map((field) => inner.get(field));
  const [left, right] = [lhs, rhs].map((side) => (side === undefined ? [] : integersOf(side)));
  return left === undefined || right === undefined || left.length !== right.length
    ? undefined
    : [[...left], [...right]];
}

const dotGeneral = rule(2, (context, lhs, rhs) => {
  const [left, right] = [lhs as Value, rhs as Value];
  const batch = pairOf(context, "batching_dims", ["lhs_batching_dimensions", "rhs_batching_dimensions"]);
  const contracted = pairOf(context, "contracting_dims", ["lhs_contracting_dimensions", "rhs_contracting_dimensions"]);
  const leftAxes = batch && contracted && axesOf(left.shape, batch[0], contracted[0]);
  const rightAxes = batch && contracted && axesOf(right.shape, batch[1], contracted[1]);
  if (leftAxes === undefined || rightAxes === undefined) {
    refuse(context, "its dimension numbers are no axes of its operands");
    return left;
  }
  return contract(context, { value: left, axes: leftAxes }, { value: right, axes: rightAxes });
});

const dot = rule(2, (context, lhs, rhs) => {
  const [left, right] = [lhs as Value, rhs as Value];
  const leftAxes = axesOf(left.shape, [], [left.shape.length - 1]);
  const rightAxes = axesOf(right.shape, [], [0]);
  if (leftAxes === undefined || rightAxes === undefined) {
    refuse(context, "an operand has no axis");
    return left;
  }
  return contract(context, { value: left, axes: leftAxes }, { value: right, axes: rightAxes });
});

interface Side {
  readonly value: Value;
  readonly axes: Axes;
}

function contract(context: OpContext, lhs: Side, rhs: Side): Value {
  const { shape, dtype } = resultType(context);
  const sizes = (side: Side, axes: readonly number[]) => axes.map((axis) => side.value.shape[axis] ?? 0);
  const batch = sizes(lhs, lhs.axes.batch);
  const isSame = shapesEqual(batch, sizes(rhs, rhs.axes.batch));
  if (!isSame || !shapesEqual(sizes(lhs, lhs.axes.contracted), sizes(rhs, rhs.axes.contracted))) {
    refuse(context, "its operands have other sizes along the axes that go together");
    return lhs.value;
  }
  const [left, right] = [arrange(context, lhs, "free first"), arrange(context, rhs, "contracted first")];
  const [x, y] = widened(context, left.base, right.base, dtype);
  const attrs = { transpose_lhs: left.isTransposed, transpose_rhs: right.isTransposed };
  const product = emit(context, "matmul", [x, y], attrs);
  const free = [...sizes(lhs, lhs.axes.free), ...sizes(rhs, rhs.axes.free)];
  const found = context.importer.builder.typeOf(product);
  const cast = found.dtype === dtype ? product : emit(context, "cast", [product], { to: dtype });
  const wanted = [...batch, ...free];
  const isShaped = shapesEqual(found.shape, wanted) || context.hasFailed;
  return plain(
    context,
    isShaped ? cast : emit(context, "reshape", [cast], { shape: shapesEqual(wanted, shape) ? shape : wanted }),
  );
}

/** An operand as a stack of matrices. */
interface Arranged {
  readonly base: ValueId;
  readonly isTransposed: boolean;
}

/**
 * Brings an operand into the form [batch, free, contracted] ("free first") or [batch, contracted, free]; the other of the
 * two, transposed, will do where the operand has it.
 */
function arrange(context: OpContext, { value, axes }: Side, form: "free first" | "contracted first"): Arranged {
  const freeFirst = [...axes.batch, ...axes.free, ...axes.contracted];
  const contractedFirst = [...axes.batch, ...axes.contracted, ...axes.free];
  const [plainOrder, otherOrder] = form === "free first" ? [freeFirst, contractedFirst] : [contractedFirst, freeFirst];
  const isTransposed = !isOrdered(plainOrder) && isOrdered(otherOrder);
  const order = isTransposed ? otherOrder : plainOrder;
  const whole = materialise(context, value);
  const ordered = isOrdered(order) ? whole : emit(context, "transpose", [whole], { perm: order });
  const isContractedLast = (form === "free first") !== isTransposed;
  const count = (list: readonly number[]) => list.reduce((product, axis) => product * (value.shape[axis] ?? 0), 1);
  const batch = axes.batch.map((axis) => value.shape[axis] ?? 0);
  // Free axes in front of the contracted one are rows of a product whatever their number.
  const keepsRows = form === "free first" && isContractedLast && batch.length === 0 && axes.free.length > 0;
  const rows = keepsRows ? axes.free.map((axis) => value.shape[axis] ?? 0) : [count(axes.free)];
  const columns = [count(axes.contracted)];
  const shape = [...batch, ...(isContractedLast ? [...rows, ...columns] : [...columns, ...rows])];
  const found = context.importer.builder.typeOf(ordered).shape;
  return { base: shapesEqual(found, shape) ? ordered : emit(context, "reshape", [ordered], { shape }), isTransposed };
}

function isOrdered(order: readonly number[]): boolean {
  return order.every((axis, index) => axis === index);
}

/** Operands of the result's dtype where that is the wider one: products of bf16 may be asked for in f32. */
function widened(context: OpContext, lhs: ValueId, rhs: ValueId, result: Dtype): readonly [ValueId, ValueId] {
  const { typeOf } = context.importer.builder;
  const dtypes = [typeOf(lhs).dtype, typeOf(rhs).dtype];
  const widest = [...dtypes, result].filter(isFloat).toSorted((a, b) => dtypeBytes(b) - dtypeBytes(a))[0];
  const widen = (value: ValueId): ValueId => {
    const { dtype } = typeOf(value);
    return widest === undefined || dtype === widest || !isFloat(dtype)
      ? value
      : emit(context, "cast", [value], { to: widest });
  };
  return [widen(lhs), widen(rhs)];
}

export const contractRules: OpRules = { dot, dot_general: dotGeneral };
