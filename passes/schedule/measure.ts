// What a lowered kernel needs of the memories on chip, as far as can be said without allocation.

import type { Machine } from "../../ir-spec/machine.ts";
import type { Access, TileBuffer, TileStatement } from "../../ir-spec/tile.ts";
import { slotBytes } from "../../ir-spec/tile-size.ts";

export interface KernelRoom {
  readonly sbufBytesPerPartition: number;
  readonly psumBanks: number;
}

type BufferInfo = (buffer: Access["buffer"]) => TileBuffer;

export function measureRoom(body: readonly TileStatement[], bufferInfo: BufferInfo, machine: Machine): KernelRoom {
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
  return { sbufBytesPerPartition: sum.sbuf, psumBanks: sum.psum };
}

export function fits(room: KernelRoom, machine: Machine): boolean {
  return room.sbufBytesPerPartition <= machine.sbufBytesPerPartition && room.psumBanks <= machine.psumBanks;
}
