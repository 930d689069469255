// From the operands of an execution to their places in the buffers.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { freeSize, type ResolvedOperand } from "../isa/define.ts";
import type { MemoryMap } from "./memory-map.ts";
import { mergeDims, type Place } from "./places.ts";

export function placeOf(name: string, operand: ResolvedOperand, map: MemoryMap): Place {
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

/** The first slot of the held operands, as f32 that nothing rounds: [k, m]. */
export function heldPlace(name: string, operand: ResolvedOperand, { held }: MemoryMap): Place {
  const free = freeSize(operand);
  return {
    name,
    memory: "held",
    dtype: "f32",
    base: 0,
    rows: operand.partitions,
    rowStride: held.rowWords,
    free,
    dims: mergeDims([free], [1]),
  };
}
