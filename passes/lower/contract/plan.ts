// What the parts of the contraction's lowering share: the strides of its tensors along [batch..., s, v, k], the nest, the
// epilogue's nodes, and the accumulators.

import { type Affine, addAffine, constant, type Extent, scaleAffine } from "../../../ir-spec/affine.ts";
import type { BufferId, LoopId, ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ContractSchedule } from "../../../ir-spec/schedule.ts";
import type { Access } from "../../../ir-spec/tile.ts";
import { type Body, chipAccess, run } from "../program-builder.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "../region.ts";
import { mergeSpace, type Strides } from "../space.ts";
import { broadcastView, permuteView, type View } from "../view.ts";
import { firstTile, makeNest, type Nest, type NestIndex } from "./nest.ts";

/** A tensor as the contraction accesses it: its start and strides along batch dimensions, s, v and k. */
export interface StridedTensor {
  readonly buffer: BufferId;
  readonly offset: number;
  readonly batch: readonly number[];
  readonly s: number;
  readonly v: number;
  readonly k: number;
}

export interface ContractPlan {
  readonly context: LowerContext;
  readonly schedule: ContractSchedule;
  readonly nest: Nest;
  readonly batch: readonly number[];
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

export interface Epilogue {
  /** Elementwise nodes behind the matmul, in order. */
  readonly nodes: readonly Node[];
  readonly matmul: ValueId;
  readonly reads: readonly ValueId[];
  readonly output: ValueId;
}

export function planEpilogue(region: KernelRegion): Epilogue {
  const matmul = region.nodes.find((node) => node.op === "matmul");
  const [output, ...more] = region.outputs;
  invariant(matmul !== undefined && output !== undefined && more.length === 0, `${region.name} has one result`);
  const nodes = region.nodes.filter((node) => node !== matmul);
  const outside = new Set(inputsOf(region));
  const reads = [...new Set(nodes.flatMap((node) => node.operands.filter((value) => outside.has(value))))];
  return { nodes, matmul: matmul.results[0] as ValueId, reads, output };
}

/** Sizes of the product that a region computes: what a schedule is chosen for. */
export function contractSizes(
  context: LowerContext,
  region: KernelRegion,
): { m: number; n: number; k: number; batch: number } {
  const plan = layOutContract(context, region, false);
  const [m, n, k] = plan.sizes;
  return { m, n, k, batch: plan.batch.reduce((product, size) => product * size, 1) };
}

interface ContractSpace {
  readonly sizes: readonly [number, number, number];
  readonly batch: readonly number[];
  readonly tensors: ReadonlyMap<ValueId | "lhs" | "rhs", StridedTensor>;
}

/** Lays the region's tensors along [batch..., m, n, k], merges what merges; `swap` exchanges the operands' roles. */
function layOutContract(context: LowerContext, region: KernelRegion, swap: boolean): ContractSpace {
  const matmul = matmulOf(region);
  const [lhsValue, rhsValue] = matmul.operands as readonly [ValueId, ValueId];
  const shape = typeOf(context.graph, matmul.results[0] as ValueId).shape;
  const rank = shape.length;
  const [m, n] = [shape[rank - 2] as number, shape[rank - 1] as number];
  const batchShape = shape.slice(0, -2);
  const lhs = orient(context.viewOf(lhsValue), matmul.attrs.transpose_lhs === true);
  const rhs = orient(context.viewOf(rhsValue), matmul.attrs.transpose_rhs === true);
  const k = lhs.shape[lhs.shape.length - 1] as number;
  const batchOf = (view: View): Strides =>
    broadcastView({ ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) }, batchShape).strides;
  const last = (view: View, back: number): number => view.strides[view.strides.length - back] as number;

