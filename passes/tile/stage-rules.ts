// Where a loop body may be cut into stages, and how many slots its buffers need then. A cut in front of a statement puts it and all
// after it into a later stage, so what conflicts keeps its order.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { TileAlloc, TileLoop, TileStatement } from "../../ir-spec/tile.ts";
import { usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";

type Step = Exclude<TileStatement, TileAlloc>;

export interface StageRules {
  readonly steps: readonly Step[];
  /** Statements in front of which a cut is allowed and can matter: some queue of theirs is in an earlier one. */
  readonly cuts: readonly number[];
  /** By buffer of the body: its first write and its last use. */
  readonly lives: ReadonlyMap<BufferId, { readonly first: number; readonly last: number }>;
}

/** `queuesOf` says which queues run a statement. */
export function stageRules(loop: TileLoop, queuesOf: (step: number) => readonly number[]): StageRules {
  const steps = loop.body.flatMap((statement) => (statement.kind === "alloc" ? [] : [statement]));
  const owned = new Set(loop.body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  const lives = new Map<BufferId, { first: number; last: number; isWritten: boolean }>();
  for (const [at, step] of steps.entries()) {
    for (const [buffer, { isWritten }] of usesOfStatement(step)) {
      const known = lives.get(buffer);
      lives.set(buffer, { first: known?.first ?? at, last: at, isWritten: isWritten || known?.isWritten === true });
    }
  }
  const shared = [...lives]
    .filter(([buffer, { isWritten }]) => isWritten && !owned.has(buffer))
    .map(([, life]) => life);
  const seen = new Set<number>();
  const cuts = [...steps.keys()].filter((at) => {
    const queues = queuesOf(at);
    const isAgain = queues.some((queue) => seen.has(queue));
    for (const queue of queues) seen.add(queue);
    return isAgain && !shared.some(({ first, last }) => first < at && at <= last);
  });
  return { steps, cuts, lives: new Map([...lives].filter(([buffer]) => owned.has(buffer))) };
}

/** The stage of each statement. */
export function stagesOf({ steps }: StageRules, cuts: readonly number[]): readonly number[] {
  return [...steps.keys()].map((at) => cuts.filter((cut) => cut <= at).length);
}

/** The least slots of each buffer of the body. */
export function neededSlots({ lives }: StageRules, stages: readonly number[]): ReadonlyMap<BufferId, number> {
  const needed = [...lives].map(([buffer, { first, last }]): [BufferId, number] => {
    return [buffer, (stages[last] ?? 0) - (stages[first] ?? 0) + 1];
  });
  return new Map(needed);
}
