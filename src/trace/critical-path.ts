// The chain of executions and waits that made a run's time: backwards from its last result, to what each execution on it came
// after. An execution comes after the tokens that its queue waited for last, which are there when their producer has completed what it
// did before, or else after its queue's own execution before it. Where neither explains the start, as behind busy memory ports, the
// queue's own execution before it is taken.

import type { Machine } from "../../ir-spec/machine.ts";
import { reportUnitOf } from "../../targets/neuron/sim/ledger.ts";
import type { ReportUnit, TraceEvent } from "../../targets/neuron/sim/report.ts";
import type { Instruction, QueueName, Stream } from "../../targets/neuron/stream.ts";
import type { TimedStream } from "../driver/profile.ts";

/** An execution on the path, from its start until what comes next could begin. */
export interface PathStep {
  readonly event: TraceEvent;
  readonly fromNs: number;
  readonly toNs: number;
  /** From there until the next one starts: tokens on their way, or a queue that issues (ns). */
  readonly gapNs: number;
}

/** What one unit does for one purpose in one kernel, all of it that is on the path. */
export interface PathPart {
  readonly unit: ReportUnit;
  /** `loads w1`, `stores y`, or the instructions' names. */
  readonly what: string;
  readonly ns: number;
  readonly executions: number;
}

export interface KernelPath {
  readonly kernel: string;
  readonly ns: number;
  /** In the order in which they come first. */
  readonly parts: readonly PathPart[];
}

export interface CriticalPath {
  /** Before the first execution on it. */
  readonly launchNs: number;
  /** After the last one. */
  readonly endNs: number;
  /** Tokens on their way from queue to queue, and issue of tokens. */
  readonly tokensNs: number;
  readonly kernels: readonly KernelPath[];
}

/** Rounding of sums of times (ns). */
const epsilonNs = 1e-6;

/** Undefined where there is no trace. */
export function findPath({ trace, stream, profile }: TimedStream, machine: Machine): readonly PathStep[] | undefined {
  const queues = new Map<QueueName, QueueTrace>();
  for (const { queue } of stream.queues) queues.set(queue, queueTrace(trace, queue));
  let next = lastEvent(trace);
  if (next === undefined) return undefined;
  const steps: PathStep[] = [];
  let untilNs = next.completionNs;
  let startsNs = profile.timeNs - machine.programEndNs;
  while (next !== undefined) {
    steps.push({ event: next, fromNs: next.startNs, toNs: untilNs, gapNs: Math.max(0, startsNs - untilNs) });
    const before: Before | undefined = whatCameBefore(next, { queues, stream, machine });
    startsNs = next.startNs;
    untilNs = before === undefined ? 0 : Math.min(before.readyNs, startsNs);
    next = before?.event;
  }
  return steps.reverse();
}

/** The executions of one queue in order, and the waits before each. */
interface QueueTrace {
  readonly executions: readonly TraceEvent[];
  /** By execution: the last wait after the execution before it. */
  readonly waits: ReadonlyMap<TraceEvent, TraceEvent>;
  readonly indices: ReadonlyMap<TraceEvent, number>;
}

function queueTrace(trace: readonly TraceEvent[], queue: QueueName): QueueTrace {
  const own = trace.filter((event) => event.queue === queue).sort(byStart);
  const executions = own.filter(({ item }) => item !== undefined);
  const waits = new Map<TraceEvent, TraceEvent>();
  let wait: TraceEvent | undefined;
  for (const event of own) {
    if (event.item === undefined) wait = wait === undefined || event.endNs >= wait.endNs ? event : wait;
    else {
      if (wait !== undefined) waits.set(event, wait);
      wait = undefined;
    }
  }
  return { executions, waits, indices: new Map(executions.map((event, index) => [event, index])) };
}

/** A wait comes before the execution that starts where it ends. */
const byStart = (a: TraceEvent, b: TraceEvent): number =>
  a.startNs - b.startNs || Number(a.item !== undefined) - Number(b.item !== undefined);

function lastEvent(trace: readonly TraceEvent[]): TraceEvent | undefined {
  let last: TraceEvent | undefined;
  for (const event of trace) {
    if (event.item !== undefined && (last === undefined || event.completionNs > last.completionNs)) last = event;
  }
  return last;
}

interface Before {
  readonly event: TraceEvent;
  /** When what it gives is there. */
  readonly readyNs: number;
}

