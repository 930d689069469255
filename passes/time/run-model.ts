// Goes through the iterations of a model: every queue in its order, each statement after what it depends on, transfers at the DMA engines'
// bandwidth. Statements are gone through in the order of the stages, in which none waits for a later one.

import type { Machine } from "../../ir-spec/machine.ts";
import { bookActivity, type ClockGate, isFullClock } from "./clock-gate.ts";
import type { KernelModel, ModelItem, ModelLoop, ModelOp, ModelSize } from "./kernel-model.ts";
import { storeQueue } from "./queues.ts";
import { type Bandwidth, makeBandwidth, reserve } from "./shared-bandwidth.ts";

/** A loop that is run in another way than the model says, and what is noted of its iterations. */
export interface FocusLoop {
  readonly loop: ModelLoop;
  /** Iterations in the model, and in one execution: it may run several times in one. */
  readonly trips: number;
  readonly ownTrips: number;
  /** Stages of its statements, and the order of their text. */
  readonly stages: readonly number[];
  readonly order: readonly number[];
}

export interface ModelRun extends KernelModel {
  readonly focus: FocusLoop | undefined;
  /** The array's clock; undefined where it is always full. */
  readonly gate: ClockGate | undefined;
  /** When a queue can start its next statement. */
  readonly freeNs: Float64Array;
  /** By loop: the index, and the iterations before this execution of the loop. */
  readonly index: Int32Array;
  readonly before: Int32Array;
  /** By ring: its slots, and the first of its places in the tables by slot and queue of until when instances are written and read. */
  readonly slots: readonly number[];
  readonly firstPlace: readonly number[];
  readonly writtenNs: Float64Array;
  readonly readNs: Float64Array;
  readonly dma: Bandwidth;
  /** By iteration of the loop in focus, one execution of it after the other: when all of it is done. */
  readonly doneNs: number[];
  /** By unit, the engines as their queues and DMA last: how long the statements of the loop in focus take in all. */
  readonly busyNs: Float64Array;
  /** When what is loaded before the loop in focus is there. */
  loadedNs: number;
  /** Of the loop in focus, while in it; else -1. */
  iteration: number;
  endNs: number;
}

export interface RunOptions {
  readonly slots: readonly number[];
  readonly focus?: FocusLoop;
  readonly gate?: ClockGate;
}

export function runModel(model: KernelModel, { slots, focus, gate }: RunOptions): ModelRun {
  let places = 0;
  const firstPlace = slots.map((count) => {
    places += count * model.queues;
    return places - count * model.queues;
  });
  const run: ModelRun = {
    ...model,
    ...{ focus, gate, slots, firstPlace },
    freeNs: new Float64Array(model.queues),
    index: new Int32Array(model.iterations.length),
    before: new Int32Array(model.iterations.length),
    writtenNs: new Float64Array(places),
    readNs: new Float64Array(places),
    dma: makeBandwidth(),
    doneNs: [],
    busyNs: new Float64Array(storeQueue + 1),
    ...{ loadedNs: 0, iteration: -1, endNs: 0 },
  };
  for (const item of model.body) runItem(run, item);
  return run;
}

function runItem(run: ModelRun, item: ModelItem): void {
  if (item.kind === "op") runOp(run, item);
  else if (run.focus?.loop === item) runFocus(run, run.focus);
  else runLoop(run, item);
}

function runLoop(run: ModelRun, { loop, trips, sizes, depth, body }: ModelLoop): void {
  // Shares are rounded.
  const count = Math.ceil(trips * shareOf(run, sizes) - 1e-9);
  for (let time = 0; time < count + depth; time++) {
    for (const item of body) {
      const index = time - item.stage;
      if (index < 0 || index >= count) continue;
      run.index[loop] = index;
      runItem(run, item);
    }
  }
  run.index[loop] = 0;
  run.before[loop]! += count;
}

function runFocus(run: ModelRun, { loop: { loop, body }, trips, stages, order }: FocusLoop): void {
  const done = run.doneNs.length;
  if (done === 0) run.loadedNs = Math.max(...run.writtenNs);
  for (let index = 0; index < trips; index++) run.doneNs.push(0);
  const depth = Math.max(0, ...stages);
  for (let time = 0; time < trips + depth; time++) {
    for (const at of order) {
      const index = time - stages[at]!;
      if (index < 0 || index >= trips) continue;
      run.index[loop] = index;
      run.iteration = done + index;
      runItem(run, body[at]!);
    }
  }
  run.iteration = -1;
  run.index[loop] = 0;
  run.before[loop]! += trips;
}

