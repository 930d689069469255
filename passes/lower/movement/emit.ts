// Lowering: copies and gathers -> kernels of DMA alone. A copy reads and writes two views of one shape; `concat` and `update_slice`
// are copies into slices of the result; `gather` loads rows by index and stores them in order.

import { type Affine, addAffine, constant, scaleAffine } from "../../../ir-spec/affine.ts";
import { roundTo } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { type Node, type NodeOf, operandsOf } from "../../../ir-spec/graph.ts";
import type { OpNameOf, OpNameWith } from "../../../ir-spec/ops/index.ts";
import type { AccessDim } from "../../../ir-spec/tile.ts";
import {
  type Body,
  chipAccess,
  emitAlloc,
  emitLoop,
  emitOp,
  hbmAccess,
  run,
  tileExtent,
  tripsOver,
} from "../program-builder.ts";
import type { KernelRegion, LowerContext } from "../region.ts";
import { largestDivisorUpTo, mergeSpace, type Space, splitLast } from "../space.ts";
import { isSameView, reshapeView, sliceView, type View } from "../view.ts";
import type { MovementSchedule } from "./fields.ts";

/** Metadata-only ops: no kernel, as long as strides can express the result. */
export type ViewOp = OpNameWith<"isView">;
type CopyOp = Exclude<OpNameOf<"movement">, ViewOp>;
type MovementRule<N extends CopyOp> = (
  context: LowerContext,
  node: NodeOf<N>,
  schedule: MovementSchedule,
  body: Body,
) => void;

const rules: { readonly [N in CopyOp]: MovementRule<N> } = {
  concat: (context, node, schedule, body) => {
    const out = resultView(context, node);
    const { axis } = node.attrs;
    let start = 0;
    for (const operand of node.operands) {
      const source = context.viewOf(operand);
      const starts = out.shape.map((_size, dim) => (dim === axis ? start : 0));
      const target = sliceView(out, starts, source.shape);
      // What its own kernel has stored there already needs no copy.
      if (!isSameView(source, target)) emitCopy(context, source, target, schedule, body);
      start += source.shape[axis] as number;
    }
  },
  update_slice: (context, node, schedule, body) => {
    const out = resultView(context, node);
    const operands = operandsOf(node);
    const update = context.viewOf(operands.update);
    const old = context.viewOf(operands.x);
    if (!isSameView(old, out)) emitCopy(context, old, out, schedule, body);
    emitCopy(context, update, sliceView(out, node.attrs.starts, update.shape), schedule, body);
  },
  gather: emitGather,
};

export function emitMovement(context: LowerContext, region: KernelRegion, schedule: MovementSchedule): Body {
  const body: Body = [];
  for (const node of region.nodes) {
    invariant(isCopy(node), `${node.op} is no copy`);
    emitNode(context, node, schedule, body);
  }
  return body;
}

/** Whether what a node moves is on chip in between. */
export function passesThroughChip({ op }: Node): boolean {
  return op === "gather";
}

function isCopy(node: Node): node is NodeOf<CopyOp> {
  return Object.hasOwn(rules, node.op);
}

function emitNode<N extends CopyOp>(
  context: LowerContext,
  node: NodeOf<N>,
  schedule: MovementSchedule,
  body: Body,
): void {
  rules[node.op](context, node, schedule, body);
}

function resultView(context: LowerContext, node: Node): View {
  return context.viewOf(node.results[0]);
}

/** Copies every element of `source` to the same index of `target`; the shapes are equal. */
export function emitCopy(
  context: LowerContext,
  source: View,
  target: View,
  schedule: MovementSchedule,
  body: Body,
): void {
  const space: Space = { sizes: target.shape, strides: [source.strides, target.strides] };
  const merged = mergeSpace(space, new Set()).space;
  const { builder, machine } = context;
  const maxRows = Math.min(schedule.tile_rows, machine.partitions);
  const form = spread(merged, maxRows);
  const free = Math.min(form.sizes.length - 1, machine.accessDims);
  const rowDim = form.sizes.length - 1 - free;
  const rows = form.sizes[rowDim] as number;
  const step = Math.min(rows, maxRows);

  const dimsOf = (strides: readonly number[]): readonly AccessDim[] =>
    form.sizes
      .slice(rowDim + 1)
      .map((size, dim) => ({ stride: strides[rowDim + 1 + dim] as number, size: { max: size } }));
  const emit = (into: Body, base: readonly Affine[]): void => {
    const dim = base.length;
    if (dim < rowDim) {
      emitLoop(builder, into, { name: "b", trips: { max: form.sizes[dim] as number } }, (inner, index) =>
        emit(inner, [...base, index]),
      );
      return;
    }
    emitLoop(builder, into, { name: "p", trips: tripsOver(rows, step) }, (inner, index) => {
      const at = [...base, scaleAffine(index, step)];
      const size = tileExtent(rows, step, index);
      const side = (view: View, strides: readonly number[]) => {
        const offset = addAffine(constant(view.offset), ...at.map((i, d) => scaleAffine(i, strides[d] as number)));
        return hbmAccess(view.buffer, offset, { stride: strides[rowDim] as number, size }, dimsOf(strides));
      };
      const [from, to] = form.strides as readonly [readonly number[], readonly number[]];
      emitOp(inner, "dma", { dst: side(target, to), src: side(source, from) });
    });
  };
  emit(body, []);
}

