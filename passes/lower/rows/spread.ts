// Few rows over all partitions: each row is cut into chunks, every chunk on a partition of its own. A reduction folds the chunks, and what
// they come to is folded once more across partitions: the array transposes the column of parts into a row, where the parts of each
// row of the tile are neighbours, and transposes the results back to all its chunks.
//
//     x: [8, 65536]     ->     tile [8 x 16, 4096];   parts [128, 1] -> [1, 8 x 16] -> [1, 8] -> [128, 1]

import { addAffine, constant } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access, AccessDim, TileBuffer } from "../../../ir-spec/tile.ts";
import type { FoldOp } from "../../../ir-spec/tile-ops/alu.ts";
import { chipAccess, emitAlloc, emitOp, run } from "../program-builder.ts";
import { largestDivisorUpTo } from "../space.ts";
import { dtypeOf, type TileScope } from "../tile-values.ts";
import type { SplitSpace } from "./split.ts";

/** The rows of a tile that is spread: `rows` of the space, each in `chunks`. */
export interface Spread {
  readonly rows: number;
  readonly chunks: number;
  /** Whether all transposes of a body use the same places in PSUM, which has no room for one each. */
  readonly sharesPsum: boolean;
}

/** Statements that combine parts across partitions, one after the other. Assumed: as many as are emitted. */
const combineSteps = 4;

/** Tiles in PSUM that each transpose should have at least, so that loops can be pipelined. Assumed. */
const slotsInPsum = 2;

export interface SpreadLimits {
  readonly maxRows: number;
  /** Between columns and rows, for each tile. */
  readonly transposes: number;
  /** Reductions, each of which is combined across partitions. */
  readonly reductions: number;
  /** How often statements go over whole rows, at least. */
  readonly passes: number;
}

/** How the rows of a space with reductions are spread; undefined where they stay as they are. */
export function chooseSpread(
  { space, rowDim }: SplitSpace,
  { maxRows, transposes, reductions, passes }: SpreadLimits,
  machine: Machine,
): Spread | undefined {
  const rows = space.sizes[rowDim] as number;
  const outer = space.sizes[rowDim + 1] as number;
  const chunks = largestDivisorUpTo(outer, Math.floor(maxRows / rows));
  const areRuns = space.strides.every((strides) => (strides.at(-1) as number) <= 1);
  if (chunks === 1 || !areRuns || !canTranspose(rows * chunks, machine)) return undefined;
  const columns = elementCount(space.sizes.slice(rowDim + 1));
  const savedCycles = passes * (columns - columns / chunks);
  const stepCycles = reductions * combineSteps * (machine.dveOverheadCycles + machine.dveLatencyCycles);
  const savedNs = ((savedCycles - stepCycles) * 1e9) / machine.dveClockHz;
  const inParts = space.strides.map((strides) => {
    const chunkStride = ((strides[rowDim + 1] as number) * outer) / chunks;
    return partsOfSpread({ rows, chunks }, strides[rowDim] as number, chunkStride).length - 1;
  });
  const issueNs = machine.dmaIssueNs * inParts.reduce((sum, more) => sum + more, 0);
  return savedNs > issueNs ? { rows, chunks, sharesPsum: transposes * slotsInPsum > machine.psumBanks } : undefined;
}

/** Whether columns of so many parts become rows of a bank, and the other way round, with places for parts of two dtypes. */
function canTranspose(parts: number, machine: Machine): boolean {
  const isInArray = parts <= Math.min(machine.peRows, machine.peColumns);
  return isInArray && parts * partBytes <= machine.psumBankBytesPerPartition && machine.psumBanks >= minBanks;
}

const partBytes = 4;
const minBanks = 6;

/** The space with the chunks' rows; an operand's stride from row to row is lost where it is not a multiple of the chunks'. */
export function spreadSpace({ space, rowDim }: SplitSpace, { rows, chunks }: Spread): SplitSpace {
  const inner = (space.sizes[rowDim + 1] as number) / chunks;
  const isLast = rowDim + 2 === space.sizes.length;
  const kept = inner === 1 && !isLast ? [] : [inner];
  const strides = space.strides.map((own) => {
    const stride = own[rowDim + 1] as number;
    return own.toSpliced(rowDim, 2, stride * inner, ...kept.map(() => stride));
  });
  return { space: { sizes: space.sizes.toSpliced(rowDim, 2, rows * chunks, ...kept), strides }, rowDim };
}

/** A part of a transfer: chunks of one row, or of all where they follow one another in memory. */
export interface SpreadPart {
  readonly firstPartition: number;
  readonly partitions: number;
  /** From the tensor's first element (elements). */
  readonly offset: number;
}

