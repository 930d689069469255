// The plan of a row-wise kernel: the region's iteration space, laid out as [batch..., rows, columns...], and the strides
// operand and result strides it.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import { isOfKind, type Node, type NodeOf, typeOf } from "../../../ir-spec/graph.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "../region.ts";
import { largestDivisorUpTo, mergeSpace, type Space, type Strides, splitLast } from "../space.ts";
import { broadcastView, type View } from "../view.ts";
import { type RowsSchedule, rowsDefaults } from "./fields.ts";
import { groupChoices, groupRows } from "./groups.ts";
import { axesFromEnd, iterationSpace } from "./iteration-space.ts";
import { countPasses } from "./phases.ts";
import { fastestParts, type SplitLimits, type SplitOperand, type SplitSpace } from "./split.ts";
import { canBecomeRow, chooseSpread, type Spread, spreadSpace } from "./spread.ts";

/** An operand or result of the kernel with its strides over the merged space. */
export interface StridedOperand {
  readonly value: ValueId;
  readonly view: View;
  readonly strides: Strides;
  /** From row to row of the space, where the tile has chunks of rows. */
  readonly rowStride?: number;
}

/** The region's iteration space, made once, whatever the schedule. */
export interface RowsPlan {
  readonly region: KernelRegion;
  readonly inputs: readonly StridedValue[];
  readonly outputs: readonly StridedValue[];
  readonly iotas: readonly ValueId[];
  /** The strides of inputs, outputs and iotas, in this order. */
  readonly space: Space;
  /** Dimensions of the space that are not reduced. */
  readonly keptDims: number;
  readonly reduces: boolean;
  /** How many phases go over rows in pieces. */
  readonly passes: number;
  /** Whether all that is folded are floats. */
  readonly foldsFloats: boolean;
  /** Whether reductions can be combined across partitions, and results of one element for each row stored from there. */
  readonly isSpreadable: boolean;
  /** Of inputs and outputs. */
  readonly transfers: readonly SplitOperand[];
}

/** A value of the region that lies in HBM. */
interface StridedValue {
  readonly value: ValueId;
  readonly view: View;
}

/** The plan with its rows and columns as a schedule says. */
export interface TiledRows {
  readonly loads: readonly StridedOperand[];
  readonly stores: readonly StridedOperand[];
  readonly iotas: readonly { readonly value: ValueId; readonly strides: Strides }[];
  /** Sizes of the loops outside the tile, of its rows and of its columns (several where they do not merge). */
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: readonly number[];
  readonly reduces: boolean;
  /** Rows in chunks, whose columns these are. */
  readonly spread?: Spread;
  /** How often operands are loaded, where rows are in pieces; once where it is left out. */
  readonly passes?: number;
  /** Rows that each partition has: the first of the columns counts them. */
  readonly groups?: number;
  /** Whether most of what is transferred has the rows of a partition as neighbours in memory. */
  readonly areGroupsInner?: boolean;
}

function axesOfSpace(context: LowerContext, region: KernelRegion, rank: number): ReadonlySet<number> {
  const axes = new Set<number>();
  for (const node of region.nodes) {
    if (!isOfKind(node, "reduce")) continue;
    for (const axis of axesFromEnd(context.graph, node)) axes.add(axis + rank);
  }
  return axes;
}

/** Strides of a view along the axes of the space; a reduction without `keepdims` gets its axes back. */
function stridesOf(view: View, shape: Shape, definition: Node | undefined, axes: ReadonlySet<number>): Strides {
  const dropsAxes = definition !== undefined && isOfKind(definition, "reduce") && !definition.attrs.keepdims;
  if (!dropsAxes) return broadcastView(view, shape).strides;
  let own = 0;
  return shape.map((_size, axis) => (axes.has(axis) ? 0 : (view.strides[own++] as number)));
}