/** At least rows and columns: one long run is spread over several rows, so that all DMA engines share it. */
function spread(space: Space, rows: number): Space {
  if (space.sizes.length === 0) return { sizes: [1, 1], strides: space.strides.map(() => [0, 1]) };
  if (space.sizes.length > 1) return space;
  return splitLast(space, largestDivisorUpTo(space.sizes[0] as number, rows));
}

/**
 * out[o, i, r] = table[o, indices[i], r]: a tile of indices, the rows that it names, and their store. The rows begin as what an
 * index outside of the table gives.
 */
function emitGather(context: LowerContext, node: NodeOf<"gather">, schedule: MovementSchedule, body: Body): void {
  const { builder, machine } = context;
  const operands = operandsOf(node);
  const table = context.viewOf(operands.x);
  const indices = context.viewOf(operands.indices);
  const out = resultView(context, node);
  const { axis } = node.attrs;
  const indexCount = elementCount(indices.shape);
  const flat = reshapeView(indices, [indexCount]);
  const outView = reshapeView(out, [...table.shape.slice(0, axis), indexCount, ...table.shape.slice(axis + 1)]);
  invariant(flat !== undefined && outView !== undefined, "indices and result of a gather are dense");

  const outer = [...table.shape.keys()].slice(0, axis);
  const inner = mergeSpace(
    {
      sizes: table.shape.slice(axis + 1),
      strides: [table.strides.slice(axis + 1), outView.strides.slice(axis + 1)],
    },
    new Set(),
  ).space;
  const width = elementCount(inner.sizes);
  const dims = (operand: number): readonly AccessDim[] =>
    inner.sizes.length === 0
      ? [run({ max: 1 })]
      : inner.sizes.map((size, dim) => ({ stride: inner.strides[operand]?.[dim] as number, size: { max: size } }));
  const rowTile = Math.min(machine.partitions, schedule.tile_rows, indexCount);

  const emit = (into: Body, base: readonly Affine[]): void => {
    const dim = outer[base.length];
    if (dim !== undefined) {
      emitLoop(builder, into, { name: "b", trips: { max: table.shape[dim] as number } }, (deeper, index) =>
        emit(deeper, [...base, index]),
      );
      return;
    }
    emitLoop(builder, into, { name: "p", trips: tripsOver(indexCount, rowTile) }, (deeper, index) => {
      const rows = tileExtent(indexCount, rowTile, index);
      const first = scaleAffine(index, rowTile);
      const { slots } = schedule;
      const chip = (name: string, dtype: "i32" | typeof tableDtype, columns: number) =>
        emitAlloc(builder, deeper, { name, memory: "sbuf", dtype, shape: [rowTile, columns], slots });
      const tableDtype = builder.bufferInfo(table.buffer).dtype;
      const names = chipAccess(chip("index", builder.bufferInfo(indices.buffer).dtype as "i32", 1), rows, [
        run({ max: 1 }),
      ]);
      const stride = flat.strides[0] as number;
      const indexOffset = addAffine(constant(flat.offset), scaleAffine(first, stride));
      const one = [run({ max: 1 })];
      emitOp(deeper, "dma", { dst: names, src: hbmAccess(flat.buffer, indexOffset, { stride, size: rows }, one) });

      const picked = chipAccess(chip("rows", tableDtype, width), rows, [run({ max: width })]);
      const along = (view: View): Affine =>
        addAffine(constant(view.offset), ...base.map((i, d) => scaleAffine(i, view.strides[d] as number)));
      const source = hbmAccess(
        table.buffer,
        along(table),
        { stride: table.strides[axis] as number, size: { max: table.shape[axis] as number } },
        dims(0),
      );
      const otherwise = roundTo(tableDtype, Number.NaN);
      emitOp(deeper, "memset", { dst: picked }, { value: otherwise });
      emitOp(deeper, "gather", { dst: picked, table: source, index: names });
      const rowStride = outView.strides[axis] as number;
      const target = addAffine(along(outView), scaleAffine(first, rowStride));
      emitOp(deeper, "dma", {
        dst: hbmAccess(outView.buffer, target, { stride: rowStride, size: rows }, dims(1)),
        src: picked,
      });
    });
  };
  emit(body, []);
}
