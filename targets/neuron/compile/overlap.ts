// A loop of several stages that another loop runs again and again: its last iterations are still under way when the next ones begin, so
// that queues do not run empty in between. In each iteration of the outer loop a queue goes through
//
//     its first iterations of the inner loop, with the later stages of the last ones of before; then all others
//
// and the outer loop has one iteration more. Where all of the conditions below hold, whatever a queue waits for is earlier in the order
// of the inner loop's iterations, counted through, and of their stages; so there is no deadlock.

import { type Affine, addAffine, constant, scaleAffine, term } from "../../../ir-spec/affine.ts";
import type { RingId } from "../../../ir-spec/base/ids.ts";
import type { QueueName, StreamItem, StreamLoop } from "../stream.ts";
import { advanceAfter, type Guards, nest, ringAt, type StageGroup, type Stages } from "./guards.ts";
import { queuesOf } from "./happens-before.ts";
import type { PlacedLoop, PlacedNode } from "./placed.ts";
import { findsFirst, ringsIn, shiftItems } from "./shift.ts";
import type { Tokens } from "./tokens.ts";

/**
 * The inner loop, if all queues that have several stages in it may continue into its next execution: what comes before it is ahead of it
 * anyway, and nothing comes after it.
 */
export function overlappingLoop(outer: PlacedLoop, tokens: Tokens): PlacedLoop | undefined {
  const inner = outer.body.at(-1);
  if (inner?.kind !== "loop" || outer.trips.limit !== undefined || inner.trips.limit !== undefined) return undefined;
  const depth = Math.max(...inner.body.map(({ stage }) => stage));
  if (outer.trips.max < 2 || depth === 0 || depth >= inner.trips.max) return undefined;
  if (outer.body.some(({ stage }) => stage !== 0) || outer.body.some((node) => !hasSlack(node, tokens)))
    return undefined;
  const before = outer.body.slice(0, -1);
  if (![...queuesOf(before)].every((queue) => isAhead(inner, queue))) return undefined;
  return [...queuesOf(inner.body)].every((queue) => canOverlap(outer, inner, queue)) ? inner : undefined;
}

/** Whether tokens around a statement are for the same iteration, or for one at least two before. */
function hasSlack(node: PlacedNode, { around, semaphores }: Tokens): boolean {
  const { before = [], after = [] } = around.get(node) ?? {};
  return [...before, ...after].every(({ sem }) => semaphores[sem]?.initial !== 1);
}

/** Whether a queue has no statements of later stages. */
function isAhead({ body }: PlacedLoop, queue: QueueName): boolean {
  return body.every((node) => node.stage === 0 || !queuesOf([node]).has(queue));
}

/** Whether the later stages of a queue have a form for the outer iteration before: without conditions on first iterations. */
function canOverlap(outer: PlacedLoop, inner: PlacedLoop, queue: QueueName): boolean {
  const own = inner.body.filter((node) => queuesOf([node]).has(queue));
  const first = Math.min(...own.map(({ stage }) => stage));
  const late = instructionsOf(
    own.filter(({ stage }) => stage > first),
    queue,
  );
  return !findsFirst(late, outer.loop) && !findsFirst(late, inner.loop);
}

function instructionsOf(body: readonly PlacedNode[], queue: QueueName): readonly StreamItem[] {
  return body.flatMap((node) => {
    if (node.kind === "loop") return instructionsOf(node.body, queue);
    return node.queue === queue ? [node.inst] : [];
  });
}

/** A queue's part of the outer loop, which is the inner loop alone. */
export interface Overlap {
  readonly outer: PlacedLoop;
  readonly inner: PlacedLoop;
  readonly stages: Stages;
  /** Tokens before and after the inner loop. */
  readonly before: readonly StreamItem[];
  readonly after: readonly StreamItem[];
}

