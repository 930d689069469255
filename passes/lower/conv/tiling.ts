// A convolution once there is a schedule: tiles of channels, blocks of rows, and the products that each tile of the result is the sum of.
//
// An element of the window is a product of its weights with the operand, shifted. Where the operand has few channels several elements are
// contracted together: the operand is then on chip once for each of them, shifted already, on partitions of its own. Rows beyond the
// operand are zeros on chip; columns beyond it are left out of the product, or are zeros as well where no product has all columns.

import { type Machine, psumBankColumns } from "../../../ir-spec/machine.ts";
import type { LowerContext } from "../region.ts";
import { type ConvAxis, isInsideAlways } from "./axis.ts";
import type { ConvSchedule } from "./fields.ts";
import type { ConvPlan, ConvSizes } from "./plan.ts";

/** Elements of the window that are contracted together: `rows` by `columns` of them from [ty, tx] on. */
export interface ConvProduct {
  readonly ty: number;
  readonly tx: number;
  readonly rows: number;
  readonly columns: number;
}

/** The elements of one block of the operand on chip, in each partition. */
export interface BlockBuffer {
  readonly rows: number;
  readonly columns: number;
  /** Rows of the operand from one to the next, and rows of the buffer from place to place. */
  readonly rowStep: number;
  readonly placeStep: number;
}

export interface ConvTiling {
  /** Channels in one tile, and tiles: of the operand and of the result. */
  readonly cTile: number;
  readonly cTiles: number;
  readonly mTile: number;
  readonly mTiles: number;
  /** Elements of the window on partitions of their own: so many of its rows, and of its columns. */
  readonly packRows: number;
  readonly packColumns: number;
  /** Whether the rows of the window are neighbours on the partitions, or else the channels: what is more, so that transfers are few. */
  readonly areRowsInner: boolean;
  /** The first one has all columns. */
  readonly products: readonly ConvProduct[];
  /** Whether products leave columns out that lie in the padding. */
  readonly isClipped: boolean;
  /** Rows of the result in a block, and in one accumulator, and its columns in one accumulator. */
  readonly blockRows: number;
  readonly groupRows: number;
  readonly pieceColumns: number;
  readonly buffer: BlockBuffer;
}

export interface TiledConv {
  readonly context: LowerContext;
  readonly plan: ConvPlan;
  readonly schedule: ConvSchedule;
  readonly tiling: ConvTiling;
}

type TilingFields = Pick<ConvSchedule, "tile_m" | "block_rows" | "tap_rows">;

export function tileConv(sizes: ConvSizes, schedule: TilingFields, machine: Machine): ConvTiling {
  const { c, m, y, x } = sizes;
  const contracted = mostContracted(machine);
  const cTiles = Math.ceil(c / contracted);
  const cTile = Math.ceil(c / cTiles);
  const mTile = Math.min(m, schedule.tile_m, contracted);
  const packed = Math.max(1, Math.min(schedule.tap_rows, Math.floor(contracted / c)));
  const packRows = Math.min(y.taps, packed);
  const packColumns = packRows === y.taps ? Math.max(1, Math.min(x.taps, Math.floor(packed / y.taps))) : 1;
  const most = Math.min(machine.peMovingColumns, psumBankColumns(machine));
  const isClipped = packColumns === 1 && x.places <= most && tapsOf(x).some((tap) => isInsideAlways(x, tap));
  const groupRows = evenly(y.places, Math.max(1, Math.floor(most / x.places)));
  // Whole accumulators, so that only the last block has fewer rows.
  const groups = evenly(Math.ceil(y.places / groupRows), Math.max(1, Math.floor(schedule.block_rows / groupRows)));
  const blockRows = Math.min(y.places, groups * groupRows);
  return {
    cTile,
    cTiles,
    mTile,
    mTiles: Math.ceil(m / mTile),
    packRows,
    packColumns,
    // With all rows of the window no product has fewer of them, and what it contracts has no gaps.
    areRowsInner: packRows === y.taps && packRows > cTile,
    products: productsOf(sizes, { packRows, packColumns, isClipped }),
    isClipped,
    blockRows,
    groupRows,
    pieceColumns: evenly(x.places, most),
    buffer: bufferOf(sizes, { packRows, packColumns, isClipped, blockRows }),
  };
}

/** What is contracted at once passes through the array as columns first, where weights are transposed. */
export function mostContracted({ peRows, peColumns }: Machine): number {
  return Math.min(peRows, peColumns);
}

/** Equal parts of at most `most`. */
function evenly(size: number, most: number): number {
  return Math.ceil(size / Math.ceil(size / Math.min(size, most)));
}

const tapsOf = ({ taps }: ConvAxis): readonly number[] => [...new Array(taps).keys()];

type Packing = Pick<ConvTiling, "packRows" | "packColumns" | "isClipped">;

function productsOf({ y, x }: ConvSizes, { packRows, packColumns, isClipped }: Packing): readonly ConvProduct[] {
  const starts = (taps: number, step: number): readonly number[] =>
    tapsOf({ taps } as ConvAxis).filter((tap) => tap % step === 0);
  const all = starts(y.taps, packRows).flatMap((ty) =>
    starts(x.taps, packColumns).map((tx) => ({
      ty,
      tx,
      rows: Math.min(packRows, y.taps - ty),
      columns: Math.min(packColumns, x.taps - tx),
    })),
  );
  const isFirst = ({ tx }: ConvProduct): boolean => !isClipped || isInsideAlways(x, tx);
  return [...all.filter(isFirst), ...all.filter((product) => !isFirst(product))];
}

function bufferOf(
  { y, x }: ConvSizes,
  { packRows, packColumns, isClipped, blockRows }: Packing & { readonly blockRows: number },
): BlockBuffer {
  const lastRow = (Math.ceil(y.taps / packRows) - 1) * packRows * y.dilation;
  const lastColumn = (Math.ceil(x.taps / packColumns) - 1) * packColumns * x.dilation;
  const columns = isClipped ? x.size : (x.places - 1) * x.stride + lastColumn + 1;
  // Rows between those that are read are left out where nothing reads them.
  if (lastRow === 0) return { rows: blockRows, columns, rowStep: y.stride, placeStep: 1 };
  return { rows: (blockRows - 1) * y.stride + lastRow + 1, columns, rowStep: 1, placeStep: y.stride };
}
