// The time of one execution. A queue issues in order. An instruction waits for what its engine has not computed yet
// (hazards.ts), for memory ports (ports.ts) and for being fetched (fetch.ts); the systolic array adds up in PSUM without
// waiting for itself. Transfers share the DMA engines and HBM (transfer.ts).

import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import { bookActivity, isFullClock } from "../../../passes/time/clock-gate.ts";
import type { Instruction } from "../stream.ts";
import { type Cost, costOf, describeProblems } from "./cost.ts";
import { fetchedNs } from "./fetch.ts";
import { addOwnResults, ownResultsReadyNs } from "./hazards.ts";
import { bookCompute, bookTransfer, bookWork, traceExecution } from "./ledger.ts";
import { type ChipAccess, locate } from "./operands.ts";
import { holdPorts, portsFreeNs, portsOf } from "./ports.ts";
import type { QueueState, RunState } from "./run-state.ts";
import { reserveTransfer, type Transfer } from "./transfer.ts";

/** Called for each execution in an order in which every result is there before it is used; may refuse. */
export type OnExecute = (inst: Instruction, queue: QueueState) => readonly Diagnostic[];

const noDiagnostics: readonly Diagnostic[] = [];

export function execute(run: RunState, queue: QueueState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  const { at } = queue;
  const cost = queue.fixedCosts[at] ?? costAt(queue, at);
  if (cost.problems.length > 0) return refusals(run, queue, cost);
  if (onExecute !== undefined) {
    const inst = instructionAt(queue);
    const refused = onExecute(inst, queue);
    if (refused.length > 0) return located(run, inst, refused);
  }
  if (cost.transfer !== undefined) startTransfer(run, queue, cost.transfer);
  else issue(run, queue, cost);
  bookWork(run.ledger, queue.program.kernels[at]!, cost);
  if (run.ledger.trace !== undefined) traceExecution(run.ledger, queue.index, instructionAt(queue), run.booking);
  return noDiagnostics;
}

function costAt({ costings, fixedCosts, registers }: QueueState, at: number): Cost {
  const costing = costings[at]!;
  const cost = costOf(costing, registers);
  if (costing.extents.length === 0) fixedCosts[at] = cost;
  return cost;
}

const instructionAt = ({ costings, at }: QueueState): Instruction => costings[at]!.inst;

/** Lets the queue continue when all that it did so far is complete. */
export function drain(run: RunState, queue: QueueState): readonly Diagnostic[] {
  const cost = costOf(queue.costings[queue.at]!, queue.registers);
  if (cost.problems.length > 0) return refusals(run, queue, cost);
  const readyNs = Math.max(queue.timeNs, queue.completionNs);
  queue.lastStartNs = readyNs;
  queue.timeNs = readyNs + run.machine.queueIssueNs;
  return noDiagnostics;
}

function refusals(run: RunState, queue: QueueState, { problems }: Cost): readonly Diagnostic[] {
  const inst = instructionAt(queue);
  return located(run, inst, describeProblems(problems, inst, run.stream.queues[queue.index]!.queue));
}

/** Says of diagnostics of an instruction where it is. */
function located(run: RunState, inst: Instruction, found: readonly Diagnostic[]): readonly Diagnostic[] {
  const span = run.spanOf(inst);
  return span === undefined ? found : found.map((diagnostic) => ({ ...diagnostic, span }));
}

function startTransfer(run: RunState, queue: QueueState, transfer: Transfer): void {
  const { machine, engines, booking } = run;
  const startNs = fetchedNs(queue.fetching, queue.at, queue.timeNs, run);
  const movingNs = startNs + machine.dmaStartNs;
  const endNs = reserveTransfer(engines, transfer, movingNs) + machine.dmaDescriptorTailNs + machine.dmaFinishNs;
  if (endNs > queue.completionNs) queue.completionNs = endNs;
  queue.timeNs = startNs + machine.dmaIssueNs;
  booking.kernel = queue.program.kernels[queue.at]!;
  booking.startNs = startNs;
  booking.endNs = queue.timeNs;
  booking.completionNs = queue.completionNs;
  booking.resultNs = endNs;
  booking.movingNs = movingNs;
  bookTransfer(run.ledger, queue.index, booking, transfer);
}

/**
 * Issues an instruction of a compute engine; one that runs after the last one costs only what sticks out. Several that may
 * run after it do so one after the other.
 */
function issue(run: RunState, queue: QueueState, cost: Cost): void {
  const { machine, booking } = run;
  const { clockGate } = queue;
  const accesses = queue.accesses[queue.at]!;
  const hasHazards = accesses.length > 0;
  const fetchNs = fetchedNs(queue.fetching, queue.at, queue.timeNs, run);
  const fromNs = hasHazards ? memoryReadyNs(run, queue, accesses, fetchNs) : fetchNs;
  const tableNs = cost.table === undefined || cost.table === queue.table ? 0 : machine.actTableLoadNs;
  const isGated = clockGate !== undefined && !isFullClock(clockGate, fromNs, machine);
  const behindNs = Math.max(queue.lastStartNs, queue.behindUntilNs);
  const isBehind = cost.runsBehind || (cost.mayRunBehind && behindNs < fromNs);
  const startNs = isBehind ? behindNs : fromNs + tableNs;
  const ownEndNs = startNs + (isGated ? cost.gatedIssueNs : cost.issueNs);
  const endNs = Math.max(fromNs, ownEndNs);
  const resultNs = Math.max(endNs, startNs + (isGated ? cost.gatedLatencyNs : cost.latencyNs));
  if (isBehind) queue.behindUntilNs = cost.runsBehind ? endNs : ownEndNs;
  else queue.lastStartNs = startNs;
  if (cost.table !== undefined) queue.table = cost.table;
  queue.timeNs = endNs;
  if (resultNs > queue.completionNs) queue.completionNs = resultNs;
  if (clockGate !== undefined) bookActivity(clockGate, fromNs, endNs, machine);
  if (hasHazards) {
    addOwnResults(queue.ownResults, accesses, resultNs);
    holdPorts(run.ports, queue.neededPorts, queue.unit, endNs);
  }
  booking.kernel = queue.program.kernels[queue.at]!;
  booking.startNs = fromNs;
  booking.endNs = endNs;
  booking.completionNs = queue.completionNs;
  booking.resultNs = resultNs;
  booking.needNs = Math.min(endNs - fromNs, cost.issueNs + tableNs);
  bookCompute(run.ledger, queue.index, booking);
}

/** When what the instruction reads is computed and its ports are free, from `fetchNs` on; notes which ports those are. */
function memoryReadyNs(run: RunState, queue: QueueState, accesses: readonly ChipAccess[], fetchNs: number): number {
  locate(accesses, queue.registers);
  const ports = portsOf(accesses, queue.unit, run.ports);
  queue.neededPorts = ports;
  const resultsNs = ownResultsReadyNs(queue.ownResults, accesses, fetchNs);
  return ports === 0 ? resultsNs : portsFreeNs(run.ports, ports, queue.unit, resultsNs);
}