/** The outer loop of a queue. */
export function overlappedLoop(guards: Guards, overlap: Overlap): StreamLoop {
  const { outer, stages, before, after } = overlap;
  const late = stages.groups.filter(({ shift }) => shift > 0).flatMap(({ items }) => items);
  const stepsOf = (items: readonly StreamItem[]): readonly RingId[] =>
    outer.advance.filter((ring) => ringsIn(items).has(ring));
  const lateSteps = stepsOf(late).map((ring) => ringAt(guards, ring, 1));
  const index = term(outer.loop, 1);
  const isNow = addAffine(constant(outer.trips.max), scaleAffine(index, -1));
  const body = [
    ...(before.length === 0 ? [] : [nest(guards, outer.loop, [isNow], { advance: [], body: before })]),
    mixedIterations(guards, overlap, { isNow, isBefore: index, steps: after.length === 0 ? lateSteps : [] }),
    ...(after.length === 0 ? [] : [nest(guards, outer.loop, [index], { advance: lateSteps, body: after })]),
    nest(guards, outer.loop, [isNow], {
      advance: stepsOf(stages.groups.flatMap(({ items }) => items)),
      body: [otherIterations(guards, overlap)],
    }),
  ];
  return { kind: "loop", loop: outer.loop, trips: { max: outer.trips.max + 1 }, advance: [], body };
}

/** When an outer iteration is there, and the one before; and the latter's registers that step with the last of its statements. */
interface Turns {
  readonly isNow: Affine;
  readonly isBefore: Affine;
  readonly steps: readonly RingId[];
}

/** The first iterations, in which the later stages are still with the last ones of the outer iteration before. */
function mixedIterations(guards: Guards, overlap: Overlap, { isNow, isBefore, steps }: Turns): StreamLoop {
  const { outer, inner, stages } = overlap;
  const last = stages.groups.findLast(({ shift }) => shift === stages.depth);
  const index = term(inner.loop, 1);
  const body = stages.groups.flatMap((group): readonly StreamLoop[] => {
    const { shift } = group;
    const advance = advanceAfter(inner, stages.groups, group).map((ring) => ringAt(guards, ring, shift));
    const isReached = shift === 0 ? [] : [addAffine(index, constant(1 - shift))];
    const now = nest(guards, inner.loop, [isNow, ...isReached], {
      advance,
      body: shifted(guards, inner, group, shift),
    });
    if (shift === 0) return [now];
    const isLate = addAffine(constant(shift), scaleAffine(index, -1));
    const ofBefore = shiftItems(
      {
        ...{ loop: outer.loop, by: 1, iteration: "any" },
        ...{ rings: new Set(outer.advance), registerOf: (ring) => ringAt(guards, ring, 1) },
      },
      shifted(guards, inner, group, shift - inner.trips.max),
    );
    const before = (conditions: readonly Affine[], more: readonly RingId[]): StreamLoop => {
      return nest(guards, inner.loop, [isBefore, ...conditions], { advance: [...advance, ...more], body: ofBefore });
    };
    if (group !== last || steps.length === 0) return [before([isLate], []), now];
    const isNotLast = addAffine(isLate, constant(-1));
    const isLast = addAffine(index, constant(2 - stages.depth));
    const others = stages.depth === 1 ? [] : [before([isNotLast], [])];
    return [...others, before([isLast], steps), now];
  });
  return { kind: "loop", loop: inner.loop, trips: { max: stages.depth }, advance: [], body };
}

/** All iterations after those, in which every stage is with the same outer iteration. */
function otherIterations(guards: Guards, { inner, stages }: Overlap): StreamLoop {
  const advance = stages.groups.flatMap((group) => {
    return advanceAfter(inner, stages.groups, group).map((ring) => ringAt(guards, ring, group.shift));
  });
  const body = stages.groups.flatMap((group) => shifted(guards, inner, group, group.shift - stages.depth));
  const trips = { max: inner.trips.max - stages.depth };
  return { kind: "loop", loop: inner.loop, trips, advance, body };
}

/** A group's statements for an iteration of the inner loop that is `by` before its index. */
function shifted(
  guards: Guards,
  { loop, advance }: PlacedLoop,
  { shift, items }: StageGroup,
  by: number,
): readonly StreamItem[] {
  const registerOf = (ring: RingId): RingId => ringAt(guards, ring, shift);
  return shiftItems({ loop, by, iteration: "any", rings: new Set(advance), registerOf }, items);
}
