// Stages of the statements of a loop body (see tile.ts): a buffer has a slot for every iteration that uses it at a time, and what
// iterations share is touched by one after the other. Buffers are looked at as a whole.

import type { BufferId } from "./base/ids.ts";
import { type Problem, problem } from "./base/result.ts";
import { maxStages } from "./limits.ts";
import { inStageOrder, namedAccesses, stageOf, type TileProgram, type TileStatement } from "./tile.ts";
import { tileOpDef } from "./tile-ops/index.ts";

/** How a statement uses a buffer. */
export interface StatementUse {
  readonly isRead: boolean;
  readonly isWritten: boolean;
}

/** A mistake, and the statement that makes it. */
export interface MisplacedStage {
  readonly found: Problem;
  readonly statement: TileStatement;
}

/** The buffers that a statement touches, those of the loops inside it included. */
export function usesOfStatement(statement: TileStatement): ReadonlyMap<BufferId, StatementUse> {
  const uses = new Map<BufferId, StatementUse>();
  const visit = (inner: TileStatement): void => {
    if (inner.kind === "loop") for (const child of inner.body) visit(child);
    if (inner.kind !== "op") return;
    const accesses = namedAccesses(inner);
    for (const { name, role } of tileOpDef(inner.op).operands) {
      const buffer = accesses[name]?.buffer;
      if (buffer === undefined) continue;
      const known = uses.get(buffer);
      uses.set(buffer, {
        isRead: role !== "write" || known?.isRead === true,
        isWritten: role !== "read" || known?.isWritten === true,
      });
    }
  };
  visit(statement);
  return uses;
}

/** A statement that touches a buffer, and when: at its stage, then at its place in the text. */
interface Touch extends StatementUse {
  readonly statement: TileStatement;
  readonly stage: number;
  readonly at: number;
}

/** What is wrong with the stages of a body; `isLoop` says whether it is one of a loop. */
export function verifyStages(
  program: TileProgram,
  where: string,
  body: readonly TileStatement[],
  isLoop: boolean,
): readonly MisplacedStage[] {
  const staged = body.filter((statement) => stageOf(statement) !== 0);
  if (staged.length === 0) return [];
  const found = staged.flatMap((statement) => verifyNumber(where, statement, isLoop));
  if (found.length > 0) return found;
  const owned = new Set(body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  return [...touchesByBuffer(body)].flatMap(([buffer, touches]) => {
    const name = program.buffers[buffer]?.name ?? "";
    if (!owned.has(buffer)) return verifyShared(`${where}: \`${name}\``, touches);
    const slots = program.buffers[buffer]?.slots ?? 1;
    return verifyOwned(`${where}: \`${name}\``, touches, slots);
  });
}

function verifyNumber(where: string, statement: TileStatement, isLoop: boolean): readonly MisplacedStage[] {
  const stage = stageOf(statement);
  const isStage = Number.isSafeInteger(stage) && stage > 0 && stage < maxStages;
  if (isStage && isLoop) return [];
  const wanted = isStage ? "a stage in the body of a loop" : `a stage from 0 to ${maxStages - 1}`;
  return [
    { found: problem("E0638", { where, found: isStage ? "it outside" : String(stage), expected: wanted }), statement },
  ];
}

/** By buffer: the statements of the body that touch it, in their order. */
function touchesByBuffer(body: readonly TileStatement[]): ReadonlyMap<BufferId, readonly Touch[]> {
  const touches = new Map<BufferId, Touch[]>();
  const placed = body.map((statement, at) => ({ statement, stage: stageOf(statement), at }));
  for (const place of inStageOrder(placed, ({ stage }) => stage)) {
    for (const [buffer, use] of usesOfStatement(place.statement)) {
      const known = touches.get(buffer) ?? [];
      known.push({ ...use, ...place });
      touches.set(buffer, known);
    }
  }
  return touches;
}

/** The iterations that have begun with a statement, as one after it runs: at least 1. */
function iterationsBetween(first: Touch, last: Touch): number {
  return last.stage - first.stage + (last.at >= first.at ? 1 : 0);
}

/** A buffer of which each iteration has a fresh instance: from its first write to its last use. */
function verifyOwned(where: string, touches: readonly Touch[], slots: number): readonly MisplacedStage[] {
  const first = touches.find(({ isWritten }) => isWritten) ?? touches[0];
  if (first === undefined) return [];
  const needed = Math.max(...touches.map((touch) => iterationsBetween(first, touch)));
  if (slots >= needed) return [];
  const wanted = `${needed} slots, one for each iteration that uses it at a time`;
  return [{ found: problem("E0638", { where, found: String(slots), expected: wanted }), statement: first.statement }];
}

/** A buffer that all iterations share, if one writes it: each must be through with it before the next one touches it. */
function verifyShared(where: string, touches: readonly Touch[]): readonly MisplacedStage[] {
  const [first] = touches;
  if (first === undefined || !touches.some(({ isWritten }) => isWritten)) return [];
  const late = touches.find((touch) => iterationsBetween(first, touch) > 1);
  if (late === undefined) return [];
  const wanted = `stage ${first.stage}, to be through before the next iteration`;
  return [
    { found: problem("E0638", { where, found: `stage ${late.stage}`, expected: wanted }), statement: late.statement },
  ];
}
