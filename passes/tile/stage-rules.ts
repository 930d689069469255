// What stages and what order the statements of a loop body may have, and how many slots its buffers need then. A cut in front of a
// statement puts it and all after it into a later stage, so what conflicts keeps its order; within a stage only what does not conflict
// may change places.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { TileAlloc, TileLoop, TileStatement } from "../../ir-spec/tile.ts";
import { type StatementUse, usesOfStatement } from "../../ir-spec/verify-tile-stages.ts";

export type Step = Exclude<TileStatement, TileAlloc>;

export interface StageRules {
  /** The statements of the body that are no `alloc`s. */
  readonly steps: readonly Step[];
  /** Statements in front of which a cut is allowed and can matter: some queue of theirs is in an earlier one. */
  readonly cuts: readonly number[];
  /** Pairs of statements of which the first one must be before the second one in the meaning of the body. */
  readonly conflicts: readonly (readonly [first: number, second: number])[];
  /** Pairs of statements that have a queue in common. */
  readonly rivals: readonly (readonly [step: number, other: number])[];
  /** By buffer of the body: its first write, and all statements that use it. */
  readonly lives: ReadonlyMap<BufferId, { readonly first: number; readonly uses: readonly number[] }>;
}

/** Stages by statement, and the statements in the order of the text. */
export interface StepOrder {
  readonly stages: readonly number[];
  readonly order: readonly number[];
}

interface StepUse extends StatementUse {
  readonly step: number;
}

export function stepsOf(loop: TileLoop): readonly Step[] {
  return loop.body.flatMap((statement) => (statement.kind === "alloc" ? [] : [statement]));
}

/** `queuesOf` says which queues run a statement. */
export function stageRules(loop: TileLoop, queuesOf: (step: number) => readonly number[]): StageRules {
  const steps = stepsOf(loop);
  const owned = new Set(loop.body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : [])));
  const uses = usesByBuffer(steps);
  const shared = [...uses].filter(([buffer, own]) => !owned.has(buffer) && own.some(({ isWritten }) => isWritten));
  const lives = [...uses].filter(([buffer]) => owned.has(buffer));
  return {
    steps,
    cuts: cutsOf(
      steps,
      queuesOf,
      shared.map(([, own]) => own),
    ),
    conflicts: [...uses.values()].flatMap(conflictsOf),
    rivals: rivalsOf(steps, queuesOf),
    lives: new Map(
      lives.map(([buffer, own]) => {
        const first = own.find(({ isWritten }) => isWritten) ?? own[0];
        return [buffer, { first: first?.step ?? 0, uses: own.map(({ step }) => step) }];
      }),
    ),
  };
}

function usesByBuffer(steps: readonly Step[]): ReadonlyMap<BufferId, readonly StepUse[]> {
  const uses = new Map<BufferId, StepUse[]>();
  for (const [step, statement] of steps.entries()) {
    for (const [buffer, use] of usesOfStatement(statement)) {
      const known = uses.get(buffer) ?? [];
      known.push({ ...use, step });
      uses.set(buffer, known);
    }
  }
  return uses;
}

/** What all iterations share and one writes is used in one stage alone. */
function cutsOf(
  steps: readonly Step[],
  queuesOf: (step: number) => readonly number[],
  shared: readonly (readonly StepUse[])[],
): readonly number[] {
  const seen = new Set<number>();
  return [...steps.keys()].filter((at) => {
    const queues = queuesOf(at);
    const isAgain = queues.some((queue) => seen.has(queue));
    for (const queue of queues) seen.add(queue);
    return isAgain && !shared.some((uses) => (uses[0]?.step ?? 0) < at && at <= (uses.at(-1)?.step ?? 0));
  });
}

function conflictsOf(uses: readonly StepUse[]): readonly (readonly [number, number])[] {
  return uses.flatMap((first, index) =>
    uses
      .slice(index + 1)
      .filter((second) => first.isWritten || second.isWritten)
      .map((second): [number, number] => [first.step, second.step]),
  );
}

function rivalsOf(
  steps: readonly Step[],
  queuesOf: (step: number) => readonly number[],
): readonly (readonly [number, number])[] {
  const all = [...steps.keys()];
  return all.flatMap((step) =>
    all
      .filter((other) => other !== step && queuesOf(step).some((queue) => queuesOf(other).includes(queue)))
      .map((other): [number, number] => [step, other]),
  );
}

/** The stage of each statement. */
export function stagesOfCuts({ steps }: StageRules, cuts: readonly number[]): readonly number[] {
  return [...steps.keys()].map((at) => cuts.filter((cut) => cut <= at).length);
}

/** Whether an order of the text means the same as the body's own. */
export function keepsMeaning({ conflicts }: StageRules, { stages, order }: StepOrder): boolean {
  const places = placesOf(order);
  return conflicts.every(([first, second]) => {
    return stages[first] !== stages[second] || (places[first] ?? 0) < (places[second] ?? 0);
  });
}

function placesOf(order: readonly number[]): readonly number[] {
  const places: number[] = [];
  for (const [place, step] of order.entries()) places[step] = place;
  return places;
}

/** The least slots of each buffer of the body: one for each iteration that uses it at a time. */
export function neededSlots({ lives }: StageRules, { stages, order }: StepOrder): ReadonlyMap<BufferId, number> {
  const places = placesOf(order);
  const needed = [...lives].map(([buffer, { first, uses }]): [BufferId, number] => {
    const counts = uses.map((use) => {
      const isAfter = (places[use] ?? 0) >= (places[first] ?? 0);
      return (stages[use] ?? 0) - (stages[first] ?? 0) + (isAfter ? 1 : 0);
    });
    return [buffer, Math.max(1, ...counts)];
  });
  return new Map(needed);
}
