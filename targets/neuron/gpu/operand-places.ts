// From the operands of an execution to their places in the buffers.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { freeSize, type ResolvedOperand, type UnitName } from "../isa/define.ts";
import type { NamedUse } from "../isa/lanes.ts";
import { laneMemories, type MemoryMap } from "./memory-map.ts";
import { type DevicePlace, mergeDims } from "./places.ts";

export function placeOf(name: string, operand: ResolvedOperand, map: MemoryMap): DevicePlace {
  const { dtype, partitions } = operand;
  const bytes = dtypeBytes(dtype);
  const dims = mergeDims(operand.sizes, operand.strides);
  const shape = { name, dtype, rows: partitions, free: freeSize(operand), dims };
  if (operand.memory === "hbm") {
    const { memory, offsetBytes } = map.tensors[operand.tensor]!;
    const base = (offsetBytes + operand.addressBytes) / bytes;
    return { ...shape, memory, base, rowStride: operand.partitionStride };
  }
  const rowStride = map.rowBytes[operand.memory] / bytes;
  const base = operand.startPartition * rowStride + operand.addressBytes / bytes;
  return { ...shape, memory: operand.memory, base, rowStride };
}

/** The place of [rows, free] elements in the first slot of the stationary operands, as f32 that nothing rounds. */
export function stationaryPlace(
  { rows, free }: { readonly rows: number; readonly free: number },
  { stationary }: MemoryMap,
): DevicePlace {
  return {
    name: "stationary",
    memory: "stationary",
    dtype: "f32",
    base: 0,
    rows,
    rowStride: stationary.rowWords,
    free,
    dims: mergeDims([free], [1]),
  };
}

/** Registers of an engine's lanes, `words` of them in each: words of random generators, or f32 accumulators. */
export function lanePlace(
  { registers, use }: NamedUse,
  unit: UnitName,
  words: number,
  { lanes }: MemoryMap,
): DevicePlace {
  const { name } = registers;
  const { units, lanes: lanesOfUnit, rowWords } = lanes[name];
  const firstRow = units.indexOf(unit) * lanesOfUnit + use.first;
  return {
    name,
    memory: laneMemories[name],
    dtype: name === "state" ? "i32" : "f32",
    base: firstRow * rowWords,
    rows: use.count,
    rowStride: rowWords,
    free: words,
    dims: mergeDims([words], [1]),
  };
}
