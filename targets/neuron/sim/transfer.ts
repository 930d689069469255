// What one DMA instruction moves: descriptors and bytes. A descriptor is a run of elements that is contiguous on both sides.
// Source: AWS Neuron SDK documentation, NKI DMA overview: one descriptor covers one contiguous run in one partition; times:
// measured on trn2, a fixed cost, some of it ahead of an idle engine's first descriptor, and one per byte.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { operandOf } from "../isa/args.ts";
import { freeSize, type ResolvedArgs, type ResolvedOperand, type TransferShape } from "../isa/define.ts";
import { type InstName, instDef } from "../isa/index.ts";

/** Nanoseconds of a second. */
const nsPerSecond = 1e9;

export interface Transfer {
  readonly descriptors: number;
  /** Time of one descriptor on one DMA engine, the mean over all of the instruction's (ns). */
  readonly descriptorNs: number;
  /** Tensors in HBM that are read, and how much of each. */
  readonly reads: readonly TensorBytes[];
  /** Tensor in HBM that is written, -1 for none. */
  readonly writeTensor: number;
  /** What the engines move, on chip and in HBM (B). */
  readonly movedBytes: number;
  /** All that is read in HBM, also what belongs to no tensor. */
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Time of the bytes at the HBM's bandwidth (ns). */
  readonly hbmNs: number;
}

interface TensorBytes {
  readonly tensor: number;
  readonly bytes: number;
}

/** Elements at the end of each row that lie one after the other. */
function contiguousElements({ sizes, strides }: ResolvedOperand): number {
  let run = 1;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    const size = sizes[dim]!;
    if (size !== 1 && strides[dim] !== run) return run;
    run *= size;
  }
  return run;
}

/** Elements that lie one after the other, rows in HBM that follow each other included. */
function runElements(operand: ResolvedOperand): number {
  const run = contiguousElements(operand);
  const row = freeSize(operand);
  const rowsFollow = operand.memory === "hbm" && run === row && operand.partitionStride === row;
  return rowsFollow ? row * operand.partitions : run;
}

/** Runs of `elements` elements that are cut wherever either side's run ends. */
function countPieces(elements: number, left: number, right: number): number {
  const cuts = elements / left + elements / right;
  const commonCuts = Math.max(left, right) % Math.min(left, right) === 0 ? elements / Math.max(left, right) : 1;
  return Math.max(1, Math.ceil(cuts - commonCuts));
}

/** Time of one descriptor on one DMA engine, until the engine's next one (ns). */
export function descriptorNs(bytes: number, machine: Machine): number {
  const granuleBytes = machine.dmaDescriptorGranuleBytes;
  const paidBytes = Math.ceil(bytes / granuleBytes) * granuleBytes;
  return machine.dmaDescriptorNs + (paidBytes * nsPerSecond) / machine.dmaEngineBytesPerSecond;
}

