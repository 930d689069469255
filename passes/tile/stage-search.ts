// The search for a loop's stages: the cut that helps most, and the next, as long as it pays; then slots.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { TileBuffer, TileLoop } from "../../ir-spec/tile.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";
import type { LoopModel, ModelItem } from "./loop-model.ts";
import { type ModelLatency, modelNs } from "./run-model.ts";
import { neededSlots, type StageRules, stageRules, stagesOf } from "./stage-rules.ts";

export interface SearchEnv {
  readonly machine: Machine;
  readonly maxStages: number;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  /** What the kernel's buffers, with the slots that they have, leave in each partition. */
  readonly freeBytes: { readonly sbuf: number; readonly psum: number };
}

export interface ChosenStages {
  /** By statement of the body that is no `alloc`. */
  readonly stages: readonly number[];
  /** Slots of the body's buffers, by buffer. */
  readonly slots: ReadonlyMap<BufferId, number>;
}

/** Stages and slots, and the time that they take (ns). */
interface Candidate extends ChosenStages {
  readonly cuts: readonly number[];
  readonly ns: number;
}

interface Search extends SearchEnv {
  readonly model: LoopModel;
  readonly rules: StageRules;
  readonly latency: ModelLatency;
}

/** By how much a stage must shorten the time: each costs slots, and the model is no more exact. Assumed. */
const worthwhile = 0.98;
/** The same for one more slot. Assumed. */
const worthASlot = 0.995;

/** The stages that pay, if any do. */
export function chooseStages(model: LoopModel, loop: TileLoop, env: SearchEnv): ChosenStages | undefined {
  const queues = model.target.body.map((item) => [...queuesIn(item)]);
  const rules = stageRules(loop, (step) => queues[step] ?? []);
  const { semaphoreHopNs, ownResultNs } = env.machine;
  const search: Search = { ...env, model, rules, latency: { hopNs: semaphoreHopNs, ownResultNs } };
  const plain = timed(search, [], new Map());
  let best = plain;
  while (best.cuts.length + 1 < env.maxStages) {
    const next = bestCut(search, best);
    if (next === undefined) break;
    best = next;
  }
  if (best.cuts.length === 0) return undefined;
  const tuned = withMoreSlots(search, best);
  return tuned.ns < worthwhile * plain.ns ? tuned : undefined;
}

function queuesIn(item: ModelItem): ReadonlySet<number> {
  return new Set(item.kind === "op" ? [item.queue] : item.body.flatMap((child) => [...queuesIn(child)]));
}

/** One more cut, or two where one alone does not help. */
function bestCut(search: Search, { cuts, ns }: Candidate): Candidate | undefined {
  const { rules, maxStages } = search;
  const once = rules.cuts.flatMap((cut) => withCuts(search, [...cuts, cut]));
  const one = fastest(once);
  if (one !== undefined && one.ns < worthwhile * ns) return one;
  if (cuts.length + 2 >= maxStages) return undefined;
  const twice = rules.cuts.flatMap((cut) => withCuts(search, [...cuts, cut, cut]));
  const two = fastest(twice);
  return two !== undefined && two.ns < worthwhile * ns ? two : undefined;
}

function fastest(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) if (best === undefined || candidate.ns < best.ns) best = candidate;
  return best;
}

/** The candidate with these cuts, if it fits: with one slot more than it needs where there is room. */
function withCuts(search: Search, cuts: readonly number[]): readonly Candidate[] {
  const needed = neededSlots(search.rules, stagesOf(search.rules, cuts));
  for (const more of [1, 0]) {
    const slots = more === 0 ? needed : grown(search, needed, [...needed.keys()]);
    if (fits(search, slots)) return [timed(search, cuts, slots)];
  }
  return [];
}

function timed(search: Search, cuts: readonly number[], wanted: ReadonlyMap<BufferId, number>): Candidate {
  const { model, rules, bufferInfo, latency } = search;
  const stages = stagesOf(rules, cuts);
  const slots = atLeast(search, wanted);
  const all = model.buffers.map(({ id }) => slots.get(id) ?? bufferInfo(id).slots);
  return { cuts, stages, slots, ns: modelNs(model, { stages, slots: all }, latency) };
}

/** No buffer loses slots. */
function atLeast({ bufferInfo }: Search, wanted: ReadonlyMap<BufferId, number>): ReadonlyMap<BufferId, number> {
  return new Map([...wanted].map(([buffer, count]) => [buffer, Math.max(count, bufferInfo(buffer).slots)]));
}

/** One more slot for some buffers; none beyond the iterations that there are. */
function grown(
  { model }: Search,
  slots: ReadonlyMap<BufferId, number>,
  buffers: readonly BufferId[],
): ReadonlyMap<BufferId, number> {
  const instances = model.targetTrips * model.parentTrips;
  const more = buffers.map((buffer): [BufferId, number] => {
    const count = slots.get(buffer) ?? 1;
    return [buffer, Math.max(count, Math.min(count + 1, instances))];
  });
  return new Map([...slots, ...more]);
}

function fits(search: Search, wanted: ReadonlyMap<BufferId, number>): boolean {
  const { machine, bufferInfo, freeBytes } = search;
  const free = { ...freeBytes };
  for (const [buffer, count] of atLeast(search, wanted)) {
    const info = bufferInfo(buffer);
    if (info.memory !== "hbm") free[info.memory] -= (count - info.slots) * slotBytes(info, machine);
  }
  return free.sbuf >= 0 && free.psum >= 0;
}

/** More slots where they shorten the time: for one buffer after the other, and for all where no single one does. */
function withMoreSlots(search: Search, candidate: Candidate): Candidate {
  let best = candidate;
  for (;;) {
    const { cuts, slots } = best;
    const buffers = [...slots.keys()];
    const choices = [...buffers.map((buffer) => [buffer]), buffers].map((some) => grown(search, slots, some));
    const next = fastest(choices.filter((more) => fits(search, more)).map((more) => timed(search, cuts, more)));
    if (next === undefined || next.ns >= worthASlot * best.ns) return best;
    best = next;
  }
}
