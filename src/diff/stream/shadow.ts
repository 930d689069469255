// A shadow of a run's memories: in place of each value a number of what computed it, 64 bits in two words, at every byte of the
// element. Equal numbers, equal values: they are hashes of the instructions and of the numbers of what these read.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { freeSize, type ResolvedOperand } from "../../../targets/neuron/isa/define.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";

/** Numbers of bytes; the low word counts up within an element, so that a part of one is another number. */
export interface ShadowBytes {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export interface Shadow {
  readonly sbuf: ShadowBytes;
  readonly psum: ShadowBytes;
  readonly tensors: readonly ShadowBytes[];
  readonly sbufRowBytes: number;
  readonly psumRowBytes: number;
}

/** The numbers of an operand's elements, row by row. */
export interface Numbers {
  readonly p: number;
  readonly f: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

const makeBytes = (bytes: number): ShadowBytes => ({ low: new Int32Array(bytes), high: new Int32Array(bytes) });

export function makeShadow({ tensors }: Stream, machine: Machine): Shadow {
  const psumRowBytes = machine.psumBanks * machine.psumBankBytesPerPartition;
  return {
    sbuf: makeBytes(machine.partitions * machine.sbufBytesPerPartition),
    psum: makeBytes(machine.partitions * psumRowBytes),
    tensors: tensors.map((tensor) => makeBytes(tensorBytes(tensor))),
    sbufRowBytes: machine.sbufBytesPerPartition,
    psumRowBytes,
  };
}

/** Mixes a word into a hash. Source: Austin Appleby, MurmurHash3 (public domain): the body of the 32-bit variant. */
export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Ends a hash, so that each bit of it depends on all. Source: likewise, its finalizer. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function bytesOf(shadow: Shadow, { memory, tensor }: ResolvedOperand): ShadowBytes {
  if (memory === "hbm") return shadow.tensors[tensor]!;
  return memory === "sbuf" ? shadow.sbuf : shadow.psum;
}

/** Calls `visit` for each element of an operand in order, with its first byte. */
function forEachElement(shadow: Shadow, operand: ResolvedOperand, visit: (byte: number, at: number) => void): void {
  const { sizes, strides, partitions, addressBytes, startPartition, partitionStride, memory } = operand;
  const bytes = dtypeBytes(operand.dtype);
  const chipRow = memory === "sbuf" ? shadow.sbufRowBytes : shadow.psumRowBytes;
  const rowBytes = memory === "hbm" ? partitionStride * bytes : chipRow;
  const first = addressBytes + (memory === "hbm" ? 0 : startPartition * chipRow);
  const count = sizes.at(-1) ?? 1;
  const step = (strides.at(-1) ?? 1) * bytes;
  const runs = count === 0 ? 0 : freeSize(operand) / count;
  let at = 0;
  for (let p = 0; p < partitions; p++) {
    for (let run = 0; run < runs; run++) {
      let rest = run;
      let byte = first + p * rowBytes;
      for (let dim = sizes.length - 2; dim >= 0; dim--) {
        byte += (rest % sizes[dim]!) * strides[dim]! * bytes;
        rest = Math.floor(rest / sizes[dim]!);
      }
      for (let index = 0; index < count; index++, byte += step) visit(byte, at++);
    }
  }
}

export function readNumbers(shadow: Shadow, operand: ResolvedOperand): Numbers {
  const f = freeSize(operand);
  const numbers = {
    p: operand.partitions,
    f,
    low: new Int32Array(operand.partitions * f),
    high: new Int32Array(operand.partitions * f),
  };
  const { low, high } = bytesOf(shadow, operand);
  const last = dtypeBytes(operand.dtype) - 1;
  forEachElement(shadow, operand, (byte, at) => {
    const [x, y] = [low[byte]!, high[byte]!];
    numbers.low[at] = x;
    numbers.high[at] = y;
    const isWhole = low[byte + last] === ((x + last) | 0) && high[byte + last] === y;
    if (!isWhole) combineBytes({ low, high }, byte, last, numbers, at);
  });
  return numbers;
}

/** An element that is made of parts of others. */
function combineBytes({ low, high }: ShadowBytes, byte: number, last: number, to: Numbers, at: number): void {
  let [x, y] = [1, 2];
  for (let index = 0; index <= last; index++) {
    x = mix(mix(x, low[byte + index]!), high[byte + index]!);
    y = mix(mix(y, high[byte + index]!), low[byte + index]!);
  }
  to.low[at] = finish(x);
  to.high[at] = finish(y);
}

export function writeNumbers(shadow: Shadow, operand: ResolvedOperand, numbers: Numbers): void {
  const { low, high } = bytesOf(shadow, operand);
  const bytes = dtypeBytes(operand.dtype);
  forEachElement(shadow, operand, (byte, at) => {
    for (let index = 0; index < bytes; index++) {
      low[byte + index] = numbers.low[at]! + index;
      high[byte + index] = numbers.high[at]!;
    }
  });
}
