// How long the loop of a model takes, with given stages and slots: every queue in its order, each statement after what it conflicts with.
// Statements are gone through in the order of the stages, in which none waits for a later one.

import type { StepTime } from "../../ir-spec/cost.ts";
import {
  fillTrips,
  type LoopModel,
  type ModelItem,
  type ModelLoop,
  type ModelOp,
  type ModelSize,
} from "./loop-model.ts";
import { storeQueue } from "./model-queues.ts";
import { makeSharedTime, type SharedTime } from "./shared-time.ts";

export interface ModelChoice {
  /** Stages of the statements of the loop in question, and the order of their text. */
  readonly stages: readonly number[];
  readonly order: readonly number[];
  /** Slots by the model's buffer. */
  readonly slots: readonly number[];
}

/** From the end of a statement of one queue to the start of what waits for it in another (ns). */
export interface ModelLatency {
  readonly hopNs: number;
  readonly ownResultNs: number;
}

/** How exactly transfers take turns: about the time of a short one, and a part of the longest. Assumed. */
const dmaSlotNs = 1e3 / 4;
const dmaSlots = 63;

interface ModelRun extends LoopModel, ModelChoice {
  readonly latency: ModelLatency;
  /** Iterations of the loop in question, with those in which later stages end. */
  readonly trips: number;
  /** By queue: when it can start its next statement, and for transfers when the last one's bytes were moved. */
  readonly freeNs: Float64Array;
  readonly movedNs: Float64Array;
  /** By loop: the index, and the iterations before this execution of the loop. */
  readonly index: Int32Array;
  readonly before: Int32Array;
  /** Until when instances are written and read: for each buffer, from its first place on, by slot and queue. */
  readonly firstPlace: readonly number[];
  readonly writtenNs: Float64Array;
  readonly readNs: Float64Array;
  /** By iteration of the loop in question, one execution of it after the other: when all of it is done. */
  readonly doneNs: number[];
  /** By unit, the engines as their queues and DMA last: how long its statements of the loop take in all. */
  readonly busyNs: Float64Array;
  /** What all transfers share. */
  readonly dma: SharedTime;
  /** When what is loaded before the loop in question is there. */
  loadedNs: number;
  iteration: number;
}

/** The time of all iterations of the loop, those of the loops around it included (ns). */
export function modelNs(model: LoopModel, choice: ModelChoice, latency: ModelLatency): number {
  const { target, targetTrips, repeats, isRepeated } = model;
  const all = isRepeated ? targetTrips * repeats : targetTrips;
  const trips = Math.min(all, target.trips + Math.max(...choice.stages));
  const slots = usedSlots(model, choice.slots, Math.ceil(trips / target.trips));
  let places = 0;
  const firstPlace = slots.map((count) => {
    places += count * model.queues;
    return places - count * model.queues;
  });
  const run: ModelRun = {
    ...model,
    ...choice,
    ...{ slots, latency, trips },
    freeNs: new Float64Array(model.queues),
    movedNs: new Float64Array(model.queues),
    index: new Int32Array(model.loops),
    before: new Int32Array(model.loops),
    firstPlace,
    writtenNs: new Float64Array(places),
    readNs: new Float64Array(places),
    doneNs: [],
    busyNs: new Float64Array(storeQueue + 1),
    dma: makeSharedTime(Math.max(dmaSlotNs, model.longestTransferNs / dmaSlots)),
    loadedNs: 0,
    iteration: -1,
  };
  for (const item of model.body) runItem(run, item);
  return extrapolate(run);
}

/** Slots by buffer, no more of them than iterations of the loop that they belong to, which are at most `times` those of the model. */
function usedSlots({ buffers, iterations }: LoopModel, slots: readonly number[], times: number): readonly number[] {
  return slots.map((count, buffer) => {
    const { owner } = buffers[buffer]!;
    return owner < 0 ? 1 : Math.max(1, Math.min(count, times * iterations[owner]!));
  });
}

/** From the iterations that were run to all of them. */
function extrapolate(run: ModelRun): number {
  const { doneNs, busyNs, trips, targetTrips, parentTrips, isRepeated, isRagged, stages } = run;
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
  if (isRepeated) return repeatedNs(run, endOf(0, trips), iterationNs);
  const first = endOf(0, trips) + rest;
  const executions = doneNs.length / trips;
  const next = executions > 1 ? Math.max(endOf(1, trips) - endOf(0, trips), trips * busiestNs) + rest : first;
  return first + (parentTrips - 1) * next;
}

/** Executions of the loop around it run the queues empty, each but the first while the next one's loads are on their way. */
function repeatedNs(
  { trips, targetTrips, parentTrips, repeats, loadedNs }: ModelRun,
  endNs: number,
  iterationNs: number,
): number {
  const ns = endNs + (targetTrips * repeats - trips) * iterationNs;
  return ns + (parentTrips / repeats - 1) * (ns - loadedNs);
}

function runItem(run: ModelRun, item: ModelItem): void {
  if (item.kind === "op") runOp(run, item);
  else runLoop(run, item);
}

