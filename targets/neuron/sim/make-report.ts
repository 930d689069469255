// Makes the report of a run from its accounts.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Placement, Stream } from "../stream.ts";
import type { Account, Ledger } from "./ledger.ts";
import {
  type ActionReport,
  type BoundReport,
  type EngineReport,
  type KernelReport,
  type MacKind,
  macKinds,
  type QueueReport,
  type ReportUnit,
  type RunReport,
  reportUnits,
} from "./report.ts";

/** `timeNs`: the end of the run. */
export function makeReport(stream: Stream, ledger: Ledger, timeNs: number): RunReport {
  const { machine } = ledger;
  return {
    machine: machine.name,
    cycles: Math.ceil((timeNs * machine.peClockHz) / 1e9),
    ...makeActivity(ledger.total, machine, timeNs),
    queues: makeQueueReports(stream, ledger, timeNs),
    tensors: stream.tensors.map(({ name, role }, tensor) => ({
      name,
      role,
      readBytes: ledger.readBytes[tensor]!,
      writeBytes: ledger.writeBytes[tensor]!,
    })),
    sbuf: { peakBytesPerPartition: peakSbufBytes(stream), capacityBytesPerPartition: machine.sbufBytesPerPartition },
    psum: { peakBanks: peakPsumBanks(stream, machine), capacityBanks: machine.psumBanks },
    kernels: stream.kernels.flatMap((kernel, index) => {
      const account = ledger.kernels[index];
      return account === undefined ? [] : [makeKernelReport(kernel, account, machine)];
    }),
    trace: ledger.trace ?? [],
  };
}

function makeKernelReport(
  { name, ops, schedule }: Stream["kernels"][number],
  account: Account,
  machine: Machine,
): KernelReport {
  const startNs = Math.min(account.startNs, account.endNs);
  const { endNs } = account;
  return { name, ops, schedule, startNs, endNs, ...makeActivity(account, machine, endNs - startNs) };
}

/** The part of a report that a run and a kernel have in common. */
function makeActivity(account: Account, machine: Machine, timeNs: number) {
  const { flops, elementOps, descriptors, movedBytes, readBytes, writeBytes, sbufBytes, psumBytes } = account;
  const averageRowBytes = descriptors === 0 ? 0 : movedBytes / descriptors;
  const peakFlops = (2 * machine.peRows * machine.peColumns * machine.peClockHz * timeNs) / 1e9;
  return {
    timeNs,
    flops,
    elementOps,
    mfuPercent: percent(flops, peakFlops),
    actions: { sbufBytes, psumBytes, macs: byMacKind(account.macs) },
    hbm: { readBytes, writeBytes },
    dma: { descriptors, bytes: movedBytes, averageRowBytes },
    engines: byUnit((unit) => makeEngineReport(account, unit, timeNs)),
    bound: makeBound(account),
  };
}

const percent = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : 0);

function byUnit<T>(make: (unit: ReportUnit) => T): Readonly<Record<ReportUnit, T>> {
  return Object.fromEntries(reportUnits.map((unit) => [unit, make(unit)])) as Record<ReportUnit, T>;
}

function byMacKind(counts: Float64Array): ActionReport["macs"] {
  return Object.fromEntries(macKinds.map((kind, index) => [kind, counts[index]!])) as Record<MacKind, number>;
}

function makeEngineReport(account: Account, unit: ReportUnit, timeNs: number): EngineReport {
  const { busyNs, waitingNs, instructions } = account.units[unit];
  const idleNs = restOf(timeNs, busyNs, waitingNs);
  return { busyNs, waitingNs, idleNs, activePercent: percent(busyNs, timeNs), instructions };
}

/** What is left of the time; sums of many small numbers may miss the whole by rounding, never by more. */
function restOf(timeNs: number, busyNs: number, waitingNs: number): number {
  const rest = timeNs - busyNs - waitingNs;
  return Math.abs(rest) < timeNs * 1e-9 ? 0 : rest;
}

function makeBound(account: Account): BoundReport {
  const floorNs = byUnit((unit) => {
    const { needNs } = account.units[unit];
    return unit === "dma" ? Math.max(needNs, account.hbmNs) : needNs;
  });
  const kind = reportUnits.reduce((largest, unit) => (floorNs[unit] > floorNs[largest] ? unit : largest));
  return { kind, floorNs };
}

function makeQueueReports(stream: Stream, ledger: Ledger, timeNs: number): readonly QueueReport[] {
  return ledger.queues.map(({ queue, own, waits }) => ({
    queue,
    instructions: own.instructions,
    busyNs: own.busyNs,
    waitingNs: own.waitingNs,
    idleNs: restOf(timeNs, own.busyNs, own.waitingNs),
    waits: stream.semaphores.flatMap(({ name, producer }, semaphore) => {
      const ns = waits[semaphore]!;
      return ns > 0 ? [{ semaphore, name, producer, ns }] : [];
    }),
  }));
}

const endBytes = ({ addressBytes, slotBytes, slots }: Placement): number => addressBytes + slotBytes * slots;

/** The highest address in use in SBUF (B per partition). */
function peakSbufBytes({ placements }: Stream): number {
  return placements.reduce((most, place) => (place.memory === "sbuf" ? Math.max(most, endBytes(place)) : most), 0);
}

/** Banks of PSUM in use by the kernel that uses the most. */
function peakPsumBanks({ placements }: Stream, { psumBankBytesPerPartition: bankBytes }: Machine): number {
  const byKernel = new Map<number, Set<number>>();
  for (const place of placements) {
    if (place.memory !== "psum") continue;
    const banks = byKernel.get(place.kernel) ?? new Set();
    byKernel.set(place.kernel, banks);
    const last = Math.floor((endBytes(place) - 1) / bankBytes);
    for (let bank = Math.floor(place.addressBytes / bankBytes); bank <= last; bank++) banks.add(bank);
  }
  return [...byKernel.values()].reduce((most, banks) => Math.max(most, banks.size), 0);
}
