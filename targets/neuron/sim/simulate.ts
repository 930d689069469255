// Runs a stream on a machine: values and time in one go, or time alone. Stage 6b. What a run reports: report.ts.

import { at, type Diagnostic, fail, type Note, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { noSpans } from "../../../ir-spec/base/span.ts";
import { elementCount, printType, type Tensor, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { UnitName } from "../isa/define.ts";
import { checkMadeFor } from "../made-for.ts";
import type { Instruction, Stream, StreamItem, StreamTensor } from "../stream.ts";
import { type BoundOptions, findTooMuchData, findUnbounded } from "../stream-bounds.ts";
import type { StreamSpans } from "../stream-parts.ts";
import type { OnExecute } from "./issue.ts";
import { makeLedger } from "./ledger.ts";
import { makeReport } from "./make-report.ts";
import { loadTensor, type Memories, makeMemories, storeTensor } from "./memory.ts";
import type { Registers } from "./program.ts";
import { runQueues } from "./queues.ts";
import type { RunReport } from "./report.ts";
import { makeRunState, type QueueState, type RunState } from "./run-state.ts";
import { executeValues, makeValueState } from "./values.ts";

export interface SimulateOptions extends BoundOptions {
  /** Keep every execution and wait with its times in `report.trace`; with a number, of programs that have no more of them. */
  readonly trace?: boolean | number;
  /** Compute without SIMD if false: the same values, slowly. */
  readonly useSimd?: boolean;
  /** Where the stream's parts are, if it was read from a text. */
  readonly spanOf?: StreamSpans;
  /** Called after each execution, in an order in which every result is there before it is used. */
  readonly observe?: (execution: Execution) => void;
}

/** One execution of an instruction; the registers are those that it ran with. */
export interface Execution {
  readonly inst: Instruction;
  readonly unit: UnitName;
  /** Index into `Stream.queues`. */
  readonly queue: number;
  readonly registers: Registers;
  /** Absent in a run for time alone. */
  readonly memories: Memories | undefined;
}

export interface SimulateResult {
  /** By name: tensors of the roles output and state. Empty in a run for time alone. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly report: RunReport;
}

/**
 * Runs the stream. `inputs` holds the inputs, weights and states by name; without it the run is for time alone. Fails for
 * missing or mistyped inputs, illegal instructions, addresses outside of memory, and a stream that deadlocks.
 */
export function simulate(
  stream: Stream,
  machine: Machine,
  inputs: ReadonlyMap<string, Tensor> | undefined,
  options: SimulateOptions = {},
): Result<SimulateResult> {
  const { spanOf = noSpans } = options;
  const unbounded = findUnbounded(stream, machine, options).map(({ found, part }) =>
    at(found, part === undefined ? undefined : spanOf(part)),
  );
  if (unbounded.length > 0) return fail(unbounded);
  const wrong = [...checkMadeFor(stream, machine), ...checkTokenQueues(stream, spanOf)];
  if (wrong.length > 0) return fail(wrong);
  const ledger = makeLedger(stream, machine, traceEvents(options));
  const run = makeRunState(stream, machine, ledger, spanOf);
  if (inputs === undefined) return finish(run, runQueues(run, observed(options, undefined)), undefined);
  const tooMuch = findTooMuchData(stream, options);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const memories = makeMemories(machine, stream.tensors, options.useSimd);
  const missing = storeInputs(memories, stream, inputs);
  if (missing.length > 0) return fail(missing);
  const values = makeValueState(memories, machine);
  const watch = observed(options, memories);
  const refused = runQueues(run, (inst, queue) => {
    const found = executeValues(values, inst, queue.registers, queue.unit);
    return found.length > 0 || watch === undefined ? found : watch(inst, queue);
  });
  return finish(run, refused, memories);
}

function traceEvents({ trace = 0 }: SimulateOptions): number {
  if (typeof trace === "number") return trace;
  return trace ? Number.POSITIVE_INFINITY : 0;
}

/** What shows each execution to the observer, if there is one. */
function observed({ observe }: SimulateOptions, memories: Memories | undefined): OnExecute | undefined {
  if (observe === undefined) return undefined;
  return (inst, { index, registers, unit }) => {
    observe({ inst, unit, queue: index, registers, memories });
    return [];
  };
}

function finish(run: RunState, refused: readonly Diagnostic[], memories: Memories | undefined): Result<SimulateResult> {
  if (refused.length > 0) return fail(refused);
  const waiting = run.queues.filter(({ at: next, program }) => next < program.steps);
  const lastNs = Math.max(0, ...run.queues.map(({ timeNs, completionNs }) => Math.max(timeNs, completionNs)));
  if (waiting.length > 0) return fail([describeDeadlock(run, waiting, lastNs)]);
  const report = makeReport(run.stream, run.ledger, lastNs + run.machine.programEndNs);
  return ok({ outputs: memories === undefined ? new Map() : readOutputs(run.stream, memories), report });
}

function instructionsIn(body: readonly StreamItem[]): readonly Instruction[] {
  return body.flatMap((item) => (item.kind === "loop" ? instructionsIn(item.body) : [item]));
}

/** Only a semaphore's producer may release it, and only its consumer acquire it. */
function checkTokenQueues(stream: Stream, spanOf: StreamSpans): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { queue, body } of stream.queues) {
    for (const item of instructionsIn(body)) {
      const { sem } = item.args;
      const semaphore = sem?.kind === "sem" ? stream.semaphores[sem.sem] : undefined;
      if (semaphore === undefined) continue;
      const wanted = item.inst === "acquire" ? semaphore.consumer : semaphore.producer;
      if (wanted === queue) continue;
      const args = { found: queue, inst: item.inst, sem: semaphore.name, expected: wanted };
      found.push(at(problem("E1007", args), spanOf(item)));
    }
  }
  return found;
}

/** Fills inputs, weights, states and constants; reports what is missing or of another type. */
function storeInputs(memories: Memories, stream: Stream, inputs: ReadonlyMap<string, Tensor>): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [index, tensor] of stream.tensors.entries()) {
    if (tensor.role === "constant") storeTensor(memories, index, constantValues(tensor));
    if (tensor.role !== "input" && tensor.role !== "weight" && tensor.role !== "state") continue;
    const { name, role } = tensor;
    const given = inputs.get(name);
    if (given === undefined) {
      found.push(at(problem("E1002", { role, tensor: name, expected: printType(tensor) }), undefined));
    } else if (!typesEqual(given, tensor)) {
      const types = { found: printType(given), expected: printType(tensor) };
      found.push(at(problem("E1003", { tensor: name, ...types }), undefined));
    } else {
      storeTensor(memories, index, given.data);
    }
  }
  return found;
}

