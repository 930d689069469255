// Copies between operands of the same dtype, bit for bit: no element is converted on the way, and rows of neighbouring
// elements move as a whole.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { byteRange } from "../isa/check.ts";
import { freeSize, type ResolvedOperand } from "../isa/define.ts";
import { bytesOf, isDense, type Memories, rowPlace } from "./memory.ts";

type Words = Uint8Array | Uint16Array | Int32Array;

/** Copies `src` to `dst`, of equal shape. Says no, and does nothing, where the dtypes differ or the operands may overlap. */
export function copyBits(memories: Memories, dst: ResolvedOperand, src: ResolvedOperand): boolean {
  if (dst.dtype !== src.dtype || mayOverlap(dst, src)) return false;
  const elements = freeSize(dst);
  const to = { words: wordsOf(memories, dst), ...rowPlace(memories, dst) };
  const from = { words: wordsOf(memories, src), ...rowPlace(memories, src) };
  if (isDense(dst) && isDense(src)) {
    for (let p = 0; p < dst.partitions; p++) {
      const first = from.first + p * from.rowStride;
      copyRun(to.words, to.first + p * to.rowStride, { words: from.words, first, elements });
    }
    return true;
  }
  const toOffsets = offsetsOf(dst, elements);
  const fromOffsets = offsetsOf(src, elements);
  for (let p = 0; p < dst.partitions; p++) {
    const toFirst = to.first + p * to.rowStride;
    const fromFirst = from.first + p * from.rowStride;
    for (let f = 0; f < elements; f++) {
      to.words[toFirst + toOffsets[f]!] = from.words[fromFirst + fromOffsets[f]!]!;
    }
  }
  return true;
}

/** Fewer elements are copied one by one: a view of them costs more. */
const shortRun = 48;

interface SourceRun {
  readonly words: Words;
  readonly first: number;
  readonly elements: number;
}

function copyRun(to: Words, toFirst: number, { words, first, elements }: SourceRun): void {
  if (elements >= shortRun) to.set(words.subarray(first, first + elements), toFirst);
  else for (let f = 0; f < elements; f++) to[toFirst + f] = words[first + f]!;
}

function wordsOf(memories: Memories, operand: ResolvedOperand): Words {
  const { u8, u16, i32 } = bytesOf(memories, operand);
  const bytes = dtypeBytes(operand.dtype);
  if (bytes === u8.BYTES_PER_ELEMENT) return u8;
  return bytes === u16.BYTES_PER_ELEMENT ? u16 : i32;
}

/** Whether one could be changed by writing the other; not exact within a tensor in HBM. */
function mayOverlap(dst: ResolvedOperand, src: ResolvedOperand): boolean {
  if (dst.memory !== src.memory) return false;
  if (dst.memory === "hbm") return dst.tensor === src.tensor;
  const [dstFirst, dstEnd] = byteRange(dst);
  const [srcFirst, srcEnd] = byteRange(src);
  return (
    dstFirst < srcEnd &&
    srcFirst < dstEnd &&
    dst.startPartition < src.startPartition + src.partitions &&
    src.startPartition < dst.startPartition + dst.partitions
  );
}

/** Where the elements of a row lie, counted from its first one. */
function offsetsOf({ sizes, strides }: ResolvedOperand, elements: number): Int32Array {
  const offsets = new Int32Array(elements);
  let repeat = 1;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    const size = sizes[dim]!;
    const stride = strides[dim]!;
    for (let f = 0; f < elements; f++) offsets[f]! += (Math.floor(f / repeat) % size) * stride;
    repeat *= size;
  }
  return offsets;
}
