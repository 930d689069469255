// A statement as several of which each has a form for many tiles side by side. Where those differ in a number for each row, which
// instructions take one of, the number becomes a tile that repeats its elements.
//
//     tensor_scalar y[0; 128; 77:1] <- x[0; 128; 77:1], scalar0=m[0; 128; 1:1], op0=subtract
//     ->     tensor_tensor y[0; 128; 77:1] <- lhs=x[0; 128; 77:1], rhs=m[0; 128; 77:0], op=subtract

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Access, AccessDim, TileNode, TileNodeOf, TileStatement } from "../../../ir-spec/tile.ts";
import type { AluOp } from "../../../ir-spec/tile-ops/alu.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { joinOrigins, originIn } from "../origins.ts";
import { chipAccess } from "../program-builder.ts";
import { type Place, scaleOf, type WideScope } from "./wide-scope.ts";

type Statements = readonly TileStatement[];

/** Statements for one iteration of which each has a form for all of them. */
export function formsOf(scope: WideScope, node: TileNode): Statements | undefined {
  if (tileOpDef(node.op).facts?.isOfOneTile === true) return undefined;
  if (node.op === "tensor_scalar") return ofScalar(scope, node);
  if (node.op === "scalar_tensor_tensor") return ofScalarAndTile(scope, node);
  if (node.op === "activation") return ofFunction(scope, node);
  if (node.op === "tensor_scalar_reduce") return ofFold(scope, node);
  return [node];
}

type Column = "scalar0" | "scalar1" | "bias" | "scales";

/** The operand of a name, where it is a number for each row that differs from iteration to iteration. */
function varyingColumn({ varying, loop }: WideScope, node: TileNode, name: Column): Access | undefined {
  const access = (node.operands as Partial<Record<Column, Access>>)[name];
  const isOther = access !== undefined && (varying.has(access.buffer) || scaleOf(access.offset, loop) !== 0);
  return isOther ? access : undefined;
}

/** A number for each row, as often as a tile has elements. */
const repeated = (column: Access, { dims }: Access): Access => ({
  ...column,
  dims: dims.map(({ size }) => ({ stride: 0, size })),
});

/** A value in f32 between two statements of one, in the shape of a tile. */
function between({ context: { builder }, count, places }: WideScope, like: Access) {
  const { name, slots } = builder.bufferInfo(like.buffer);
  const columns = like.dims.reduce((product, { size }) => product * size.max, 1);
  const partitions = like.partition.size.max;
  const info = { name, memory: "sbuf", dtype: "f32", slots } as const;
  const narrow = builder.buffer({ ...info, shape: [partitions, columns] });
  const buffer = builder.buffer({ ...info, shape: [partitions, columns * count] });
  (places as Map<BufferId, Place>).set(narrow, { buffer, step: columns });
  let stride = columns;
  const dims = like.dims.map(({ size }): AccessDim => {
    stride /= size.max;
    return { stride, size };
  });
  return { alloc: { kind: "alloc", buffer } as const, access: { ...chipAccess(narrow, like.partition.size, dims) } };
}

interface Step {
  readonly op: AluOp;
  readonly isReversed: boolean;
}

/** x op column, or the other way round. */
function combined(
  node: TileNode,
  { op, isReversed }: Step,
  tiles: { dst: Access; x: Access; column: Access },
): TileNode {
  const { dst, x } = tiles;
  const column = repeated(tiles.column, x);
  const operands = isReversed ? { dst, lhs: column, rhs: x } : { dst, lhs: x, rhs: column };
  const more = { ...originIn(node), ...(node.engine === "pool" ? { engine: node.engine } : {}) };
  return { kind: "op", op: "tensor_tensor", operands, attrs: { op }, ...more };
}

