// Stages of the statements of a loop body (software pipelining): where an engine comes back to a tile after another engine was there,
// it would wait for it; one stage later it does so for the tile before, which is through by then.
//
//     dve max, act exp, dve scale     ->     dve max, act exp, dve scale (stage 1)

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { type Access, type EngineHint, stageOf, type TileNode, type TileStatement } from "../../../ir-spec/tile.ts";
import { isTransfer } from "../../../ir-spec/tile-ops/index.ts";
import type { BodyBuilder } from "../program-builder.ts";
import { withAllocsAtUse } from "./rewrite.ts";
import { accessesOf } from "./uses.ts";

type Statements = readonly TileStatement[];

/** Who runs a statement: loads and stores have queues of their own. */
type Runner = EngineHint | "load" | "store" | "pe";

export interface StageEnv {
  readonly builder: BodyBuilder;
  readonly engineOf: (node: TileNode) => EngineHint | undefined;
}

interface Use {
  readonly placed: Placed;
  readonly access: Access;
  readonly isWrite: boolean;
}

/** The stage of a statement, and the latest stage of each runner that it waits for. */
interface Placed {
  readonly stage: number;
  readonly runner: Runner;
  readonly waitsFor: ReadonlyMap<Runner, number>;
}

/**
 * The body with its stages, in their order, where its buffers have slots for them; as it is where it has loops inside. Statements of
 * different stages that change places touch different elements.
 */
export function stageBody(env: StageEnv, body: Statements): Statements {
  if (body.some(({ kind }) => kind === "loop")) return body;
  const uses = new Map<BufferId, Use[]>();
  const staged = body.map((statement): TileStatement => {
    if (statement.kind !== "op") return statement;
    const placed = placeAfter(runnerOf(env, statement), conflictsOf(uses, statement));
    for (const [access, role] of accessesOf(statement)) {
      const known = uses.get(access.buffer) ?? [];
      known.push({ placed, access, isWrite: role !== "read" });
      uses.set(access.buffer, known);
    }
    return placed.stage === 0 ? statement : { ...statement, stage: placed.stage };
  });
  if (!hasSlots(env, body, uses)) return body;
  return withAllocsAtUse(staged.toSorted((a, b) => stageOf(a) - stageOf(b)));
}

function runnerOf({ builder, engineOf }: StageEnv, node: TileNode): Runner {
  const { dst } = node.operands;
  if (!isTransfer(node.op)) return engineOf(node) ?? "pe";
  return dst !== undefined && builder.bufferInfo(dst.buffer).memory === "hbm" ? "store" : "load";
}

/** The statements before that touch what a statement touches, where one of both writes it. */
function conflictsOf(uses: ReadonlyMap<BufferId, readonly Use[]>, node: TileNode): readonly Placed[] {
  return accessesOf(node).flatMap(([access, role]) =>
    (uses.get(access.buffer) ?? [])
      .filter(({ isWrite, access: other }) => (isWrite || role !== "read") && mayOverlap(access, other))
      .map(({ placed }) => placed),
  );
}

/** Whether two accesses of one buffer may touch the same elements. */
function mayOverlap(a: Access, b: Access): boolean {
  if (a.offset.terms.length > 0 || b.offset.terms.length > 0) return true;
  const [one, other] = [reachOf(a), reachOf(b)];
  return one.first <= other.last && other.first <= one.last;
}

function reachOf({ offset, dims }: Access): { readonly first: number; readonly last: number } {
  let [first, last] = [offset.constant, offset.constant];
  for (const { stride, size } of dims) {
    const reach = stride * (size.max - 1);
    if (reach < 0) first += reach;
    else last += reach;
  }
  return { first, last };
}

function placeAfter(runner: Runner, before: readonly Placed[]): Placed {
  let stage = 0;
  const waitsFor = new Map<Runner, number>();
  const wait = (other: Runner, until: number): void => {
    waitsFor.set(other, Math.max(waitsFor.get(other) ?? 0, until));
  };
  for (const each of before) {
    const isOther = each.runner !== runner;
    const again = isOther ? each.waitsFor.get(runner) : undefined;
    stage = Math.max(stage, each.stage, again === undefined ? 0 : again + 1);
    wait(each.runner, each.stage);
    for (const [other, until] of each.waitsFor) wait(other, until);
  }
  return { stage, runner, waitsFor };
}

/** Whether each buffer has a slot for each iteration that uses it at a time, and one to spare for those who fill it. */
function hasSlots({ builder }: StageEnv, body: Statements, uses: ReadonlyMap<BufferId, readonly Use[]>): boolean {
  return body.every((statement) => {
    if (statement.kind !== "alloc") return true;
    const stages = (uses.get(statement.buffer) ?? []).map(({ placed }) => placed.stage);
    const spread = Math.max(...stages) - Math.min(...stages);
    return spread === 0 || builder.bufferInfo(statement.buffer).slots > spread + 1;
  });
}