function runLoop(run: ModelRun, loop: ModelLoop): void {
  const isTarget = loop === run.target;
  const { stages } = isTarget ? run : loop;
  const order = isTarget ? run.order : loop.order;
  const depth = Math.max(0, ...stages);
  const done = run.doneNs.length;
  if (isTarget && done === 0) run.loadedNs = Math.max(...run.writtenNs);
  if (isTarget) for (let index = 0; index < run.trips; index++) run.doneNs.push(0);
  const trips = isTarget ? run.trips : Math.ceil(loop.trips * shareOf(run, loop.sizes));
  for (let time = 0; time < trips + depth; time++) {
    for (const at of order) {
      const index = time - stages[at]!;
      if (index < 0 || index >= trips) continue;
      run.index[loop.loop] = index;
      if (isTarget) run.iteration = done + index;
      runItem(run, loop.body[at]!);
    }
  }
  if (isTarget) run.iteration = -1;
  run.index[loop.loop] = 0;
  run.before[loop.loop]! += trips;
}

function runOp(run: ModelRun, op: ModelOp): void {
  const { queue, reads, writes } = op;
  const { freeNs, movedNs, busyNs, writtenNs, readNs } = run;
  const share = shareOf(run, op.sizes);
  if (share === 0) return;
  const time = share === 1 ? op.time : partOf(op.time, share);
  let startNs = freeNs[queue]!;
  for (const buffer of reads) startNs = Math.max(startNs, readyNs(run, buffer, queue) + time.leadNs);
  for (const buffer of writes) startNs = Math.max(startNs, freedNs(run, buffer, queue));
  freeNs[queue] = startNs + time.issueNs;
  let doneNs = startNs + time.latencyNs;
  if (time.unit === "dma") {
    const movedByNs = run.dma.take(startNs, time.busyNs);
    doneNs = Math.max(movedByNs + time.latencyNs - time.busyNs, movedNs[queue]! + time.busyNs);
    movedNs[queue] = doneNs;
  }
  for (const buffer of reads) note(readNs, placeOf(run, buffer) + queue, doneNs);
  for (const buffer of writes) note(writtenNs, placeOf(run, buffer) + queue, doneNs);
  if (run.iteration < 0) return;
  busyNs[Math.min(queue, storeQueue)]! += time.busyNs;
  run.doneNs[run.iteration] = Math.max(run.doneNs[run.iteration]!, doneNs);
}

/** What of the largest sizes there is in this iteration, from 0 to 1. */
function shareOf({ index, target, targetTrips }: ModelRun, sizes: readonly ModelSize[]): number {
  if (sizes.length === 0) return 1;
  let share = 1;
  for (const { max, constant, terms } of sizes) {
    let size = constant;
    // The loop in question may run several times in one.
    for (const { loop, scale } of terms)
      size += scale * (loop === target.loop ? index[loop]! % targetTrips : index[loop]!);
    share *= Math.max(0, Math.min(max, size)) / max;
  }
  return share;
}

/** A statement that does a part of its work. What it takes anyway is left out. */
function partOf({ unit, issueNs, busyNs, latencyNs, leadNs }: StepTime, share: number): StepTime {
  const lessNs = (1 - share) * busyNs;
  return {
    ...{ unit, leadNs },
    issueNs: Math.max(0, issueNs - (unit === "dma" ? 0 : lessNs)),
    busyNs: busyNs - lessNs,
    latencyNs: latencyNs - lessNs,
  };
}

function note(table: Float64Array, place: number, doneNs: number): void {
  if (table[place]! < doneNs) table[place] = doneNs;
}

/** The first place of a buffer's instance in the tables. */
function placeOf({ buffers, slots, before, index, queues, firstPlace }: ModelRun, buffer: number): number {
  const { owner } = buffers[buffer]!;
  const first = firstPlace[buffer]!;
  return owner < 0 ? first : first + ((before[owner]! + index[owner]!) % slots[buffer]!) * queues;
}

/** When what was written to a buffer's instance is there, as seen from one of the queues. */
function readyNs(run: ModelRun, buffer: number, queue: number): number {
  const { hopNs, ownResultNs } = run.latency;
  const place = placeOf(run, buffer);
  let latest = 0;
  for (const other of run.users[buffer]!) {
    const doneNs = run.writtenNs[place + other]!;
    if (doneNs > 0) latest = Math.max(latest, doneNs + (other === queue ? ownResultNs : hopNs));
  }
  return latest;
}

/** When all other queues are done with a buffer's instance. */
function freedNs(run: ModelRun, buffer: number, queue: number): number {
  const { writtenNs, readNs, latency } = run;
  const place = placeOf(run, buffer);
  let latest = 0;
  for (const other of run.users[buffer]!) {
    const doneNs = Math.max(writtenNs[place + other]!, readNs[place + other]!);
    if (other !== queue && doneNs > 0) latest = Math.max(latest, doneNs + latency.hopNs);
  }
  return latest;
}
