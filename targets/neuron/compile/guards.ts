// How a queue runs a loop whose statements are of several stages: the loop has as many more iterations as there are stages, and
// the statements of each stage are in a guard, a loop of one iteration or none, with ring registers of its own.
//
//     for i in 0..8 { a; b stage 1 }   ->   for i in 0..9 { for g in 0..min(1, 8 - i) { a }; for g in 0..min(1, i) { b of i - 1 } }
//
// Stages count from the queue's earliest one: tokens order queues whatever they are.

import { type Affine, addAffine, constant, scaleAffine, term } from "../../../ir-spec/affine.ts";
import { type LoopId, loopId, type RingId, ringId } from "../../../ir-spec/base/ids.ts";
import type { Ring, StreamItem, StreamLoop } from "../stream.ts";
import type { PlacedLoop } from "./placed.ts";
import { findsFirst, ringsIn, type Shift, shiftItems } from "./shift.ts";

/** Loops by name and rings, which queue programs refer to. */
export interface StreamNames {
  readonly loops: readonly string[];
  readonly rings: readonly Ring[];
}

/** The loops and rings of a stream while guards are added; changed in place. */
export interface Guards {
  readonly loops: string[];
  readonly rings: Ring[];
  /** Guards of a loop, the outermost first. */
  readonly loopIds: Map<LoopId, LoopId[]>;
  /** For each ring its registers for later stages, by how much later. */
  readonly ringIds: Map<RingId, Map<number, RingId>>;
}

export function makeGuards({ loops, rings }: StreamNames): Guards {
  return { loops: [...loops], rings: [...rings], loopIds: new Map(), ringIds: new Map() };
}

/** A queue's part of a statement of a body. */
export interface Child {
  readonly stage: number;
  readonly items: readonly StreamItem[];
}

/** Neighbouring statements of one stage, and by how many iterations they are behind the queue's first stage. */
export interface StageGroup {
  readonly shift: number;
  readonly items: readonly StreamItem[];
}

/** The stages of a queue's part of a body. */
export interface Stages {
  readonly groups: readonly StageGroup[];
  /** From the first stage to the last one. */
  readonly depth: number;
}

export function stagesOf(children: readonly Child[]): Stages {
  const stages = children.map(({ stage }) => stage);
  const first = Math.min(...stages);
  const groups: { readonly shift: number; readonly items: StreamItem[] }[] = [];
  for (const { stage, items } of children) {
    const last = groups.at(-1);
    if (last?.shift === stage - first) last.items.push(...items);
    else groups.push({ shift: stage - first, items: [...items] });
  }
  return { groups, depth: Math.max(...stages) - first };
}

/** The loop of a queue that runs its statements of several stages. The registers of a stage step after its last statements. */
export function guardedLoop(guards: Guards, node: PlacedLoop, { groups, depth }: Stages): StreamLoop {
  const body = groups.flatMap((group) =>
    guardsOf(guards, node, group, { depth, advance: advanceAfter(node, groups, group) }),
  );
  const { max, limit } = node.trips;
  const more = limit === undefined ? {} : { limit: addAffine(limit, constant(depth)) };
  return { kind: "loop", loop: node.loop, trips: { max: max + depth, ...more }, advance: [], body };
}

/** The rings whose registers step after a group: those that its stage uses, if it is the stage's last one. */
export function advanceAfter(
  { advance }: PlacedLoop,
  groups: readonly StageGroup[],
  group: StageGroup,
): readonly RingId[] {
  const ofStage = groups.filter(({ shift }) => shift === group.shift);
  if (ofStage.at(-1) !== group) return [];
  const used = ringsIn(ofStage.flatMap(({ items }) => items));
  return advance.filter((ring) => used.has(ring));
}

/** A group's statements in their guards; `depth` is that of the loop, `advance` what steps at the end of the group. */
function guardsOf(
  guards: Guards,
  { loop, trips, advance: rings }: PlacedLoop,
  { shift, items }: StageGroup,
  { depth, advance }: { readonly depth: number; readonly advance: readonly RingId[] },
): readonly StreamLoop[] {
  const index = term(loop, 1);
  const isReached = (by: number): Affine => addAffine(index, constant(1 - by));
  const isLeft = (end: Affine): Affine => addAffine(end, constant(shift), scaleAffine(index, -1));
  const ends = shift === depth ? [] : [constant(trips.max), ...(trips.limit === undefined ? [] : [trips.limit])];
  const atEnd = ends.map(isLeft);
  const registerOf = (ring: RingId): RingId => ringAt(guards, ring, shift);
  const guarded = (conditions: readonly Affine[], iteration: Shift["iteration"]): StreamLoop => {
    const shifting: Shift = { loop, by: shift, iteration, rings: new Set(rings), registerOf };
    return nest(guards, loop, conditions, { advance: advance.map(registerOf), body: shiftItems(shifting, items) });
  };
  if (shift === 0) return [nest(guards, loop, atEnd, { advance, body: items })];
  if (!findsFirst(items, loop)) return [guarded([isReached(shift), ...atEnd], "any")];
  const isFirst = addAffine(constant(shift + 1), scaleAffine(index, -1));
  return [guarded([isReached(shift), isFirst, ...atEnd], "first"), guarded([isReached(shift + 1), ...atEnd], "later")];
}

/** Loops of one iteration each where all conditions are above 0, of none where one is not. */
export function nest(
  guards: Guards,
  loop: LoopId,
  conditions: readonly Affine[],
  inner: Pick<StreamLoop, "advance" | "body">,
): StreamLoop {
  const ids = guards.loopIds.get(loop) ?? [];
  guards.loopIds.set(loop, ids);
  while (ids.length < conditions.length) ids.push(loopId(guards.loops.push(`${guards.loops[loop] ?? "i"}_on`) - 1));
  const [last, ...others] = conditions
    .map((limit, at) => ({ loop: ids[at] ?? loop, trips: { max: 1, limit } }))
    .reverse();
  let nested: StreamLoop = { kind: "loop", loop, trips: { max: 1 }, ...last, ...inner };
  for (const outer of others) nested = { kind: "loop", ...outer, advance: [], body: [nested] };
  return nested;
}

/** The register that picks a ring's slot for statements that are `shift` stages behind. */
export function ringAt({ rings, ringIds }: Guards, ring: RingId, shift: number): RingId {
  if (shift === 0) return ring;
  const known = ringIds.get(ring) ?? new Map<number, RingId>();
  ringIds.set(ring, known);
  const { name, slots } = rings[ring] ?? { name: "", slots: 1 };
  const id = known.get(shift) ?? ringId(rings.push({ name: `${name}, ${shift} behind`, slots }) - 1);
  known.set(shift, id);
  return id;
}
