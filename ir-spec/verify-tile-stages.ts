// Stages of the statements of a loop body (see tile.ts): between two statements that conflict the order of the plain loop
// remains, and a buffer has slots for all stages that it lives over. Buffers are looked at as a whole.

import type { BufferId } from "./base/ids.ts";
import { type Problem, problem } from "./base/result.ts";
import { maxStages } from "./limits.ts";
import { stageOf, type TileProgram, type TileStatement } from "./tile.ts";
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
    for (const { name, role } of tileOpDef(inner.op).operands) {
      const buffer = inner.operands[name]?.buffer;
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

/** A statement that touches a buffer. */
interface Touch extends StatementUse {
  readonly statement: TileStatement;
  readonly stage: number;
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
  return [{ found: problem("E0638", { where, found: isStage ? "it outside" : String(stage), wanted }), statement }];
}

/** By buffer: the statements of the body that touch it, in their order. */
function touchesByBuffer(body: readonly TileStatement[]): ReadonlyMap<BufferId, readonly Touch[]> {
  const touches = new Map<BufferId, Touch[]>();
  for (const statement of body) {
    for (const [buffer, use] of usesOfStatement(statement)) {
      const known = touches.get(buffer) ?? [];
      known.push({ ...use, statement, stage: stageOf(statement) });
      touches.set(buffer, known);
    }
  }
  return touches;
}

/** A buffer of which each iteration has a fresh instance. */
function verifyOwned(where: string, touches: readonly Touch[], slots: number): readonly MisplacedStage[] {
  const found: MisplacedStage[] = [];
  let [written, touched] = [0, 0];
  for (const { statement, stage, isWritten } of touches) {
    const earliest = isWritten ? touched : written;
    const wanted = `stage ${earliest} or later after what is before it`;
    if (stage < earliest)
      found.push({ found: problem("E0638", { where, found: `stage ${stage}`, wanted }), statement });
    if (isWritten) written = Math.max(written, stage);
    touched = Math.max(touched, stage);
  }
  const first = touches.find(({ isWritten }) => isWritten) ?? touches[0];
  if (found.length > 0 || first === undefined) return found;
  const needed = touched - first.stage + 1;
  if (slots >= needed) return [];
  const wanted = `${needed} slots, as it lives over ${needed} stages`;
  return [{ found: problem("E0638", { where, found: String(slots), wanted }), statement: first.statement }];
}

/** A buffer that all iterations share: where one of them writes it, the next one must not be ahead. */
function verifyShared(where: string, touches: readonly Touch[]): readonly MisplacedStage[] {
  if (!touches.some(({ isWritten }) => isWritten)) return [];
  const stage = touches[0]?.stage ?? 0;
  const other = touches.find((touch) => touch.stage !== stage);
  if (other === undefined) return [];
  const wanted = `stage ${stage} alone, as the loop writes it and all iterations share it`;
  return [{ found: problem("E0638", { where, found: `stage ${other.stage}`, wanted }), statement: other.statement }];
}
