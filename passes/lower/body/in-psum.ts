// Products that are read where they are: a copy out of PSUM is left out where all that reads it can read PSUM. For tiles side by side,
// of which many are read by one instruction.
//
//     tensor_scalar_reduce t, fold=m <- acc, op1=max; activation y <- t     ->     tensor_reduce m <- acc, op=max; activation y <- acc

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { type Access, namedAccesses, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { joinOrigins, originIn } from "../origins.ts";
import type { LowerContext } from "../region.ts";
import { withAllocsAtUse } from "./rewrite.ts";
import { type BodyUses, isSameAccess, usesOf } from "./uses.ts";

type Statements = readonly TileStatement[];

/** A copy of what is in PSUM, and what it folds on the way. */
interface Copy {
  readonly node: TileNode;
  readonly dst: Access;
  readonly src: Access;
  readonly fold: readonly TileNode[];
}

/** The body without the copies that it does not need. */
export function readInPsum({ builder }: LowerContext, body: Statements): Statements {
  const uses = usesOf(body);
  const isPsum = ({ buffer }: Access): boolean => builder.bufferInfo(buffer).memory === "psum";
  const copies = uses.nodes
    .flatMap((node) => copyOf(node, isPsum) ?? [])
    .filter((copy) => areReadersFree(uses, copy, isPsum));
  if (copies.length === 0) return body;
  const sources = new Map(copies.map((copy) => [copy.dst.buffer, copy]));
  const folds = new Map(copies.map(({ node, fold }) => [node, fold]));
  const read = body.flatMap((statement): Statements => {
    if (statement.kind !== "op") return [statement];
    return folds.get(statement) ?? [inPsum(statement, sources)];
  });
  return withAllocsAtUse(read);
}

/** A statement that reads what copies were of, and does what they did. */
function inPsum(statement: TileNode, sources: ReadonlyMap<BufferId, Copy>): TileNode {
  const own = Object.values(namedAccesses(statement)).flatMap((access) =>
    access === undefined ? [] : (sources.get(access.buffer) ?? []),
  );
  if (own.length === 0) return statement;
  const read = withAccesses(statement, (access) => sources.get(access.buffer)?.src ?? access);
  return { ...read, origin: joinOrigins([statement.origin, ...own.map(({ node }) => node.origin)]) };
}

function copyOf(node: TileNode, isPsum: (access: Access) => boolean): Copy | undefined {
  if (node.op === "tensor_copy" && isPsum(node.operands.src)) return { node, ...node.operands, fold: [] };
  if (node.op !== "tensor_scalar_reduce" || !isPsum(node.operands.src)) return undefined;
  const { dst, src, fold, scalar0 } = node.operands;
  const { op0, imm0, op1 } = node.attrs;
  if (scalar0 !== undefined || op0 !== "multiply" || imm0 !== 1) return undefined;
  return {
    node,
    dst,
    src,
    fold: [{ kind: "op", op: "tensor_reduce", operands: { dst: fold, src }, attrs: { op: op1 }, ...originIn(node) }],
  };
}

/** Statements of the body itself, each of which reads the whole copy where it can read PSUM, and no other tile there. */
function areReadersFree(uses: BodyUses, { node, dst, src }: Copy, isPsum: (access: Access) => boolean): boolean {
  if (uses.definition(dst) !== node || !uses.isLocal(src.buffer)) return false;
  const isFree = (reader: TileNode): boolean =>
    uses.isOwn(reader) &&
    reader.engine !== "pool" &&
    tileOpDef(reader.op).operands.every(({ name, role, memories }) => {
      const access = namedAccesses(reader)[name];
      if (access === undefined) return true;
      if (access.buffer !== dst.buffer) return role !== "read" || !isPsum(access);
      return role === "read" && memories.includes("psum") && isSameAccess(access, dst);
    });
  const readers = uses.readersOf(dst.buffer);
  return readers.length > 0 && readers.every(isFree);
}