function ofScalar(scope: WideScope, node: TileNodeOf<"tensor_scalar">): Statements {
  const { attrs, operands } = node;
  const { dst, src } = operands;
  const [first, second] = [varyingColumn(scope, node, "scalar0"), varyingColumn(scope, node, "scalar1")];
  const steps = [
    { op: attrs.op0, isReversed: attrs.reverse0 === true },
    { op: attrs.op1 ?? attrs.op0, isReversed: attrs.reverse1 === true },
  ] as const;
  const hasTwo = (attrs.op1 ?? null) !== null;
  if (first === undefined && second === undefined) return [node];
  if (first === undefined && second !== undefined) {
    const { scalar1: _column, src: x, ...kept } = operands;
    const { op0, imm0 = null, reverse0 = false } = attrs;
    const both = { op0, imm0, reverse0, op1: steps[1].op, reverse1: steps[1].isReversed };
    const given = { ...kept, src: x, rhs: repeated(second, src) };
    return [{ kind: "op", op: "scalar_tensor_tensor", operands: given, attrs: both, ...originIn(node) }];
  }
  if (!hasTwo) return [combined(node, steps[0], { dst, x: src, column: first as Access })];
  const { alloc, access } = between(scope, dst);
  const before = combined(node, steps[0], { dst: access, x: src, column: first as Access });
  if (second !== undefined) return [alloc, before, combined(node, steps[1], { dst, x: access, column: second })];
  const last = { op0: steps[1].op, imm0: attrs.imm1 ?? null, reverse0: steps[1].isReversed, op1: null, imm1: null };
  const scalar = operands.scalar1 === undefined ? {} : { scalar0: operands.scalar1 };
  const given = { dst, src: access, ...scalar };
  return [alloc, before, { kind: "op", op: "tensor_scalar", operands: given, attrs: last, ...originIn(node) }];
}

function ofScalarAndTile(scope: WideScope, node: TileNodeOf<"scalar_tensor_tensor">): Statements {
  const { dst, src, rhs } = node.operands;
  const column = varyingColumn(scope, node, "scalar0");
  if (column === undefined) return [node];
  const { alloc, access } = between(scope, dst);
  const step = { op: node.attrs.op0, isReversed: node.attrs.reverse0 === true };
  const sides = node.attrs.reverse1 === true ? { lhs: rhs, rhs: access } : { lhs: access, rhs };
  return [
    alloc,
    combined(node, step, { dst: access, x: src, column }),
    { kind: "op", op: "tensor_tensor", operands: { dst, ...sides }, attrs: { op: node.attrs.op1 }, ...originIn(node) },
  ];
}

/** Scale and bias before the function, the sum of its results after it. */
function ofFunction(scope: WideScope, node: TileNodeOf<"activation">): Statements | undefined {
  const { sum, ...operands } = node.operands;
  const [bias, scales] = [varyingColumn(scope, node, "bias"), varyingColumn(scope, node, "scales")];
  if (bias === undefined && scales === undefined && sum === undefined) return [node];
  if (!scope.areTogether) return undefined;
  const before: TileStatement[] = [];
  let { src } = operands;
  /** Whether the function itself scales. */
  let isScaled = scales === undefined && bias === undefined;
  if (scales !== undefined) {
    const product = between(scope, operands.dst);
    before.push(product.alloc, combined(node, times, { dst: product.access, x: src, column: scales }));
    src = product.access;
  }
  if (bias !== undefined) {
    const shifted = between(scope, operands.dst);
    const tiles = { dst: shifted.access, x: src };
    const shift = scales === undefined ? shiftOf(scope, node, bias) : undefined;
    const scaled = { dst: shifted.access, src, bias, scale: scales === undefined ? (node.attrs.scale ?? 1) : 1 };
    const step =
      shift === undefined ? ofBias(node, scaled) : [combined(shift.node, minus, { ...tiles, column: shift.column })];
    before.push(shifted.alloc, ...step);
    src = shifted.access;
    isScaled = shift !== undefined;
  }
  const { bias: ownBias, scales: ownScales, dst } = operands;
  const kept = {
    ...(bias === undefined && ownBias !== undefined ? { bias: ownBias } : {}),
    ...(scales === undefined && bias === undefined && ownScales !== undefined ? { scales: ownScales } : {}),
  };
  const attrs = { ...node.attrs, scale: isScaled ? (node.attrs.scale ?? 1) : 1 };
  // A place that nobody reads is written over and over.
  const isDense = dst.dims.every(({ stride }) => stride !== 0);
  const result = isDense || sum === undefined ? undefined : between(scope, src);
  const to = result?.access ?? dst;
  if (result !== undefined) before.push(result.alloc);
  const after: TileNode = {
    ...originIn(node),
    kind: "op",
    op: "activation",
    operands: { dst: to, src, ...kept },
    attrs,
  };
  if (sum === undefined) return [...before, after];
  return [...before, after, foldOf(node, { dst: sum, src: to }, "add")];
}

