// SBUF and PSUM as the check sees them. A memory falls into areas, ranges of bytes that no operand reaches across; an area
// has a row of granules for each group of partitions. A granule begins where a granule of some operand begins or ends, and groups
// are as large as the area's operands allow: each starts at the first partition of a group.

import type { Machine } from "../../../ir-spec/machine.ts";
import type { ChipOperand } from "../stream.ts";
import { describeBytes } from "./describe.ts";
import type { CheckProgram } from "./program.ts";
import { gcd, type Reach, reachOf, touchesNothing } from "./reach.ts";
import type { Shadow } from "./shadow.ts";
import { firstByteOf, makeUnevenRegion, type ShadowRegion } from "./shadow-region.ts";
import { sharedSets } from "./shared-sets.ts";

export type ChipMemoryName = "sbuf" | "psum";

export interface ChipArea {
  readonly memory: ChipMemoryName;
  readonly region: ShadowRegion;
  /** The area's first byte in each partition. */
  readonly lowBytes: number;
  /** Partitions of one group; every operand of the area starts at a multiple of it. */
  readonly groupPartitions: number;
}

export function capacityBytesPerPartition(memory: ChipMemoryName, machine: Machine): number {
  return memory === "sbuf" ? machine.sbufBytesPerPartition : machine.psumBanks * machine.psumBankBytesPerPartition;
}

/** An operand, by its number in the program, and where it can lie. */
interface Member extends Reach {
  readonly id: number;
  readonly operand: ChipOperand;
}

export interface ChipMemory {
  readonly areas: readonly ChipArea[];
  /** By number of the operand; absent for those in other memories. */
  readonly areaOf: ReadonlyMap<number, ChipArea>;
}

/** Makes the areas of one memory. */
export function makeChipMemory(
  memory: ChipMemoryName,
  program: CheckProgram,
  machine: Machine,
  shadow: Shadow,
): ChipMemory {
  const areas: ChipArea[] = [];
  const areaOf = new Map<number, ChipArea>();
  for (const members of sharedSets(membersIn(memory, program))) {
    const area = makeArea(memory, members, machine, shadow);
    if (area === undefined) continue;
    areas.push(area);
    for (const { id } of members) areaOf.set(id, area);
  }
  return { areas, areaOf };
}

function membersIn(memory: ChipMemoryName, { sites, counts }: CheckProgram): readonly Member[] {
  return sites.flatMap(({ operands }) =>
    operands.flatMap(({ id, operand }) =>
      operand.memory === memory && !touchesNothing(operand) ? [{ id, operand, ...reachOf(operand, counts) }] : [],
    ),
  );
}

/**
 * Of what lies in the memory at all: addresses beyond it are reported as the instructions are executed. None where there are
 * too many granules.
 */
function makeArea(
  memory: ChipMemoryName,
  members: readonly Member[],
  machine: Machine,
  shadow: Shadow,
): ChipArea | undefined {
  const { partitions } = machine;
  const capacity = capacityBytesPerPartition(memory, machine);
  const low = members.reduce((least, member) => Math.min(least, member.lowBytes), Number.POSITIVE_INFINITY);
  const lowBytes = Math.max(0, low);
  const endBytes = Math.min(
    capacity,
    members.reduce((most, member) => Math.max(most, member.endBytes), 0),
  );
  let [unitBytes, groupPartitions] = [0, partitions];
  for (const member of members) {
    unitBytes = gcd(gcd(unitBytes, member.granuleBytes), member.lowBytes - lowBytes);
    groupPartitions = gcd(groupPartitions, member.operand.startPartition);
  }
  const units = Math.max(0, Math.ceil((endBytes - lowBytes) / unitBytes));
  if (!shadow.takeGranules((units * partitions) / groupPartitions)) return undefined;
  const isBorder = new Uint8Array(units);
  for (const member of distinctReaches(members)) markGranules(isBorder, member, lowBytes, unitBytes);
  const region = makeUnevenRegion(partitions / groupPartitions, unitBytes, isBorder);
  shadow.addRegion(region);
  return { memory, region, lowBytes, groupPartitions };
}

function distinctReaches(members: readonly Member[]): readonly Member[] {
  const keyOf = ({ lowBytes, endBytes, granuleBytes }: Member) => `${lowBytes} ${endBytes} ${granuleBytes}`;
  return [...new Map(members.map((member) => [keyOf(member), member])).values()];
}

function markGranules(
  isBorder: Uint8Array,
  { lowBytes, endBytes, granuleBytes }: Reach,
  origin: number,
  unitBytes: number,
) {
  const end = Math.min(isBorder.length, (endBytes - origin) / unitBytes);
  const [low, step] = [(lowBytes - origin) / unitBytes, granuleBytes / unitBytes];
  // The first granule that lies in the memory; those of an operand that begins far before it are not gone through.
  const first = low < 0 ? low + Math.ceil(-low / step) * step : low;
  for (let unit = first; unit <= end; unit += step) isBorder[unit] = 1;
}

/** `sbuf bytes 0x400..0x5ff of partitions 32..63`, for a run of granules of one row and the first partitions of its group. */
export function describeGranules(area: ChipArea, firstGranule: number, endGranule: number, partitions: number): string {
  const { region, lowBytes, groupPartitions, memory } = area;
  const row = Math.floor(firstGranule / region.rowGranules);
  const [first, end] = [firstGranule, endGranule].map(
    (granule) => lowBytes + firstByteOf(region, granule - row * region.rowGranules),
  );
  const firstPartition = row * groupPartitions;
  const where = ` of partitions ${firstPartition}..${firstPartition + partitions - 1}`;
  return describeBytes(memory, first ?? 0, end ?? 0, where);
}
