// The plan of a row-wise kernel: the region's iteration space, laid out as [batch..., rows, columns...], and the strides
// operand and result strides it.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import { type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import type { RowsSchedule } from "../../../ir-spec/schedule.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "../region.ts";
import { largestDivisorUpTo, mergeSpace, type Space, type Strides, splitLast } from "../space.ts";
import { broadcastView, type View } from "../view.ts";

/** An operand or result of the kernel with its strides over the merged space. */
export interface StridedOperand {
  readonly value: ValueId;
  readonly view: View;
  readonly strides: Strides;
}

export interface RowsPlan {
  readonly loads: readonly StridedOperand[];
  readonly stores: readonly StridedOperand[];
  readonly iotas: readonly { readonly value: ValueId; readonly strides: Strides }[];
  /** Sizes of the loops outside the tile, of its rows and of its columns (several where they do not merge). */
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: readonly number[];
  readonly reduces: boolean;
}

/** The common shape of all values, each reduced axis at its full size. */
function spaceShape(context: LowerContext, region: KernelRegion): Shape {
  const shapes = region.nodes.flatMap((node) =>
    [...node.operands, ...(isKind(node.op, "reduce") ? [] : node.results)].map((v) => typeOf(context.graph, v).shape),
  );
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return [...new Array(rank).keys()].map((axis) =>
    Math.max(1, ...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
  );
}

function axesOfSpace(context: LowerContext, region: KernelRegion, rank: number): ReadonlySet<number> {
  const axes = new Set<number>();
  for (const node of region.nodes) {
    if (!isKind(node.op, "reduce")) continue;
    const own = typeOf(context.graph, node.operands[0] as ValueId).shape.length;
    for (const axis of reducedAxes(node.attrs.axes as readonly number[], own)) axes.add(axis + rank - own);
  }
  return axes;
}

/** Strides of a view along the axes of the space; a reduction without `keepdims` gets its axes back. */
function stridesOf(view: View, shape: Shape, definition: Node | undefined, axes: ReadonlySet<number>): Strides {
  const dropsAxes = definition !== undefined && isKind(definition.op, "reduce") && definition.attrs.keepdims === false;
  if (!dropsAxes) return broadcastView(view, shape).strides;
  let own = 0;
  return shape.map((_size, axis) => (axes.has(axis) ? 0 : (view.strides[own++] as number)));
}

export function planRows(context: LowerContext, region: KernelRegion, schedule: RowsSchedule): RowsPlan {
  const shape = spaceShape(context, region);
  const axes = axesOfSpace(context, region, shape.length);
  const order = [...shape.keys()].sort((a, b) => Number(axes.has(a)) - Number(axes.has(b)));
  const definingNode = new Map(region.nodes.flatMap((node) => node.results.map((result) => [result, node] as const)));
  const inputs = inputsOf(region);
  const iotas = region.nodes.filter((node) => node.op === "iota");
  const permuted = (strides: Strides): Strides => order.map((axis) => strides[axis] as number);

  const operandStrides = [
    ...inputs.map((value) => stridesOf(context.viewOf(value), shape, undefined, axes)),
    ...region.outputs.map((value) => stridesOf(context.viewOf(value), shape, definingNode.get(value), axes)),
    ...iotas.map((node) => iotaStrides(node, shape)),
  ].map(permuted);
  const space: Space = { sizes: order.map((axis) => shape[axis] as number), strides: operandStrides };
  const kept = shape.length - axes.size;
  const merged = mergeSpace(space, new Set([kept]));
  const keptDims = merged.lastOf.filter((dim) => dim < kept).length;
  const split = splitSpace(merged.space, keptDims, axes.size > 0, context, schedule);

  const stridesAt = (index: number): Strides => split.space.strides[index] as Strides;
  return {
    loads: inputs.map((value, index) => ({ value, view: context.viewOf(value), strides: stridesAt(index) })),
    stores: region.outputs.map((value, index) => ({
      value,
      view: context.viewOf(value),
      strides: stridesAt(inputs.length + index),
    })),
    iotas: iotas.map((node, index) => ({
      value: node.results[0] as ValueId,
      strides: stridesAt(inputs.length + region.outputs.length + index),
    })),
    batch: split.space.sizes.slice(0, split.rowDim),
    rows: split.space.sizes[split.rowDim] as number,
    columns: split.space.sizes.slice(split.rowDim + 1),
    reduces: axes.size > 0,
  };
}

/** An iota counts along one axis, as if it were a tensor whose elements are their own addresses; one of size 1 repeats. */
function iotaStrides(node: Node, shape: Shape): Strides {
  const own = node.attrs.shape as readonly number[];
  const axis = Number(node.attrs.axis) + shape.length - own.length;
  return shape.map((_size, index) => (index === axis && own[axis - shape.length + own.length] !== 1 ? 1 : 0));
}

/**
 * Gives the space its form [batch..., rows, columns...]. Without a reduction the last dimension is the columns; a single
 * run of elements is spread over the partitions.
 */
function splitSpace(
  space: Space,
  keptDims: number,
  reduces: boolean,
  context: LowerContext,
  schedule: RowsSchedule,
): { readonly space: Space; readonly rowDim: number } {
  if (reduces) {
    if (keptDims > 0) return { space: withColumns(space, keptDims), rowDim: keptDims - 1 };
    return { space: withColumns(withLeading(space), 1), rowDim: 0 };
  }
  if (keptDims === 0) return { space: withColumns(withLeading(space), 1), rowDim: 0 };
  if (keptDims > 1) return { space, rowDim: keptDims - 2 };
  const rows = largestDivisorUpTo(space.sizes[0] as number, Math.min(schedule.tile_rows, context.machine.partitions));
  return { space: splitLast(space, rows), rowDim: 0 };
}

function withLeading(space: Space): Space {
  return { sizes: [1, ...space.sizes], strides: space.strides.map((strides) => [0, ...strides]) };
}

/** At least one column dimension behind the first `kept` dimensions. */
function withColumns(space: Space, kept: number): Space {
  if (space.sizes.length > kept) return space;
  return { sizes: [...space.sizes, 1], strides: space.strides.map((strides) => [...strides, 0]) };
}
