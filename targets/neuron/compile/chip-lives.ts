// When buffers on chip are needed, within their kernel. Positions count the statements of the kernel in the order of the text. A buffer lives
// from its first statement to its last one, in the body that it belongs to: an inner loop counts as a whole. Where several iterations of
// its loop are under way at once, because it has several slots or because the loop has stages, it lives as long as that loop.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { stageOf, type TileStatement } from "../../../ir-spec/tile.ts";

/** First and last position, both included. */
export interface Life {
  readonly first: number;
  readonly last: number;
}

/** `slotsOf`: how many instances of a buffer there are at once. */
export function livesOf(
  body: readonly TileStatement[],
  slotsOf: (buffer: BufferId) => number,
): ReadonlyMap<BufferId, Life> {
  const lives = new Map<BufferId, Life>();
  visitBody(body, { next: 0, lives, slotsOf });
  return lives;
}

interface Walk {
  /** The position of the next statement. */
  next: number;
  readonly lives: Map<BufferId, Life>;
  readonly slotsOf: (buffer: BufferId) => number;
}

/** How long buffers are touched in a body; those that belong to it, or to a loop in it, get their lives. */
function visitBody(body: readonly TileStatement[], walk: Walk): ReadonlyMap<BufferId, Life> {
  const start = walk.next;
  const [touched, inside]: [Map<BufferId, Life>, BufferId[]] = [new Map(), []];
  for (const statement of body) {
    const first = walk.next;
    const buffers = buffersOf(statement, walk, inside);
    const last = Math.max(first, walk.next - 1);
    for (const buffer of buffers) touched.set(buffer, { first: touched.get(buffer)?.first ?? first, last });
  }
  const whole = { first: start, last: Math.max(start, walk.next - 1) };
  for (const statement of body) {
    if (statement.kind !== "alloc") continue;
    const { buffer } = statement;
    inside.push(buffer);
    walk.lives.set(buffer, walk.slotsOf(buffer) > 1 ? whole : (touched.get(buffer) ?? whole));
  }
  if (body.some((statement) => stageOf(statement) > 0)) for (const buffer of inside) walk.lives.set(buffer, whole);
  return touched;
}

/** The buffers that a statement touches; those that belong to loops in it go to `inside`. */
function buffersOf(statement: TileStatement, walk: Walk, inside: BufferId[]): Iterable<BufferId> {
  if (statement.kind === "alloc") return [];
  if (statement.kind === "op") {
    walk.next++;
    return Object.values(statement.operands).map(({ buffer }) => buffer);
  }
  const before = new Set(walk.lives.keys());
  const touched = visitBody(statement.body, walk);
  for (const buffer of walk.lives.keys()) if (!before.has(buffer)) inside.push(buffer);
  return touched.keys();
}
