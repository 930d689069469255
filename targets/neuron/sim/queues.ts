// The event loop: always steps the queue whose local time is smallest, so shared resources are taken in order of time.
// A queue issues in order. Assumed: within one engine an instruction sees the result of the one before it, the pipeline's
// latency being felt only by other queues (the measured issue intervals are those of dependent code).

import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { UnitName } from "../isa/define.ts";
import type { Instruction, Stream } from "../stream.ts";
import { type ClockGate, clockFactor, makeClockGate } from "./clock-gate.ts";
import { type Cost, type CostOf, describeProblems, makeCostOf, unitOfQueue } from "./cost.ts";
import { bookCompute, bookTransfer, bookWait, type Ledger } from "./ledger.ts";
import { flatten, makeRegisters, nextInstruction, type Registers, type Step } from "./program.ts";
import { addTokens, makeTokenQueue, type TokenQueue, takeTokens } from "./tokens.ts";
import { type DmaEngines, makeDmaEngines, reserveTransfer, type Transfer } from "./transfer.ts";

type AcquireStep = Extract<Step, { readonly kind: "acquire" | "release" }>;

/** One queue while it runs; changed in place. */
export interface QueueState {
  readonly index: number;
  readonly unit: UnitName;
  readonly steps: readonly Step[];
  /** By step. */
  readonly costs: readonly (CostOf | undefined)[];
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
  /** The function table that is loaded. */
  table: string | undefined;
  /** The wait that the queue is coming out of: booked when all that starts before its end is booked. */
  openWait:
    | { readonly sem: number; readonly kernel: number; readonly fromNs: number; readonly toNs: number }
    | undefined;
}

export interface RunState {
  readonly stream: Stream;
  readonly machine: Machine;
  readonly queues: readonly QueueState[];
  readonly tokens: readonly TokenQueue[];
  readonly slots: Int32Array;
  readonly engines: DmaEngines;
  readonly ledger: Ledger;
}

/** Called for each execution in an order in which every result is there before it is used; may refuse. */
export type OnExecute = (inst: Instruction, queue: QueueState) => readonly Diagnostic[];

export function makeRunState(stream: Stream, machine: Machine, ledger: Ledger): RunState {
  const slots = Int32Array.from(stream.rings, (ring) => ring.slots);
  const queues = stream.queues.map(({ queue, body }, index) => {
    const steps = flatten(body);
    const unit = unitOfQueue(queue);
    const registers = makeRegisters(stream);
    return {
      index,
      unit,
      steps,
      costs: steps.map((step) => (step.kind === "exec" ? makeCostOf(step.inst, unit, machine) : undefined)),
      registers,
      at: nextInstruction(steps, 0, registers, slots),
      timeNs: machine.programStartNs,
      isBlocked: false,
      completionNs: machine.programStartNs,
      lastStartNs: machine.programStartNs,
      behindUntilNs: 0,
      clockGate: makeClockGate(),
      table: undefined,
      openWait: undefined,
    };
  });
  const tokens = stream.semaphores.map(makeTokenQueue);
  return { stream, machine, queues, tokens, slots, engines: makeDmaEngines(machine), ledger };
}

/** Runs until every queue is at its end or waits for good; returns what an execution refused. */
export function runQueues(run: RunState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  for (;;) {
    const queue = nextQueue(run.queues);
    if (queue === undefined) break;
    closeWait(run, queue);
    const step = queue.steps[queue.at]!;
    if (step.kind === "exec") {
      const found = execute(run, queue, step.inst, onExecute);
      if (found.length > 0) return found;
    } else if (step.kind === "acquire") {
      if (!acquire(run, queue, step)) continue;
    } else if (step.kind === "release") {
      release(run, queue, step);
    }
    queue.at = nextInstruction(queue.steps, queue.at + 1, queue.registers, run.slots);
  }
  for (const queue of run.queues) closeWait(run, queue);
  return [];
}

/** The queue that can step and is furthest behind; the first of several. */
function nextQueue(queues: readonly QueueState[]): QueueState | undefined {
  let next: QueueState | undefined;
  for (const queue of queues) {
    if (queue.isBlocked || queue.at >= queue.steps.length) continue;
    if (next === undefined || queue.timeNs < next.timeNs) next = queue;
  }
  return next;
}

