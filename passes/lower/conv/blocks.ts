// The blocks of rows in which a convolution is computed: which rows of a block's buffer come from the operand, and which are padding. Where
// only the first block has padding before it, all blocks are one loop, in which what the first one lacks stands behind a condition; else
// blocks that meet the padding alike are.

import { type Affine, addAffine, clampedExtent, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { tileExtent } from "../program-builder.ts";
import type { ConvAxis } from "./axis.ts";
import type { ConvSizes } from "./plan.ts";
import type { ConvTiling } from "./tiling.ts";

/** Rows of a block's buffer that one row of the window has from the operand: those from `first` on. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** The same in a loop over blocks. */
export interface LoopRange {
  readonly first: number;
  readonly count: (block: Affine) => Extent;
}

/** Blocks, one after the other, that are one loop. */
export interface BlockRun {
  readonly first: number;
  readonly count: number;
  /** Rows of the result. */
  readonly rows: (block: Affine) => Extent;
  /** For each row of the window that is on partitions of its own. */
  readonly ranges: readonly LoopRange[];
  /** Whether blocks but the first have the rows before `first` from the operand, too. */
  readonly hasMore: boolean;
  /** Rows of the buffer, and those of them that no block has from the padding. */
  readonly bufferRows: number;
  readonly inner: { readonly first: number; readonly end: number };
}

/** One block by itself. */
interface Block {
  readonly rows: number;
  readonly bufferRows: number;
  readonly ranges: readonly RowRange[];
}

/** More conditions than these in a loop cost more than a loop of their own for the blocks at both ends. Assumed. */
const maxConditions = 2;

export function blockRuns({ y }: ConvSizes, tiling: ConvTiling): readonly BlockRun[] {
  const count = Math.ceil(y.places / tiling.blockRows);
  const blocks = [...new Array(count).keys()].map((block) => blockAt(y, tiling, block));
  const isOneLoop =
    count > 1 &&
    tiling.packRows * tiling.packColumns <= maxConditions &&
    blocks.every(({ ranges }, block) =>
      ranges.every(({ first, count: own }) => own > 0 && (block === 0 || first === 0)),
    );
  return isOneLoop ? [oneLoop(y, tiling, blocks)] : equalBlocks(blocks);
}

function blockAt(y: ConvAxis, { blockRows, buffer, packRows }: ConvTiling, block: number): Block {
  const start = block * blockRows;
  const rows = Math.min(blockRows, y.places - start);
  const bufferRows = buffer.rows - (blockRows - rows) * buffer.placeStep;
  const ranges = [...new Array(packRows).keys()].map((tap): RowRange => {
    const at = start * y.stride - y.before + tap * y.dilation;
    const first = Math.min(bufferRows, Math.max(0, Math.ceil(-at / buffer.rowStep)));
    const end = Math.min(bufferRows, Math.floor((y.size - 1 - at) / buffer.rowStep) + 1);
    return { first, count: Math.max(0, end - first) };
  });
  return { rows, bufferRows, ranges };
}

/** The rows that all of some blocks have from the operand, for each row of the window; of what the last one does not need nothing is said. */
function innerRows(blocks: readonly Block[]): BlockRun["inner"] {
  const first = Math.max(...blocks.flatMap(({ ranges }) => ranges.map((range) => range.first)));
  const most = Math.max(...blocks.map(({ bufferRows }) => bufferRows));
  const ends = blocks.flatMap(({ ranges, bufferRows }) =>
    ranges.map((range) => (range.first + range.count === bufferRows ? most : range.first + range.count)),
  );
  return { first, end: Math.max(first, Math.min(...ends)) };
}

function oneLoop(y: ConvAxis, { blockRows, buffer }: ConvTiling, blocks: readonly Block[]): BlockRun {
  const [start] = blocks as readonly [Block];
  const ranges = start.ranges.map(({ first }, tap): LoopRange => {
    const isWhole = blocks.every(
      (block) => (block.ranges[tap] as RowRange).first + (block.ranges[tap] as RowRange).count === buffer.rows,
    );
    const max = buffer.rows - first;
    if (isWhole) return { first, count: () => ({ max }) };
    const at = tap * y.dilation - y.before;
    const left = Math.floor((y.size - 1 - at) / buffer.rowStep) + 1 - first;
    const step = (blockRows * y.stride) / buffer.rowStep;
    return { first, count: (block) => clampedExtent(max, addAffine(constant(left), scaleAffine(block, -step))) };
  });
  return {
    first: 0,
    count: blocks.length,
    rows: (block) => tileExtent(y.places, blockRows, block),
    ranges,
    hasMore: true,
    bufferRows: buffer.rows,
    inner: innerRows(blocks),
  };
}

function equalBlocks(blocks: readonly Block[]): readonly BlockRun[] {
  const runs: BlockRun[] = [];
  for (const [index, block] of blocks.entries()) {
    const last = runs.at(-1);
    const before = blocks[index - 1];
    if (last !== undefined && JSON.stringify(before) === JSON.stringify(block)) {
      runs.splice(-1, 1, { ...last, count: last.count + 1 });
      continue;
    }
    const { rows, bufferRows } = block;
    const ranges = block.ranges.map(({ first, count }) => ({ first, count: () => ({ max: count }) }));
    const inner = innerRows([block]);
    runs.push({ first: index, count: 1, rows: () => ({ max: rows }), ranges, hasMore: false, bufferRows, inner });
  }
  return runs;
}
