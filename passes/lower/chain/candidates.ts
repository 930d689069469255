// The schedules of a chain that are considered.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Machine, psumBankColumns } from "../../../ir-spec/machine.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import { largestDivisorUpTo } from "../space.ts";
import { type ChainSchedule, chainFields } from "./fields.ts";
import type { ChainPlan } from "./plan.ts";
import { groupOf } from "./units.ts";

const defaults = completeAttrs(chainFields);

const single = {
  slots_lhs: 1,
  slots_rhs: 1,
  slots_mid: 1,
  slots_psum: 1,
  slots_out: 1,
} as const satisfies Partial<ChainSchedule>;

/** Who transposes rows: percent by DMA, and the engine that copies the others out of PSUM. */
const transposeShares = [
  [0, "dve"],
  [0, "act"],
  [50, "act"],
  [75, "dve"],
  [75, "act"],
  [88, "act"],
  [100, "dve"],
] as const;

/**
 * Of them those under which rows of all lengths have about the same work. Half of them by DMA is for machines where that is slow
 * beside the vector engine, which masks by an instruction of its own. Assumed.
 */
const evenShares: ReadonlySet<number> = new Set([0, 100]);
const maskedShares: ReadonlySet<number> = new Set([0, 50, 100]);

/** A share of the partitions that are few rows, and iterations after which filling and draining do not matter. Assumed. */
const fewRows = 8;
const pipelinedIterations = 16;

/** Pieces of products wait for the engine that empties them, left operands for HBM. */
const deeperRings = [
  { slots_psum: 3, slots_lhs: 4, slots_out: 4 },
  { slots_lhs: 4, slots_out: 4 },
] as const satisfies readonly Partial<ChainSchedule>[];

/** Those of loops whose stages get what they need of PSUM. */
const pipelinedRings = [{ slots_lhs: 4, slots_out: 4 }] as const satisfies readonly Partial<ChainSchedule>[];

export function chainSpace(plan: ChainPlan, { strategy, machine }: SpaceChoice): ScheduleSpace<typeof chainFields> {
  const naive = { ...defaults, ...single, psum_banks: 1, load_rhs_per: "piece" } as const;
  const last = blockedNaive(plan, machine, naive);
  if (strategy === "naive") return { candidates: [naive, ...last], take: "first", rings: [] };
  const isOneTile = plan.rows <= Math.min(machine.partitions, machine.peColumns);
  // A loop over rows that only loads are before continues from one batch to the next, which the estimate does not see.
  const isRepeated = !isOneTile && plan.batch.some((size) => size > 1);
  const units = isRepeated ? (["dma"] as const) : (["pe", "dma"] as const);
  // Nor that those who share transposes wait for each other where rows differ in length.
  const isRagged = !isOneTile && plan.segments.some(({ masks }) => masks.some(({ isSkipped }) => isSkipped));
  const even = machine.dveRangeSelect === 0 ? maskedShares : evenShares;
  const shares = transposeShares.filter(([byDma]) => !isRagged || even.has(byDma));
  const wide = units.flatMap((transpose_on) =>
    shares.flatMap(([transposes_by_dma, copy_on]) =>
      [2, 1].map((psum_banks) => ({ ...defaults, transpose_on, transposes_by_dma, copy_on, psum_banks })),
    ),
  );
  const streamed = wide.map((candidate) => ({ ...candidate, load_rhs_per: "piece" as const }));
  // Right operands are loaded again for each tile of rows only where they cannot stay, or where there is but one tile.
  const isRoomy = residentBytes(plan, machine) <= machine.sbufBytesPerPartition / 2;
  const many = isOneTile || !isRoomy ? [...wide, ...streamed] : wide;
  // Of few rows the array transposes cheaply, which the estimate of waiting does not see where iterations are many and pipelined.
  const iterations = plan.batch.reduce((product, size) => product * size, 1);
  const isLongAndNarrow = plan.rows * fewRows <= machine.partitions && iterations >= pipelinedIterations;
  const grouped = inGroups(plan, machine, wide);
  // Nor what stages gain where iterations are many.
  const most = Math.max(1, ...grouped.map(({ group }) => group));
  const isPipelined =
    !isRagged && most > 1 && (iterations * Math.ceil(plan.rows / rowsOfTile(machine))) / most >= pipelinedIterations;
  const take = isLongAndNarrow || isPipelined ? "least busy" : "fastest";
  const blocked = areRowsLong(plan, machine) ? inBlocks(plan, machine, [...wide, ...streamed]) : [];
  const candidates = [...many, { ...defaults, ...single }, naive, ...grouped, ...blocked, ...last];
  return { candidates, take, areCombinations: true, rings: isRepeated ? pipelinedRings : deeperRings };
}

const groupedShares: ReadonlySet<number> = new Set([0, 100]);