const times = { op: "multiply", isReversed: false } as const;
const minus = { op: "subtract", isReversed: false } as const;

/** The c of a bias that is -c times the function's scale, which is then applied to the difference; and a node that does what both did. */
function shiftOf(
  { uses }: WideScope,
  node: TileNodeOf<"activation">,
  bias: Access,
): { readonly column: Access; readonly node: TileNode } | undefined {
  const step = uses.definition(bias);
  if (step?.op !== "tensor_scalar" || node.operands.scales !== undefined) return undefined;
  const { op0, imm0 = null, op1 = null, imm1 = null } = step.attrs;
  const { src, scalar0, scalar1 } = step.operands;
  if (op0 !== "multiply" || scalar0 !== undefined || scalar1 !== undefined || imm0 === null) return undefined;
  if (op1 !== null && (op1 !== "multiply" || imm1 === null)) return undefined;
  const isKept = uses.isLocal(src.buffer) && uses.writersOf(src.buffer).length === 1;
  const factor = op1 === null ? imm0 : imm0 * (imm1 as number);
  if (!isKept || -factor !== (node.attrs.scale ?? 1)) return undefined;
  return { column: src, node: { ...node, origin: joinOrigins([node.origin, step.origin]) } };
}

interface Shift {
  readonly dst: Access;
  readonly src: Access;
  readonly bias: Access;
  readonly scale: number;
}

function ofBias(node: TileNodeOf<"activation">, { dst, src, bias, scale }: Shift): readonly TileNode[] {
  const { scales } = node.operands;
  if (scale === 1 && scales === undefined)
    return [combined(node, { op: "add", isReversed: false }, { dst, x: src, column: bias })];
  const attrs = { op0: "multiply", imm0: scales === undefined ? scale : null, op1: "add" } as const;
  const operands = { dst, src, rhs: repeated(bias, src), ...(scales === undefined ? {} : { scalar0: scales }) };
  return [{ ...originIn(node), kind: "op", op: "scalar_tensor_tensor", operands, attrs }];
}

type Fold = TileNodeOf<"tensor_reduce">["attrs"]["op"];

function foldOf(node: TileNode, operands: { readonly dst: Access; readonly src: Access }, op: Fold): TileNode {
  return { ...originIn(node), kind: "op", op: "tensor_reduce", operands, attrs: { op } };
}

/** The tile first, and then what it folds to: the largest of rounded numbers is the largest one rounded. */
function ofFold(scope: WideScope, node: TileNodeOf<"tensor_scalar_reduce">): Statements {
  const { attrs, operands } = node;
  const { dst, src, fold, scalar0 } = operands;
  const isCopy = scalar0 === undefined && attrs.op0 === "multiply" && attrs.imm0 === 1;
  const { op0, imm0 = null, reverse0 = false } = attrs;
  const given = { dst, src, ...(scalar0 === undefined ? {} : { scalar0 }) };
  const step: TileNode = isCopy
    ? { ...originIn(node), kind: "op", op: "tensor_copy", operands: { dst, src }, attrs: {} }
    : { ...originIn(node), kind: "op", op: "tensor_scalar", operands: given, attrs: { op0, imm0, reverse0 } };
  const isExtreme = attrs.op1 === "max" || attrs.op1 === "min";
  if (isExtreme || scope.context.builder.bufferInfo(dst.buffer).dtype === "f32")
    return [...stepsOf(scope, step), foldOf(node, { dst: fold, src: dst }, attrs.op1)];
  if (isCopy) return [step, foldOf(node, { dst: fold, src }, attrs.op1)];
  const exact = between(scope, dst);
  const copy: TileNode = {
    ...originIn(node),
    kind: "op",
    op: "tensor_copy",
    operands: { dst, src: exact.access },
    attrs: {},
  };
  const first = { ...step, operands: { ...given, dst: exact.access } } as TileNode;
  return [exact.alloc, ...stepsOf(scope, first), copy, foldOf(node, { dst: fold, src: exact.access }, attrs.op1)];
}

const stepsOf = (scope: WideScope, node: TileNode): Statements =>
  node.op === "tensor_scalar" ? ofScalar(scope, node) : [node];
