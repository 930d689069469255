// What a lowered kernel needs and costs, as far as can be said without allocation: bytes on chip, bytes moved, and the
// time of each group of engines if nothing ever waited. Borders count as whole tiles.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { CostFunction } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Access, TileBuffer, TileNode, TileStatement } from "../../ir-spec/tile.ts";
import { isTransfer } from "../../ir-spec/tile-ops/index.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";

export interface KernelMeasure {
  readonly sbufBytesPerPartition: number;
  readonly psumBanks: number;
  /** Bytes between HBM and chip. */
  readonly hbmBytes: number;
  readonly peNs: number;
  readonly vectorNs: number;
  readonly dmaNs: number;
}

export function measureKernel(
  body: readonly TileStatement[],
  bufferInfo: (buffer: Access["buffer"]) => TileBuffer,
  env: { readonly machine: Machine; readonly cost: CostFunction },
): KernelMeasure {
  const sum = { sbuf: 0, psum: 0, hbm: 0, pe: 0, vector: 0, dma: 0 };
  const visit = (statements: readonly TileStatement[], times: number): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body, times * statement.trips.max);
      else if (statement.kind === "alloc") {
        const buffer = bufferInfo(statement.buffer);
        const bytes = Math.min(buffer.slots, times) * slotBytes(buffer, env.machine);
        if (buffer.memory === "psum") sum.psum += bytes / env.machine.psumBankBytesPerPartition;
        else sum.sbuf += bytes;
      } else {
        const dst = statement.operands.dst;
        if (dst === undefined) continue;
        const shape = shapeOf(dst, bufferInfo);
        const busyNs = times * env.cost(statement.op, { ...shape, ...contractedRows(statement) });
        if (statement.op === "matmul" || statement.op === "transpose") sum.pe += busyNs;
        else if (isTransfer(statement.op)) {
          sum.dma += busyNs;
          sum.hbm += times * shape.p * shape.f * dtypeBytes(shape.dtype);
        } else sum.vector += busyNs;
      }
    }
  };
  visit(body, 1);
  return {
    sbufBytesPerPartition: sum.sbuf,
    psumBanks: sum.psum,
    hbmBytes: sum.hbm,
    peNs: sum.pe,
    vectorNs: sum.vector,
    dmaNs: sum.dma,
  };
}

function shapeOf(access: Access, bufferInfo: (buffer: Access["buffer"]) => TileBuffer) {
  let f = 1;
  for (const dim of access.dims) f *= dim.size.max;
  return { p: access.partition.size.max, f, dtype: bufferInfo(access.buffer).dtype };
}

function contractedRows(node: TileNode): { readonly k?: number } {
  const { stationary } = node.operands;
  return stationary === undefined ? {} : { k: stationary.partition.size.max };
}

export function fits(measure: KernelMeasure, machine: Machine): boolean {
  return measure.sbufBytesPerPartition <= machine.sbufBytesPerPartition && measure.psumBanks <= machine.psumBanks;
}
