// Which values of a loop body share a buffer: a result is written over an operand that nothing reads afterwards, or into a buffer
// whose value is dead. So a chain of values of one size takes one buffer, and more tiles are in flight.
//
//     y = exp(x); z = y * s     ->     x = exp(x); x = x * s

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { freeElements, type TileNode, type TileStatement, withAccesses } from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { withAllocsAtUse } from "./rewrite.ts";
import { accessesOf, isSameAccess, usesOf } from "./uses.ts";

type Statements = readonly TileStatement[];

/** The statements between which a buffer holds a value, by their index. */
interface Life {
  readonly buffer: BufferId;
  /** Buffers of one form can replace each other. */
  readonly form: string;
  readonly first: number;
  readonly last: number;
}

/** A buffer that holds one value after the other. */
interface Holder {
  readonly buffer: BufferId;
  slots: number;
  /** The last statement that needs the value that it holds. */
  last: number;
}

/**
 * As many columns keep buffers of their own, as they take no room; where there are more, they share as well.
 * Assumed: with a few slots each a small part of any SBUF.
 */
const maxOwnColumns = 50;

/** The body with fewer buffers; a column has as many elements as tiles are side by side. */
export function shareBuffers(builder: BodyBuilder, body: Statements, columnElements = 1): Statements {
  /** By the form of their buffers. */
  const holders = new Map<string, Holder[]>();
  const holderOf = new Map<BufferId, Holder>();
  for (const life of livesOf(builder, body, columnElements)) {
    const { slots } = builder.bufferInfo(life.buffer);
    const alike = holders.get(life.form) ?? [];
    const node = body[life.first] as TileNode;
    const overwritten = alike.find(
      (holder) => holder.last === life.first && isInPlace(node, life.buffer, holder, holderOf),
    );
    const holder = overwritten ?? alike.findLast(({ last }) => last < life.first);
    if (holder === undefined) {
      const own: Holder = { buffer: life.buffer, slots, last: life.last };
      alike.push(own);
      holders.set(life.form, alike);
      holderOf.set(life.buffer, own);
      continue;
    }
    holder.slots = Math.max(holder.slots, slots);
    holder.last = life.last;
    holderOf.set(life.buffer, holder);
  }
  return withHolders(builder, body, holderOf);
}

/** Lives of the body's own tiles in SBUF, in the order in which they begin; those that loops inside of the body use are left out. */
function livesOf(builder: BodyBuilder, body: Statements, columnElements: number): readonly Life[] {
  const { isLocal, isOwn, writersOf, readersOf } = usesOf(body);
  const isWithin = (buffer: BufferId): boolean =>
    builder.bufferInfo(buffer).memory === "sbuf" &&
    isLocal(buffer) &&
    writersOf(buffer).every(isOwn) &&
    readersOf(buffer).every(isOwn);
  /** By buffer; undefined for those that are left out. */
  const lives = new Map<BufferId, Life | undefined>();
  for (const [index, statement] of body.entries()) {
    if (statement.kind !== "op") continue;
    for (const [{ buffer }] of accessesOf(statement)) {
      const known = lives.get(buffer);
      if (known !== undefined) lives.set(buffer, { ...known, last: index });
      if (lives.has(buffer)) continue;
      const { dtype, shape } = builder.bufferInfo(buffer);
      const life = { buffer, form: `${dtype} ${shape.join()}`, first: index, last: index };
      lives.set(buffer, isWithin(buffer) ? life : undefined);
    }
  }
  const isColumn = ({ buffer }: Life): boolean => freeElements(builder.bufferInfo(buffer)) <= columnElements;
  const all = [...lives.values()].filter((life) => life !== undefined);
  return all.filter(isColumn).length > maxOwnColumns ? all : all.filter((life) => !isColumn(life));
}

/** Whether a statement may write its result over what it reads. */
function isInPlace(node: TileNode, buffer: BufferId, holder: Holder, holderOf: ReadonlyMap<BufferId, Holder>): boolean {
  const { dst } = node.operands;
  if (!tileOpDef(node.op).facts?.isElementwise || dst.buffer !== buffer) return false;
  const others = accessesOf(node).filter(([access]) => access !== dst && holderOf.get(access.buffer) === holder);
  return others.every(([access]) => isSameAccess({ ...access, buffer }, dst));
}

function withHolders(builder: BodyBuilder, body: Statements, holderOf: ReadonlyMap<BufferId, Holder>): Statements {
  const bufferOf = new Map<Holder, BufferId>();
  for (const holder of holderOf.values()) {
    const info = builder.bufferInfo(holder.buffer);
    const isAsBefore = info.slots === holder.slots;
    bufferOf.set(holder, isAsBefore ? holder.buffer : builder.buffer({ ...info, slots: holder.slots }));
  }
  const placed = (buffer: BufferId): BufferId => {
    const holder = holderOf.get(buffer);
    return holder === undefined ? buffer : (bufferOf.get(holder) as BufferId);
  };
  const named = body.map((statement): TileStatement => {
    if (statement.kind === "alloc") return { kind: "alloc", buffer: placed(statement.buffer) };
    return statement.kind === "op" ? withPlaces(statement, placed) : statement;
  });
  return withAllocsAtUse(named);
}

function withPlaces(node: TileNode, placed: (buffer: BufferId) => BufferId): TileNode {
  return withAccesses(node, (access) => ({ ...access, buffer: placed(access.buffer) }));
}
