// What the parts of the contraction's lowering share once there is a schedule: which operand is stationary, the nest, a position in
// it, and the accumulators.
//
// From here on a contraction is out[s, v] = sum over k, with the strides of its tensors along [batch..., s, v, k].

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, LoopId, ValueId } from "../../../ir-spec/base/ids.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, run } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { batchesAtOnce } from "./batches.ts";
import type { ContractSchedule } from "./fields.ts";
import { firstTile, makeNest, type Nest, type NestIndex } from "./nest.ts";
import type { ContractPlan, Epilogue, ProductTensor } from "./plan.ts";

/** A tensor as the contraction accesses it: its start and strides along batch dimensions, s, v and k. */
export interface StridedTensor {
  readonly buffer: BufferId;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly s: number;
  readonly v: number;
  readonly k: number;
}

export interface TiledContract {
  readonly context: LowerContext;
  readonly schedule: ContractSchedule;
  readonly nest: Nest;
  readonly batch: readonly number[];
  /** Batches of the innermost batch dimension that an iteration computes. */
  readonly batches: number;
  readonly stationary: StridedTensor;
  readonly moving: StridedTensor;
  /** Tensors of the epilogue, by value: operands from outside and the results. */
  readonly others: ReadonlyMap<ValueId, StridedTensor>;
  readonly epilogue: Epilogue;
}

/** Operands of the epilogue that are the same in all columns, on chip: [s tile, tiles]. */
export type Columns = ReadonlyMap<ValueId, BufferId>;

/** Where in the nest the emission is. */
export interface NestPosition {
  readonly body: Body;
  /** Loops of the nest around the body. */
  readonly depth: number;
  readonly index: NestIndex;
  readonly batch: readonly Affine[];
  readonly columns: Columns;
  /** The k loops around the body that the current accumulation group runs over. */
  readonly groupLoops: readonly LoopId[];
}

export function tileContract(context: LowerContext, plan: ContractPlan, schedule: ContractSchedule): TiledContract {
  const isSwapped = schedule.stationary === "rhs";
  const orient = ({ m, n, ...tensor }: ProductTensor): StridedTensor =>
    isSwapped ? { ...tensor, s: n, v: m } : { ...tensor, s: m, v: n };
  const [lhs, rhs] = [orient(plan.lhs), orient(plan.rhs)];
  const isTransposedOnArray = schedule.transpose_on === "pe" && plan.transposed.length > 0;
  const nestSchedule = isTransposedOnArray ? throughArray(schedule, context.machine) : schedule;
  return {
    context,
    schedule,
    nest: makeNest(plan.sizes, nestSchedule, context.machine),
    batch: plan.batch,
    batches: batchesAtOnce(plan, nestSchedule, context.machine),
    stationary: isSwapped ? rhs : lhs,
    moving: isSwapped ? lhs : rhs,
    others: new Map([...plan.others].map(([value, tensor]) => [value, orient(tensor)])),
    epilogue: plan.epilogue,
  };
}

/** Whether an operand's memory runs along k, so that its tiles must be transposed. */
export function isContiguousAlongK(tensor: StridedTensor, free: "s" | "v", k: number): boolean {
  return tensor.k === 1 && tensor[free] !== 1 && k > 1;
}

/** Tiles of k that are the columns of what the array transposes, not only the rows of what it contracts. */
export function throughArray(schedule: ContractSchedule, { peColumns }: Machine): ContractSchedule {
  return { ...schedule, tile_k: Math.min(schedule.tile_k, peColumns) };
}

/** Tiles [s, v] of partial sums: those of all positions inside `depth` loops. */
export interface Accumulator {
  readonly buffer: BufferId;
  readonly depth: number;
  /** The index of the position: tiles count from its first one. */
  readonly index: NestIndex;
  /** Elements between neighbouring tiles along s and v, and of a row. */
  readonly strideS: number;
  readonly strideV: number;
}

/** The access to tile (s, v) of an accumulator, counted from the accumulator's first tile. */
export function accumulatorTile(
  accumulator: Accumulator,
  local: { readonly s: Affine; readonly v: Affine },
  rows: Extent,
  columns: Extent,
): Access {
  const offset = addAffine(scaleAffine(local.s, accumulator.strideS), scaleAffine(local.v, accumulator.strideV));
  return chipAccess(accumulator.buffer, rows, [run(columns)], offset);
}

/** The tile of a dimension at a position, counted from the first tile of an enclosing position. */
export function localTile(nest: Nest, dim: "s" | "v" | "k", inner: NestIndex, outer: NestIndex): Affine {
  return addAffine(firstTile(nest, dim, inner), scaleAffine(firstTile(nest, dim, outer), -1));
}

/** The offset of a tensor's element at the given batch indices and element indices along s, v and k. */
export function stridedOffset(
  tensor: StridedTensor,
  batch: readonly Affine[],
  at: { readonly s: Affine; readonly v: Affine; readonly k: Affine },
): Affine {
  return addAffine(
    constant(tensor.offset),
    ...batch.map((index, dim) => scaleAffine(index, tensor.batch[dim] as number)),
    scaleAffine(at.s, tensor.s),
    scaleAffine(at.v, tensor.v),
    scaleAffine(at.k, tensor.k),
  );
}
