// The accounts of a run: what every queue did with its time, and what every kernel had of each unit. Changed in place
// while the run continues. Instructions are booked in order of their start, over all queues.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Instruction, QueueName, Stream } from "../stream.ts";
import type { Cost } from "./cost.ts";
import { macKinds, type ReportUnit, reportUnits, type TraceEvent } from "./report.ts";
import type { Transfer } from "./transfer.ts";

/** One unit's activity, within the run or within one kernel. */
export interface UnitAccount {
  busyNs: number;
  waitingNs: number;
  instructions: number;
  /** DMA: until when the busy time is booked, so that overlapping transfers count once. */
  coveredUntilNs: number;
  /** The time that the instructions need by themselves (ns): DMA engine time divided by engines, else the issue time at full clock. */
  needNs: number;
}

export interface Account {
  readonly units: Readonly<Record<ReportUnit, UnitAccount>>;
  startNs: number;
  endNs: number;
  flops: number;
  elementOps: number;
  /** Indexed as `macKinds`. */
  readonly macs: Float64Array;
  sbufBytes: number;
  psumBytes: number;
  descriptors: number;
  movedBytes: number;
  readBytes: number;
  writeBytes: number;
  hbmNs: number;
}

export interface QueueAccount {
  readonly queue: QueueName;
  readonly unit: ReportUnit;
  /** Its unit's account in the run, if it has the unit for itself; DMA queues have one each. */
  readonly own: UnitAccount;
  /** By semaphore (ns). */
  readonly waits: Float64Array;
  /** The account of the queue's unit in each kernel. */
  readonly unitOfKernel: readonly UnitAccount[];
}

export interface Ledger {
  readonly machine: Machine;
  readonly total: Account;
  /** Indexed as `Stream.kernels`. */
  readonly kernels: readonly Account[];
  /** Indexed as `Stream.queues`. */
  readonly queues: readonly QueueAccount[];
  readonly readBytes: Float64Array;
  readonly writeBytes: Float64Array;
  readonly trace: TraceEvent[] | undefined;
  /** The most that the trace may hold; one that would be longer is empty. */
  readonly maxTraceEvents: number;
  isTraceLost: boolean;
}

function makeUnitAccount(): UnitAccount {
  return { busyNs: 0, waitingNs: 0, instructions: 0, coveredUntilNs: 0, needNs: 0 };
}

function makeAccount(): Account {
  const units = {
    pe: makeUnitAccount(),
    act: makeUnitAccount(),
    dve: makeUnitAccount(),
    pool: makeUnitAccount(),
    sp: makeUnitAccount(),
    dma: makeUnitAccount(),
  };
  const work = { flops: 0, elementOps: 0, macs: new Float64Array(macKinds.length), sbufBytes: 0, psumBytes: 0 };
  const traffic = { descriptors: 0, movedBytes: 0, readBytes: 0, writeBytes: 0, hbmNs: 0 };
  return { units, startNs: Number.POSITIVE_INFINITY, endNs: 0, ...work, ...traffic };
}

export function reportUnitOf(queue: QueueName): ReportUnit {
  return reportUnits.find((unit) => unit === queue) ?? "dma";
}

/** `maxTraceEvents`: 0 for no trace. */
export function makeLedger(stream: Stream, machine: Machine, maxTraceEvents: number): Ledger {
  const total = makeAccount();
  const kernels = stream.kernels.map(makeAccount);
  return {
    machine,
    total,
    kernels,
    queues: stream.queues.map(({ queue }) => {
      const unit = reportUnitOf(queue);
      return {
        queue,
        unit,
        own: unit === "dma" ? makeUnitAccount() : total.units[unit],
        waits: new Float64Array(stream.semaphores.length),
        unitOfKernel: kernels.map(({ units }) => units[unit]),
      };
    }),
    readBytes: new Float64Array(stream.tensors.length),
    writeBytes: new Float64Array(stream.tensors.length),
    trace: maxTraceEvents > 0 ? [] : undefined,
    maxTraceEvents,
    isTraceLost: false,
  };
}

/** What is booked of one execution: issuing from `startNs` to `endNs`, the result there at `completionNs`. */
export interface Booking {
  kernel: number;
  startNs: number;
  endNs: number;
  completionNs: number;
  /** When its own result is there, whatever the queue did before. */
  resultNs: number;
  /** DMA: from when on bytes move. */
  movingNs: number;
  /** Compute engines: as in `UnitAccount`. */
  needNs: number;
}

/** One for a whole run: filled again for each execution, as making one for each would take longer than to book it. */
export function makeBooking(): Booking {
  const times = { startNs: 0, endNs: 0, completionNs: 0, resultNs: 0, movingNs: 0 };
  return { kernel: 0, ...times, needNs: 0 };
}

/** Books an execution of a compute engine. */
export function bookCompute(ledger: Ledger, queueIndex: number, booking: Booking): void {
  const queue = ledger.queues[queueIndex]!;
  addCompute(queue.own, booking);
  const kernel = ledger.kernels[booking.kernel];
  if (kernel !== undefined) {
    addCompute(queue.unitOfKernel[booking.kernel]!, booking);
    extendSpan(kernel, booking.startNs, booking.completionNs);
  }
}