/** A constant's elements; one number stands for all of them. */
function constantValues({ shape, data = [] }: StreamTensor): Float64Array {
  const values = new Float64Array(elementCount(shape));
  const [only] = data;
  if (data.length === 1 && only !== undefined) return values.fill(only);
  values.set(data);
  return values;
}

function readOutputs(stream: Stream, memories: Memories): ReadonlyMap<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  for (const [index, { name, role }] of stream.tensors.entries()) {
    if (role === "output" || role === "state") outputs.set(name, loadTensor(memories, index));
  }
  return outputs;
}

/** Names each queue that waits, for which tokens, and who would have to release them. */
function describeDeadlock(run: RunState, waiting: readonly QueueState[], timeNs: number): Diagnostic {
  const { stream } = run;
  const notes: readonly Note[] = waiting.map(({ index, program, at: next }) => {
    const inst = program.items[next];
    const queue = stream.queues[index]?.queue ?? "?";
    if (inst?.kind !== "inst" || inst.inst !== "acquire") return { text: `${queue} is at step ${next}` };
    const [sem, count] = [program.sems[next]!, program.counts[next]!];
    const semaphore = stream.semaphores[sem];
    const kernel = stream.kernels[inst.kernel]?.name ?? String(inst.kernel);
    const available = run.tokens.available[sem] ?? 0;
    const span = run.spanOf(inst);
    return {
      ...(span === undefined ? {} : { span }),
      text: `${queue} waits at \`acquire sem=s${sem}, count=${count}\` in kernel ${kernel} for ${semaphore?.name}, released by ${semaphore?.producer}; ${available} there`,
    };
  });
  const args = { timeNs: Math.round(timeNs), waiting: waiting.length, queues: stream.queues.length };
  return at(problem("E1001", args), undefined, notes);
}
