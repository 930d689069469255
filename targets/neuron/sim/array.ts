// The systolic array of a run with SIMD: it keeps the stationary operand and the moving one in panels (array.wat) and multiplies
// them into PSUM. The meaning is that of the row `matmul`; without a module the simulator executes that row instead.

import type { Machine } from "../../../ir-spec/machine.ts";
import { type Block, freeSize, type ResolvedOperand } from "../isa/define.ts";
import {
  type ArrayModule,
  arraySizes,
  maxArrayColumns,
  panelBytes,
  panelColumns,
  tileColumns,
  tileRows,
} from "./array-module.ts";
import { chipAddress, gather, isDense, type Memories, rowBytesOf, scatter } from "./memory.ts";

/** The array's own part of the memory; changed in place. */
export interface SystolicArray {
  readonly module: ArrayModule;
  /** The whole memory as f32. */
  readonly f32: Float32Array;
  /** Byte addresses of the stationary operand's panels, the moving one's, and a product that cannot go to PSUM at once. */
  readonly stationaryAt: number;
  readonly movingAt: number;
  readonly sumsAt: number;
  /** For operands that the module cannot pack; for what PSUM held. */
  readonly scratch: Float64Array;
}

export function makeArray({ module, array }: Memories, machine: Machine): SystolicArray | undefined {
  if (module === undefined) return undefined;
  const { stationaryBytes, movingBytes } = arraySizes(machine);
  const stationaryAt = array.u8.byteOffset;
  const movingAt = stationaryAt + stationaryBytes;
  return {
    module,
    f32: new Float32Array(array.u8.buffer),
    stationaryAt,
    movingAt,
    sumsAt: movingAt + movingBytes,
    scratch: new Float64Array(scratchElements(machine)),
  };
}

/** The largest of a stationary operand, a moving one and a product. */
function scratchElements(machine: Machine): number {
  const { peRows, peColumns } = machine;
  const movingColumns = maxArrayColumns(machine);
  return Math.max(peRows * peColumns, peRows * movingColumns, peColumns * movingColumns);
}

/** Takes `src` [k, m] as the stationary operand. */
export function holdOperand(array: SystolicArray, memories: Memories, src: ResolvedOperand): void {
  packOperand(array, memories, src, array.stationaryAt);
}

/** The stationary operand as a block: for instructions that run as their row says. */
export function unpackStationary({ f32, stationaryAt }: SystolicArray, operand: ResolvedOperand): Block {
  const [k, m] = [operand.partitions, freeSize(operand)];
  const first = stationaryAt / Float32Array.BYTES_PER_ELEMENT;
  const panelElements = panelBytes(k) / Float32Array.BYTES_PER_ELEMENT;
  const data = new Float64Array(k * m);
  for (let q = 0; q < k; q++) {
    for (let j = 0; j < m; j++) {
      const column = j % panelColumns;
      data[q * m + j] = f32[first + ((j - column) / panelColumns) * panelElements + q * panelColumns + column]!;
    }
  }
  return { p: k, f: m, data };
}

/** dst [m, n] (+)= product of the stationary operand [k, m] and `moving` [k, n]. */
export function multiply(
  array: SystolicArray,
  memories: Memories,
  { dst, moving, accumulate }: { dst: ResolvedOperand; moving: ResolvedOperand; accumulate: boolean },
): void {
  const { stationaryAt, movingAt, sumsAt } = array;
  packOperand(array, memories, moving, movingAt);
  const [k, m, n] = [moving.partitions, dst.partitions, freeSize(dst)];
  const isWholeTiles = m % tileRows === 0 && n % tileColumns === 0;
  if (isWholeTiles && dst.dtype === "f32" && isDense(dst)) {
    const out = chipAddress(memories, dst);
    array.module.product(stationaryAt, movingAt, k, m, n, out, rowBytesOf(memories, dst), accumulate ? 1 : 0);
    return;
  }
  const sumColumns = Math.ceil(n / tileColumns) * tileColumns;
  const f32Bytes = Float32Array.BYTES_PER_ELEMENT;
  array.module.product(stationaryAt, movingAt, k, m, n, sumsAt, sumColumns * f32Bytes, 0);
  addSums(array, memories, { dst, sumColumns, accumulate });
}

function addSums(
  { f32, sumsAt, scratch }: SystolicArray,
  memories: Memories,
  { dst, sumColumns, accumulate }: { dst: ResolvedOperand; sumColumns: number; accumulate: boolean },
): void {
  const n = freeSize(dst);
  if (accumulate) gather(memories, dst, scratch);
  else scratch.fill(0, 0, dst.partitions * n);
  const firstSum = sumsAt / Float32Array.BYTES_PER_ELEMENT;
  for (let i = 0; i < dst.partitions; i++) {
    const from = firstSum + i * sumColumns;
    for (let j = 0; j < n; j++) scratch[i * n + j] = Math.fround(scratch[i * n + j]! + f32[from + j]!);
  }
  scatter(memories, dst, scratch);
}

/** Converts an operand [k, n] to f32 in panels; what is left of the last one keeps what it holds. */
function packOperand(array: SystolicArray, memories: Memories, operand: ResolvedOperand, to: number): void {
  const [k, n] = [operand.partitions, freeSize(operand)];
  if (operand.dtype === "bf16" && isDense(operand)) {
    array.module.packBf16(chipAddress(memories, operand), rowBytesOf(memories, operand), k, n, to);
    return;
  }
  const { f32, scratch } = array;
  gather(memories, operand, scratch);
  const first = to / Float32Array.BYTES_PER_ELEMENT;
  const panelElements = panelBytes(k) / Float32Array.BYTES_PER_ELEMENT;
  for (let q = 0; q < k; q++) {
    for (let j = 0; j < n; j++) {
      const column = j % panelColumns;
      f32[first + ((j - column) / panelColumns) * panelElements + q * panelColumns + column] = scratch[q * n + j]!;
    }
  }
}
