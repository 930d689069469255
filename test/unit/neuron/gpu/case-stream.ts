// Cases of single instructions as one stream: each operand gets a place of its own, filled from a tensor; then come the
// instructions, then what each of them wrote goes to a tensor, the gaps between its elements included.
import { dtypeBytes, roundTo } from "../../../../ir-spec/base/dtype.ts";
import type { TensorId } from "../../../../ir-spec/base/ids.ts";
import { makeTensor, type Tensor } from "../../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../../ir-spec/machine.ts";
import type { HeldArgument } from "../../../../targets/neuron/inst-args.ts";
import { byteRange } from "../../../../targets/neuron/isa/check.ts";
import { freeSize, type ResolvedOperand } from "../../../../targets/neuron/isa/define.ts";
import { instDef } from "../../../../targets/neuron/isa/index.ts";
import type { Argument, QueueName, Stream, StreamItem } from "../../../../targets/neuron/stream.ts";
import { makeArgs, randomBlocks, randomNumbers } from "../isa-fixtures.ts";
import type { InstCase } from "../isa-special-fixtures.ts";
import {
  acquire,
  affine,
  flag,
  hbm,
  inst,
  looseInst,
  psum,
  release,
  type StreamBuilder,
  sbuf,
  streamBuilder,
  value,
} from "../stream-fixtures.ts";

export interface GpuCase extends Omit<InstCase, "expected"> {
  /** Units in the last place of the result by which it may differ from the simulator's; 0 without it. */
  readonly ulps?: number;
}

export interface CaseStream {
  readonly stream: Stream;
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** For each case the names of the tensors that hold what it wrote. */
  readonly results: readonly (readonly string[])[];
}

/** Elements of a row from its first to its last, gaps included. */
const spanOf = (operand: ResolvedOperand): number => {
  const [, end] = byteRange({ ...operand, addressBytes: 0 });
  return end / dtypeBytes(operand.dtype);
};

/** Where element `f` of a row lies. */
function offsetOf({ sizes, strides }: ResolvedOperand, f: number): number {
  let rest = f;
  let offset = 0;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    offset += (rest % sizes[dim]!) * strides[dim]!;
    rest = Math.floor(rest / sizes[dim]!);
  }
  return offset;
}

/** The elements in their places, random numbers between them. */
function spread(operand: ResolvedOperand, elements: Float64Array): Tensor {
  const { dtype, partitions } = operand;
  const span = spanOf(operand);
  const tensor = makeTensor({ dtype, shape: [partitions, span] });
  const next = randomNumbers(partitions * span);
  for (let at = 0; at < tensor.data.length; at++) tensor.data[at] = roundTo(dtype, next());
  const f = freeSize(operand);
  for (let at = 0; at < partitions * f; at++) {
    tensor.data[Math.floor(at / f) * span + offsetOf(operand, at % f)] = elements[at]!;
  }
  return tensor;
}

/** Gives out addresses of a memory; none crosses a bank of PSUM. */
function makePlaces(machine: Machine) {
  const next = { sbuf: 0, psum: 0 };
  const alignment = 32;
  return (memory: "sbuf" | "psum", bytes: number): number => {
    const bank = machine.psumBankBytesPerPartition;
    const crosses = memory === "psum" && Math.floor(next.psum / bank) !== Math.floor((next.psum + bytes - 1) / bank);
    const at = crosses ? Math.ceil(next.psum / bank) * bank : next[memory];
    next[memory] = Math.ceil((at + bytes) / alignment) * alignment;
    return at;
  };
}

/** What happens around the cases, in order. */
interface Moves {
  /** From tensors to SBUF, from there to PSUM, from there back, and to tensors. */
  readonly loads: StreamItem[];
  readonly before: StreamItem[];
  readonly after: StreamItem[];
  readonly stores: StreamItem[];
}

interface Site {
  readonly b: StreamBuilder;
  readonly moves: Moves;
  readonly place: ReturnType<typeof makePlaces>;
}

/** A place on chip, filled from a tensor before the cases, emptied into one after them. */
function onChip(
  { b, moves, place }: Site,
  name: string,
  operand: ResolvedOperand,
  isWritten: boolean,
): HeldArgument<"operand"> {
  const { dtype, partitions: p, startPartition: start, sizes, strides } = operand;
  const memory = operand.memory === "psum" ? "psum" : "sbuf";
  const f = spanOf(operand);
  const at = place(memory, f * dtypeBytes(dtype));
  const staged = memory === "sbuf" ? at : place("sbuf", f * dtypeBytes(dtype));
  const rows = (tensor: TensorId): HeldArgument<"operand"> => hbm(tensor, dtype, { at: 0, rows: p, rowStride: f, f });
  const tile = sbuf(dtype, { at: staged, p, f, start });
  const bank = psum(dtype, { at, p, f, start });
  moves.loads.push(inst("dma_copy", { dst: tile, src: rows(b.tensor(name, dtype, [p, f], "input")) }));
  if (memory === "psum") moves.before.push(inst("tensor_copy", { dst: bank, src: tile }));
  if (isWritten) {
    if (memory === "psum") moves.after.push(inst("tensor_copy", { dst: tile, src: bank }));
    const tensor = b.tensor(`${name}_after`, dtype, [p, f], "output");
    moves.stores.push(inst("dma_copy", { dst: rows(tensor), src: tile }));
  }
  const dims = sizes.map((size, dim) => ({ stride: strides[dim]!, size: { max: size } }));
  return (memory === "psum" ? psum : sbuf)(dtype, { at, p, dims, start });
}

