// Where two streams part: both run on the simulator, and what their instructions write is compared queue by queue.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import { rowMajorStrides, type Tensor } from "../../ir-spec/base/tensor.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { printInstruction } from "../../targets/neuron/asm/print-stream.ts";
import { freeSize, type ResolvedOperand } from "../../targets/neuron/isa/define.ts";
import { operandFields } from "../../targets/neuron/isa/index.ts";
import { gather } from "../../targets/neuron/sim/memory.ts";
import { resolveArgs } from "../../targets/neuron/sim/resolve.ts";
import { type Execution, simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import type { Element } from "./part-tiles.ts";
import type { Parting } from "./report.ts";
import { hashNumbers, maxTraceSteps, partTraces, type Trace, type TraceStep } from "./values/trace.ts";

export interface MadeStream {
  readonly stream: Stream;
  readonly machine: Machine;
}

export interface PartingInputs {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly element: Element;
}

export function partStreams(before: MadeStream, after: MadeStream, given: PartingInputs): Parting | undefined {
  return partTraces(traceStream(before, given), traceStream(after, given));
}

function traceStream({ stream, machine }: MadeStream, { inputs, element }: PartingInputs): Trace {
  const lanes = new Map<string, TraceStep[]>(stream.queues.map(({ queue }) => [queue, []]));
  const place = placeOf(stream, element);
  let steps = 0;
  let lastWriter: TraceStep | undefined;
  const observe = (execution: Execution): void => {
    const { step, writesPlace } = traceExecution(stream, execution, place, steps);
    if (steps++ < maxTraceSteps) lanes.get(stream.queues[execution.queue]?.queue ?? "")?.push(step);
    if (writesPlace) lastWriter = step;
  };
  simulate(stream, machine, inputs, { observe });
  return { lanes, lastWriter };
}

/** An element of a tensor: the tensor's number and the element's first byte. */
interface BytePlace {
  readonly tensor: number;
  readonly byte: number;
}

function placeOf({ tensors }: Stream, { output, index }: Element): BytePlace {
  const tensor = tensors.findIndex(({ name, role }) => name === output && (role === "output" || role === "state"));
  const { shape, dtype } = tensors[tensor] ?? { shape: [], dtype: "f32" };
  const strides = rowMajorStrides(shape);
  const element = index.reduce((sum, coordinate, axis) => sum + coordinate * (strides[axis] ?? 0), 0);
  return { tensor, byte: element * dtypeBytes(dtype) };
}

function traceExecution(stream: Stream, { inst, registers, queue, memories }: Execution, place: BytePlace, at: number) {
  const args = resolveArgs(inst, registers);
  let hash = 0;
  let writesPlace = false;
  for (const [name, { role }] of operandFields(inst.inst)) {
    const operand = args.operands[name];
    if (role === "read" || operand === undefined || memories === undefined) continue;
    const data = new Float64Array(operand.partitions * freeSize(operand));
    gather(memories, operand, data);
    hash = hashNumbers(data, hash + (operand.memory === "hbm" ? operand.addressBytes : 0));
    writesPlace ||= operand.memory === "hbm" && operand.tensor === place.tensor && holdsByte(operand, place.byte);
  }
  const indices = Array.from(registers.indices);
  const describe = (): string => {
    const kernel = stream.kernels[inst.kernel]?.name ?? String(inst.kernel);
    const set = indices.flatMap((index, loop) => (index === 0 ? [] : [`${stream.loops[loop]}=${index}`]));
    const where = set.length === 0 ? "" : ` at ${set.join(", ")}`;
    return `queue ${stream.queues[queue]?.queue}, kernel ${kernel}${where}: ${printInstruction(stream, inst)}`;
  };
  const step: TraceStep = { op: inst.inst, hash, at, describe };
  return { step, writesPlace };
}

/** Whether one of the operand's elements begins at a byte. */
function holdsByte(
  { dtype, addressBytes, partitions, partitionStride, sizes, strides }: ResolvedOperand,
  byte: number,
): boolean {
  const elements = (byte - addressBytes) / dtypeBytes(dtype);
  const steps = [
    { size: partitions, stride: partitionStride },
    ...sizes.map((size, dim) => ({ size, stride: strides[dim] ?? 0 })),
  ]
    .filter(({ stride }) => stride > 0)
    .sort((a, b) => b.stride - a.stride);
  const search = (from: number, rest: number): boolean => {
    const step = steps[from];
    if (step === undefined) return rest === 0;
    const most = Math.min(step.size - 1, Math.floor(rest / step.stride));
    return [most, most - 1].some((count) => count >= 0 && search(from + 1, rest - count * step.stride));
  };
  return elements >= 0 && search(0, elements);
}
