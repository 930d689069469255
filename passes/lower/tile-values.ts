// What a value of the graph is while a kernel works on one tile [p, f] of it, and the statements that combine such
// values. A `column` has one element per partition; a `number` is known at compile time.

import { type Affine, addAffine, constant, type Extent } from "../../ir-spec/affine.ts";
import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { rowMajorStrides } from "../../ir-spec/base/tensor.ts";
import type { Access, AccessDim, EngineHint } from "../../ir-spec/tile.ts";
import type { Activation, AluOp, BitOp, FoldOp } from "../../ir-spec/tile-ops/alu.ts";
import { type Body, type BodyBuilder, chipAccess, emitAlloc, emitOp } from "./program-builder.ts";

export type TileValue =
  | { readonly kind: "tile"; readonly access: Access }
  | { readonly kind: "column"; readonly access: Access }
  | { readonly kind: "number"; readonly value: number };

/** Where results go: one body, tiles of one shape. */
export interface TileScope {
  readonly builder: BodyBuilder;
  readonly body: Body;
  /** Rows of the tile, and the most it can have. */
  readonly rows: Extent;
  readonly columns: Extent;
  /** Where the columns are several dimensions: their sizes, of which `columns` is the product. */
  readonly columnSizes?: readonly number[];
  /** Rows that each partition has, which are the first of `columnSizes`; one where it is left out. A column has an element for each. */
  readonly groups?: number;
  /** Whether the rows of a partition lie side by side, an element of each after the other, as their neighbours in memory do. */
  readonly areGroupsInner?: boolean;
  readonly slots: number;
  /** The same of columns, which take no room; as other buffers where it is left out. */
  readonly columnSlots?: number;
  /** The engine asked for where there is a choice. */
  readonly engine?: EngineHint;
}

/** A result's place: `undefined` makes a new buffer. */
export interface Destination {
  readonly name: string;
  readonly dtype: Dtype;
  readonly access?: Access;
  /** What the access is; a tile unless said otherwise. */
  readonly kind?: "tile" | "column";
}

/** The buffer of a value that is not needed any more, for a result of the same kind. */
export function inPlaceOf(scope: TileScope, value: TileValue): Destination {
  invariant(value.kind !== "number", "a number has no buffer");
  const { name, dtype } = scope.builder.bufferInfo(value.access.buffer);
  return { name, dtype, access: value.access, kind: value.kind };
}

const oneElement: AccessDim = { stride: 1, size: { max: 1 } };

export function freshTile(scope: TileScope, name: string, dtype: Dtype, slots = scope.slots): Access {
  return fresh(scope, { name, dtype, slots, columns: denseColumns(scope) });
}

export function freshColumn(
  scope: TileScope,
  name: string,
  dtype: Dtype,
  slots = scope.columnSlots ?? scope.slots,
): Access {
  const { groups } = scope;
  const elements: AccessDim = groups === undefined ? oneElement : { stride: 1, size: { max: groups } };
  return fresh(scope, { name, dtype, slots, columns: [elements] });
}

interface Fresh {
  readonly name: string;
  readonly dtype: Dtype;
  readonly slots: number;
  readonly columns: readonly AccessDim[];
}

/** The columns of a tile, one after the other. */
export function denseColumns({ columns, columnSizes = [], areGroupsInner = false }: TileScope): readonly AccessDim[] {
  if (columnSizes.length < 2) return [{ stride: 1, size: columns }];
  const strides = areGroupsInner ? innerGroupStrides(columnSizes) : rowMajorStrides(columnSizes);
  return columnSizes.map((size, dim) => ({ stride: strides[dim] as number, size: { max: size } }));
}

function innerGroupStrides([groups = 1, ...columns]: readonly number[]): readonly number[] {
  return [1, ...rowMajorStrides(columns).map((stride) => stride * groups)];
}

function fresh(scope: TileScope, { name, dtype, slots, columns }: Fresh): Access {
  const shape = [scope.rows.max, columns.reduce((product, { size }) => product * size.max, 1)];
  const buffer = emitAlloc(scope.builder, scope.body, { name, memory: "sbuf", dtype, shape, slots });
  return chipAccess(buffer, scope.rows, columns);
}

export function dtypeOf(scope: TileScope, access: Access): Dtype {
  return scope.builder.bufferInfo(access.buffer).dtype;
}

function isPsum(scope: TileScope, access: Access): boolean {
  return scope.builder.bufferInfo(access.buffer).memory === "psum";
}

/** The kind that a combination of values has: the widest of them. */
function widest(values: readonly TileValue[]): "tile" | "column" {
  return values.some((value) => value.kind === "tile") ? "tile" : "column";
}

function allocate(scope: TileScope, kind: "tile" | "column", to: Destination): TileValue & { readonly access: Access } {
  if (to.access !== undefined) return { kind, access: to.access };
  const access = kind === "tile" ? freshTile(scope, to.name, to.dtype) : freshColumn(scope, to.name, to.dtype);
  return { kind, access };
}

