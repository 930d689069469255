// The event loop: always steps the queue whose local time is smallest, so shared resources are taken in order of time.
// A queue issues in order. An instruction waits for what its engine has not computed yet (hazards.ts), for memory ports
// (ports.ts) and for being fetched (fetch.ts); the systolic array adds up in PSUM without waiting for itself.

import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { UnitName } from "../isa/define.ts";
import type { Instruction, Stream } from "../stream.ts";
import type { StreamSpans } from "../stream-parts.ts";
import { bookActivity, type ClockGate, isFullClock, makeClockGate } from "./clock-gate.ts";
import { type Cost, type CostOf, describeProblems, makeCostOf, unitOfQueue } from "./cost.ts";
import { type Fetching, fetchedNs, makeFetching } from "./fetch.ts";
import { addOwnResults, makeOwnResults, type OwnResults, ownResultsReadyNs } from "./hazards.ts";
import { bookCompute, bookTransfer, bookWait, type Ledger, type QueueWait } from "./ledger.ts";
import { type ChipAccess, chipAccessesOf, locate } from "./operands.ts";
import { holdPorts, makePorts, type Ports, portsFreeNs, portsOf } from "./ports.ts";
import { flatten, makeRegisters, nextInstruction, type Registers, type Step, type TokenStep } from "./program.ts";
import { addTokens, makeTokenQueue, type TokenQueue, takeTokens } from "./tokens.ts";
import { type DmaEngines, makeDmaEngines, reserveTransfer, type Transfer } from "./transfer.ts";

/** One queue while it runs; changed in place. */
export interface QueueState {
  readonly index: number;
  readonly unit: UnitName;
  readonly steps: readonly Step[];
  /** By step. */
  readonly costs: readonly (CostOf | undefined)[];
  /** By step, what it accesses on chip; empty where the time does not depend on addresses. */
  readonly accesses: readonly (readonly ChipAccess[])[];
  readonly registers: Registers;
  /** The next step; the number of steps at the end. */
  at: number;
  timeNs: number;
  isBlocked: boolean;
  /** When everything so far is complete. */
  completionNs: number;
  /** From when an instruction may run behind: the last other one's start, or the tokens that came after it. */
  lastStartNs: number;
  /** When the last instruction that ran behind ended. */
  behindUntilNs: number;
  readonly clockGate: ClockGate;
  readonly ownResults: OwnResults;
  readonly fetching: Fetching;
  /** The function table that is loaded. */
  table: string | undefined;
  /** The wait that the queue is coming out of: booked when all that starts before its end is booked. */
  openWait: QueueWait | undefined;
}

export interface RunState {
  readonly stream: Stream;
  readonly machine: Machine;
  readonly queues: readonly QueueState[];
  /** By semaphore. */
  readonly tokens: readonly TokenQueue[];
  readonly consumers: readonly (QueueState | undefined)[];
  readonly slots: Int32Array;
  readonly engines: DmaEngines;
  readonly ports: Ports;
  readonly ledger: Ledger;
  readonly spanOf: StreamSpans;
  /** Of the queues that can step, the first behind the one that steps now. */
  rival: QueueState | undefined;
}

/** Called for each execution in an order in which every result is there before it is used; may refuse. */
export type OnExecute = (inst: Instruction, queue: QueueState) => readonly Diagnostic[];

export function makeRunState(stream: Stream, machine: Machine, ledger: Ledger, spanOf: StreamSpans): RunState {
  const slots = Int32Array.from(stream.rings, (ring) => ring.slots);
  const queues = stream.queues.map(({ queue, body }, index): QueueState => {
    const steps = flatten(body);
    const unit = unitOfQueue(queue);
    const registers = makeRegisters(stream);
    return {
      index,
      unit,
      steps,
      costs: steps.map((step) => ("inst" in step ? makeCostOf(step.inst, unit, machine) : undefined)),
      accesses: steps.map((step) => (step.kind === "exec" && hasHazards(unit) ? chipAccessesOf(step.inst) : [])),
      registers,
      at: nextInstruction(steps, 0, registers, slots),
      timeNs: machine.programStartNs,
      isBlocked: false,
      completionNs: machine.programStartNs,
      lastStartNs: machine.programStartNs,
      behindUntilNs: 0,
      clockGate: makeClockGate(machine),
      ownResults: makeOwnResults(),
      fetching: makeFetching(),
      table: undefined,
      openWait: undefined,
    };
  });
  const tokens = stream.semaphores.map(makeTokenQueue);
  const consumers = stream.semaphores.map(({ consumer }) =>
    queues.find(({ index }) => stream.queues[index]?.queue === consumer),
  );
  return {
    stream,
    machine,
    queues,
    tokens,
    consumers,
    slots,
    engines: makeDmaEngines(machine),
    ports: makePorts(machine),
    ledger,
    spanOf,
    rival: undefined,
  };
}

