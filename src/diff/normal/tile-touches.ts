// Which buffers a statement of a tile program touches, where, and in what order: what dependences between statements are found by.

import type { BufferId, LoopId } from "../../../ir-spec/base/ids.ts";
import {
  type Access,
  namedAccesses,
  type TileNode,
  type TileProgram,
  type TileStatement,
} from "../../../ir-spec/tile.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { type AccessBox, boxOf, mayMeet } from "./access-box.ts";
import { compareTexts } from "./order.ts";

export interface TileTouch {
  readonly buffer: BufferId;
  readonly isRead: boolean;
  readonly isWritten: boolean;
  readonly box: AccessBox;
}

/** An operand that is given, by the row's order: what is read first, as that says more of a statement. */
export interface GivenOperand {
  readonly name: string;
  readonly role: "read" | "write" | "modify";
  readonly access: Access;
}

export function operandsOf(node: TileNode): readonly GivenOperand[] {
  const accesses = namedAccesses(node);
  const given = tileOpDef(node.op).operands.flatMap(({ name, role }): GivenOperand[] => {
    const access = accesses[name];
    return access === undefined ? [] : [{ name, role, access }];
  });
  return [...given.filter(({ role }) => role === "read"), ...given.filter(({ role }) => role !== "read")];
}

/** What statements touch, in their order; loops with all that is inside of them. */
export function touchesOf(program: TileProgram, statements: readonly TileStatement[]): readonly TileTouch[] {
  const touches: TileTouch[] = [];
  const inner = new Map<LoopId, number>();
  const visit = (statement: TileStatement): void => {
    if (statement.kind === "loop") {
      inner.set(statement.loop, statement.trips.max);
      for (const child of statement.body) visit(child);
    }
    if (statement.kind === "op") pushTouches(program, statement, inner, touches);
  };
  for (const statement of statements) visit(statement);
  return touches;
}

function pushTouches(program: TileProgram, node: TileNode, inner: Map<LoopId, number>, touches: TileTouch[]): void {
  for (const { role, access } of operandsOf(node)) {
    const buffer = program.buffers[access.buffer];
    if (buffer === undefined) continue;
    const isRead = role !== "write" || (node.accumulate !== undefined && node.accumulate !== false);
    const box = boxOf(access, buffer, new Map(inner));
    touches.push({ buffer: access.buffer, isRead, isWritten: role !== "read", box });
  }
}

/** Earlier touches by buffer, each with the statement that it belongs to. */
type EarlierTouches = Map<BufferId, { readonly statement: number; readonly touch: TileTouch }[]>;

/**
 * For each statement the earlier ones that it depends on: in the order of its own touches, and by their keys where several of them
 * touch what one of its own does.
 */
export function needsOfAll(touches: readonly (readonly TileTouch[])[], keys: readonly string[]): readonly number[][] {
  const earlier: EarlierTouches = new Map();
  const byKey = (a: number, b: number): number => compareTexts(keys[a] ?? "", keys[b] ?? "");
  return touches.map((own, index) => needsOf(own, index, earlier, byKey));
}

/** Adds the touches to the earlier ones. */
function needsOf(
  touches: readonly TileTouch[],
  index: number,
  earlier: EarlierTouches,
  byKey: (a: number, b: number) => number,
): number[] {
  const needs = touches.flatMap((touch) => {
    const found = (earlier.get(touch.buffer) ?? []).filter((other) => conflict(touch, other.touch));
    return found.map(({ statement }) => statement).sort(byKey);
  });
  for (const touch of touches) {
    const known = earlier.get(touch.buffer);
    const entry = { statement: index, touch };
    if (known === undefined) earlier.set(touch.buffer, [entry]);
    else known.push(entry);
  }
  return [...new Set(needs)];
}

/** Whether two touches must keep their order. */
export function conflict(a: TileTouch, b: TileTouch): boolean {
  return (a.isWritten || b.isWritten) && mayMeet(a.box, b.box);
}
