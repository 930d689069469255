// How long the loop of a model takes, with given stages and slots: from the iterations that were gone through to all of them.

import { fillTrips, type LoopModel } from "./loop-model.ts";
import { type FocusLoop, type ModelRun, runModel } from "./run-model.ts";

export interface LoopChoice {
  /** Stages of the statements of the loop in question, and the order of their text. */
  readonly stages: readonly number[];
  readonly order: readonly number[];
  /** Slots by the model's ring. */
  readonly slots: readonly number[];
}

/** The time of all iterations of the loop, those of the loops around it included (ns). */
export function loopNs(model: LoopModel, { stages, order, slots }: LoopChoice): number {
  const { target, targetTrips, repeats, isRepeated } = model;
  const all = isRepeated ? targetTrips * repeats : targetTrips;
  const trips = Math.min(all, target.trips + Math.max(...stages));
  const focus: FocusLoop = { loop: target, trips, ownTrips: targetTrips, stages, order };
  const run = runModel(model, { slots: usedSlots(model, slots, Math.ceil(trips / target.trips)), focus });
  return extrapolate(model, run, focus);
}

/** Slots by ring, no more of them than iterations of the loop that they belong to, which are at most `times` those of the model. */
function usedSlots({ rings, iterations }: LoopModel, slots: readonly number[], times: number): readonly number[] {
  return slots.map((count, ring) => {
    const { owner } = rings[ring]!;
    return owner < 0 ? 1 : Math.max(1, Math.min(count, times * iterations[owner]!));
  });
}

function extrapolate(model: LoopModel, run: ModelRun, { trips, stages }: FocusLoop): number {
  const { targetTrips, parentTrips, isRepeated, isRagged } = model;
  const { doneNs, busyNs } = run;
  const endOf = (execution: number, iteration: number): number =>
    Math.max(...doneNs.slice(execution * trips, execution * trips + iteration));
  const depth = Math.max(...stages);
  // An execution continues into the next only where it has more iterations than later stages.
  if (isRepeated && depth >= targetTrips) return parentTrips * endOf(0, targetTrips);
  // Neither while the queues fill nor while they drain; where iterations differ, all those of one execution.
  const end = trips - depth;
  const isWhole = isRepeated && isRagged && end > targetTrips;
  const from = isWhole ? end - targetTrips : Math.min(fillTrips, Math.floor(end / 2));
  const to = Math.max(from + 1, end);
  const measured = from > 0 ? (endOf(0, to) - endOf(0, from)) / (to - from) : endOf(0, trips);
  const busiestNs = Math.max(...busyNs) / doneNs.length;
  const iterationNs = Math.max(measured, busiestNs);
  const rest = (targetTrips - trips) * iterationNs;
  if (isRepeated) return repeatedNs(model, { endNs: endOf(0, trips), loadedNs: run.loadedNs, iterationNs, trips });
  const first = endOf(0, trips) + rest;
  const executions = doneNs.length / trips;
  const next = executions > 1 ? Math.max(endOf(1, trips) - endOf(0, trips), trips * busiestNs) + rest : first;
  return first + (parentTrips - 1) * next;
}

interface Repeated {
  readonly endNs: number;
  readonly loadedNs: number;
  readonly iterationNs: number;
  readonly trips: number;
}

/** Executions of the loop around it run the queues empty, each but the first while the next one's loads are on their way. */
function repeatedNs(
  { targetTrips, parentTrips, repeats }: LoopModel,
  { endNs, loadedNs, iterationNs, trips }: Repeated,
): number {
  const ns = endNs + (targetTrips * repeats - trips) * iterationNs;
  return ns + (parentTrips / repeats - 1) * (ns - loadedNs);
}