export function planRows(context: LowerContext, region: KernelRegion): RowsPlan {
  const shape = iterationSpace(context.graph, region);
  const axes = axesOfSpace(context, region, shape.length);
  const order = [...shape.keys()].sort((a, b) => Number(axes.has(a)) - Number(axes.has(b)));
  const definingNode = new Map(region.nodes.flatMap((node) => node.results.map((result) => [result, node] as const)));
  const inputs = inputsOf(region).map((value) => ({ value, view: context.viewOf(value) }));
  const outputs = region.outputs.map((value) => ({ value, view: context.viewOf(value) }));
  const iotas = region.nodes.filter((node) => node.op === "iota");
  const permuted = (strides: Strides): Strides => order.map((axis) => strides[axis] as number);

  const operandStrides = [
    ...inputs.map(({ view }) => stridesOf(view, shape, undefined, axes)),
    ...outputs.map(({ value, view }) => stridesOf(view, shape, definingNode.get(value), axes)),
    ...iotas.map((node) => iotaStrides(node, shape)),
  ].map(permuted);
  const space: Space = { sizes: order.map((axis) => shape[axis] as number), strides: operandStrides };
  const kept = shape.length - axes.size;
  const merged = mergeSpace(space, new Set([kept]));
  return {
    region,
    inputs,
    outputs,
    iotas: iotas.map((node) => node.results[0]),
    space: merged.space,
    keptDims: merged.lastOf.filter((dim) => dim < kept).length,
    reduces: axes.size > 0,
    passes: countPasses(context.graph, region),
    foldsFloats: foldsFloats(context, region),
    isSpreadable: isSpreadable(context, region),
    transfers: transfersOf(context, [...inputs, ...outputs], merged.space, inputs.length),
  };
}

function countReductions({ nodes }: KernelRegion): number {
  return nodes.filter(({ op }) => isKind(op, "reduce")).length;
}

function foldsFloats({ graph }: LowerContext, { nodes }: KernelRegion): boolean {
  return nodes.every(({ op, results }) => !isKind(op, "reduce") || typeOf(graph, results[0]).dtype !== "i32");
}

function isSpreadable(context: LowerContext, region: KernelRegion): boolean {
  const canBeRows = region.outputs.every((value) => canBecomeRow(typeOf(context.graph, value).dtype));
  return foldsFloats(context, region) && canBeRows;
}

/** Operands with equal strides in one tensor are the parts of its runs; they are transferred together (body/merge-transfers.ts). */
function transfersOf(
  context: LowerContext,
  values: readonly StridedValue[],
  space: Space,
  inputCount: number,
): readonly SplitOperand[] {
  const keys = values.map(({ view }, index) => `${view.buffer} ${space.strides[index]?.join()}`);
  return values.map(({ value }, index) => {
    const parts = keys.filter((key) => key === keys[index]).length;
    const isFirst = keys.indexOf(keys[index] as string) === index;
    const elementBytes = dtypeBytes(typeOf(context.graph, value).dtype);
    const isTransposable = index < inputCount && parts === 1 && elementBytes === transposableBytes;
    const isAlternating = space.strides[index]?.at(-1) === parts;
    return { bytes: isFirst ? elementBytes * parts : 0, unit: isAlternating ? parts : 1, isTransposable };
  });
}

/** DMA engines transpose dtypes of 2 bytes. Source: AWS Neuron SDK documentation, nki.isa.dma_transpose. */
export const transposableBytes = 2;

/** The plan as a schedule says: in one part, or in two, where no form of all of it has rows over all partitions. */
export function tileRows(plan: RowsPlan, schedule: RowsSchedule, machine: Machine): readonly TiledRows[] {
  const { iotas, reduces, keptDims, space } = plan;
  if (reduces && iotas.length === 0) return tiledReduction(plan, schedule, machine);
  if (reduces || keptDims === 0 || iotas.length > 0) return [tiledPart(plan, wholeSplit(plan, schedule, machine))];
  const limits: SplitLimits = {
    machine,
    maxRows: Math.min(schedule.tile_rows, machine.partitions),
    maxColumns: schedule.tile_columns,
    operands: plan.transfers,
  };
  const parts = fastestParts(space, limits);
  const dim = space.sizes.length - 1;
  return parts.map(({ split, start }) => tiledPart(plan, split, { dim, index: start }));
}

/** A kernel with reductions; few rows are spread over the partitions, many short ones grouped in each. */
function tiledReduction(plan: RowsPlan, schedule: RowsSchedule, machine: Machine): readonly TiledRows[] {
  const whole = wholeSplit(plan, schedule, machine);
  const maxRows = Math.min(schedule.tile_rows, machine.partitions);
  const ofOutputs = whole.space.strides.slice(plan.inputs.length);
  const columnCount = ofOutputs.filter((strides) =>
    strides.slice(whole.rowDim + 1).every((stride) => stride === 0),
  ).length;
  const reductions = countReductions(plan.region);
  const transposes = columnCount + 2 * reductions;
  // Each reduction goes over the rows, and so does what makes each wide result.
  const limits = { maxRows, transposes, reductions, passes: reductions + ofOutputs.length - columnCount };
  const spread = plan.isSpreadable ? chooseSpread(whole, limits, machine) : undefined;
  if (spread === undefined) return groupedRows(plan, whole, { groups: schedule.group_rows, maxRows });
  const tiled = tiledPart(plan, spreadSpace(whole, spread));
  const withRowStride = (operand: StridedOperand, index: number): StridedOperand => ({
    ...operand,
    rowStride: whole.space.strides[index]?.[whole.rowDim] ?? 0,
  });
  const loads = tiled.loads.map(withRowStride);
  const stores = tiled.stores.map((store, index) => withRowStride(store, plan.inputs.length + index));
  return [{ ...tiled, spread, loads, stores }];
}

