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
import { balance, type Share, type Work } from "../balance.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { unreadDst } from "./unread.ts";
import { accessesOf, isSameAccess, widthOf } from "./uses.ts";

export interface EngineEnv {
  readonly builder: BodyBuilder;
  readonly engineCost: EngineCost;
  readonly stepCost: StepCost;
  readonly machine: Pick<Machine, "sbufPorts">;
}

type Statements = readonly TileStatement[];

/** Gives each statement of a body that names no engine one, or several of which each computes a part of its elements. */
export function balanceBody(env: EngineEnv, body: Statements): Statements {
  const nodes = body.filter((statement) => statement.kind === "op");
  const computing = nodes.filter(({ op }) => !isTransfer(op));
  // Beside products the scalar engine has them to wait for, and a sum there makes the next product late.
  const canSum = !body.some(multiplies);
  const works = computing.map((node): NodeWork => {
    const summed = canSum ? sumByFunction(env, node) : undefined;
    return { node, ...workOf(env, node, summed) };
  });
  const takeTurns: readonly EngineHint[] = env.machine.sbufPorts === 1 ? ["dve", "pool"] : [];
  const shares = balance(works, { goalNs: transferNs(env, nodes), busyNs: innerNs(env, body), takeTurns });
  const parts = new Map(works.map((work, at) => [work.node, dividedNode(env, work, shares[at] ?? [])]));
  return body.flatMap(
    (statement): Statements => (statement.kind === "op" ? (parts.get(statement) ?? [statement]) : [statement]),
  );
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
        const form = isFree ? formOn(env, node, engine) : fixedForm(engine);
        const part = form && partOf(form, { first: 0, count: count * partSize(node), isLast: count === parts });
        costs.set(key, part && env.engineCost(part, engine, env.builder.bufferInfo));
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

/** The statement in a form that an engine runs; undefined where there is none. */
function formOn({ builder, engineCost }: EngineEnv, node: TileNode, engine: EngineHint): TileNode | undefined {
  const forms = [{ ...node, engine }, ...(engine === "act" ? functionForm(node) : []), ...productForm(node, engine)];
  return forms.find((form) => engineCost(form, engine, builder.bufferInfo) !== undefined);
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
function originIn({ origin }: TileNode): Pick<TileNode, "origin"> {
  return origin === undefined ? {} : { origin };
}

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
  return inOrder.map(({ engine, parts }) => {
    const form = formOn(env, node, engine) as TileNode;
    const first = done * size;
    done += parts;
    const own = partOf(form, { first, count: parts * size, isLast: done === work.parts });
    return isUsual(env, own, engine) ? withoutEngine(own) : own;
  });
}

/** Whether the engine is the one that runs the statement anyway, so that it need not be named. */
function isUsual(env: EngineEnv, node: TileNode, engine: EngineHint): boolean {
  return usualEngine(env, withoutEngine(node)) === engine;
}

function withoutEngine({ engine: _engine, ...node }: TileNode): TileNode {
  return node;
}
