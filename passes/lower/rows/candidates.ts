// The schedules of a row-wise kernel that are considered: the widest tiles first; shallow rings only where no width fits with others.

import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import { type RowsSchedule, rowsDefaults, type rowsFields } from "./fields.ts";
import { groupsOf, type RowsPlan, tileRows } from "./plan.ts";
import { isTransposed, usualColumns } from "./split.ts";

const naiveRows: RowsSchedule = { ...rowsDefaults, slots_in: 1, slots_mid: 1, slots_out: 1 };

const ringsOf = (slots_in: number, slots_mid: number): Partial<RowsSchedule> => ({
  slots_in,
  slots_mid,
  slots_out: slots_in,
});

/** Tiles in flight, the most first. Assumed: with more than twelve no engine waits less. */
const deepRings: readonly Partial<RowsSchedule>[] = [12, 8, 6].map((depth) => ringsOf(depth, 3));

/** Long rows may take all of SBUF: three tiles between steps let engines come back to a tile one iteration later. */
const lastRings: readonly Partial<RowsSchedule>[] = [
  ...[6, 5, 4].map((depth) => ringsOf(depth, 3)),
  ...[6, 5, 4, 3, 2].map((depth) => ringsOf(depth, 2)),
  ringsOf(3, 1),
];

export function rowsSpace(plan: RowsPlan, { strategy, machine }: SpaceChoice): ScheduleSpace<typeof rowsFields> {
  const widths = plan.reduces ? piecesOf(plan, machine) : widthsOf(plan, machine);
  const ofWidths = (fields: RowsSchedule) => widths.map((width) => ({ ...fields, tile_columns: width }));
  const ringed = strategy === "naive" ? [] : ofWidths(rowsDefaults);
  const rings = strategy === "naive" ? { rings: [] } : { rings: deepRings, lastRings };
  const ofTaken = (taken: RowsSchedule) => (strategy === "naive" ? [] : variantsOf(plan, machine, taken));
  return {
    candidates: [...ringed, ...ofWidths(naiveRows)],
    take: "first",
    variantsOf: ofTaken,
    areVariantsInRings: true,
    ...rings,
  };
}

/** Narrower pieces that are tried where operands stay on chip, which then have less room. */
const keptWidths = 3;

/** Several short rows in a partition; operands that stay on chip, where rows are in pieces or are so few that they had better be. */
function variantsOf(plan: RowsPlan, machine: Machine, taken: RowsSchedule): readonly Partial<RowsSchedule>[] {
  const isWhole = taken.tile_columns === rowsDefaults.tile_columns;
  if (isWhole)
    return [...groupsOf(plan, machine).map((group_rows) => ({ group_rows })), ...streamedRows(plan, machine)];
  if (plan.passes < 2) return [];
  const widths = piecesOf(plan, machine).filter((width) => width <= taken.tile_columns);
  return widths.slice(0, keptWidths).map((tile_columns) => ({ tile_columns, keep_rows: true }));
}

/** More tiles than these are loaded beside each other. Assumed. */
const fewTiles = 2;

/** Pieces of a row that is loaded while its first ones are computed on. Assumed: of 4 to 16 about the best. */
const streamedPieces = 8;

/** Few tiles of long rows, whose operands are loaded piece by piece and stay on chip: with few tiles there is nothing else to load meanwhile. */
function streamedRows(plan: RowsPlan, machine: Machine): readonly Partial<RowsSchedule>[] {
  if (!plan.reduces || plan.passes < 2) return [];
  const [tiled] = tileRows(plan, rowsDefaults, machine);
  const tiles = elementCount(tiled?.batch ?? []) * Math.ceil((tiled?.rows ?? 1) / machine.partitions);
  const columns = elementCount(tiled?.columns ?? []);
  const isLong = columns >= streamedPieces * usualColumns(machine);
  return tiles <= fewTiles && isLong ? [{ tile_columns: Math.ceil(columns / streamedPieces), keep_rows: true }] : [];
}

/** How many times as wide as a tile's columns a piece of a row is. Assumed: the statements that come once for each piece weigh little then. */
const pieceTiles = 4;

/** Whole rows, or pieces of them, the widest first. */
function piecesOf(plan: RowsPlan, machine: Machine): readonly number[] {
  const tiled = tileRows(plan, rowsDefaults, machine)[0];
  const columns = tiled?.columns ?? [];
  const count = elementCount(columns);
  if (tiled?.groups !== undefined) return [rowsDefaults.tile_columns];
  // What is transposed on the array passes through several engines: pieces of the usual size keep all of them busy.
  const areSteps = tiled?.loads.some((load) => isTransposed(load.strides, tiled.batch.length)) === true;
  const widest = usualColumns(machine) * (areSteps ? 1 : pieceTiles);
  const widths = areSteps && count > widest ? [] : [rowsDefaults.tile_columns];
  for (let most = widest; most >= 1; most = Math.floor(most / 2)) {
    if (most < count) widths.push(pieceWidth(count, most));
  }
  return widths;
}

/** Equal pieces of at most so many columns; where there are none but much smaller ones, all but the last are equal. */
function pieceWidth(count: number, most: number): number {
  const fewest = Math.ceil(count / most);
  for (let pieces = fewest; pieces < 2 * fewest; pieces++) if (count % pieces === 0) return count / pieces;
  return Math.ceil(count / fewest);
}

/** Widths of tiles, the widest first. */
function widthsOf(plan: RowsPlan, machine: Machine): readonly number[] {
  const columns = elementCount(tileRows(plan, rowsDefaults, machine)[0]?.columns ?? []);
  const widest = usualColumns(machine);
  const widths: number[] = columns <= widest ? [rowsDefaults.tile_columns] : [];
  for (let width = widest; width >= 1; width = Math.floor(width / 2)) if (width < columns) widths.push(width);
  return widths.length === 0 ? [rowsDefaults.tile_columns] : widths;
}
