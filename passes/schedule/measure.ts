// What a lowered kernel needs and costs, as far as can be said without allocation: bytes on chip, and how long it takes.

import type { StepCost } from "../../ir-spec/cost.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { Access, TileBuffer, TileStatement } from "../../ir-spec/tile.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";
import { type KernelTime, timeKernel } from "./time-kernel.ts";

export interface KernelMeasure extends KernelTime {
  readonly sbufBytesPerPartition: number;
  readonly psumBanks: number;
}

interface MeasureEnv {
  readonly machine: Machine;
  readonly stepCost: StepCost;
}

type BufferInfo = (buffer: Access["buffer"]) => TileBuffer;

export function measureKernel(
  body: readonly TileStatement[],
  bufferInfo: BufferInfo,
  { machine, stepCost }: MeasureEnv,
): KernelMeasure {
  const sum = { sbuf: 0, psum: 0 };
  const visit = (statements: readonly TileStatement[], times: number): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body, times * statement.trips.max);
      if (statement.kind !== "alloc") continue;
      const buffer = bufferInfo(statement.buffer);
      const bytes = Math.min(buffer.slots, times) * slotBytes(buffer, machine);
      if (buffer.memory === "psum") sum.psum += bytes / machine.psumBankBytesPerPartition;
      else sum.sbuf += bytes;
    }
  };
  visit(body, 1);
  const room = { sbufBytesPerPartition: sum.sbuf, psumBanks: sum.psum };
  return {
    ...room,
    ...timeKernel(body, { bufferInfo, stepCost, hopNs: machine.semaphoreHopNs }),
  };
}

export function fits(measure: KernelMeasure, machine: Machine): boolean {
  return measure.sbufBytesPerPartition <= machine.sbufBytesPerPartition && measure.psumBanks <= machine.psumBanks;
}
