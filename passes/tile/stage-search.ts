// The search for a loop's stages: the cut that helps most, and the next, as long as it pays; then statements change places in their
// queues, and buffers get slots, as long as that pays.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { TileBuffer, TileLoop } from "../../ir-spec/tile.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";
import type { ModelItem } from "../time/kernel-model.ts";
import type { LoopModel } from "../time/loop-model.ts";
import { loopNs } from "../time/loop-time.ts";
import { keepsMeaning, neededSlots, type StageRules, type StepOrder, stageRules, stagesOfCuts } from "./stage-rules.ts";

export interface SearchEnv {
  readonly machine: Machine;
  readonly maxStages: number;
  readonly bufferInfo: (buffer: BufferId) => TileBuffer;
  /** What the kernel's buffers, with the slots that they have, leave in each partition. */
  readonly freeBytes: { readonly sbuf: number; readonly psum: number };
}

type Slots = ReadonlyMap<BufferId, number>;

export interface ChosenStages extends StepOrder {
  /** Slots of the body's buffers, by buffer. */
  readonly slots: Slots;
}

/** A choice, and the time that it takes (ns). */
interface Candidate extends ChosenStages {
  readonly cuts: readonly number[];
  readonly ns: number;
}

/** What all searches of a loop have in common. */
interface CommonSearch extends SearchEnv {
  readonly model: LoopModel;
  readonly rules: StageRules;
  /** Buffers of loops in the body, of which an iteration has several. */
  readonly inner: readonly BufferId[];
  /** Times of what was tried: changes that did not help are tried again after others. Changed in place. */
  readonly known: Map<string, number>;
}

interface Search extends CommonSearch {
  readonly worthAStep: number;
  /** Whether the last is taken of the cuts that are as good as the best. */
  readonly takesLast: boolean;
}

/** By how much stages must shorten the time in all: the model is no more exact. Assumed. */
const worthwhile = 0.97;
/**
 * The same for one more stage or a change of places, once there are stages. What is taken early decides what is found later, so the search
 * is made with each, and the faster end taken. Assumed.
 */
const worthSteps = [0.99, 0.997] as const;
/** Cuts that are as good, of which another search takes the last in the text. Assumed. */
const asGood = 1.01;
/** The same for one more slot. Assumed. */
const worthASlot = 0.998;

/** Rounds of changes after the first stages. Assumed: later ones find nothing. */
const maxRounds = 3;

/**
 * Pairs of statements that are tried in each other's place; bodies with more stay in their order, as the pairs, and the time of each, grow
 * with the body. Measured: attention and its kin have up to 120, a sum over the 49 places of a window 3,464.
 */
const maxRivals = 500;

/** The stages that pay, if any do. */
export function chooseStages(model: LoopModel, loop: TileLoop, env: SearchEnv): ChosenStages | undefined {
  const queues = model.target.body.map((item) => [...queuesIn(item)]);
  const rules = stageRules(loop, (step) => queues[step] ?? []);
  const inner = innerBuffers(model);
  const common = { ...env, model, rules, inner, known: new Map<string, number>() };
  const kinds = [false, true].flatMap((takesLast) => worthSteps.map((worthAStep) => ({ takesLast, worthAStep })));
  const searches = kinds.map((kind): Search => ({ ...common, ...kind }));
  const own = [...rules.steps.keys()];
  const slots = new Map(inner.map((buffer) => [buffer, env.bufferInfo(buffer).slots]));
  const plain = timed(common, [], { stages: own.map(() => 0), order: own }, slots);
  const ends = searches.map((search) => searched(search, plain));
  return fastest(ends, worthwhile * plain.ns);
}

/** The first cuts, then changes of all kinds until none helps. */
function searched(search: Search, plain: Candidate): Candidate {
  let best = improved(search, plain, bestCut);
  if (best === plain) return plain;
  for (let round = 0; round < maxRounds; round++) {
    const before = best;
    for (const change of [bestMove, bestSlots, bestCut, withoutCut]) best = improved(search, best, change);
    if (best === before) break;
  }
  return best;
}

/** Those that belong to loops in the loop in question. */
function innerBuffers({ target, rings }: LoopModel): readonly BufferId[] {
  const loopsIn = (item: ModelItem): readonly number[] =>
    item.kind === "op" ? [] : [item.loop, ...item.body.flatMap(loopsIn)];
  const loops = new Set(target.body.flatMap(loopsIn));
  return rings.filter(({ owner }) => loops.has(owner)).map(({ buffer }) => buffer);
}

/** Changes of one kind until none helps. */
function improved(search: Search, candidate: Candidate, change: typeof bestCut): Candidate {
  let best = candidate;
  for (let next = change(search, best); next !== undefined; next = change(search, best)) best = next;
  return best;
}

function queuesIn(item: ModelItem): ReadonlySet<number> {
  return new Set(item.kind === "op" ? [item.queue] : item.body.flatMap((child) => [...queuesIn(child)]));
}

