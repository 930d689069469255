// What does not change from one iteration of a loop to the next is computed before it: constants, and what is made of operands that
// were loaded outside.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Access, TileNode, TileStatement } from "../../../ir-spec/tile.ts";
import { isTransfer } from "../../../ir-spec/tile-ops/index.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { accessesOf, type BodyUses, usesOf } from "./uses.ts";

type Statements = readonly TileStatement[];

export interface Hoisted {
  readonly before: Statements;
  readonly body: Statements;
}

/** Takes the statements out of a loop's body that are the same in each iteration; they compute whole tiles. */
export function hoistInvariants(builder: BodyBuilder, body: Statements): Hoisted {
  const uses = usesOf(body);
  const moved = new Map<BufferId, BufferId>();
  const before: TileStatement[] = [];
  const rest: TileStatement[] = [];
  for (const statement of body) {
    if (statement.kind !== "op" || !isInvariant(uses, statement, moved)) {
      rest.push(statement.kind === "op" ? withMoved(statement, moved) : statement);
      continue;
    }
    for (const [{ buffer }, role] of accessesOf(statement)) {
      if (role === "read") continue;
      const own = builder.buffer({ ...builder.bufferInfo(buffer), slots: 1 });
      moved.set(buffer, own);
      before.push({ kind: "alloc", buffer: own });
    }
    before.push(asWhole(withMoved(statement, moved)));
  }
  if (before.length === 0) return { before, body };
  return { before, body: rest.filter((statement) => statement.kind !== "alloc" || !moved.has(statement.buffer)) };
}

function isInvariant(uses: BodyUses, node: TileNode, moved: ReadonlyMap<BufferId, BufferId>): boolean {
  if (isTransfer(node.op) || (node.base?.terms.length ?? 0) > 0 || node.accumulate !== undefined) return false;
  return accessesOf(node).every(([access, role]) => {
    if (access.offset.terms.length > 0 || role === "modify") return false;
    if (role === "write") return uses.isLocal(access.buffer) && uses.writersOf(access.buffer).length === 1;
    return moved.has(access.buffer) || (!uses.isLocal(access.buffer) && uses.writersOf(access.buffer).length === 0);
  });
}

function withMoved(node: TileNode, moved: ReadonlyMap<BufferId, BufferId>): TileNode {
  const place = (access: Access): Access => ({ ...access, buffer: moved.get(access.buffer) ?? access.buffer });
  return { ...node, operands: Object.fromEntries(Object.entries(node.operands).map(([k, v]) => [k, place(v)])) };
}

/** The statement without the borders of a tile. */
function asWhole(node: TileNode): TileNode {
  const whole = (access: Access): Access => ({
    ...access,
    partition: { ...access.partition, size: { max: access.partition.size.max } },
    dims: access.dims.map(({ stride, size }) => ({ stride, size: { max: size.max } })),
  });
  return { ...node, operands: Object.fromEntries(Object.entries(node.operands).map(([k, v]) => [k, whole(v)])) };
}
