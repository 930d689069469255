// The accounts of a run: what every queue did with its time, and what every kernel had of each unit. Changed in place
// while the run goes on. Instructions are booked in order of their start, over all queues.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { QueueName, Stream } from "../stream.ts";
import { type ReportUnit, reportUnits, type TraceEvent } from "./report.ts";
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
  readBytes: number;
  writeBytes: number;
  hbmNs: number;
}

export interface QueueAccount {
  readonly queue: QueueName;
  readonly unit: ReportUnit;
  busyNs: number;
  waitingNs: number;
  instructions: number;
  coveredUntilNs: number;
  /** By semaphore (ns). */
  readonly waits: Float64Array;
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
}

function makeAccount(): Account {
  const unit = (): UnitAccount => ({ busyNs: 0, waitingNs: 0, instructions: 0, coveredUntilNs: 0, needNs: 0 });
  const units = Object.fromEntries(reportUnits.map((name) => [name, unit()])) as Record<ReportUnit, UnitAccount>;
  return { units, startNs: Number.POSITIVE_INFINITY, endNs: 0, flops: 0, readBytes: 0, writeBytes: 0, hbmNs: 0 };
}

export function reportUnitOf(queue: QueueName): ReportUnit {
  return reportUnits.find((unit) => unit === queue) ?? "dma";
}

export function makeLedger(stream: Stream, machine: Machine, withTrace: boolean): Ledger {
  return {
    machine,
    total: makeAccount(),
    kernels: stream.kernels.map(makeAccount),
    queues: stream.queues.map(({ queue }) => ({
      queue,
      unit: reportUnitOf(queue),
      busyNs: 0,
      waitingNs: 0,
      instructions: 0,
      coveredUntilNs: 0,
      waits: new Float64Array(stream.semaphores.length),
    })),
    readBytes: new Float64Array(stream.tensors.length),
    writeBytes: new Float64Array(stream.tensors.length),
    trace: withTrace ? [] : undefined,
  };
}

/** What is booked of one execution: issuing from `startNs` to `endNs`, the result there at `completionNs`. */
export interface Booking {
  readonly inst: string;
  readonly kernel: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly completionNs: number;
}

/** Books an execution of a compute engine. */
export function bookCompute(
  ledger: Ledger,
  queueIndex: number,
  booking: Booking,
  { flops, needNs }: { readonly flops: number; readonly needNs: number },
): void {
  const queue = ledger.queues[queueIndex]!;
  const busyNs = booking.endNs - booking.startNs;
  queue.busyNs += busyNs;
  queue.instructions += 1;
  for (const account of accountsOf(ledger, booking.kernel)) {
    const unit = account.units[queue.unit];
    unit.busyNs += busyNs;
    unit.needNs += needNs;
    unit.instructions += 1;
    account.flops += flops;
    extendSpan(account, booking.startNs, booking.completionNs);
  }
  if (ledger.trace !== undefined) addEvent(ledger.trace, queue.queue, booking, booking.endNs);
}

/**
 * Books a DMA transfer. The queue is busy from the trigger to the completion; the unit `dma` while bytes move, from
 * `movingNs` on. Overlapping transfers count once.
 */
export function bookTransfer(
  ledger: Ledger,
  queueIndex: number,
  booking: Booking & { readonly movingNs: number },
  transfer: Transfer,
): void {
  const queue = ledger.queues[queueIndex]!;
  const { startNs, completionNs, movingNs } = booking;
  queue.busyNs += newlyCovered(queue, startNs, completionNs);
  queue.instructions += 1;
  const needNs = (transfer.descriptors * transfer.descriptorNs) / ledger.machine.dmaEngines;
  for (const account of accountsOf(ledger, booking.kernel)) {
    const unit = account.units.dma;
    unit.busyNs += newlyCovered(unit, movingNs, completionNs);
    unit.needNs += needNs;
    unit.instructions += 1;
    account.hbmNs += transfer.hbmNs;
    account.readBytes += transfer.readBytes;
    account.writeBytes += transfer.writeBytes;
    extendSpan(account, startNs, completionNs);
  }
  if (transfer.readTensor >= 0) ledger.readBytes[transfer.readTensor]! += transfer.readBytes;
  if (transfer.writeTensor >= 0) ledger.writeBytes[transfer.writeTensor]! += transfer.writeBytes;
  if (ledger.trace !== undefined) addEvent(ledger.trace, queue.queue, booking, completionNs);
}

/** The part of [from, to] that no earlier interval covers; intervals come in order of their starts. */
function newlyCovered(covered: { coveredUntilNs: number }, from: number, to: number): number {
  const newNs = Math.max(0, to - Math.max(from, covered.coveredUntilNs));
  covered.coveredUntilNs = Math.max(covered.coveredUntilNs, to);
  return newNs;
}

/** Books a queue's wait for a semaphore. A DMA queue with a transfer under way is busy, not waiting. */
export function bookWait(
  ledger: Ledger,
  queueIndex: number,
  wait: { readonly sem: number; readonly kernel: number; readonly fromNs: number; readonly toNs: number },
): void {
  const queue = ledger.queues[queueIndex]!;
  const fromNs = queue.unit === "dma" ? Math.max(wait.fromNs, queue.coveredUntilNs) : wait.fromNs;
  const ns = wait.toNs - fromNs;
  if (ns <= 0) return;
  queue.waitingNs += ns;
  queue.waits[wait.sem]! += ns;
  bookKernelWait(ledger, queue, { ...wait, fromNs });
  const { kernel, toNs } = wait;
  const booking = { inst: "acquire", kernel, startNs: fromNs, endNs: toNs, completionNs: toNs };
  if (ledger.trace !== undefined) addEvent(ledger.trace, queue.queue, booking, toNs);
}

/** Of a wait, a kernel has only what lies after its first instruction's start. */
function bookKernelWait(
  ledger: Ledger,
  { unit }: QueueAccount,
  { kernel, fromNs, toNs }: { readonly kernel: number; readonly fromNs: number; readonly toNs: number },
): void {
  if (unit === "dma") return;
  ledger.total.units[unit].waitingNs += toNs - fromNs;
  const account = ledger.kernels[kernel];
  if (account === undefined || toNs <= account.startNs) return;
  account.units[unit].waitingNs += toNs - Math.max(fromNs, account.startNs);
  account.endNs = Math.max(account.endNs, toNs);
}

function accountsOf(ledger: Ledger, kernel: number): readonly Account[] {
  const own = ledger.kernels[kernel];
  return own === undefined ? [ledger.total] : [ledger.total, own];
}

function extendSpan(account: Account, startNs: number, endNs: number): void {
  account.startNs = Math.min(account.startNs, startNs);
  account.endNs = Math.max(account.endNs, endNs);
}

function addEvent(trace: TraceEvent[], queue: QueueName, booking: Booking, endNs: number): void {
  const { inst, kernel, startNs, completionNs } = booking;
  trace.push({ queue, inst, kernel, startNs, endNs, completionNs });
}