function runOp(run: ModelRun, op: ModelOp): void {
  const { freeNs, machine } = run;
  const { queue, time, reads, writes } = op;
  const share = shareOf(run, op.sizes);
  if (share === 0) return;
  const startNs = readyNs(run, op);
  const busyNs = time.busyNs * share;
  let doneNs = startNs + time.latencyNs - time.busyNs + busyNs;
  if (time.unit === "dma") {
    // What it takes alone comes on top of waiting for the bandwidth: its last descriptors are on few engines.
    doneNs = Math.max(doneNs, reserve(run.dma, startNs, busyNs) + time.latencyNs - time.busyNs);
    freeNs[queue] = startNs + time.issueNs;
  } else {
    const lostNs = time.unit === "pe" && run.gate !== undefined ? coldNs(run.gate, machine, startNs, busyNs) : 0;
    doneNs += lostNs;
    freeNs[queue] = startNs + busyNs + lostNs;
  }
  for (const ring of reads) note(run.readNs, placeOf(run, ring) + queue, doneNs);
  for (const ring of writes) note(run.writtenNs, placeOf(run, ring) + queue, doneNs);
  if (doneNs > run.endNs) run.endNs = doneNs;
  if (run.iteration < 0) return;
  run.busyNs[Math.min(queue, storeQueue)]! += busyNs;
  note(run.doneNs, run.iteration, doneNs);
}

/** What of the largest sizes there is in this iteration, from 0 to 1. */
function shareOf({ index, focus }: ModelRun, sizes: readonly ModelSize[]): number {
  let share = 1;
  for (const { max, constant, loops, scales, isTime } of sizes) {
    let size = constant;
    for (let term = 0; term < loops.length; term++) {
      const loop = loops[term]!;
      const at = index[loop]!;
      size += scales[term]! * (focus !== undefined && loop === focus.loop.loop ? at % focus.ownTrips : at);
    }
    if (size <= 0) return 0;
    if (isTime && size < max) share *= size / max;
  }
  return share;
}

/** What the array loses while its clock is gated. */
function coldNs(gate: ClockGate, machine: Machine, startNs: number, busyNs: number): number {
  const fromNs = machine.programStartNs + startNs;
  const lostNs = isFullClock(gate, fromNs, machine) ? 0 : (machine.peColdFactor - 1) * busyNs;
  bookActivity(gate, fromNs, fromNs + busyNs + lostNs, machine);
  return lostNs;
}

/** When a statement can start: its queue is free, what it reads is there, and what it writes is used by no other queue any more. */
function readyNs(run: ModelRun, { queue, time, reads, writes }: ModelOp): number {
  const { writtenNs, readNs, rings } = run;
  const { semaphoreHopNs, ownResultNs } = run.machine;
  let latest = run.freeNs[queue]!;
  for (const ring of reads) {
    const place = placeOf(run, ring);
    for (const other of rings[ring]!.users) {
      const doneNs = writtenNs[place + other]!;
      const delayNs = (other === queue ? ownResultNs : semaphoreHopNs) + time.leadNs;
      if (doneNs > 0 && doneNs + delayNs > latest) latest = doneNs + delayNs;
    }
  }
  for (const ring of writes) {
    const place = placeOf(run, ring);
    for (const other of rings[ring]!.users) {
      const doneNs = Math.max(writtenNs[place + other]!, readNs[place + other]!);
      if (other !== queue && doneNs > 0 && doneNs + semaphoreHopNs > latest) latest = doneNs + semaphoreHopNs;
    }
  }
  return latest;
}

function note(table: Float64Array | number[], place: number, doneNs: number): void {
  if (table[place]! < doneNs) table[place] = doneNs;
}

/** The first place of a ring's instance in the tables. */
function placeOf({ rings, slots, before, index, queues, firstPlace }: ModelRun, ring: number): number {
  const { owner } = rings[ring]!;
  const first = firstPlace[ring]!;
  return owner < 0 ? first : first + ((before[owner]! + index[owner]!) % slots[ring]!) * queues;
}
