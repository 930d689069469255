// Statements of a loop body on their engines: what forms a statement has on each, and how it is divided along its elements.

import { addAffine, constant } from "../../../ir-spec/affine.ts";
import { isFloat } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { EngineCost, StepCost } from "../../../ir-spec/cost.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import {
  type Access,
  type AccessDim,
  type EngineHint,
  type TileNode,
  type TileStatement,
  withAccesses,
} from "../../../ir-spec/tile.ts";
import { isColumnOperand, isTransfer, tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { type BalanceGoal, balance, longestOfShares, minGain, type Share, type Work } from "../balance.ts";
import { originIn } from "../origins.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { type PsumCopy, withPsumCopies } from "./psum-operands.ts";
import { unreadDst } from "./unread.ts";
import { accessesOf, isSameAccess, widthOf } from "./uses.ts";

export interface EngineEnv {
  readonly builder: BodyBuilder;
  readonly engineCost: EngineCost;
  readonly stepCost: StepCost;
  readonly machine: Pick<Machine, "sbufPorts">;
  /** Tiles that the vector engine may read from PSUM. */
  readonly copies?: readonly PsumCopy[];
}

type Statements = readonly TileStatement[];

/** Gives each statement of a body that names no engine one, or several of which each computes a part of its elements. */
export function balanceBody(env: EngineEnv, body: Statements): Statements {
  const nodes = body.filter((statement) => statement.kind === "op");
  const takeTurns: readonly EngineHint[] = env.machine.sbufPorts === 1 ? ["dve", "pool"] : [];
  const goal = { goalNs: transferNs(env, nodes), busyNs: innerNs(env, body), takeTurns };
  const plain = sharedWork({ ...env, copies: [] }, body, goal);
  const copied = (env.copies ?? []).length === 0 ? plain : sharedWork(env, body, goal);
  const best = copied.longestNs < plain.longestNs * (1 - minGain) ? copied : plain;
  const shared = body.flatMap(
    (statement): Statements => (statement.kind === "op" ? (best.parts.get(statement) ?? [statement]) : [statement]),
  );
  return takeTurns.length > 0 ? withoutTurns(env, shared) : shared;
}

interface SharedWork {
  readonly longestNs: number;
  /** What stands in the place of each statement. */
  readonly parts: ReadonlyMap<TileNode, Statements>;
}

function sharedWork(env: EngineEnv, body: Statements, goal: BalanceGoal): SharedWork {
  const computing = body.flatMap((statement) =>
    statement.kind === "op" && !isTransfer(statement.op) ? [statement] : [],
  );
  // Beside products the scalar engine has them to wait for, and a sum there makes the next product late.
  const canSum = !body.some(multiplies);
  const works = computing.map((node): NodeWork => {
    const summed = canSum ? sumByFunction(env, node) : undefined;
    return { node, ...workOf(env, node, summed) };
  });
  const shares = balance(works, goal);
  const parts = new Map(works.map((work, at) => [work.node, dividedNode(env, work, shares[at] ?? [])]));
  return { longestNs: longestOfShares(works, shares, goal), parts };
}

/**
 * Where the vector engine takes turns with another one, a small statement of its may wait for a large one there: what is one number for
 * each row stays on the scalar engine where it comes from there.
 */
function withoutTurns(env: EngineEnv, body: Statements): Statements {
  const fromAct = new Set<BufferId>();
  return body.map((statement): TileStatement => {
    if (statement.kind !== "op" || isTransfer(statement.op)) return statement;
    const isColumn = statement.op === "tensor_scalar" && widthOf(statement.operands.dst) === 1;
    const isMoved = isColumn && statement.engine === undefined && fromAct.has(statement.operands.src.buffer);
    const [form] = isMoved ? functionForm(statement) : [];
    const own = form !== undefined && costOf(env, { statements: [form] }, "act") !== undefined ? form : statement;
    const isOnAct = (own.engine ?? usualEngine(env, own)) === "act";
    for (const [{ buffer }, role] of accessesOf(own)) if (isOnAct && role !== "read") fromAct.add(buffer);
    return own;
  });
}

function multiplies(statement: TileStatement): boolean {
  if (statement.kind === "loop") return statement.body.some(multiplies);
  return statement.kind === "op" && statement.op === "matmul";
}

/** What engines have to do in the loops inside of the body, which stays as it is. */
function innerNs(env: EngineEnv, body: Statements): ReadonlyMap<EngineHint, number> {
  const busyNs = new Map<EngineHint, number>();
  const visit = (statement: TileStatement, times: number): void => {
    if (statement.kind === "loop") for (const inner of statement.body) visit(inner, times * statement.trips.max);
    if (statement.kind !== "op" || isTransfer(statement.op)) return;
    const engine = statement.engine ?? usualEngine(env, statement);
    const ns = engine && env.engineCost(statement, engine, env.builder.bufferInfo);
    if (engine !== undefined && ns !== undefined) busyNs.set(engine, (busyNs.get(engine) ?? 0) + times * ns);
  };
  for (const statement of body) if (statement.kind === "loop") visit(statement, 1);
  return busyNs;
}

/** What the body's transfers take, one after the other. */
function transferNs({ builder, stepCost }: EngineEnv, nodes: readonly TileNode[]): number {
  return nodes.reduce((sum, node) => sum + (isTransfer(node.op) ? stepCost(node, builder.bufferInfo).busyNs : 0), 0);
}

/** Elements of a part: so few that engines can be balanced, so many that the rates for several elements hold. Assumed. */
const partElements = 60;

interface NodeWork extends Work {
  readonly node: TileNode;
  /** The sum of rows that a function adds up. */
  readonly summed: SumByFunction | undefined;
}

function workOf(env: EngineEnv, node: TileNode, summed: SumByFunction | undefined): Omit<NodeWork, "node"> {
  const isFree = isMovable(env, node);
  const parts =
    isFree && isDivisible(node) ? Math.max(1, Math.floor((outermost(node)?.size.max ?? 1) / partSize(node))) : 1;
  const costs = new Map<string, number | undefined>();
  const fixedForm = (engine: EngineHint): TileNode | undefined => {
    if (engine === "act" && summed !== undefined) return summed.node;
    return engine === (node.engine ?? usualEngine(env, node)) ? node : undefined;
  };
  return {
    parts,
    summed,
    costNs: (engine, count) => {
      const key = `${engine} ${count}`;
      if (!costs.has(key)) {
        const fixed = fixedForm(engine);
        const form = isFree ? formOn(env, node, engine) : fixed && { statements: [fixed] };
        const part = { first: 0, count: count * partSize(node), isLast: count === parts };
        costs.set(key, form && costOf(env, { statements: form.statements.map((own) => partOf(own, part)) }, engine));
      }
      return costs.get(key);
    },
  };
}

/** The engine that runs a statement where none is named. */
function usualEngine({ builder, engineCost }: EngineEnv, node: TileNode): EngineHint | undefined {
  return (["dve", "act", "pool"] as const).find((engine) => engineCost(node, engine, builder.bufferInfo) !== undefined);
}

/**
 * Integers are exact on some engines only; a statement whose engine is named stays there. What is written over other places of what is
 * read cannot be computed in parts.
 */
function isMovable({ builder }: EngineEnv, node: TileNode): boolean {
  const dst = node.operands.dst as Access;
  const isInPlace = Object.values(node.operands).every(
    (access) => access.buffer !== dst.buffer || isSameAccess(access, dst),
  );
  if (!isInPlace) return false;
  const areFloats = accessesOf(node).every(([{ buffer }]) => isFloat(builder.bufferInfo(buffer).dtype));
  return node.engine === undefined && areFloats && tileOpDef(node.op).facts?.isDivisible === true && widthOf(dst) > 1;
}

/** What an engine does for a statement, one after the other. */
interface EngineForm {
  readonly statements: readonly TileNode[];
  /** The negation of a column, which they read. */
  readonly negated?: NegatedColumn;
}

/** What all statements of a form take; undefined where the engine does not run them. */
function costOf(
  { builder, engineCost }: EngineEnv,
  { statements }: EngineForm,
  engine: EngineHint,
): number | undefined {
  const costs = statements.map((own) => engineCost(own, engine, builder.bufferInfo));
  return costs.every((cost) => cost !== undefined) ? costs.reduce((sum, cost) => sum + cost, 0) : undefined;
}

/** The statement in a form that an engine runs; undefined where there is none. */
function formOn(env: EngineEnv, node: TileNode, engine: EngineHint): EngineForm | undefined {
  const faster = engine === "dve" ? fromPsum(env, node) : [];
  const functions = engine === "act" ? functionForm(node) : [];
  const same = [...faster, { ...node, engine }, ...functions, ...productForm(node, engine)];
  const forms = same.map((own): EngineForm => ({ statements: [own] }));
  const found = forms.find((form) => costOf(env, form, engine) !== undefined);
  const shifted = found === undefined && engine === "act" ? shiftedForm(env, node) : undefined;
  return found ?? (shifted && costOf(env, shifted, engine) !== undefined ? shifted : undefined);
}

/** The same with an operand in PSUM, where that is faster. */
function fromPsum(env: EngineEnv, node: TileNode): readonly TileNode[] {
  const found = withPsumCopies(env.copies ?? [], node);
  if (found === undefined) return [];
  const own: TileNode = { ...found, engine: "dve" };
  const [before, after] = [node, own].map((each) => costOf(env, { statements: [each] }, "dve"));
  return before !== undefined && after !== undefined && after < before ? [own] : [];
}

interface SumByFunction {
  readonly node: TileNode;
  /** Where the function's results go, which nobody reads. */
  readonly unread: BufferId;
}

/** A sum of each row as what the scalar engine adds up while it copies the row. */
function sumByFunction({ builder }: EngineEnv, node: TileNode): SumByFunction | undefined {
  if (node.op !== "tensor_reduce" || node.attrs.op !== "add" || node.attrs.negate === true) return undefined;
  const { dst, src } = node.operands;
  const areFloats = isFloat(builder.bufferInfo(src.buffer).dtype) && builder.bufferInfo(dst.buffer).dtype === "f32";
  if (node.engine !== undefined || !areFloats || widthOf(dst) > 1 || src.dims.length > 1) return undefined;
  const unread = unreadDst(builder, src, "unread");
  if (unread === undefined) return undefined;
  const operands = { dst: unread, src, sum: dst };
  return {
    node: { ...originIn(node), kind: "op", op: "activation", operands, attrs: { func: "copy" }, engine: "act" },
    unread: unread.buffer,
  };
}

/** x s, or x s + b, as a function of the scalar engine. */
function functionForm(node: TileNode): readonly TileNode[] {
  if (node.op !== "tensor_scalar") return [];
  const { op1 = null, op0, imm0 = null } = node.attrs;
  const { scalar0: scales, scalar1: bias, dst, src } = node.operands;
  const scale = scales === undefined ? imm0 : 1;
  const isScaled = op0 === "multiply" && (op1 === null || (op1 === "add" && bias !== undefined));
  if (!isScaled || scale === null) return [];
  const given = { dst, src, ...(bias === undefined ? {} : { bias }), ...(scales === undefined ? {} : { scales }) };
  return [{ ...originIn(node), kind: "op", op: "activation", operands: given, attrs: { func: "copy", scale } }];
}

/** A column times -1, and how it is computed. */
interface NegatedColumn {
  readonly buffer: BufferId;
  readonly node: TileNode;
}

/** x - c, or (x - c) s, by functions of the scalar engine, which adds -c: each step is rounded as before. */
function shiftedForm(env: EngineEnv, node: TileNode): EngineForm | undefined {
  if (node.op !== "tensor_scalar" || node.attrs.op0 !== "subtract" || node.attrs.reverse0 === true) return undefined;
  const { dst, src, scalar0, scalar1 } = node.operands;
  const { op1 = null, imm1 = null } = node.attrs;
  const isScaled = op1 === "multiply" && env.builder.bufferInfo(dst.buffer).dtype === "f32";
  if (scalar0 === undefined || !(op1 === null || isScaled)) return undefined;
  const negated = negatedColumn(env, scalar0);
  const act = { ...originIn(node), kind: "op", op: "activation" } as const;
  const bias = negated.node.operands.dst;
  const shift: TileNode = { ...act, operands: { dst, src, bias }, attrs: { func: "copy", scale: 1 } };
  const scales = scalar1 === undefined ? {} : { scales: scalar1 };
  const scale = scalar1 === undefined ? (imm1 ?? 1) : 1;
  const scaled: TileNode = { ...act, operands: { dst, src: dst, ...scales }, attrs: { func: "copy", scale } };
  return { statements: op1 === null ? [shift] : [shift, scaled], negated: withOrigin(negated, node) };
}

function negatedColumn({ builder }: EngineEnv, column: Access): NegatedColumn {
  const { shape, slots } = builder.bufferInfo(column.buffer);
  const place = { name: "negated", memory: "sbuf", dtype: "f32", shape: [shape[0] ?? 1, 1], slots } as const;
  const buffer = builder.buffer(place);
  const dst: Access = { ...column, buffer, offset: constant(0), dims: [{ stride: 1, size: { max: 1 } }] };
  const attrs = { op0: "multiply", imm0: -1, reverse0: false, op1: null, imm1: null, reverse1: false } as const;
  return { buffer, node: { kind: "op", op: "tensor_scalar", operands: { dst, src: column }, attrs } };
}

const withOrigin = ({ buffer, node }: NegatedColumn, of: TileNode): NegatedColumn => ({
  buffer,
  node: { ...node, ...originIn(of) },
});

/** (x - 0) g as a product of two tiles. */
function productForm(node: TileNode, engine: EngineHint): readonly TileNode[] {
  if (node.op !== "scalar_tensor_tensor") return [];
  const { attrs, operands } = node;
  const { dst, src, rhs, scalar0 } = operands;
  const isProduct = attrs.op0 === "subtract" && attrs.imm0 === 0 && attrs.reverse0 !== true && attrs.op1 === "multiply";
  if (!isProduct || scalar0 !== undefined) return [];
  const product = { op: "tensor_tensor", operands: { dst, lhs: src, rhs }, attrs: { op: "multiply" } } as const;
  return [{ ...originIn(node), kind: "op", ...product, engine }];
}

/** A form of a statement comes from where it does. */
/** The accesses of a statement that run over its elements. */
function tilesOf({ op, operands }: TileNode): readonly (readonly [name: string, access: Access])[] {
  return Object.entries<Access>(operands).filter(([name]) => !isColumnOperand(op, name));
}

/** The outermost dimension of a statement's elements. */
function outermost(node: TileNode): AccessDim | undefined {
  return node.operands.dst.dims[0];
}

/** Indices of the outermost dimension that a part has. */
function partSize(node: TileNode): number {
  const inner = widthOf(node.operands.dst) / (outermost(node)?.size.max ?? 1);
  return Math.max(1, Math.ceil(partElements / inner));
}

/** All tiles have the same dimensions, and the outermost one is whole in every iteration. */
function isDivisible(node: TileNode): boolean {
  const outer = outermost(node);
  const sizes = tilesOf(node).map(([, { dims }]) => dims.map(({ size }) => size.max).join());
  return outer !== undefined && outer.size.limit === undefined && new Set(sizes).size === 1;
}

interface Part {
  /** The first index of the outermost dimension, and how many. */
  readonly first: number;
  readonly count: number;
  /** Whether it reaches the end. */
  readonly isLast: boolean;
}

function partOf(node: TileNode, { first, count, isLast }: Part): TileNode {
  const end = outermost(node)?.size.max ?? 1;
  if (first === 0 && isLast) return node;
  const size = { max: isLast ? end - first : count };
  return withAccesses(node, (access, name) => {
    const [outer, ...inner] = access.dims;
    if (isColumnOperand(node.op, name) || outer === undefined) return access;
    const offset = addAffine(access.offset, constant(first * outer.stride));
    return { ...access, offset, dims: [{ stride: outer.stride, size }, ...inner] };
  });
}

const engineOrder: readonly EngineHint[] = ["dve", "act", "pool"];

function dividedNode(env: EngineEnv, work: NodeWork, shares: readonly Share[]): Statements {
  const { node, summed } = work;
  if (summed !== undefined && shares[0]?.engine === "act")
    return [{ kind: "alloc", buffer: summed.unread }, withoutEngine(summed.node)];
  if (!isMovable(env, node) || shares.length === 0) return [node];
  const size = partSize(node);
  let done = 0;
  // Always in one order, so that an engine's part of one statement reads its own part of the statement before.
  const inOrder = shares.toSorted((a, b) => engineOrder.indexOf(a.engine) - engineOrder.indexOf(b.engine));
  return inOrder.flatMap(({ engine, parts }): Statements => {
    const { statements, negated } = formOn(env, node, engine) as EngineForm;
    const first = done * size;
    done += parts;
    const part = { first, count: parts * size, isLast: done === work.parts };
    const own = statements.map((form) => partOf(form, part));
    const before: Statements = negated === undefined ? [] : [{ kind: "alloc", buffer: negated.buffer }, negated.node];
    return [...before, ...own.map((form) => (isUsual(env, form, engine) ? withoutEngine(form) : form))];
  });
}

/** Whether the engine is the one that runs the statement anyway, so that it need not be named. */
function isUsual(env: EngineEnv, node: TileNode, engine: EngineHint): boolean {
  return usualEngine(env, withoutEngine(node)) === engine;
}

function withoutEngine({ engine: _engine, ...node }: TileNode): TileNode {
  return node;
}