/** A number as a column in memory. */
export function materialize(scope: TileScope, value: TileValue, dtype: Dtype): TileValue & { readonly access: Access } {
  if (value.kind !== "number") return value;
  const access = freshColumn(scope, "number", dtype, 1);
  emitOp(scope.body, "memset", { dst: access }, { value: value.value });
  return { kind: "column", access };
}

/** A value's access in the shape of `kind`: a column is read again for every element of a row. */
export function stretched(
  scope: TileScope,
  value: TileValue & { readonly access: Access },
  kind: "tile" | "column",
): Access {
  if (value.kind === kind) return value.access;
  const [own] = value.access.dims;
  const rowStride = scope.groups === undefined ? 0 : (own?.stride ?? 0);
  const dims = denseColumns(scope).map(({ size }, dim) => ({ stride: dim === 0 ? rowStride : 0, size }));
  return { ...value.access, dims };
}

/** A place for a result whose operands are columns but which is wanted as a tile (or the other way round). */
function shapeOf(values: readonly TileValue[], to: Destination): "tile" | "column" {
  return to.access !== undefined ? (to.kind ?? "tile") : widest(values);
}

export function emitActivation(
  scope: TileScope,
  func: Activation,
  x: TileValue,
  to: Destination,
  options: { readonly scale?: number; readonly bias?: Access; readonly sum?: Access } = {},
): TileValue {
  const source = materialize(scope, x, to.dtype);
  const kind = shapeOf([source], to);
  const result = allocate(scope, kind, to);
  const { bias, sum } = options;
  const operands = { dst: result.access, sum, src: stretched(scope, source, kind), bias };
  emitOp(scope.body, "activation", operands, { func, scale: options.scale ?? 1 });
  return result;
}

export function emitUnary(
  scope: TileScope,
  op: "tensor_copy" | "reciprocal",
  x: TileValue,
  to: Destination,
): TileValue {
  const source = materialize(scope, x, to.dtype);
  const kind = shapeOf([source], to);
  const result = allocate(scope, kind, to);
  const isInteger = to.dtype === "i32" && dtypeOf(scope, source.access) === "i32";
  const engine = op === "tensor_copy" && !isInteger ? scope.engine : undefined;
  const operands = { dst: result.access, src: stretched(scope, source, kind) };
  emitOp(scope.body, op, operands, {}, engine === undefined ? {} : { engine });
  return result;
}

/** The engine that an operation must run on, where not any vector engine does it. */
function engineFor(scope: TileScope, op: AluOp, operands: readonly Access[]): EngineHint | undefined {
  const isInteger = operands.some((access) => dtypeOf(scope, access) === "i32");
  return op === "power" || op === "divide" || isInteger ? "pool" : undefined;
}

/** An operand that the general engine can reach: it has no way into PSUM. */
function reachable(scope: TileScope, access: Access, engine: EngineHint | undefined): Access {
  return engine === "pool" ? inSbuf(scope, access) : access;
}

/** The second of two operands, of which at most one may lie in PSUM. */
function besides(scope: TileScope, first: Access, second: Access): Access {
  return isPsum(scope, first) ? inSbuf(scope, second) : second;
}

function inSbuf(scope: TileScope, access: Access): Access {
  if (!isPsum(scope, access)) return access;
  const copy = freshTile(scope, "copy", dtypeOf(scope, access));
  emitOp(scope.body, "tensor_copy", { dst: copy, src: access });
  return copy;
}

export function emitAlu(scope: TileScope, op: AluOp, x: TileValue, y: TileValue, to: Destination): TileValue {
  const areBothNumbers = x.kind === "number" && y.kind === "number";
  const left = areBothNumbers ? materialize(scope, x, to.dtype === "bool" ? "f32" : to.dtype) : x;
  const kind = shapeOf([left, y], to);
  const accesses = [left, y].flatMap((value) => (value.kind === "number" ? [] : [value.access]));
  const engine = engineFor(scope, op, accesses);
  const more = engine === undefined ? {} : { engine };
  const result = allocate(scope, kind, to);
  const operand = (value: TileValue & { readonly access: Access }): Access =>
    reachable(scope, stretched(scope, value, kind), engine);

  // A statement takes one scalar for each partition, and so no column of several rows.
  const areAlike = left.kind === y.kind || kind === "column" || scope.groups !== undefined;
  if (left.kind !== "number" && y.kind !== "number" && areAlike) {
    const lhs = operand(left);
    const rhs = besides(scope, lhs, operand(y));
    emitOp(scope.body, "tensor_tensor", { dst: result.access, lhs, rhs }, { op }, more);
    return result;
  }
  const scalarIsLeft = left.kind === "number" || (left.kind === "column" && y.kind === "tile");
  const [tile, scalar] = scalarIsLeft ? [y, left] : [left, y];
  if (tile.kind === "number") return result;
  const attrs = {
    op0: op,
    imm0: scalar.kind === "number" ? scalar.value : null,
    reverse0: scalarIsLeft,
    op1: null,
    imm1: null,
    reverse1: false,
  };
  const scalar0 = scalar.kind === "number" ? undefined : scalar.access;
  emitOp(scope.body, "tensor_scalar", { dst: result.access, src: operand(tile), scalar0 }, attrs, more);
  return result;
}

