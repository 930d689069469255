// Tiles whose neighbours in memory lie in rows, for dtypes that DMA cannot transpose: whole runs are moved, and the systolic array
// transposes them, 128 rows of memory at a time, into PSUM. Else each element would be a transfer of its own.
//
//     x: [columns, rows] in memory     ->     runs [p, rows], transposed [rows, p]
//
// A group is as many blocks as a bank of PSUM holds. Neighbours in memory lie in one partition of a group, so that runs are as long as
// they can be: column i of a group lies in partition i / blocks, block i % blocks.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access, AccessDim } from "../../../ir-spec/tile.ts";
import { emitFastCopy } from "../contract/evict.ts";
import { type Body, chipAccess, emitAlloc, emitLoop, emitOp, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import type { TileScope } from "../tile-values.ts";

/** Columns that are transposed together. */
interface Group {
  /** Runs of memory, each in its partition. */
  readonly partitions: number;
  /** Columns of each partition. */
  readonly blocks: number;
}

/** What is transposed: `rows` of the tile, and a tensor in HBM whose elements of one column are neighbours. */
export interface ArrayTranspose {
  readonly context: LowerContext;
  readonly dtype: Dtype;
  readonly name: string;
  /** The tile on chip, [rows, columns]. */
  readonly tile: Access;
  /** The same in HBM. */
  readonly hbm: Access;
  /** Slots of the runs as they lie in memory. */
  readonly slots: number;
  /** Transfers of the kernel that are transposed, of which all have a share of PSUM. */
  readonly transposed: number;
}

/** What is asked of a transfer before it is transposed. */
export interface TransposeQuestion extends Pick<ArrayTranspose, "dtype" | "transposed"> {
  readonly rows: Extent;
  readonly columns: Extent;
}

/** Slots in PSUM at most. Assumed: enough for the array and the engine that empties a bank to work side by side. */
const maxSlots = 4;

/** How many latencies of a transfer the transposes of a tile must save. Assumed: they are two more steps, with tokens between. */
const minLatencies = 2;

/** Whether the array can transpose the tile of a transfer, and it is faster than transfers of single elements. */
export function isWorthTransposing(machine: Machine, question: TransposeQuestion): boolean {
  const { dtype, rows, columns, transposed } = question;
  const elementBytes = dtypeBytes(dtype);
  const isInBank = rows.max * elementBytes <= machine.psumBankBytesPerPartition && rows.max <= machine.peColumns;
  const hasPlace = isInBank && formsOf(machine, question).length * transposed <= machine.psumBanks;
  if (columns.limit !== undefined || elementBytes === 1 || !hasPlace) return false;
  const granuleNs = (machine.dmaDescriptorGranuleBytes * 1e9) / machine.dmaEngineBytesPerSecond;
  const elementsNs = (rows.max * columns.max * (machine.dmaDescriptorNs + granuleNs)) / machine.dmaEngines;
  return elementsNs > minLatencies * (machine.dmaStartNs + machine.dmaFinishNs);
}

/** Loads the runs and transposes them into the tile. */
export function emitTransposedLoad(scope: TileScope, work: ArrayTranspose): void {
  emitGroups(scope, work, (body, groups) => {
    const { group, count, first, slots } = groups;
    const runs = freshRuns(scope, body, work, groups);
    emitOp(body, "dma", { dst: runs.access, src: runsInHbm(work, groups) });
    emitLoop(scope.builder, body, { name: "g", trips: { max: count } }, (inner, index) => {
      const at = scaleAffine(index, group.blocks * runs.width);
      const psum = freshPsum({ ...scope, body: inner, slots }, work, [
        work.tile.partition.size.max,
        group.blocks * group.partitions,
      ]);
      const rows = work.tile.partition.size;
      for (let block = 0; block < group.blocks; block++) {
        const src = chipAccess(
          runs.access.buffer,
          { max: group.partitions },
          [run(rows)],
          shifted(at, block * runs.width),
        );
        const dims = [{ stride: group.blocks, size: { max: group.partitions } }];
        emitOp(inner, "transpose", { dst: chipAccess(psum, rows, dims, constant(block)), src });
      }
      const size = { max: group.blocks * group.partitions };
      const columns = addAffine(constant(first), scaleAffine(index, size.max));
      const dst = { ...work.tile, offset: addAffine(work.tile.offset, columns), dims: [run(size)] };
      emitFastCopy(work.context, inner, { dst, src: chipAccess(psum, rows, [run(size)]) });
    });
  });
}

/** Transposes the tile and stores its columns as runs. */
export function emitTransposedStore(scope: TileScope, work: ArrayTranspose): void {
  emitGroups(scope, work, (body, groups) => {
    const { group, count, first, slots } = groups;
    const runs = freshRuns(scope, body, work, groups);
    emitLoop(scope.builder, body, { name: "g", trips: { max: count } }, (inner, index) => {
      const rows = work.tile.partition.size;
      const psum = freshPsum({ ...scope, body: inner, slots }, work, [group.partitions, group.blocks * runs.width]);
      const columns = addAffine(constant(first), scaleAffine(index, group.blocks * group.partitions));
      for (let block = 0; block < group.blocks; block++) {
        const dims = [{ stride: group.blocks, size: { max: group.partitions } }];
        const offset = addAffine(work.tile.offset, shifted(columns, block));
        const dst = chipAccess(psum, { max: group.partitions }, [run(rows)], constant(block * runs.width));
        emitOp(inner, "transpose", { dst, src: { ...work.tile, offset, dims } });
      }
      const dims = [...several(group.blocks, runs.width), run(rows)];
      const at = scaleAffine(index, group.blocks * runs.width);
      const dst = chipAccess(runs.access.buffer, { max: group.partitions }, dims, at);
      emitFastCopy(work.context, inner, { dst, src: chipAccess(psum, { max: group.partitions }, dims) });
    });
    emitOp(body, "dma", { dst: runsInHbm(work, groups), src: runs.access });
  });
}

interface Groups {
  readonly group: Group;
  /** Groups of this form. */
  readonly count: number;
  /** The first column. */
  readonly first: number;
  /** In PSUM. */
  readonly slots: number;
}

function emitGroups(scope: TileScope, work: ArrayTranspose, emit: (body: Body, groups: Groups) => void): void {
  const { machine } = work.context;
  const [columns] = work.tile.dims;
  const rows = work.tile.partition.size;
  const forms = formsOf(machine, { dtype: work.dtype, rows, columns: columns?.size ?? { max: 1 } });
  const slots = Math.min(maxSlots, Math.floor(machine.psumBanks / (forms.length * work.transposed)));
  for (const form of forms) emit(scope.body, { ...form, slots });
}

/** Groups of a whole bank, then those of single blocks, then a block of what is left; each form has a place of its own in PSUM. */
function formsOf(
  machine: Machine,
  { dtype, rows, columns }: Omit<TransposeQuestion, "transposed">,
): readonly Omit<Groups, "slots">[] {
  const perBank = Math.floor(machine.psumBankBytesPerPartition / dtypeBytes(dtype));
  const partitions = Math.min(machine.partitions, machine.peRows, perBank);
  const blocks = Math.max(1, Math.floor(perBank / Math.max(partitions, rows.max)));
  const forms: Omit<Groups, "slots">[] = [];
  let first = 0;
  for (const group of [
    { partitions, blocks },
    { partitions, blocks: 1 },
  ]) {
    const size = group.partitions * group.blocks;
    const count = Math.floor((columns.max - first) / size);
    if (count > 0) forms.push({ group, count, first });
    first += count * size;
  }
  if (first < columns.max) forms.push({ group: { partitions: columns.max - first, blocks: 1 }, count: 1, first });
  return forms;
}

interface Runs {
  readonly access: Access;
  /** Elements from one column to the next. */
  readonly width: number;
}

/** The runs of the groups on chip: [partitions, groups, blocks, rows]. */
function freshRuns(scope: TileScope, body: Body, work: ArrayTranspose, { group, count }: Groups): Runs {
  const { size } = work.tile.partition;
  const columns = count * group.blocks;
  const shape = [group.partitions, columns * size.max];
  const { name, dtype, slots } = work;
  const buffer = emitAlloc(scope.builder, body, { name: `${name}_runs`, memory: "sbuf", dtype, shape, slots });
  const dims = [...several(columns, size.max), run(size)];
  return { access: chipAccess(buffer, { max: group.partitions }, dims), width: size.max };
}

/** The same in HBM. */
function runsInHbm({ hbm }: ArrayTranspose, { group: { partitions, blocks }, count, first }: Groups): Access {
  const stride = hbm.dims[0]?.stride ?? 1;
  const rows = { stride: 1, size: hbm.partition.size };
  const groups = several(count, stride * blocks * partitions);
  return {
    ...hbm,
    offset: addAffine(hbm.offset, constant(first * stride)),
    partition: { start: 0, stride: stride * blocks, size: { max: partitions } },
    dims: [...groups, ...several(blocks, stride), rows],
  };
}

/** A dimension of several indices. */
function several(count: number, stride: number): readonly AccessDim[] {
  return count === 1 ? [] : [{ stride, size: { max: count } }];
}

function freshPsum({ builder, body, slots }: TileScope, { name, dtype }: ArrayTranspose, shape: readonly number[]) {
  return emitAlloc(builder, body, { name: `${name}_t`, memory: "psum", dtype, shape, slots });
}

function shifted(affine: Affine, by: number): Affine {
  return addAffine(affine, constant(by));
}