function inHbm({ b }: Site, name: string, operand: ResolvedOperand, isWritten: boolean): HeldArgument<"operand"> {
  const { dtype, partitions: rows } = operand;
  const f = spanOf(operand);
  const tensor = b.tensor(name, dtype, [rows, f], isWritten ? "state" : "input");
  return hbm(tensor, dtype, { at: 0, rows, rowStride: f, f: freeSize(operand) });
}

/** The stream of the cases, on random operands of a seed. */
export function caseStream(cases: readonly GpuCase[], machine: Machine, seed: number): CaseStream {
  const b = streamBuilder(machine.name);
  const inputs = new Map<string, Tensor>();
  const moves: Moves = { loads: [], before: [], after: [], stores: [] };
  const site: Site = { b, moves, place: makePlaces(machine) };
  const programs = new Map<QueueName, StreamItem[]>();
  const results = cases.map((entry, index) => {
    const row = instDef(entry.name);
    const blocks = randomBlocks(makeArgs(entry.operands, entry.values), seed + index);
    entry.prepare?.(blocks);
    const written: string[] = [];
    const args: Record<string, Argument> = {};
    for (const [name, operand] of Object.entries(entry.operands)) {
      const field = row.fields[name];
      const isWritten = field?.kind === "operand" && field.role !== "read";
      const isOnChip = operand.memory !== "hbm";
      const full = `c${index}_${name}`;
      inputs.set(full, spread(operand, blocks[name]!.data));
      args[name] = (isOnChip ? onChip : inHbm)(site, full, operand, isWritten);
      if (isWritten) written.push(isOnChip ? `${full}_after` : full);
    }
    const program = programs.get(queueOf(entry)) ?? [];
    programs.set(queueOf(entry), program);
    const { stationary, stationary_scales, stationary_index, ...own } = { ...args, ...valueArguments(entry) };
    const more = { scales: stationary_scales, src_index: stationary_index };
    if (stationary !== undefined) program.push(loadOf(stationary, more, own.scale_row));
    program.push(looseInst(entry.name, own));
    return written;
  });
  addQueues(site, programs);
  return { stream: b.build(), inputs, results };
}

/** The load of what a product has as its stationary operand. */
function loadOf(
  src: Argument,
  { scales, src_index }: Readonly<Record<"scales" | "src_index", Argument | undefined>>,
  scaleRow: Argument | undefined,
): StreamItem {
  if (scales === undefined)
    return looseInst("load_weights", { src, ...(src_index === undefined ? {} : { src_index }) });
  return looseInst("load_weights_mx", { src, scales, ...(scaleRow === undefined ? {} : { scale_row: scaleRow }) });
}

function valueArguments({ name: instName, values = {} }: GpuCase): Record<string, Argument> {
  const { fields } = instDef(instName);
  const entries = Object.entries(values).map(([name, given]): [string, Argument] => {
    const kind = fields[name]?.kind;
    if (kind === "flag") return [name, flag(given === true)];
    return [name, kind === "affine" ? affine(Number(given)) : value(given)];
  });
  return Object.fromEntries(entries);
}

/** All loads, then the cases of each queue, then all stores. The scalar engine's queue moves what lies in PSUM. */
function addQueues({ b, moves }: Site, programs: ReadonlyMap<QueueName, readonly StreamItem[]>): void {
  const loaded = b.sem("loaded", "dma0", "act");
  const finished = b.sem("finished", "act", "dma1");
  const others = [...programs].filter(([queue]) => queue !== "act");
  const handOver = others.map(([queue, program]) => {
    const start = b.sem(`start_${queue}`, "act", queue);
    const done = b.sem(`done_${queue}`, queue, "act");
    const drain = queue.startsWith("dma") ? [] : [inst("drain", {})];
    b.queue(queue, [acquire(start), ...program, ...drain, release(done)]);
    return { start, done };
  });
  b.queue("dma0", [...moves.loads, release(loaded)]);
  b.queue("act", [
    acquire(loaded),
    ...moves.before,
    ...handOver.map(({ start }) => release(start)),
    ...(programs.get("act") ?? []),
    ...handOver.map(({ done }) => acquire(done)),
    ...moves.after,
    release(finished),
  ]);
  b.queue("dma1", [acquire(finished), ...moves.stores]);
}

function queueOf({ unit }: GpuCase): QueueName {
  return unit === "dma" ? "dma2" : unit;
}