const hasHazards = (unit: UnitName): boolean => unit === "act" || unit === "dve" || unit === "pool";

/** Runs until every queue is at its end or waits for good; returns what an execution refused. */
export function runQueues(run: RunState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  for (;;) {
    const queue = nextQueue(run);
    if (queue === undefined) break;
    while (canStep(queue) && (run.rival === undefined || isBefore(queue, run.rival))) {
      const found = step(run, queue, onExecute);
      if (found.length > 0) return found;
    }
  }
  for (const queue of run.queues) closeWait(run, queue);
  return [];
}

const noDiagnostics: readonly Diagnostic[] = [];

/** Carries out the queue's next step, or blocks it. */
function step(run: RunState, queue: QueueState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  closeWait(run, queue);
  const next = queue.steps[queue.at]!;
  if (next.kind === "exec") {
    const found = execute(run, queue, next.inst, onExecute);
    if (found.length > 0) return found;
  } else if (next.kind === "acquire") {
    if (!acquire(run, queue, next)) return noDiagnostics;
  } else if (next.kind === "release") {
    release(run, queue, next);
  } else if (next.kind === "drain") {
    const found = drain(run, queue, next.inst);
    if (found.length > 0) return found;
  }
  queue.at = nextInstruction(queue.steps, queue.at + 1, queue.registers, run.slots);
  return noDiagnostics;
}

function canStep(queue: QueueState): boolean {
  return !queue.isBlocked && queue.at < queue.steps.length;
}

/** Queues step in the order of their times; of equal ones the first of the stream. */
function isBefore(a: QueueState, b: QueueState): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.index < b.index);
}

/** The queue that can step and is furthest behind; the one that comes after it becomes its rival. */
function nextQueue(run: RunState): QueueState | undefined {
  let first: QueueState | undefined;
  let second: QueueState | undefined;
  for (const queue of run.queues) {
    if (!canStep(queue)) continue;
    if (first === undefined || queue.timeNs < first.timeNs) {
      second = first;
      first = queue;
    } else if (second === undefined || queue.timeNs < second.timeNs) {
      second = queue;
    }
  }
  run.rival = second;
  return first;
}

function closeWait(run: RunState, queue: QueueState): void {
  if (queue.openWait === undefined) return;
  bookWait(run.ledger, queue.index, queue.openWait);
  queue.openWait = undefined;
}

/** Takes the tokens, or blocks the queue: then the step is tried again after a release. */
function acquire(run: RunState, queue: QueueState, { sem, count, kernel }: TokenStep): boolean {
  const tokens = run.tokens[sem]!;
  if (tokens.available < count) {
    queue.isBlocked = true;
    return false;
  }
  const { semaphoreHopNs, peSemaphoreHopNs, queueIssueNs } = run.machine;
  const readyNs = takeTokens(tokens, count, queue.unit === "pe" ? peSemaphoreHopNs : semaphoreHopNs);
  queue.lastStartNs = Math.max(queue.lastStartNs, readyNs);
  if (readyNs > queue.timeNs) {
    queue.openWait = { sem, kernel, fromNs: queue.timeNs, toNs: readyNs };
    queue.timeNs = readyNs;
  }
  queue.timeNs += queueIssueNs;
  return true;
}

/** Adds tokens as of the completion of all that the queue did so far, and lets a queue that waits for them try again. */
function release(run: RunState, queue: QueueState, { sem, count }: TokenStep): void {
  const { peReleaseNs, queueIssueNs } = run.machine;
  const completeNs = Math.max(queue.timeNs, queue.completionNs);
  addTokens(run.tokens[sem]!, count, queue.unit === "pe" ? completeNs + peReleaseNs : completeNs);
  queue.timeNs += queueIssueNs;
  const waiting = run.consumers[sem];
  if (waiting === undefined || !waiting.isBlocked) return;
  waiting.isBlocked = false;
  if (run.rival === undefined || isBefore(waiting, run.rival)) run.rival = waiting;
}

