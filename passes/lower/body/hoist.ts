// What does not change from one iteration of a loop to the next is computed before it: constants, and what is made of operands that
// were loaded outside.

import type { Extent } from "../../../ir-spec/affine.ts";
import type { BufferId, LoopId } from "../../../ir-spec/base/ids.ts";
import { type Access, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { isTransfer } from "../../../ir-spec/tile-ops/index.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { accessesOf, type BodyUses, usesOf } from "./uses.ts";

type Statements = readonly TileStatement[];

export interface Hoisted {
  readonly before: Statements;
  readonly body: Statements;
}

/** Where statements go that leave a loop. */
export interface HoistPlace {
  /** Whether the place is outside of a loop that is around the body; of every one, unless it is said. */
  readonly isLeft: (loop: LoopId) => boolean;
  /** Whether a buffer is known there; unless it is said, all that are not the body's own. */
  readonly isKnown: (buffer: BufferId) => boolean;
  /** Whether statements stay whose border depends on a loop that is left: it is not known that whole tiles are there. */
  readonly keepsBorders?: boolean;
}

/**
 * Takes the statements out of a loop's body that are the same in each iteration. They compute whole tiles where a border depends on
 * a loop that is left; borders of the loops that stay around them are kept, as their operands have them, too.
 */
export function hoistInvariants(builder: BodyBuilder, body: Statements, given: Partial<HoistPlace> = {}): Hoisted {
  const uses = usesOf(body);
  const place: HoistPlace = { isLeft: () => true, isKnown: (buffer) => !uses.isLocal(buffer), ...given };
  const moved = new Map<BufferId, BufferId>();
  const before: TileStatement[] = [];
  const rest: TileStatement[] = [];
  for (const statement of body) {
    if (statement.kind !== "op" || !isInvariant(uses, statement, place, moved)) {
      rest.push(withMovedInside(statement, moved));
      continue;
    }
    for (const [{ buffer }, role] of accessesOf(statement)) {
      if (role === "read") continue;
      const own = builder.buffer({ ...builder.bufferInfo(buffer), slots: 1 });
      moved.set(buffer, own);
      before.push({ kind: "alloc", buffer: own });
    }
    before.push(withoutBorders(withMoved(statement, moved), place.isLeft));
  }
  if (before.length === 0) return { before, body };
  return { before, body: rest.filter((statement) => statement.kind !== "alloc" || !moved.has(statement.buffer)) };
}

function isInvariant(
  uses: BodyUses,
  node: TileNode,
  { isKnown, isLeft, keepsBorders = false }: HoistPlace,
  moved: ReadonlyMap<BufferId, BufferId>,
): boolean {
  if (isTransfer(node.op) || (node.base?.terms.length ?? 0) > 0 || node.accumulate !== undefined) return false;
  return accessesOf(node).every(([access, role]) => {
    if (access.offset.terms.length > 0 || role === "modify") return false;
    if (keepsBorders && sizesOf(access).some((size) => dependsOn(size, isLeft))) return false;
    if (role === "write") return uses.isLocal(access.buffer) && uses.writersOf(access.buffer).length === 1;
    return moved.has(access.buffer) || (isKnown(access.buffer) && uses.writersOf(access.buffer).length === 0);
  });
}

const sizesOf = ({ partition, dims }: Access): readonly Extent[] => [partition.size, ...dims.map(({ size }) => size)];

const dependsOn = ({ limit }: Extent, isLeft: (loop: LoopId) => boolean): boolean =>
  limit?.terms.some(({ loop }) => isLeft(loop)) === true;

/** The same in loops. */
function withMovedInside(statement: TileStatement, moved: ReadonlyMap<BufferId, BufferId>): TileStatement {
  if (statement.kind === "op") return withMoved(statement, moved);
  if (statement.kind !== "loop" || moved.size === 0) return statement;
  return { ...statement, body: statement.body.map((inner) => withMovedInside(inner, moved)) };
}

function withMoved(node: TileNode, moved: ReadonlyMap<BufferId, BufferId>): TileNode {
  const place = (access: Access): Access => ({ ...access, buffer: moved.get(access.buffer) ?? access.buffer });
  return withAccesses(node, place);
}

/** The statement without the borders that depend on loops that are left. */
function withoutBorders(node: TileNode, isLeft: (loop: LoopId) => boolean): TileNode {
  const whole = (size: Extent): Extent => (dependsOn(size, isLeft) ? { max: size.max } : size);
  const placed = (access: Access): Access => ({
    ...access,
    partition: { ...access.partition, size: whole(access.partition.size) },
    dims: access.dims.map(({ stride, size }) => ({ stride, size: whole(size) })),
  });
  return withAccesses(node, placed);
}
