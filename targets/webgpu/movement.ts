// THE MOVEMENT TABLE: each movement op as another shape for the same buffer, or as actions that copy. Operands of which
// there may be many are copied one by one, so that no kernel binds more than three buffers.

import { elementCount, rowMajorStrides, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { AttrsOf, OpNameOf } from "../../ir-spec/ops/index.ts";
import { broadcastStrides } from "../../ir-spec/ops/loops.ts";
import { permutationOf } from "../../ir-spec/ops/movement.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { wgslTypeOf } from "./dtypes.ts";
import {
  type Action,
  type Kernel,
  makeLineKernel,
  type NodeTypes,
  result0,
  type Slot,
  type ValueTypes,
} from "./kernel.ts";
import { copyAction, type ViewCopy } from "./map.ts";
import type { WgslType } from "./plan.ts";
import { type View, wholeView } from "./views.ts";

type MovementName = OpNameOf<"movement">;

/** The result is the operand's buffer, or what the actions leave in a buffer of its own. */
export type Movement = { readonly kind: "alias" } | { readonly kind: "actions"; readonly actions: readonly Action[] };

type MovementRule<A> = (node: ValueTypes, attrs: A, limits: GpuLimits) => Movement;

const alias = (): Movement => ({ kind: "alias" });

const operand = (index: number): Slot => ({ kind: "operand", index });
const typeAt = (types: readonly TensorType[], index: number): TensorType => types[index] as TensorType;

/** One copy of (parts of) operand 0 to the whole result. */
function copyToResult(name: string, node: ValueTypes, from: View, limits: GpuLimits): Movement {
  const { dtype, shape } = typeAt(node.results, 0);
  const copy: ViewCopy = { dtype, domain: shape, src: operand(0), from, dst: result0, to: wholeView(shape) };
  return { kind: "actions", actions: [copyAction(name, copy, limits)] };
}

/** The view of the part of `whole` that begins at `starts`. */
function partView(whole: Shape, starts: readonly number[]): View {
  const strides = rowMajorStrides(whole);
  const base = strides.reduce((sum, stride, axis) => sum + stride * (starts[axis] ?? 0), 0);
  return { base, strides };
}

/** The starts of parts that lie one after the other along an axis. */
function partStarts(parts: readonly TensorType[], axis: number): readonly (readonly number[])[] {
  let start = 0;
  return parts.map(({ shape }) => {
    const starts = shape.map((_, index) => (index === axis ? start : 0));
    start += shape[axis] as number;
    return starts;
  });
}

function concatActions(node: ValueTypes, axis: number, limits: GpuLimits): readonly Action[] {
  const result = typeAt(node.results, 0);
  const starts = partStarts(node.operands, axis);
  return node.operands.map(({ dtype, shape }, index) => {
    const to = partView(result.shape, starts[index] as readonly number[]);
    const copy = { dtype, domain: shape, src: operand(index), from: wholeView(shape), dst: result0, to };
    return copyAction("concat", copy, limits);
  });
}

function splitActions(node: ValueTypes, axis: number, limits: GpuLimits): readonly Action[] {
  const x = typeAt(node.operands, 0);
  const starts = partStarts(node.results, axis);
  return node.results.map(({ dtype, shape }, index) => {
    const from = partView(x.shape, starts[index] as readonly number[]);
    const dst: Slot = { kind: "result", index };
    return copyAction("split", { dtype, domain: shape, src: operand(0), from, dst, to: wholeView(shape) }, limits);
  });
}

function updateActions(node: ValueTypes, starts: readonly number[], limits: GpuLimits): readonly Action[] {
  const x = typeAt(node.operands, 0);
  const update = typeAt(node.operands, 1);
  const whole = wholeView(x.shape);
  const base = { dtype: x.dtype, dst: result0 };
  return [
    copyAction("update_slice", { ...base, domain: x.shape, src: operand(0), from: whole, to: whole }, limits),
    copyAction(
      "update_slice",
      { ...base, domain: update.shape, src: operand(1), from: wholeView(update.shape), to: partView(x.shape, starts) },
      limits,
    ),
  ];
}

/** What an element is whose index lies outside: NaN, and what NaN becomes in the other types. */
const outsideText: { readonly [T in WgslType]: string } = { f32: "float_of(0x7fc00000u)", i32: "0", u32: "1u" };

function gatherKernel(node: ValueTypes, axis: number, limits: GpuLimits): Kernel {
  const [x, indices] = node.operands as readonly [TensorType, TensorType];
  const axisSize = x.shape[axis] as number;
  const inner = elementCount(x.shape.slice(axis + 1));
  const indexCount = elementCount(indices.shape);
  const type = wgslTypeOf(x.dtype);
  const body = [
    `let index = indices[(i / ${inner}u) % ${indexCount}u];`,
    `var value = ${outsideText[type]};`,
    `if (index >= 0 && index < ${axisSize}) {`,
    `  value = operand[((i / ${inner * indexCount}u) * ${axisSize}u + u32(index)) * ${inner}u + i % ${inner}u];`,
    "}",
    "result[i] = value;",
  ];
  return makeLineKernel(
    {
      name: "gather",
      reads: [
        { name: "operand", type, slot: operand(0) },
        { name: "indices", type: "i32", slot: operand(1) },
      ],
      writes: { name: "result", type, slot: result0 },
      count: elementCount(typeAt(node.results, 0).shape),
      body: body.join("\n"),
    },
    limits,
  );
}

export const movements: { readonly [N in MovementName]: MovementRule<AttrsOf<N>> } = {
  reshape: alias,
  unsqueeze: alias,
  squeeze: alias,
  transpose: (node, { perm }, limits) => {
    const strides = rowMajorStrides(typeAt(node.operands, 0).shape);
    const moved = permutationOf(perm, strides.length).map((axis) => strides[axis] as number);
    return copyToResult("transpose", node, { base: 0, strides: moved }, limits);
  },
  broadcast_to: (node, { shape }, limits) => {
    const strides = broadcastStrides(typeAt(node.operands, 0).shape, shape);
    return copyToResult("broadcast_to", node, { base: 0, strides }, limits);
  },
  slice: (node, attrs, limits) => {
    const { shape } = typeAt(node.operands, 0);
    const ranges = sliceRanges(shape, attrs);
    const starts = ranges.map((range) => range.start);
    const { base, strides } = partView(shape, starts);
    const stepped = strides.map((stride, axis) => stride * (ranges[axis]?.step ?? 1));
    return copyToResult("slice", node, { base, strides: stepped }, limits);
  },
  update_slice: (node, { starts }, limits) => ({ kind: "actions", actions: updateActions(node, starts, limits) }),
  concat: (node, { axis }, limits) => ({ kind: "actions", actions: concatActions(node, axis, limits) }),
  split: (node, { axis }, limits) => ({ kind: "actions", actions: splitActions(node, axis, limits) }),
  gather: (node, { axis }, limits) => ({ kind: "actions", actions: [gatherKernel(node, axis, limits)] }),
};

/** What a movement node does; its attributes are complete. */
export function movementOf<N extends MovementName>(node: NodeTypes<N>, limits: GpuLimits): Movement {
  return movements[node.op](node, node.attrs, limits);
}