/** Narrow tiles side by side: as many as fill a bank of PSUM, and as many as fill those of a piece. */
function inGroups(plan: ChainPlan, machine: Machine, candidates: readonly ChainSchedule[]): readonly ChainSchedule[] {
  if (machine.accessDims < 2) return [];
  // Copies are shared by the engines again, whoever a schedule names.
  const few = candidates.filter(
    ({ psum_banks, copy_on, transposes_by_dma }) =>
      psum_banks > 1 && copy_on === "dve" && groupedShares.has(transposes_by_dma),
  );
  return groupsFor(plan, machine).flatMap((group) =>
    (["all", "each"] as const).flatMap((group_functions) =>
      few.map((candidate) => ({ ...candidate, ...group, group_functions })),
    ),
  );
}

/** Groups of different sizes. */
export function groupsFor(plan: ChainPlan, machine: Machine): readonly Pick<ChainSchedule, "group" | "group_along">[] {
  const products = plan.segments.filter((segment) => segment.products.length > 0);
  const widest = Math.max(...products.map(({ columns }) => columns));
  const bank = psumBankColumns(machine);
  const counts = [1, defaults.psum_banks].map((banks) => Math.floor((banks * bank) / widest));
  const groups = chainFields.group_along.choices.flatMap((group_along) =>
    counts.map((count) => {
      const most = group_along === "rows" ? Math.min(count, Math.floor(plan.rows / rowsOfTile(machine))) : count;
      return { group: groupOf(plan, { group: Math.max(1, most), group_along }), group_along };
    }),
  );
  const isNew = (group: (typeof groups)[number], at: number): boolean =>
    groups.findIndex((other) => other.group === group.group && other.group_along === group.group_along) === at;
  return groups.filter((group, at) => group.group > 1 && isNew(group, at));
}

const rowsOfTile = ({ partitions, peColumns }: Machine): number => Math.min(partitions, peColumns);

/** Tiles of columns in a block: the fewest that keep the array and its neighbours busy, and more where there is room. Assumed. */
export const fewestTiles = 4;
const blockTiles = [32, 16, 8, fewestTiles] as const;

/** Slots of rows between two steps, and values of each row that are on chip at a time. Assumed, of attention. */
const slotsOfRows = 2;

/** Whether half of SBUF has no room for whole rows. */
function areRowsLong({ blocks, segments }: ChainPlan, machine: Machine): boolean {
  const segment = segments[blocks?.segment ?? -1];
  if (segment === undefined) return false;
  const bytes = [...segment.held, ...segment.contracted, ...segment.contracted].length * 2 * segment.columns;
  return slotsOfRows * bytes > machine.sbufBytesPerPartition / 2;
}

const blockShares: ReadonlySet<number> = new Set([0, 75, 100]);

function inBlocks(plan: ChainPlan, machine: Machine, candidates: readonly ChainSchedule[]): readonly ChainSchedule[] {
  const few = candidates.filter(
    ({ transposes_by_dma, copy_on, psum_banks }) =>
      psum_banks === 2 && blockShares.has(transposes_by_dma) && (copy_on === "dve" || transposes_by_dma === 75),
  );
  return blocksFor(plan, machine).flatMap((block_columns) => few.map((candidate) => ({ ...candidate, block_columns })));
}

/** Sizes of blocks, in tiles, that cut the rows: into equal parts, where there are such of about that size. */
export function blocksFor({ blocks }: ChainPlan, machine: Machine): readonly number[] {
  if (blocks === undefined) return [];
  const tile = Math.min(machine.peRows, machine.peColumns, machine.partitions);
  const tiles = blocks.columns / tile;
  const sizes = blockTiles.filter((size) => size < tiles);
  const equal = sizes.map((size) => (Number.isInteger(tiles) ? largestDivisorUpTo(tiles, size) : size));
  return [...new Set(equal.map((size, at) => (size * 2 > (sizes[at] as number) ? size : (sizes[at] as number))))];
}

/** The smallest schedules in blocks, for where no whole row fits. */
function blockedNaive(plan: ChainPlan, machine: Machine, naive: ChainSchedule): readonly ChainSchedule[] {
  return blocksFor(plan, machine).map((block_columns) => ({ ...naive, block_columns }));
}

/** Bytes in each partition of all right operands, two of those that are not the same for all rows. */
function residentBytes({ segments }: ChainPlan, machine: Machine): number {
  const tile = Math.min(machine.peRows, machine.partitions);
  const sizes = segments.flatMap(({ products, columns }) =>
    products.map(({ contracted, rhs }) => {
      const slots = rhs.rows.some((stride) => stride !== 0) ? 2 : 1;
      return slots * Math.ceil(contracted / tile) * columns * dtypeBytes(rhs.dtype);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