interface Surroundings {
  readonly queues: ReadonlyMap<QueueName, QueueTrace>;
  readonly stream: Stream;
  readonly machine: Machine;
}

function whatCameBefore(event: TraceEvent, around: Surroundings): Before | undefined {
  const queue = around.queues.get(event.queue);
  const index = queue?.indices.get(event) ?? 0;
  const previous = queue?.executions[index - 1];
  const wait = queue?.waits.get(event);
  const released = wait && releaseOf(wait, around);
  // Each one starts before the one that it explains, so the path comes to an end.
  if (released !== undefined && released.event.startNs < event.startNs) return released;
  return previous && { event: previous, readyNs: event.startNs };
}

/** The execution whose completion, or whose issue, let the producer release what was waited for. */
function releaseOf({ semaphore = -1, queue, endNs }: TraceEvent, around: Surroundings): Before | undefined {
  const { machine, stream } = around;
  const producer = stream.semaphores[semaphore]?.producer;
  if (producer === undefined) return undefined;
  const hopNs = queue === "pe" ? machine.peSemaphoreHopNs : machine.semaphoreHopNs;
  const readyNs = endNs - hopNs - (producer === "pe" ? machine.peReleaseNs : 0);
  const executions = around.queues.get(producer)?.executions ?? [];
  const completing = executions[firstAtLeast(executions, "completionNs", readyNs - epsilonNs)];
  if (completing !== undefined && completing.startNs < readyNs) return { event: completing, readyNs };
  // It completed everything before that: the release waited for the queue to come to it.
  const issued = executions[firstAtLeast(executions, "startNs", readyNs) - 1];
  return issued && { event: issued, readyNs };
}

/** The first whose start or completion, neither of which ever falls, is at least `ns`. */
function firstAtLeast(executions: readonly TraceEvent[], time: "startNs" | "completionNs", ns: number): number {
  let low = 0;
  let high = executions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((executions[middle] as TraceEvent)[time] < ns) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The path by kernel, and in it by unit and purpose. */
export function summarizePath(timed: TimedStream, machine: Machine): CriticalPath | undefined {
  const steps = findPath(timed, machine);
  if (steps === undefined) return undefined;
  const { stream, profile } = timed;
  const kernels = new Map<number, Map<string, PathPart>>();
  for (const { event, fromNs, toNs } of steps) {
    const parts = kernels.get(event.kernel) ?? new Map<string, PathPart>();
    kernels.set(event.kernel, parts);
    addPart(parts, { unit: reportUnitOf(event.queue), what: purposeOf(event, stream), ns: toNs - fromNs });
  }
  const last = steps.at(-1);
  return {
    launchNs: steps[0]?.fromNs ?? 0,
    endNs: profile.timeNs - (last?.toNs ?? 0),
    tokensNs: steps.slice(0, -1).reduce((sum, { gapNs }) => sum + gapNs, 0),
    kernels: [...kernels].map(([kernel, parts]) => ({
      kernel: stream.kernels[kernel]?.name ?? "",
      ns: [...parts.values()].reduce((sum, { ns }) => sum + ns, 0),
      parts: [...parts.values()],
    })),
  };
}

function addPart(parts: Map<string, PathPart>, { unit, what, ns }: Omit<PathPart, "executions">): void {
  const key = `${unit} ${what}`;
  const { ns: before = 0, executions = 0 } = parts.get(key) ?? {};
  parts.set(key, { unit, what, ns: before + ns, executions: executions + 1 });
}

/** What an execution is for: of a transfer the tensor in HBM, else the instruction. */
function purposeOf({ item, inst, queue }: TraceEvent, { tensors }: Stream): string {
  if (reportUnitOf(queue) !== "dma" || item === undefined) return inst;
  const [source, target] = ["src", "dst"].map((field) => tensorOf(item, field));
  const nameOf = (tensor: number): string => tensors[tensor]?.name ?? "";
  if (source !== undefined && target !== undefined) return `copies ${nameOf(source)}`;
  if (target !== undefined) return `stores ${nameOf(target)}`;
  return source === undefined ? inst : `loads ${nameOf(source)}`;
}

function tensorOf({ args }: Instruction, field: string): number | undefined {
  const arg = args[field];
  return arg?.kind === "operand" && arg.operand.memory === "hbm" ? arg.operand.tensor : undefined;
}
