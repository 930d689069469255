// How long a kernel of few statements takes, by going through all of its iterations: every queue in its order, each statement after what it
// depends on, transfers at the DMA engines' bandwidth, the array at its clock. The estimate of large kernels (time-kernel.ts) takes means: it
// does not see that queues fill and drain, that borders have less work for one unit and as much for another, that a ring runs empty between
// two blocks, and that the array begins cold.

import type { Machine } from "../../ir-spec/machine.ts";
import type { TileStatement } from "../../ir-spec/tile.ts";
import { bookActivity, type ClockGate, isFullClock, makeClockGate } from "./clock-gate.ts";
import {
  type IterationItem,
  type IterationLoop,
  type IterationModel,
  type IterationOp,
  type ModelExtent,
  makeIterationModel,
} from "./iteration-model.ts";
import { type Bandwidth, makeBandwidth, reserve } from "./shared-bandwidth.ts";
import type { TimeEnv } from "./work.ts";

/** Statements that are gone through at most. Assumed: what larger kernels have at their borders weighs little. */
const maxSteps = 2000;

/** Changed in place. */
interface IterationRun extends IterationModel {
  readonly machine: Machine;
  /** When a queue can start its next statement. */
  readonly freeNs: Float64Array;
  /** By ring, slot and queue: until when instances are written and read. */
  readonly writtenNs: Float64Array;
  readonly readNs: Float64Array;
  /** By loop: the index, and the iterations before this execution of the loop. */
  readonly index: Int32Array;
  readonly before: Int32Array;
  readonly dma: Bandwidth;
  readonly gate: ClockGate;
  endNs: number;
}

/** The time of all iterations (ns); undefined where there are too many. */
export function timeIterations(
  body: readonly TileStatement[],
  env: TimeEnv & { readonly machine: Machine },
): number | undefined {
  if (countSteps(body, 1) > maxSteps) return undefined;
  const model = makeIterationModel(body, env);
  const { machine } = env;
  const run: IterationRun = {
    ...model,
    machine,
    freeNs: new Float64Array(model.queues),
    writtenNs: new Float64Array(model.places),
    readNs: new Float64Array(model.places),
    index: new Int32Array(model.loops),
    before: new Int32Array(model.loops),
    dma: makeBandwidth(),
    gate: makeClockGate(),
    endNs: 0,
  };
  for (const item of model.body) runItem(run, item);
  return run.endNs;
}

/** Statements that a body that runs `times` times runs in all, borders counting as whole. */
function countSteps(body: readonly TileStatement[], times: number): number {
  let steps = 0;
  for (const statement of body) {
    if (statement.kind === "op") steps += times;
    if (statement.kind === "loop") steps += countSteps(statement.body, times * statement.trips.max);
  }
  return steps;
}

function runItem(run: IterationRun, item: IterationItem): void {
  if (item.kind === "loop") runLoop(run, item);
  else runOp(run, item);
}

function runLoop(run: IterationRun, { loop, trips, depth, body }: IterationLoop): void {
  const count = sizeOf(run, trips);
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

function sizeOf({ index }: IterationRun, { max, constant, loops, scales }: ModelExtent): number {
  let size = constant;
  for (let term = 0; term < loops.length; term++) size += scales[term]! * index[loops[term]!]!;
  return Math.max(0, Math.min(max, size));
}

function runOp(run: IterationRun, op: IterationOp): void {
  const { machine, freeNs } = run;
  let share = 1;
  for (const size of op.sizes) share *= sizeOf(run, size) / size.max;
  if (share === 0) return;
  const startNs = readyNs(run, op);
  const busyNs = op.busyNs * share;
  let doneNs = startNs + op.latencyNs - op.busyNs + busyNs;
  if (op.isTransfer) {
    const movedNs = reserve(run.dma, startNs + machine.dmaStartNs, busyNs);
    doneNs = Math.max(doneNs, movedNs + machine.dmaDescriptorTailNs + machine.dmaFinishNs);
    freeNs[op.queue] = startNs + op.issueNs;
  } else {
    const lostNs = op.isArray ? coldNs(run, startNs, busyNs) : 0;
    doneNs += lostNs;
    freeNs[op.queue] = startNs + busyNs + lostNs;
  }
  if (doneNs > run.endNs) run.endNs = doneNs;
  note(run, op.reads, run.readNs, op.queue, doneNs);
  note(run, op.writes, run.writtenNs, op.queue, doneNs);
}

/** What the array loses while its clock is gated. */
function coldNs({ gate, machine }: IterationRun, startNs: number, busyNs: number): number {
  const fromNs = machine.programStartNs + startNs;
  const lostNs = isFullClock(gate, fromNs, machine) ? 0 : (machine.peColdFactor - 1) * busyNs;
  bookActivity(gate, fromNs, fromNs + busyNs + lostNs, machine);
  return lostNs;
}

/** When a statement can start: its queue is free, what it reads is there, and what it writes is read no more. */
function readyNs(run: IterationRun, { queue, reads, writes }: IterationOp): number {
  const { writtenNs, readNs, hopNs, queues } = run;
  let latest = run.freeNs[queue]!;
  for (const ring of reads) {
    const place = placeOf(run, ring);
    for (let other = 0; other < queues; other++) {
      const doneNs = writtenNs[place + other]!;
      if (doneNs > 0) latest = Math.max(latest, other === queue ? doneNs : doneNs + hopNs);
    }
  }
  for (const ring of writes) {
    const place = placeOf(run, ring);
    for (let other = 0; other < queues; other++) {
      const doneNs = Math.max(writtenNs[place + other]!, readNs[place + other]!);
      if (other !== queue && doneNs > 0) latest = Math.max(latest, doneNs + hopNs);
    }
  }
  return latest;
}

function note(run: IterationRun, rings: readonly number[], table: Float64Array, queue: number, doneNs: number): void {
  for (const ring of rings) {
    const place = placeOf(run, ring) + queue;
    if (table[place]! < doneNs) table[place] = doneNs;
  }
}

/** The first place of a ring's instance in the tables. */
function placeOf({ rings, index, before, queues }: IterationRun, ring: number): number {
  const { owner, slots, first } = rings[ring]!;
  return owner < 0 ? first : first + ((before[owner]! + index[owner]!) % slots) * queues;
}