function closeWait(run: RunState, queue: QueueState): void {
  if (queue.openWait === undefined) return;
  bookWait(run.ledger, queue.index, queue.openWait);
  queue.openWait = undefined;
}

/** Takes the tokens, or blocks the queue: then the step is tried again after a release. */
function acquire(run: RunState, queue: QueueState, { sem, count, kernel }: AcquireStep): boolean {
  const tokens = run.tokens[sem]!;
  if (tokens.available < count) {
    queue.isBlocked = true;
    return false;
  }
  const { semaphoreHopNs, queueIssueNs } = run.machine;
  const readyNs = takeTokens(tokens, count, semaphoreHopNs);
  queue.lastStartNs = Math.max(queue.lastStartNs, readyNs);
  if (readyNs > queue.timeNs) {
    queue.openWait = { sem, kernel, fromNs: queue.timeNs, toNs: readyNs };
    queue.timeNs = readyNs;
  }
  queue.timeNs += queueIssueNs;
  return true;
}

/** Adds tokens as of the completion of all that the queue did so far, and lets a queue that waits for them try again. */
function release(run: RunState, queue: QueueState, { sem, count }: AcquireStep): void {
  addTokens(run.tokens[sem]!, count, Math.max(queue.timeNs, queue.completionNs));
  queue.timeNs += run.machine.queueIssueNs;
  const consumer = run.stream.semaphores[sem]?.consumer;
  const waiting = run.queues.find(({ index }) => run.stream.queues[index]?.queue === consumer);
  if (waiting !== undefined) waiting.isBlocked = false;
}

function execute(
  run: RunState,
  queue: QueueState,
  inst: Instruction,
  onExecute: OnExecute | undefined,
): readonly Diagnostic[] {
  const cost = queue.costs[queue.at]!(queue.registers);
  if (cost.problems.length > 0) return describeProblems(cost.problems, inst, run.stream.queues[queue.index]!.queue);
  const refused = onExecute?.(inst, queue) ?? [];
  if (refused.length > 0) return refused;
  if (cost.transfer !== undefined) startTransfer(run, queue, inst, cost.transfer);
  else issue(run, queue, inst, cost);
  return refused;
}

function startTransfer(run: RunState, queue: QueueState, inst: Instruction, transfer: Transfer): void {
  const { machine, engines, ledger } = run;
  const startNs = queue.timeNs;
  const movingNs = startNs + machine.dmaStartNs;
  const endNs = reserveTransfer(engines, transfer, movingNs) + machine.dmaFinishNs;
  const completionNs = Math.max(queue.completionNs, endNs);
  queue.completionNs = completionNs;
  queue.timeNs = startNs + machine.dmaIssueNs;
  const booking = { inst: inst.inst, kernel: inst.kernel, startNs, endNs: queue.timeNs, completionNs, movingNs };
  bookTransfer(ledger, queue.index, booking, transfer);
}

/** Issues an instruction of a compute engine; one that runs behind the last one costs only what sticks out. */
function issue(run: RunState, queue: QueueState, inst: Instruction, cost: Cost): void {
  const { machine } = run;
  const fromNs = queue.timeNs;
  const tableNs = cost.table === undefined || cost.table === queue.table ? 0 : machine.actTableLoadNs;
  const factor = queue.unit === "pe" ? clockFactor(queue.clockGate, fromNs, machine) : 1;
  const startNs = cost.runsBehind ? Math.max(queue.lastStartNs, queue.behindUntilNs) : fromNs + tableNs;
  const endNs = Math.max(fromNs, startNs + cost.issueNs * factor);
  const completionNs = Math.max(queue.completionNs, startNs + cost.latencyNs * factor, endNs);
  if (cost.runsBehind) queue.behindUntilNs = endNs;
  else queue.lastStartNs = startNs;
  queue.table = cost.table ?? queue.table;
  queue.clockGate.lastEndNs = endNs;
  queue.timeNs = endNs;
  queue.completionNs = completionNs;
  const needNs = Math.min(endNs - fromNs, cost.issueNs + tableNs);
  const booking = { inst: inst.inst, kernel: inst.kernel, startNs: fromNs, endNs, completionNs };
  bookCompute(run.ledger, queue.index, booking, { flops: cost.flops, needNs });
}
