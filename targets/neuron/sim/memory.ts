// SBUF, PSUM and the tensors in HBM as raw bytes, and the way of an operand's elements out of them and back.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Tensor, tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { freeSize, type ResolvedOperand } from "../isa/define.ts";
import type { StreamTensor } from "../stream.ts";
import { type ArrayModule, arrayBytes, makeChipBuffer } from "./array-module.ts";
import { type Bytes, codecs, type ElementRun, freshBytes, makeBytes } from "./codecs.ts";

export interface Memories {
  /** SBUF, PSUM and the systolic array's own memory are parts of one buffer. */
  readonly sbuf: Bytes;
  readonly psum: Bytes;
  readonly array: Bytes;
  /** Computes over that buffer; absent without WebAssembly. */
  readonly module: ArrayModule | undefined;
  /** Indexed by TensorId; made when first touched. */
  readonly tensors: Bytes[];
  readonly streamTensors: readonly StreamTensor[];
  readonly sbufBytesPerPartition: number;
  readonly psumBytesPerPartition: number;
}

/** Fresh memories. `useSimd`: with the module that computes over them, where WebAssembly is there. */
export function makeMemories(machine: Machine, streamTensors: readonly StreamTensor[], useSimd = true): Memories {
  const { partitions, sbufBytesPerPartition } = machine;
  const psumBytesPerPartition = machine.psumBanks * machine.psumBankBytesPerPartition;
  const sbufBytes = partitions * sbufBytesPerPartition;
  const psumBytes = partitions * psumBytesPerPartition;
  const ownBytes = arrayBytes(machine);
  const { buffer, module } = makeChipBuffer(sbufBytes + psumBytes + ownBytes, useSimd);
  return {
    sbuf: freshBytes(buffer, 0, sbufBytes),
    psum: freshBytes(buffer, sbufBytes, psumBytes),
    array: freshBytes(buffer, sbufBytes + psumBytes, ownBytes),
    module,
    tensors: [],
    streamTensors,
    sbufBytesPerPartition,
    psumBytesPerPartition,
  };
}

export function tensorMemory(memories: Memories, tensor: number): Bytes {
  const existing = memories.tensors[tensor];
  if (existing !== undefined) return existing;
  const type = memories.streamTensors[tensor];
  invariant(type !== undefined, `the stream has no tensor ${tensor}`);
  const made = makeBytes(tensorBytes(type));
  memories.tensors[tensor] = made;
  return made;
}

/** Writes a whole tensor, rounding to its dtype. */
export function storeTensor(memories: Memories, tensor: number, values: Float64Array): void {
  const dtype = memories.streamTensors[tensor]?.dtype ?? "f32";
  codecs[dtype].write(tensorMemory(memories, tensor), { first: 0, stride: 1, count: values.length, at: 0 }, values);
}

/** Reads a whole tensor. */
export function loadTensor(memories: Memories, tensor: number): Tensor {
  const { dtype, shape } = memories.streamTensors[tensor]!;
  const data = new Float64Array(tensorBytes({ dtype, shape }) / dtypeBytes(dtype));
  codecs[dtype].read(tensorMemory(memories, tensor), { first: 0, stride: 1, count: data.length, at: 0 }, data);
  return { dtype, shape, data };
}

/** Reads an operand's elements row by row into the front of `to`. */
export function gather(memories: Memories, operand: ResolvedOperand, to: Float64Array): void {
  const { read } = codecs[operand.dtype];
  const bytes = bytesOf(memories, operand);
  forEachRun(memories, operand, (run) => read(bytes, run, to));
}

/** Writes an operand's elements from the front of `from`, rounding to its dtype. */
export function scatter(memories: Memories, operand: ResolvedOperand, from: Float64Array): void {
  const { write } = codecs[operand.dtype];
  const bytes = bytesOf(memories, operand);
  forEachRun(memories, operand, (run) => write(bytes, run, from));
}

export function bytesOf(memories: Memories, operand: ResolvedOperand): Bytes {
  if (operand.memory === "hbm") return tensorMemory(memories, operand.tensor);
  return operand.memory === "sbuf" ? memories.sbuf : memories.psum;
}

/** Whether each row of the operand is one run of neighbouring elements. */
export function isDense({ sizes, strides }: ResolvedOperand): boolean {
  let run = 1;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    const size = sizes[dim]!;
    if (size !== 1 && strides[dim] !== run) return false;
    run *= size;
  }
  return true;
}

/** Byte address of an on-chip operand's first element in the buffer that holds SBUF and PSUM. */
export function chipAddress(memories: Memories, operand: ResolvedOperand): number {
  const { byteOffset } = bytesOf(memories, operand).u8;
  return byteOffset + operand.startPartition * rowBytesOf(memories, operand) + operand.addressBytes;
}

/** Bytes from one partition of an on-chip operand to the next (B). */
export function rowBytesOf(memories: Memories, { memory }: ResolvedOperand): number {
  return memory === "sbuf" ? memories.sbufBytesPerPartition : memories.psumBytesPerPartition;
}

/** Elements between the operand's rows, and the number of its first element, in its memory. */
export function rowPlace(memories: Memories, operand: ResolvedOperand): { first: number; rowStride: number } {
  const bytes = dtypeBytes(operand.dtype);
  if (operand.memory === "hbm") return { first: operand.addressBytes / bytes, rowStride: operand.partitionStride };
  const perPartition = operand.memory === "sbuf" ? memories.sbufBytesPerPartition : memories.psumBytesPerPartition;
  const rowStride = perPartition / bytes;
  return { first: operand.startPartition * rowStride + operand.addressBytes / bytes, rowStride };
}

/** Calls `visit` for each run along the innermost free dimension, in order; the same object each time. */
function forEachRun(memories: Memories, operand: ResolvedOperand, visit: (run: ElementRun) => void): void {
  const { sizes, strides, partitions } = operand;
  const { first, rowStride } = rowPlace(memories, operand);
  const count = sizes.at(-1) ?? 1;
  const rowElements = freeSize(operand);
  const run: ElementRun = { first, stride: strides.at(-1) ?? 1, count, at: 0 };
  for (let p = 0; p < partitions; p++) {
    for (let within = 0; within < rowElements; within += count) {
      run.first = first + p * rowStride + outerOffset(within / count, sizes, strides);
      run.at = p * rowElements + within;
      visit(run);
    }
  }
}

/** The offset in elements of the `index`-th run of a row, counted through all free dimensions but the innermost. */
function outerOffset(index: number, sizes: readonly number[], strides: readonly number[]): number {
  let rest = index;
  let offset = 0;
  for (let dim = sizes.length - 2; dim >= 0 && rest > 0; dim--) {
    const size = sizes[dim]!;
    offset += (rest % size) * strides[dim]!;
    rest = Math.floor(rest / size);
  }
  return offset;
}
