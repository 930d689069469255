// What the model says of each measured instruction: from the instruction's row where it is alone, from small streams in
// the simulator where two queues meet.

import { constant, extent } from "../../ir-spec/affine.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { completeValues } from "../../targets/neuron/isa/args.ts";
import type { ResolvedArgs, ResolvedOperand } from "../../targets/neuron/isa/define.ts";
import { instDef } from "../../targets/neuron/isa/index.ts";
import { clockHzOf } from "../../targets/neuron/sim/cost.ts";
import type { TraceEvent } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { makeDmaEngines, makeLinearTransfer, reserveTransfer } from "../../targets/neuron/sim/transfer.ts";
import type { EngineName, Instruction, Operand, Stream } from "../../targets/neuron/stream.ts";
import { acquire, inst, psum, release, sbuf, streamBuilder } from "../unit/neuron/stream-fixtures.ts";
import type { MeasuredDependence, MeasuredDescriptor, MeasuredInstruction } from "./measured-instructions.ts";

export function instructionNs(row: MeasuredInstruction, machine: Machine): number {
  const { isPass, gated, unit, quantity } = row;
  const cycles = instDef(row.inst).cycles(argsOf(row, machine), unit, machine);
  const { issueCycles, latencyCycles } = gated && cycles.gated !== undefined ? cycles.gated : cycles;
  const passes = isPass ? machine.peF32Passes : 1;
  const passCycles = issueCycles / passes;
  const own = quantity === "interval" ? passCycles : latencyCycles - (passes - 1) * passCycles;
  return (own * 1e9) / clockHzOf(unit, machine);
}

function argsOf({ inst: name, dtype, size, from, func }: MeasuredInstruction, machine: Machine): ResolvedArgs {
  const tile = (memory: "sbuf" | "psum", elements: number): ResolvedOperand => ({
    memory,
    dtype,
    tensor: -1,
    startPartition: 0,
    partitions: machine.partitions,
    partitionStride: 0,
    addressBytes: 0,
    sizes: [elements],
    strides: [1],
  });
  const source = tile(from, size);
  const dst = tile(name === "matmul" || name === "transpose" ? "psum" : "sbuf", name === "tensor_reduce" ? 1 : size);
  const operands = name === "matmul" ? { dst, moving: source } : { dst, src: source };
  const given = { ...(func === undefined ? {} : { func }), op: "max" };
  return { operands, values: completeValues(instDef(name).fields, given) };
}

/** Of two transfers of one descriptor on one engine, the second after the first. */
export function descriptorNs({ quantity, engine, bytes }: MeasuredDescriptor, machine: Machine): number {
  const engines = makeDmaEngines({ ...machine, dmaEngines: 1 });
  const transfer = makeLinearTransfer(bytes, machine);
  const startNs = machine.dmaStartNs;
  const freeNs = reserveTransfer(engines, transfer, startNs);
  if (engine === "idle") return freeNs + machine.dmaDescriptorTailNs - startNs;
  const intervalNs = reserveTransfer(engines, transfer, startNs) - freeNs;
  return quantity === "interval" ? intervalNs : intervalNs + machine.dmaDescriptorTailNs;
}

/** One instruction of each engine; what it writes is what the next engine's reads. */
function workOf(engine: EngineName): Instruction {
  const small = { at: 0, p: 32, f: 32 };
  if (engine === "pe") return inst("transpose", { dst: psum("bf16", small), src: sbuf("bf16", small) });
  return inst("tensor_copy", { dst: sbuf("bf16", small), src: psum("bf16", small) });
}

export function dependenceNs({ what }: MeasuredDependence, machine: Machine): number {
  const [producer, consumer] = what.split(" to ") as [EngineName, EngineName | "itself"];
  const b = streamBuilder(machine.name);
  if (consumer === "itself") {
    const tile = { at: 0, p: 32, f: 32 };
    const copy = inst("tensor_copy", { dst: sbuf("bf16", tile), src: sbuf("bf16", tile) });
    b.queue(producer, [copy, copy]);
  } else {
    const sem = b.sem("result", producer, consumer);
    b.queue(producer, [workOf(producer), release(sem)]);
    b.queue(consumer, [acquire(sem), workOf(consumer)]);
  }
  return gapNs(b.build(), machine);
}

/** From the first execution's completion to the last one's start. */
function gapNs(stream: Stream, machine: Machine): number {
  const { first, last } = firstAndLast(stream, machine);
  return last.startNs - first.completionNs;
}

function firstAndLast(stream: Stream, machine: Machine): { readonly first: TraceEvent; readonly last: TraceEvent } {
  const ran = simulate(stream, machine, undefined, { trace: true });
  invariant(ran.ok, "the stream runs");
  const events = ran.value.report.trace.filter(({ inst: name }) => name !== "acquire");
  const [first, last] = [events[0], events.at(-1)];
  invariant(first !== undefined && last !== undefined, "two instructions ran");
  return { first, last };
}

/** From the trigger of a transfer of `rows` rows into SBUF to the start of what waits for it. */
export function transferNs(
  { rows, rowBytes }: { readonly rows: number; readonly rowBytes: number },
  machine: Machine,
): number {
  const { partitions } = machine;
  const columns = rowBytes / 4;
  const b = streamBuilder(machine.name);
  const tensor = b.tensor("x", "f32", [rows, columns], "input");
  const loaded = b.sem("loaded", "dma0", "act");
  const dims = (stride: number) => [
    { stride, size: extent(rows / partitions) },
    { stride: 1, size: extent(columns) },
  ];
  const dst = sbuf("f32", { at: 0, p: partitions, dims: dims(columns) });
  const rowDim = { stride: columns, size: extent(partitions) };
  const address = { base: constant(0), rings: [] };
  const src: Operand = { memory: "hbm", dtype: "f32", tensor, address, dims: [rowDim, ...dims(partitions * columns)] };
  const copy = inst("dma_copy", { dst, src: { kind: "operand", operand: src } });
  b.queue("dma0", [copy, release(loaded)]);
  const tile = { at: 0, p: partitions, f: 1 };
  b.queue("act", [acquire(loaded), inst("tensor_copy", { dst: sbuf("f32", tile), src: sbuf("f32", tile) })]);
  const { first, last } = firstAndLast(b.build(), machine);
  return last.startNs - first.startNs;
}
