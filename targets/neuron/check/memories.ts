// All memories of the core: finds the cells of an operand, and the words for them.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { ResolvedOperand } from "../isa/define.ts";
import { type AccessMode, type OrderTest, onChip } from "./cell-state.ts";
import { type ChipMemory, type ChipMemoryName, describeCells, makeChipMemory } from "./chip-memory.ts";
import type { Events } from "./events.ts";
import type { Footprint } from "./footprint.ts";
import { describeTensorCells, makeHbmMemory, type TensorPlace } from "./hbm-memory.ts";
import type { Program } from "./program.ts";
import { type FaultyCells, makeShadow, type Shadow } from "./shadow.ts";

/** A fault and the bytes that have it, in words. */
export interface FaultyBytes {
  readonly faulty: FaultyCells;
  readonly bytes: string;
}

export interface Memories {
  /** Applies an access to the cells of an operand. */
  readonly touch: (
    operand: ResolvedOperand,
    footprint: Footprint,
    mode: AccessMode,
    event: number,
    isOrdered: OrderTest,
  ) => readonly FaultyBytes[];
  readonly shadow: Shadow;
  readonly chip: Readonly<Record<ChipMemoryName, ChipMemory>>;
  readonly tensors: readonly TensorPlace[];
}

export function makeMemories(program: Program, machine: Machine, events: Events): Memories {
  const shadow = makeShadow(events.queue);
  const tensors = makeHbmMemory(program, shadow);
  const chip = {
    sbuf: makeChipMemory("sbuf", program, machine, shadow),
    psum: makeChipMemory("psum", program, machine, shadow),
  };

  const touchTensor: Memories["touch"] = (operand, footprint, mode, event, isOrdered) => {
    const place = tensors[operand.tensor];
    const tensor = program.stream.tensors[operand.tensor];
    if (place?.region === undefined || tensor === undefined) return [];
    const access = { mode, event, partitions: 1, tensor: operand.tensor };
    const found = shadow.touch(place.region, place.originBytes, footprint, access, isOrdered);
    return found.map((faulty) => ({
      faulty,
      bytes: describeTensorCells(tensor, place, faulty.firstCell, faulty.endCell),
    }));
  };
  return {
    shadow,
    chip,
    tensors,
    touch: (...args) => {
      const { memory } = args[0];
      return memory === "hbm" ? touchTensor(...args) : touchChip(shadow, chip[memory], ...args);
    },
  };
}

/** Applies an access to each group of partitions that the operand reaches. */
function touchChip(
  shadow: Shadow,
  memory: ChipMemory,
  ...[operand, footprint, mode, event, isOrdered]: Parameters<Memories["touch"]>
): readonly FaultyBytes[] {
  const { groupPartitions, bytesPerPartition, region } = memory;
  const faults: FaultyBytes[] = [];
  const firstGroup = operand.startPartition / groupPartitions;
  for (let done = 0, group = firstGroup; done < operand.partitions; done += groupPartitions, group++) {
    const partitions = Math.min(groupPartitions, operand.partitions - done);
    const access = { mode, event, partitions, tensor: onChip };
    for (const faulty of shadow.touch(region, group * bytesPerPartition, footprint, access, isOrdered)) {
      faults.push({ faulty, bytes: describeCells(memory, faulty.firstCell, faulty.endCell) });
    }
  }
  return faults;
}