/** The transfers of an operand: `rowStride` from row to row, `chunkStride` from chunk to chunk. */
export function partsOfSpread(
  { rows, chunks }: Pick<Spread, "rows" | "chunks">,
  rowStride: number,
  chunkStride: number,
): readonly SpreadPart[] {
  if (rows === 1 || rowStride === chunkStride * chunks)
    return [{ firstPartition: 0, partitions: rows * chunks, offset: 0 }];
  return [...new Array(rows).keys()].map((row) => ({
    firstPartition: row * chunks,
    partitions: chunks,
    offset: row * rowStride,
  }));
}

/** The part of an access on chip or in HBM. */
export function partOfAccess(
  access: Access,
  { firstPartition, partitions, offset }: SpreadPart,
  isChip: boolean,
): Access {
  const partition = { ...access.partition, size: { max: partitions } };
  if (isChip) return { ...access, partition: { ...partition, start: firstPartition } };
  return { ...access, partition, offset: addAffine(access.offset, constant(offset)) };
}

/** A column in which all chunks of a row have the fold of the row's parts: [rows x chunks, 1], f32. */
export function combineParts(scope: TileScope, spread: Spread, op: FoldOp, parts: Access): Access {
  const { builder, body } = scope;
  const folded = rowOf(scope, "folded", parts, spread.rows);
  emitOp(body, "tensor_reduce", { dst: folded, src: turnedColumn(scope, spread, parts) }, { op, negate: false });
  const count = { max: spread.rows * spread.chunks };
  const dtype = dtypeOf(scope, parts);
  const shape = [count.max, 1];
  const psum = chipAccess(psumTile(scope, spread, { name: "combined", dtype, shape }), count, [one]);
  const repeated = [run({ max: spread.rows }), { stride: 0, size: { max: spread.chunks } }];
  emitOp(body, "transpose", { dst: psum, src: { ...folded, dims: repeated } });
  const slots = scope.columnSlots ?? scope.slots;
  const column = chipAccess(
    emitAlloc(builder, body, { name: "combined", memory: "sbuf", dtype, shape, slots }),
    count,
    [one],
  );
  emitOp(body, "tensor_copy", { dst: column, src: psum });
  return column;
}

/** The first chunk of each row of a column: [1, rows], one after the other. */
export function firstOfChunks(scope: TileScope, spread: Spread, column: Access): Access {
  const row = columnToRow(scope, spread, column);
  const result = rowOf(scope, "row", column, spread.rows);
  const size = { max: spread.rows };
  emitOp(scope.body, "tensor_copy", { dst: result, src: { ...row, dims: [{ stride: spread.chunks, size }] } });
  return result;
}

/** Whether a column of a dtype can be transposed into a row. Of 1-byte elements the array leaves gaps. */
export const canBecomeRow = (dtype: Parameters<typeof dtypeBytes>[0]): boolean => dtypeBytes(dtype) > 1;

const one: AccessDim = { stride: 1, size: { max: 1 } };

function rowOf(scope: TileScope, name: string, like: Access, count: number): Access {
  const slots = scope.columnSlots ?? scope.slots;
  const { builder, body } = scope;
  const buffer = emitAlloc(builder, body, {
    name,
    memory: "sbuf",
    dtype: dtypeOf(scope, like),
    shape: [1, count],
    slots,
  });
  return chipAccess(buffer, { max: 1 }, [run({ max: count })]);
}

/** A column as a row on the first partition. */
function columnToRow(scope: TileScope, spread: Spread, column: Access): Access {
  const row = rowOf(scope, "parts", column, column.partition.size.max);
  emitOp(scope.body, "tensor_copy", { dst: row, src: turnedColumn(scope, spread, column) });
  return row;
}

/** The same in PSUM. */
function turnedColumn(scope: TileScope, spread: Spread, column: Access): Access {
  const count = column.partition.size.max;
  const psum = psumTile(scope, spread, { name: "parts", dtype: dtypeOf(scope, column), shape: [1, count] });
  const turned = chipAccess(psum, { max: 1 }, [run({ max: count })]);
  emitOp(scope.body, "transpose", { dst: turned, src: column });
  return turned;
}

/** A tile in PSUM: a new one, or the body's own where they are shared. */
function psumTile(
  { builder, body }: TileScope,
  { sharesPsum }: Spread,
  tile: Omit<TileBuffer, "memory" | "slots">,
): BufferId {
  const isSame = ({ memory, name, dtype, shape }: TileBuffer): boolean =>
    memory === "psum" && name === tile.name && dtype === tile.dtype && shape.join() === tile.shape.join();
  const known = body.find((statement) => statement.kind === "alloc" && isSame(builder.bufferInfo(statement.buffer)));
  if (sharesPsum && known?.kind === "alloc") return known.buffer;
  return emitAlloc(builder, body, { ...tile, memory: "psum", slots: 1 });
}
