// All memories of the core: finds the granules of an access, and the words for them.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access } from "./access.ts";
import { type ChipMemory, type ChipMemoryName, describeGranules, makeChipMemory } from "./chip-memory.ts";
import type { Event } from "./events.ts";
import { type AccessMode, type OrderTest, onChip } from "./granule-state.ts";
import { describeTensorGranules, makeHbmMemory, type TensorPlace } from "./hbm-memory.ts";
import type { CheckProgram } from "./program.ts";
import { type FaultyGranules, makeShadow, type Shadow } from "./shadow.ts";

/** A fault and the bytes that have it, in words. */
export interface FaultyBytes {
  readonly faulty: FaultyGranules;
  readonly bytes: string;
}

/** The execution that touches. */
export interface Now {
  readonly event: Event;
  readonly isOrdered: OrderTest;
}

export interface Memories {
  /** Applies an access, moved by `shiftBytes`, to the granules of its operand. */
  readonly touch: (access: Access, shiftBytes: number, mode: AccessMode, now: Now) => readonly FaultyBytes[];
  readonly shadow: Shadow;
  readonly chip: Readonly<Record<ChipMemoryName, ChipMemory>>;
  readonly tensors: readonly TensorPlace[];
}

const noFaults: readonly FaultyBytes[] = [];

export function makeMemories(program: CheckProgram, machine: Machine): Memories {
  const shadow = makeShadow();
  const tensors = makeHbmMemory(program, shadow);
  const chip = {
    sbuf: makeChipMemory("sbuf", program, machine, shadow),
    psum: makeChipMemory("psum", program, machine, shadow),
  };

  const touchTensor: Memories["touch"] = ({ operand, footprint }, shiftBytes, mode, { event, isOrdered }) => {
    const place = tensors[operand.tensor];
    const tensor = program.stream.tensors[operand.tensor];
    if (place?.region === undefined || tensor === undefined) return noFaults;
    const touching = { mode, event, partitions: 1, tensor: operand.tensor };
    const where = { region: place.region, row: 0, originBytes: place.originBytes + shiftBytes };
    const found = shadow.touch(where, footprint, touching, isOrdered);
    if (found.length === 0) return noFaults;
    return found.map((faulty) => ({
      faulty,
      bytes: describeTensorGranules(tensor, place, faulty.firstGranule, faulty.endGranule),
    }));
  };

  /** Applies an access to each group of partitions that the operand reaches. */
  const touchChip = (memory: ChipMemory, { use, operand, footprint }: Access, mode: AccessMode, now: Now) => {
    const area = memory.areaOf.get(use.id);
    if (area === undefined) return noFaults;
    const { groupPartitions, lowBytes, region } = area;
    let faults: FaultyBytes[] | undefined;
    let row = operand.startPartition / groupPartitions;
    for (let left = operand.partitions; left > 0; left -= groupPartitions, row++) {
      const touching = { mode, event: now.event, partitions: Math.min(groupPartitions, left), tensor: onChip };
      const where = { region, row, originBytes: -lowBytes };
      for (const faulty of shadow.touch(where, footprint, touching, now.isOrdered)) {
        faults ??= [];
        faults.push({
          faulty,
          bytes: describeGranules(area, faulty.firstGranule, faulty.endGranule, touching.partitions),
        });
      }
    }
    return faults ?? noFaults;
  };
  return {
    shadow,
    chip,
    tensors,
    touch: (access, shiftBytes, mode, now) => {
      const { memory } = access.operand;
      return memory === "hbm" ? touchTensor(access, shiftBytes, mode, now) : touchChip(chip[memory], access, mode, now);
    },
  };
}