/** One more cut, or two where one alone does not help. */
function bestCut(search: Search, best: Candidate): Candidate | undefined {
  const { rules, maxStages, worthAStep, takesLast } = search;
  const withCuts = (more: number): Candidate | undefined => {
    if (best.cuts.length + more >= maxStages) return undefined;
    const choices = rules.cuts.flatMap((cut) => {
      const cuts = [...best.cuts, ...new Array<number>(more).fill(cut)];
      return withRoom(search, best, cuts, { stages: stagesOfCuts(rules, cuts), order: best.order });
    });
    const limitNs = worthAStep * best.ns;
    const first = fastest(choices, limitNs);
    if (first === undefined || !takesLast) return first;
    return choices.findLast(({ ns }) => ns <= asGood * first.ns && ns < limitNs);
  };
  return withCuts(1) ?? withCuts(2);
}

/** One cut less, where later ones or slots do what it did: fewer stages fill and drain sooner. */
function withoutCut(search: Search, best: Candidate): Candidate | undefined {
  const { rules } = search;
  const choices = best.cuts.flatMap((_, at) => {
    const cuts = best.cuts.toSpliced(at, 1);
    const steps: StepOrder = { stages: stagesOfCuts(rules, cuts), order: best.order };
    return keepsMeaning(rules, steps) ? withRoom(search, best, cuts, steps) : [];
  });
  return fastest(choices, best.ns);
}

/** One statement before or after another one of its queue. */
function bestMove(search: Search, best: Candidate): Candidate | undefined {
  const { rules, worthAStep } = search;
  if (rules.rivals.length > maxRivals) return undefined;
  const tried = new Set([best.order.join()]);
  const choices = rules.rivals.flatMap(([step, other]) => {
    const rest = best.order.filter((each) => each !== step);
    const at = rest.indexOf(other);
    return [at, at + 1].flatMap((place) => {
      const moved: StepOrder = { stages: best.stages, order: rest.toSpliced(place, 0, step) };
      const isNew = !tried.has(moved.order.join());
      tried.add(moved.order.join());
      return isNew && keepsMeaning(rules, moved) ? withRoom(search, best, best.cuts, moved) : [];
    });
  });
  return fastest(choices, worthAStep * best.ns);
}

/** One more slot for one buffer, or for all where no single one helps. */
function bestSlots(search: Search, { cuts, slots, stages, order, ns }: Candidate): Candidate | undefined {
  const buffers = [...slots.keys()];
  const choices = [...buffers.map((buffer) => [buffer]), buffers].map((some) => grown(search, slots, some));
  const fitting = choices.filter((more) => fits(search, more));
  return fastest(
    fitting.map((more) => timed(search, cuts, { stages, order }, more)),
    worthASlot * ns,
  );
}

/** The fastest of those that are faster than a limit. */
function fastest(candidates: readonly Candidate[], limitNs: number): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.ns < (best?.ns ?? limitNs)) best = candidate;
  }
  return best;
}

/** The candidate with these stages, if it fits: with one slot more than it needs where there is room. */
function withRoom(
  search: Search,
  { slots }: Candidate,
  cuts: readonly number[],
  steps: StepOrder,
): readonly Candidate[] {
  const needed = neededSlots(search.rules, steps);
  const kept = new Map([...needed].map(([buffer, count]) => [buffer, Math.max(count, slots.get(buffer) ?? 1)]));
  const roomy = grown(search, needed, [...needed.keys()]);
  const most = new Map([...kept].map(([buffer, count]) => [buffer, Math.max(count, roomy.get(buffer) ?? 1)]));
  const inner = search.inner.map((buffer): [BufferId, number] => [buffer, slots.get(buffer) ?? 1]);
  const fitting = [most, kept, needed].map((own) => new Map([...own, ...inner])).find((more) => fits(search, more));
  return fitting === undefined ? [] : [timed(search, cuts, steps, fitting)];
}

function timed(search: CommonSearch, cuts: readonly number[], steps: StepOrder, wanted: Slots): Candidate {
  const { model, bufferInfo, known } = search;
  const slots = atLeast(search, wanted);
  const all = model.rings.map(({ buffer }) => slots.get(buffer) ?? bufferInfo(buffer).slots);
  const key = `${steps.stages} ${steps.order} ${all}`;
  const ns = known.get(key) ?? loopNs(model, { ...steps, slots: all });
  known.set(key, ns);
  return { cuts, ...steps, slots, ns };
}

/** No buffer loses slots. */
function atLeast({ bufferInfo }: SearchEnv, wanted: Slots): Slots {
  return new Map([...wanted].map(([buffer, count]) => [buffer, Math.max(count, bufferInfo(buffer).slots)]));
}

/** One more slot for some buffers; none beyond the iterations that there are. */
function grown({ model, inner }: Search, slots: Slots, buffers: readonly BufferId[]): Slots {
  const instances = model.targetTrips * model.parentTrips;
  const more = buffers.map((buffer): [BufferId, number] => {
    const count = slots.get(buffer) ?? 1;
    const most = inner.includes(buffer) ? count + 1 : instances;
    return [buffer, Math.max(count, Math.min(count + 1, most))];
  });
  return new Map([...slots, ...more]);
}

function fits(search: Search, wanted: Slots): boolean {
  const { machine, bufferInfo, freeBytes } = search;
  const free = { ...freeBytes };
  for (const [buffer, count] of atLeast(search, wanted)) {
    const info = bufferInfo(buffer);
    if (info.memory !== "hbm") free[info.memory] -= (count - info.slots) * slotBytes(info, machine);
  }
  return free.sbuf >= 0 && free.psum >= 0;
}
