// What a run and each of its queues hold while the event loop continues; changed in place. Numbers that change at every step
// are fields of objects that stay, so that a step makes no garbage.

import type { Machine } from "../../../ir-spec/machine.ts";
import { type ClockGate, makeClockGate } from "../../../passes/time/clock-gate.ts";
import type { UnitName } from "../isa/define.ts";
import type { QueueProgram, Stream } from "../stream.ts";
import type { StreamSpans } from "../stream-parts.ts";
import { type Cost, type Costing, makeCosting, unitOfQueue } from "./cost.ts";
import { type Fetching, makeFetching } from "./fetch.ts";
import { makeOwnResults, type OwnResults } from "./hazards.ts";
import { type Booking, type Ledger, makeBooking, type QueueWait } from "./ledger.ts";
import { type ChipAccess, chipAccessesOf } from "./operands.ts";
import { makePorts, type Ports } from "./ports.ts";
import { flatten, makeRegisters, nextInstruction, type Registers, type SimProgram, stepKinds } from "./program.ts";
import { makeTokens, type Tokens } from "./tokens.ts";
import { type DmaEngines, makeDmaEngines } from "./transfer.ts";

export interface QueueState {
  readonly index: number;
  readonly unit: UnitName;
  readonly program: SimProgram;
  /** By step; absent where nothing is executed. */
  readonly costings: readonly (Costing | undefined)[];
  /** By step, the costs that are known and never vary. */
  readonly fixedCosts: (Cost | undefined)[];
  /** By step, what it accesses on chip; empty where the time does not depend on addresses. */
  readonly accesses: readonly (readonly ChipAccess[])[];
  readonly registers: Registers;
  /** From another queue's release to here, and what it takes longer from here to others (ns). */
  readonly hopNs: number;
  readonly releaseNs: number;
  /** The next step; the number of steps at the end. */
  at: number;
  timeNs: number;
  isBlocked: boolean;
  /** When everything so far is complete. */
  completionNs: number;
  /** From when an instruction may run after: the last other one's start, or the tokens that came after it. */
  lastStartNs: number;
  /** When the last instruction that ran after ended. */
  behindUntilNs: number;
  /** Of the systolic array alone. */
  readonly clockGate: ClockGate | undefined;
  readonly ownResults: OwnResults;
  /** Memory ports of the instruction that is being issued, a bit for each (ports.ts). */
  neededPorts: number;
  readonly fetching: Fetching;
  /** The function table that is loaded. */
  table: string | undefined;
  readonly wait: OpenWait;
}

/** The wait that a queue is coming out of: booked when all that starts before its end is booked. */
export interface OpenWait extends QueueWait {
  isOpen: boolean;
  sem: number;
  kernel: number;
  fromNs: number;
  toNs: number;
}

export interface RunState {
  readonly stream: Stream;
  readonly machine: Machine;
  readonly queues: readonly QueueState[];
  /** By queue, the time of its next step; infinite while it waits or is at its end. Of the queue that steps: of old. */
  readonly nextNs: Float64Array;
  /** The queue that comes after the one that steps: when, infinite if there is none, and which, -1 then. */
  rivalNs: number;
  rivalIndex: number;
  readonly tokens: Tokens;
  /** By semaphore. */
  readonly consumers: readonly (QueueState | undefined)[];
  readonly slots: Int32Array;
  readonly engines: DmaEngines;
  readonly ports: Ports;
  readonly ledger: Ledger;
  readonly booking: Booking;
  readonly spanOf: StreamSpans;
}

export function makeRunState(stream: Stream, machine: Machine, ledger: Ledger, spanOf: StreamSpans): RunState {
  const slots = Int32Array.from(stream.rings, (ring) => ring.slots);
  const queues = stream.queues.map((program, index) => makeQueueState(program, index, { stream, machine, slots }));
  return {
    stream,
    machine,
    queues,
    nextNs: Float64Array.from(queues, nextStepNs),
    rivalNs: Number.POSITIVE_INFINITY,
    rivalIndex: -1,
    tokens: makeTokens(stream.semaphores),
    consumers: stream.semaphores.map(({ consumer }) =>
      queues.find(({ index }) => stream.queues[index]?.queue === consumer),
    ),
    slots,
    engines: makeDmaEngines(machine),
    ports: makePorts(machine),
    ledger,
    booking: makeBooking(),
    spanOf,
  };
}

interface Surroundings {
  readonly stream: Stream;
  readonly machine: Machine;
  readonly slots: Int32Array;
}

function makeQueueState({ queue, body }: QueueProgram, index: number, around: Surroundings): QueueState {
  const { stream, machine, slots } = around;
  const program = flatten(body);
  const unit = unitOfQueue(queue);
  const registers = makeRegisters(stream);
  return {
    index,
    unit,
    program,
    costings: program.items.map((item, at) =>
      item.kind === "inst" && program.kinds[at]! <= stepKinds.drain ? makeCosting(item, unit, machine) : undefined,
    ),
    fixedCosts: new Array<Cost | undefined>(program.steps).fill(undefined),
    accesses: program.items.map((item, at) =>
      item.kind === "inst" && program.kinds[at] === stepKinds.exec && hasHazards(unit)
        ? chipAccessesOf(item)
        : noAccesses,
    ),
    registers,
    hopNs: unit === "pe" ? machine.peSemaphoreHopNs : machine.semaphoreHopNs,
    releaseNs: unit === "pe" ? machine.peReleaseNs : 0,
    at: nextInstruction(program, 0, registers, slots),
    timeNs: machine.programStartNs,
    isBlocked: false,
    completionNs: machine.programStartNs,
    lastStartNs: machine.programStartNs,
    behindUntilNs: 0,
    clockGate: unit === "pe" ? makeClockGate() : undefined,
    ownResults: makeOwnResults(machine),
    neededPorts: 0,
    fetching: makeFetching(program.steps, machine),
    table: undefined,
    wait: { isOpen: false, sem: -1, kernel: -1, fromNs: 0, toNs: 0 },
  };
}

const noAccesses: readonly ChipAccess[] = [];

const hasHazards = (unit: UnitName): boolean => unit === "act" || unit === "dve" || unit === "pool";

export function canStep(queue: QueueState): boolean {
  return !queue.isBlocked && queue.at < queue.program.steps;
}

/** When the queue can do its next step, as in `RunState.nextNs` (ns). */
export function nextStepNs(queue: QueueState): number {
  return canStep(queue) ? queue.timeNs : Number.POSITIVE_INFINITY;
}