/** The transfer of a DMA instruction. Assumed: one that converts takes the time of its wider side. */
export function makeTransfer(inst: InstName, args: ResolvedArgs, machine: Machine): Transfer {
  const shape = instDef(inst).transfer?.(args, machine) ?? { dst: operandOf(args, "dst"), src: operandOf(args, "src") };
  const { dst, timeFactor = 1 } = shape;
  const sources = [shape.src, ...(shape.more ?? [])];
  const moves = sources.map((src) => moveOf({ ...shape, src }, machine));
  const descriptors = sum(moves.map((move) => move.descriptors));
  const enginesNs = sum(moves.map((move) => move.enginesNs));
  const movedBytes = sum(moves.map((move) => move.movedBytes));
  const reads = [...sources, ...(shape.readsDst ? [dst] : [])].flatMap(hbmBytes);
  const readBytes = sum(reads.map(({ bytes }) => bytes));
  const writeBytes = sum(hbmBytes(dst).map(({ bytes }) => bytes));
  return {
    descriptors,
    descriptorNs: descriptors === 0 ? 0 : (timeFactor * enginesNs) / descriptors,
    movedBytes,
    reads,
    writeTensor: dst.tensor,
    readBytes,
    writeBytes,
    hbmNs: ((readBytes + writeBytes) * nsPerSecond) / machine.hbmBytesPerSecond,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

/** The bytes of an operand in HBM; nothing of one on chip. */
function hbmBytes(operand: ResolvedOperand): readonly TensorBytes[] {
  if (operand.memory !== "hbm") return [];
  const bytes = operand.partitions * freeSize(operand) * dtypeBytes(operand.dtype);
  return [{ tensor: operand.tensor, bytes }];
}

/** One source's descriptors, and their time on one engine. */
function moveOf({ dst, src, isByRow }: TransferShape, machine: Machine) {
  const elementsPerRun = isByRow ? contiguousElements : runElements;
  const elements = src.partitions * freeSize(src);
  const widerBytes = Math.max(dtypeBytes(dst.dtype), dtypeBytes(src.dtype));
  const pieces = countPieces(elements, elementsPerRun(dst), elementsPerRun(src));
  const pieceBytes = (elements * widerBytes) / pieces;
  const descriptors = elements === 0 ? 0 : pieces * Math.ceil(pieceBytes / machine.dmaDescriptorMaxBytes);
  const movedBytes = elements * widerBytes;
  const eachNs = descriptors === 0 ? 0 : descriptorNs(movedBytes / descriptors, machine);
  return { descriptors, movedBytes, enginesNs: descriptors * eachNs };
}

/** The transfer of one run of bytes from HBM that belongs to no tensor. */
export function makeLinearTransfer(bytes: number, machine: Machine): Transfer {
  const descriptors = Math.ceil(bytes / machine.dmaDescriptorMaxBytes);
  return {
    descriptors,
    descriptorNs: descriptorNs(bytes / descriptors, machine),
    movedBytes: bytes,
    reads: [],
    writeTensor: -1,
    readBytes: bytes,
    writeBytes: 0,
    hbmNs: (bytes * nsPerSecond) / machine.hbmBytesPerSecond,
  };
}

/** The DMA engines and HBM, shared by all queues: until when each is taken. Changed in place. */
export interface DmaEngines {
  readonly freeNs: Float64Array;
  /** The engine that the next transfer's first descriptor goes to, in element 0. */
  readonly cursor: Int32Array;
  /** Until when HBM's bandwidth is taken, in element 0. */
  readonly hbmFreeNs: Float64Array;
  /** What an idle engine has after it of its first descriptor (ns). */
  readonly aheadNs: number;
}

export function makeDmaEngines(machine: Machine): DmaEngines {
  return {
    freeNs: new Float64Array(machine.dmaEngines),
    cursor: new Int32Array(1),
    hbmFreeNs: new Float64Array(1),
    aheadNs: machine.dmaDescriptorAheadNs,
  };
}

/**
 * Spreads a transfer's descriptors over the engines, from `startNs` on, each engine after what it already has to do.
 * Returns when the last byte is there. HBM serves one transfer after the other at its full bandwidth.
 */
export function reserveTransfer(engines: DmaEngines, transfer: Transfer, startNs: number): number {
  const { freeNs, cursor, hbmFreeNs, aheadNs } = engines;
  const { descriptors, hbmNs } = transfer;
  const share = Math.floor(descriptors / freeNs.length);
  const rest = descriptors % freeNs.length;
  const first = cursor[0]!;
  let endNs = startNs;
  for (let offset = 0; offset < freeNs.length; offset++) {
    const own = share + (offset < rest ? 1 : 0);
    if (own === 0) break;
    const engine = first + offset < freeNs.length ? first + offset : first + offset - freeNs.length;
    freeNs[engine] = Math.max(freeNs[engine]!, startNs - aheadNs) + own * transfer.descriptorNs;
    endNs = Math.max(endNs, freeNs[engine]!);
  }
  cursor[0] = (first + rest) % freeNs.length;
  hbmFreeNs[0] = Math.max(hbmFreeNs[0]!, startNs) + hbmNs;
  return hbmNs > 0 ? Math.max(endNs, hbmFreeNs[0]!) : endNs;
}