function groupedRows(
  plan: RowsPlan,
  whole: SplitSpace,
  { groups: most, maxRows }: { readonly groups: number; readonly maxRows: number },
): readonly TiledRows[] {
  if (!canGroup(plan) || most === 1) return [tiledPart(plan, whole)];
  return groupRows(whole, most, maxRows).map(({ split, start, groups }) => ({
    ...tiledPart(plan, split, start),
    ...(groups === undefined ? {} : { groups, areGroupsInner: areGroupsInner(plan, split) }),
  }));
}

function areGroupsInner({ transfers }: RowsPlan, { space: { strides }, rowDim }: SplitSpace): boolean {
  const bytesAlong = (dim: number): number =>
    transfers.reduce((sum, { bytes, unit }, index) => sum + (strides[index]?.at(dim) === unit ? bytes : 0), 0);
  return bytesAlong(rowDim + 1) > bytesAlong(-1);
}

/** Integers are folded by halves of whole tiles, which have one row in each partition. */
function canGroup({ reduces, iotas, keptDims, foldsFloats }: RowsPlan): boolean {
  return reduces && iotas.length === 0 && keptDims > 0 && foldsFloats;
}

/** How many rows a partition may have of a kernel whose rows are not spread, the most first; none where it has one anyway. */
export function groupsOf(plan: RowsPlan, machine: Machine): readonly number[] {
  if (!canGroup(plan) || tileRows(plan, rowsDefaults, machine)[0]?.spread !== undefined) return [];
  return groupChoices(wholeSplit(plan, rowsDefaults, machine), machine);
}

/** `start`: where along a dimension of the plan's space the part begins. */
function tiledPart(plan: RowsPlan, { space, rowDim }: SplitSpace, start = { dim: 0, index: 0 }): TiledRows {
  const { inputs, outputs, iotas, reduces } = plan;
  const operand = (value: StridedValue, index: number): StridedOperand => {
    const skipped = start.index * (plan.space.strides[index]?.[start.dim] ?? 0);
    const view = { ...value.view, offset: value.view.offset + skipped };
    return { value: value.value, view, strides: space.strides[index] as Strides };
  };
  return {
    loads: inputs.map(operand),
    stores: outputs.map((output, index) => operand(output, inputs.length + index)),
    iotas: iotas.map((value, index) => ({
      value,
      strides: space.strides[inputs.length + outputs.length + index] as Strides,
    })),
    batch: space.sizes.slice(0, rowDim),
    rows: space.sizes[rowDim] as number,
    columns: space.sizes.slice(rowDim + 1),
    reduces,
  };
}

/** An iota counts along one axis, as if it were a tensor whose elements are their own addresses; one of size 1 repeats. */
export function iotaStrides({ attrs }: NodeOf<"iota">, shape: Shape): Strides {
  const own = attrs.shape;
  const axis = attrs.axis + shape.length - own.length;
  return shape.map((_size, index) => (index === axis && own[axis - shape.length + own.length] !== 1 ? 1 : 0));
}

/**
 * The form [batch..., rows, columns...] of a space with reductions or counted indices: the last kept dimension is the rows. A single
 * run of elements is spread over the partitions.
 */
function wholeSplit({ space, keptDims, reduces }: RowsPlan, schedule: RowsSchedule, machine: Machine): SplitSpace {
  if (reduces && keptDims > 0) return { space: withColumns(space, keptDims), rowDim: keptDims - 1 };
  if (keptDims === 0) return { space: withColumns(withLeading(space), 1), rowDim: 0 };
  if (keptDims > 1) return { space, rowDim: keptDims - 2 };
  const rows = largestDivisorUpTo(space.sizes[0] as number, Math.min(schedule.tile_rows, machine.partitions));
  return { space: splitLast(space, rows), rowDim: 0 };
}

function withLeading(space: Space): Space {
  return { sizes: [1, ...space.sizes], strides: space.strides.map((strides) => [0, ...strides]) };
}

/** At least one column dimension after the first `kept` dimensions. */
function withColumns(space: Space, kept: number): Space {
  if (space.sizes.length > kept) return space;
  return { sizes: [...space.sizes, 1], strides: space.strides.map((strides) => [...strides, 0]) };
}
