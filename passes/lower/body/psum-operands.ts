// Tiles that a loop only reads, such as the factors of a norm, beside tiles of its own: the vector engine reads one tile from SBUF and one
// from PSUM twice as fast as two from SBUF. What no product needs of PSUM has room for copies of them.
//
//     t <- x * g     ->     before the loop: g_2 <- g, in PSUM; in it, on the vector engine: t <- x * g_2

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { EngineCost } from "../../../ir-spec/cost.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { freeElements, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { originIn } from "../origins.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { accessesOf } from "./uses.ts";

export interface PsumEnv {
  readonly builder: BodyBuilder;
  readonly engineCost: EngineCost;
  readonly machine: Pick<Machine, "psumBanks" | "psumBankBytesPerPartition">;
}

type Statements = readonly TileStatement[];

/** A buffer in SBUF, its copy in PSUM, and the statements that make that. */
export interface PsumCopy {
  readonly of: BufferId;
  readonly copy: BufferId;
  readonly statements: Statements;
}

/** The copies that PSUM has room for, those that save the most first; none where something else is in PSUM. */
export function psumCopies(env: PsumEnv, outer: Statements, body: Statements): readonly PsumCopy[] {
  const { builder, machine } = env;
  if ([...outer, ...body].some((statement) => usesPsum(builder, statement))) return [];
  const loads = loadedOnce(outer, body);
  const found = [...loads].map(([buffer, load]) => {
    const info = builder.bufferInfo(buffer);
    const copy = builder.buffer({ ...info, memory: "psum", slots: 1 });
    const own: PsumCopy = { of: buffer, copy, statements: copyOf(load, copy) };
    return { own, bytes: freeElements(info) * dtypeBytes(info.dtype), savedNs: savedBy(env, body, own) };
  });
  let left = machine.psumBanks * machine.psumBankBytesPerPartition;
  return found
    .filter(({ savedNs }) => savedNs > 0)
    .toSorted((a, b) => b.savedNs - a.savedNs)
    .flatMap(({ own, bytes }) => {
      const banks = Math.ceil(bytes / machine.psumBankBytesPerPartition) * machine.psumBankBytesPerPartition;
      if (banks > left) return [];
      left -= banks;
      return [own];
    });
}

/** The statement with the copies in place of what they are of; undefined where it reads none. */
export function withPsumCopies(copies: readonly PsumCopy[], node: TileNode): TileNode | undefined {
  if (node.op !== "tensor_tensor") return undefined;
  // One operand at most may lie in PSUM.
  const found = copies.filter(({ of }) => [node.operands.lhs, node.operands.rhs].some(({ buffer }) => buffer === of));
  const [own, ...others] = found;
  if (own === undefined || others.length > 0 || node.operands.lhs.buffer === node.operands.rhs.buffer) return undefined;
  return withAccesses(node, (access) => (access.buffer === own.of ? { ...access, buffer: own.copy } : access));
}

function usesPsum(builder: BodyBuilder, statement: TileStatement): boolean {
  if (statement.kind === "loop") return statement.body.some((inner) => usesPsum(builder, inner));
  return statement.kind === "alloc" && builder.bufferInfo(statement.buffer).memory === "psum";
}

/** Buffers of the outer body that one transfer fills there, and that nothing else writes. */
function loadedOnce(outer: Statements, body: Statements): ReadonlyMap<BufferId, TileNode> {
  const own = new Set(outer.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  const writers = new Map<BufferId, TileNode[]>();
  const visit = (statement: TileStatement): void => {
    if (statement.kind === "loop") for (const inner of statement.body) visit(inner);
    if (statement.kind !== "op") return;
    for (const [{ buffer }, role] of accessesOf(statement))
      if (role !== "read") writers.set(buffer, [...(writers.get(buffer) ?? []), statement]);
  };
  for (const statement of [...outer, ...body]) visit(statement);
  const loads = [...writers].flatMap(([buffer, [load, ...others]]) => {
    const isLoad = load?.op === "dma" && others.length === 0 && own.has(buffer) && outer.includes(load);
    return isLoad ? [[buffer, load] as const] : [];
  });
  return new Map(loads);
}

function copyOf(load: TileNode, copy: BufferId): Statements {
  const { dst } = load.operands;
  const operands = { dst: { ...dst, buffer: copy }, src: dst };
  return [
    { kind: "alloc", buffer: copy },
    { ...originIn(load), kind: "op", op: "tensor_copy", operands, attrs: {} },
  ];
}

/** What the vector engine gains in an iteration (ns). */
function savedBy({ builder, engineCost }: PsumEnv, body: Statements, copy: PsumCopy): number {
  return body.reduce((sum, statement) => {
    const node = statement.kind === "op" && statement.engine === undefined ? statement : undefined;
    const faster = node && withPsumCopies([copy], node);
    if (node === undefined || faster === undefined) return sum;
    const [before, after] = [node, faster].map((each) => engineCost(each, "dve", builder.bufferInfo));
    return before === undefined || after === undefined ? sum : sum + Math.max(0, before - after);
  }, 0);
}