/** An operation on the bits of integers of the result's dtype. */
export function emitBits(scope: TileScope, op: BitOp, x: TileValue, y: TileValue, to: Destination): TileValue {
  const [left, right] = [materialize(scope, x, to.dtype), materialize(scope, y, to.dtype)];
  const kind = shapeOf([left, right], to);
  const result = allocate(scope, kind, to);
  const operands = { dst: result.access, lhs: stretched(scope, left, kind), rhs: stretched(scope, right, kind) };
  emitOp(scope.body, "tensor_tensor", operands, { op }, { engine: "dve" });
  return result;
}

/** One or two operations with numbers, in one statement of the vector engine, which takes operands of any dtype as f32. */
export function emitSteps(
  scope: TileScope,
  x: TileValue,
  [[op0, imm0], second]: readonly [first: NumberStep, second?: NumberStep],
  to: Destination,
): TileValue {
  const source = materialize(scope, x, "f32");
  const kind = shapeOf([source], to);
  const result = allocate(scope, kind, to);
  const [op1, imm1] = second ?? [null, null];
  const attrs = { op0, imm0, reverse0: false, op1, imm1, reverse1: false };
  emitOp(scope.body, "tensor_scalar", { dst: result.access, src: stretched(scope, source, kind) }, attrs);
  return result;
}

/** x a b, each step rounded to f32: in one statement where x is a tile and the factors are columns. */
export function emitProduct(
  scope: TileScope,
  x: TileValue,
  [a, b]: readonly [TileValue, TileValue],
  to: Destination,
): TileValue {
  if (x.kind !== "tile" || a.kind !== "column" || b.kind !== "column" || scope.groups !== undefined) {
    const first = emitAlu(scope, "multiply", x, a, { name: "product", dtype: "f32" });
    return emitAlu(scope, "multiply", first, b, to);
  }
  const result = allocate(scope, "tile", to);
  const operands = { dst: result.access, src: x.access, scalar0: a.access, scalar1: b.access };
  const attrs = { op0: "multiply", imm0: null, reverse0: false, op1: "multiply", imm1: null, reverse1: false } as const;
  emitOp(scope.body, "tensor_scalar", operands, attrs);
  return result;
}

type NumberStep = readonly [op: AluOp, operand: number];

export function emitSelect(
  scope: TileScope,
  values: readonly [TileValue, TileValue, TileValue],
  to: Destination,
): TileValue {
  const [condition, x, y] = values;
  const predicate = materialize(scope, condition, "bool");
  const onTrue = materialize(scope, x, to.dtype);
  const onFalse = materialize(scope, y, to.dtype);
  const kind = shapeOf([predicate, onTrue, onFalse], to);
  const result = allocate(scope, kind, to);
  const picked = stretched(scope, onTrue, kind);
  emitOp(scope.body, "select", {
    dst: result.access,
    predicate: stretched(scope, predicate, kind),
    on_true: picked,
    on_false: besides(scope, picked, stretched(scope, onFalse, kind)),
  });
  return result;
}

/** Folds a tile's rows, in f32; gives a column. */
export function emitReduce(scope: TileScope, op: FoldOp, x: TileValue, name: string, dtype: Dtype): TileValue {
  const source = materialize(scope, x, dtype);
  const access = freshColumn(scope, name, dtype);
  emitOp(scope.body, "tensor_reduce", { dst: access, src: stretched(scope, source, "tile") }, { op });
  return { kind: "column", access };
}

/** How an iota counts: along the partitions, and along each of the tile's column dimensions. */
export interface IotaSteps {
  readonly base: Affine;
  readonly partitionStep: number;
  readonly columns: readonly { readonly size: number; readonly step: number }[];
}

/** Numbers that grow along rows and columns, as a tile; one statement for each run of the innermost columns. */
export function emitIota(scope: TileScope, steps: IotaSteps, to: Destination): TileValue {
  const access = to.access ?? freshTile(scope, to.name, to.dtype);
  const outer = steps.columns.slice(0, -1);
  const inner = steps.columns[steps.columns.length - 1];
  let runs: readonly { readonly index: number; readonly base: number }[] = [{ index: 0, base: 0 }];
  for (const { size, step } of outer) {
    runs = runs.flatMap((r) =>
      [...new Array(size).keys()].map((i) => ({ index: r.index * size + i, base: r.base + i * step })),
    );
  }
  for (const { index, base } of runs) {
    const size = outer.length === 0 ? scope.columns : { max: inner?.size ?? 1 };
    const offset = addAffine(access.offset, constant(index * (inner?.size ?? 0)));
    const dst: Access = { ...access, offset, dims: [{ stride: 1, size }] };
    const attrs = { partition_step: steps.partitionStep, step: inner?.step ?? 0 };
    emitOp(scope.body, "iota", { dst }, attrs, { base: addAffine(steps.base, constant(base)) });
  }
  return { kind: "tile", access };
}