/** Lets the queue go on when all that it did so far is complete. */
function drain(run: RunState, queue: QueueState, inst: Instruction): readonly Diagnostic[] {
  const { problems } = queue.costs[queue.at]!(queue.registers);
  if (problems.length > 0) return describeProblems(problems, inst, run.stream.queues[queue.index]!.queue);
  const readyNs = Math.max(queue.timeNs, queue.completionNs);
  queue.lastStartNs = readyNs;
  queue.timeNs = readyNs + run.machine.queueIssueNs;
  return noDiagnostics;
}

function execute(
  run: RunState,
  queue: QueueState,
  inst: Instruction,
  onExecute: OnExecute | undefined,
): readonly Diagnostic[] {
  const cost = queue.costs[queue.at]!(queue.registers);
  if (cost.problems.length > 0) {
    return located(run, inst, describeProblems(cost.problems, inst, run.stream.queues[queue.index]!.queue));
  }
  const refused = onExecute?.(inst, queue) ?? noDiagnostics;
  if (refused.length > 0) return located(run, inst, refused);
  if (cost.transfer !== undefined) startTransfer(run, queue, inst, cost.transfer);
  else issue(run, queue, inst, cost);
  return refused;
}

/** Says of diagnostics of an instruction where it stands. */
function located(run: RunState, inst: Instruction, found: readonly Diagnostic[]): readonly Diagnostic[] {
  const span = run.spanOf(inst);
  return span === undefined ? found : found.map((diagnostic) => ({ ...diagnostic, span }));
}

function startTransfer(run: RunState, queue: QueueState, inst: Instruction, transfer: Transfer): void {
  const { machine, engines, ledger } = run;
  const startNs = fetchedNs(queue.fetching, queue.at, queue.timeNs, run);
  const movingNs = startNs + machine.dmaStartNs;
  const endNs = reserveTransfer(engines, transfer, movingNs) + machine.dmaDescriptorTailNs + machine.dmaFinishNs;
  const completionNs = Math.max(queue.completionNs, endNs);
  queue.completionNs = completionNs;
  queue.timeNs = startNs + machine.dmaIssueNs;
  const booking = { inst: inst.inst, kernel: inst.kernel, startNs, endNs: queue.timeNs, completionNs, movingNs };
  bookTransfer(ledger, queue.index, booking, transfer);
}

/** Issues an instruction of a compute engine; one that runs behind the last one costs only what sticks out. */
function issue(run: RunState, queue: QueueState, inst: Instruction, cost: Cost): void {
  const { machine } = run;
  const accesses = queue.accesses[queue.at]!;
  for (const access of accesses) locate(access, queue.registers);
  const ports = portsOf(accesses, queue.unit, machine);
  const fromNs = memoryReadyNs(run, queue, accesses, ports);
  const tableNs = cost.table === undefined || cost.table === queue.table ? 0 : machine.actTableLoadNs;
  const isGated = queue.unit === "pe" && !isFullClock(queue.clockGate, fromNs, machine);
  const startNs = cost.runsBehind ? Math.max(queue.lastStartNs, queue.behindUntilNs) : fromNs + tableNs;
  const endNs = Math.max(fromNs, startNs + (isGated ? cost.gatedIssueNs : cost.issueNs));
  const resultNs = Math.max(endNs, startNs + (isGated ? cost.gatedLatencyNs : cost.latencyNs));
  if (cost.runsBehind) queue.behindUntilNs = endNs;
  else queue.lastStartNs = startNs;
  queue.table = cost.table ?? queue.table;
  queue.timeNs = endNs;
  queue.completionNs = Math.max(queue.completionNs, resultNs);
  if (queue.unit === "pe") bookActivity(queue.clockGate, fromNs, endNs, machine);
  addOwnResults(queue.ownResults, accesses, resultNs, machine);
  holdPorts(run.ports, ports, queue.unit, endNs);
  const needNs = Math.min(endNs - fromNs, cost.issueNs + tableNs);
  const { completionNs } = queue;
  const booking = { inst: inst.inst, kernel: inst.kernel, startNs: fromNs, endNs, completionNs };
  bookCompute(run.ledger, queue.index, booking, { flops: cost.flops, needNs });
}

/** When the instruction is fetched, what it reads is computed, and its ports are free. */
function memoryReadyNs(run: RunState, queue: QueueState, accesses: readonly ChipAccess[], ports: number): number {
  const issueNs = fetchedNs(queue.fetching, queue.at, queue.timeNs, run);
  if (accesses.length === 0) return issueNs;
  const resultsNs = ownResultsReadyNs(queue.ownResults, accesses, issueNs);
  return ports === 0 ? resultsNs : portsFreeNs(run.ports, ports, queue.unit, resultsNs);
}