  const others = [
    ...new Set([
      ...inputsOf(region).filter((v) => v !== lhsValue && v !== rhsValue),
      ...epilogueReads(region),
      ...region.outputs,
    ]),
  ];
  const outer = others.map((value) => broadcastView(context.viewOf(value), shape).strides);
  const space = {
    sizes: [...batchShape, m, n, k],
    strides: [
      [...batchOf(lhs), last(lhs, 2), 0, last(lhs, 1)],
      [...batchOf(rhs), 0, last(rhs, 1), last(rhs, 2)],
      ...outer.map((strides) => [...strides, 0]),
    ],
  };
  const barriers = new Set([rank - 1, rank]);
  const merged = mergeSpace(space, barriers);
  const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
  const dimIndex = (dim: number): number => merged.lastOf.indexOf(dim);
  const mAt = dimIndex(rank - 2);
  const kept = [...merged.lastOf.keys()];
  const batchDims = kept.filter((dim) => (merged.lastOf[dim] as number) < rank - 2);
  const at = (strides: Strides, dim: number): number => (dim < 0 ? 0 : (strides[dim] as number));
  const toTensor = (view: View, strides: Strides): StridedTensor => {
    const along = { m: at(strides, mAt), n: at(strides, dimIndex(rank - 1)) };
    return {
      buffer: view.buffer,
      offset: view.offset,
      batch: batchDims.map((dim) => strides[dim] as number),
      s: swap ? along.n : along.m,
      v: swap ? along.m : along.n,
      k: at(strides, dimIndex(rank)),
    };
  };
  const tensors = new Map<ValueId | "lhs" | "rhs", StridedTensor>();
  tensors.set("lhs", toTensor(lhs, merged.space.strides[0] as Strides));
  tensors.set("rhs", toTensor(rhs, merged.space.strides[1] as Strides));
  others.forEach((value, index) => {
    tensors.set(value, toTensor(context.viewOf(value), merged.space.strides[index + 2] as Strides));
  });
  const mSize = mAt < 0 ? 1 : (merged.space.sizes[mAt] as number);
  invariant(
    sizeOf(batchDims.map((dim) => merged.space.sizes[dim] as number)) * mSize === sizeOf(batchShape) * m,
    "batch sizes",
  );
  return { sizes: [mSize, n, k], batch: batchDims.map((dim) => merged.space.sizes[dim] as number), tensors };
}

/** Values from outside that the epilogue reads; an operand of the matmul may be one of them too. */
function epilogueReads(region: KernelRegion): readonly ValueId[] {
  const outside = new Set(inputsOf(region));
  return region.nodes
    .filter((node) => node.op !== "matmul")
    .flatMap((node) => node.operands.filter((v) => outside.has(v)));
}

function matmulOf(region: KernelRegion): Node {
  const matmul = region.nodes.find((node) => node.op === "matmul");
  invariant(matmul !== undefined, `kernel ${region.name} has no matmul`);
  return matmul;
}

/** The view as [..., rows, contracted] or [..., contracted, columns]. */
function orient(view: View, isTransposed: boolean): View {
  if (!isTransposed) return view;
  const rank = view.shape.length;
  return permuteView(view, [...[...new Array(rank - 2).keys()], rank - 1, rank - 2]);
}

export function planContract(context: LowerContext, region: KernelRegion, schedule: ContractSchedule): ContractPlan {
  const swap = schedule.stationary === "rhs";
  const space = layOutContract(context, region, swap);
  const [m, n, k] = space.sizes;
  const lhs = space.tensors.get("lhs") as StridedTensor;
  const rhs = space.tensors.get("rhs") as StridedTensor;
  const others = new Map<ValueId, StridedTensor>();
  for (const [value, tensor] of space.tensors) if (value !== "lhs" && value !== "rhs") others.set(value, tensor);
  const [stationary, moving] = swap ? [rhs, lhs] : [lhs, rhs];
  const isContiguous = isContiguousAlongK(stationary, "s", k) || isContiguousAlongK(moving, "v", k);
  const isTransposedOnArray = schedule.transpose_on === "pe" && isContiguous;
  const nestSchedule = isTransposedOnArray ? throughArray(schedule, context.machine) : schedule;
  return {
    context,
    schedule,
    nest: makeNest({ m, n, k }, nestSchedule, context.machine),
    batch: space.batch,
    stationary,
    moving,
    others,
    epilogue: planEpilogue(region),
  };
}

/** Whether an operand's memory runs along k, so that its tiles must be transposed. */
export function isContiguousAlongK(tensor: StridedTensor, free: "s" | "v", k: number): boolean {
  return tensor.k === 1 && tensor[free] !== 1 && k > 1;
}

/** Tiles of k that are the columns of what the array transposes, not only the rows of what it contracts. */
function throughArray(schedule: ContractSchedule, { peColumns }: Machine): ContractSchedule {
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