/** Books what an execution does, whatever its engine. */
export function bookWork(ledger: Ledger, kernelIndex: number, cost: Cost): void {
  addWork(ledger.total, cost);
  const kernel = ledger.kernels[kernelIndex];
  if (kernel !== undefined) addWork(kernel, cost);
}

function addWork(account: Account, cost: Cost): void {
  account.flops += cost.flops;
  account.elementOps += cost.elementOps;
  account.sbufBytes += cost.sbufBytes;
  account.psumBytes += cost.psumBytes;
  account.macs[cost.macKind]! += cost.macs;
}

function addCompute(unit: UnitAccount, { startNs, endNs, needNs }: Booking): void {
  unit.busyNs += endNs - startNs;
  unit.needNs += needNs;
  unit.instructions += 1;
}

/**
 * Books a DMA transfer. The queue is busy from the trigger to the completion; the unit `dma` while bytes move, from
 * `movingNs` on. Overlapping transfers count once.
 */
export function bookTransfer(ledger: Ledger, queueIndex: number, booking: Booking, transfer: Transfer): void {
  const { own } = ledger.queues[queueIndex]!;
  own.busyNs += newlyCovered(own, booking.startNs, booking.completionNs);
  own.instructions += 1;
  const needNs = (transfer.descriptors * transfer.descriptorNs) / ledger.machine.dmaEngines;
  addTransfer(ledger.total, booking, transfer, needNs);
  const kernel = ledger.kernels[booking.kernel];
  if (kernel !== undefined) addTransfer(kernel, booking, transfer, needNs);
  for (const { tensor, bytes } of transfer.reads) ledger.readBytes[tensor]! += bytes;
  if (transfer.writeTensor >= 0) ledger.writeBytes[transfer.writeTensor]! += transfer.writeBytes;
}

function addTransfer(account: Account, booking: Booking, transfer: Transfer, needNs: number): void {
  const unit = account.units.dma;
  unit.busyNs += newlyCovered(unit, booking.movingNs, booking.completionNs);
  unit.needNs += needNs;
  unit.instructions += 1;
  account.descriptors += transfer.descriptors;
  account.movedBytes += transfer.movedBytes;
  account.hbmNs += transfer.hbmNs;
  account.readBytes += transfer.readBytes;
  account.writeBytes += transfer.writeBytes;
  extendSpan(account, booking.startNs, booking.completionNs);
}

/** The part of [from, to] that no earlier interval covers; intervals come in order of their starts. */
function newlyCovered(covered: UnitAccount, from: number, to: number): number {
  const newNs = Math.max(0, to - Math.max(from, covered.coveredUntilNs));
  covered.coveredUntilNs = Math.max(covered.coveredUntilNs, to);
  return newNs;
}

/** A queue's wait for a semaphore. */
export interface QueueWait {
  readonly sem: number;
  readonly kernel: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** Books a wait. A DMA queue with a transfer under way is busy, not waiting. */
export function bookWait(ledger: Ledger, queueIndex: number, { sem, kernel, fromNs, toNs }: QueueWait): void {
  const queue = ledger.queues[queueIndex]!;
  const startNs = queue.unit === "dma" ? Math.max(fromNs, queue.own.coveredUntilNs) : fromNs;
  const ns = toNs - startNs;
  const event = { queue: queue.queue, inst: "acquire", semaphore: sem, kernel };
  if (ledger.trace !== undefined) keepEvent(ledger, { ...event, startNs: fromNs, endNs: toNs, completionNs: toNs });
  if (ns <= 0) return;
  queue.own.waitingNs += ns;
  queue.waits[sem]! += ns;
  const account = queue.unit === "dma" ? undefined : ledger.kernels[kernel];
  if (account !== undefined) addKernelWait(account, queue.unitOfKernel[kernel]!, startNs, toNs);
}

/** Of a wait, a kernel has only what lies after its first instruction's start. */
function addKernelWait(account: Account, unit: UnitAccount, fromNs: number, toNs: number): void {
  if (toNs <= account.startNs) return;
  unit.waitingNs += toNs - Math.max(fromNs, account.startNs);
  account.endNs = Math.max(account.endNs, toNs);
}

function extendSpan(account: Account, startNs: number, endNs: number): void {
  if (startNs < account.startNs) account.startNs = startNs;
  if (endNs > account.endNs) account.endNs = endNs;
}

/** Keeps a booked execution for the trace. A transfer's end is its completion. */
export function traceExecution(ledger: Ledger, queueIndex: number, item: Instruction, booking: Booking): void {
  const { queue, unit } = ledger.queues[queueIndex]!;
  const { kernel, startNs, completionNs } = booking;
  const endNs = unit === "dma" ? booking.resultNs : booking.endNs;
  keepEvent(ledger, { queue, inst: item.inst, item, kernel, startNs, endNs, completionNs });
}

/** A trace that is too long loses all: half of one would be mistaken for the whole. */
function keepEvent(ledger: Ledger, event: TraceEvent): void {
  const { trace, maxTraceEvents } = ledger;
  if (trace === undefined || ledger.isTraceLost) return;
  if (trace.push(event) <= maxTraceEvents) return;
  ledger.isTraceLost = true;
  trace.length = 0;
}
