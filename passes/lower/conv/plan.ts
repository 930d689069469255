// The plan of a convolution, made once, whatever its schedule: the axes along which its windows move, the strides of its tensors, and the
// nodes of its epilogue. An axis along which nothing moves is merged with the other one where all tensors allow it.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { BufferId, ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type NodeOf, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import { windowsOf } from "../../../ir-spec/ops/windows.ts";
import { type Epilogue, planEpilogue } from "../contract/plan.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "../region.ts";
import { broadcastView, type View } from "../view.ts";
import { axisOfWindow, type ConvAxis, isPlain, singleAxis } from "./axis.ts";

/** A tensor [image, group, channel of the group, y, x]: its start and strides. */
export interface ConvTensor {
  readonly buffer: BufferId;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly image: number;
  readonly group: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** The weights [group, channel of the result, channel of the operand, y, x]. */
export interface ConvWeights {
  readonly buffer: BufferId;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly group: number;
  readonly m: number;
  readonly c: number;
  readonly y: number;
  readonly x: number;
}

export interface ConvSizes {
  readonly images: number;
  readonly groups: number;
  /** Channels of a group: of the operand and of the result. */
  readonly c: number;
  readonly m: number;
  readonly y: ConvAxis;
  readonly x: ConvAxis;
}

export interface ConvPlan {
  readonly sizes: ConvSizes;
  readonly input: ConvTensor;
  readonly weights: ConvWeights;
  /** Tensors of the epilogue, by value: operands from outside and the result. */
  readonly others: ReadonlyMap<ValueId, ConvTensor>;
  readonly epilogue: Epilogue;
}

export function planConv(context: LowerContext, region: KernelRegion): ConvPlan {
  const node = region.nodes.find((each) => each.op === "conv");
  invariant(node !== undefined && node.op === "conv", `kernel ${region.name} has no convolution`);
  const { graph, viewOf, builder } = context;
  const { x, w } = operandsOf(node);
  const epilogue = planEpilogue(region);
  const { shape } = typeOf(graph, epilogue.product);
  const sizes = convSizes(graph, node);
  const others = [...new Set([...inputsOf(region).filter((value) => epilogue.reads.includes(value)), epilogue.output])];
  const tensorOf = (view: View, channels: number): ConvTensor => {
    const [image, channel, ...axes] = view.strides as [number, number, ...number[]];
    const [y, xStride] = stridesOfAxes(axes);
    const { dtype } = builder.bufferInfo(view.buffer);
    return {
      buffer: view.buffer,
      dtype,
      offset: view.offset,
      image,
      group: channel * channels,
      channel,
      y,
      x: xStride,
    };
  };
  const plan = {
    sizes,
    input: tensorOf(viewOf(x), sizes.c),
    weights: weightsOf(context, viewOf(w), sizes),
    others: new Map(others.map((value) => [value, tensorOf(broadcastView(viewOf(value), shape), sizes.m)])),
    epilogue,
  };
  return merged(oriented(plan));
}

/** The sizes of a convolution over one or two axes. */
export function convSizes(graph: Graph, { operands, attrs, results }: NodeOf<"conv">): ConvSizes {
  const [x, w] = operands as readonly [ValueId, ValueId];
  const { shape: taps } = typeOf(graph, w);
  const windows = windowsOf(typeOf(graph, x).shape, taps.slice(2), attrs);
  const [y = singleAxis, other = singleAxis] = windows.map(axisOfWindow);
  const [images, channels] = typeOf(graph, results[0]).shape as readonly [number, number, ...Shape];
  return { images, groups: attrs.group, c: taps[1] as number, m: channels / attrs.group, y, x: other };
}

/** One channel for each group, which leaves all but one row of the array idle. */
export function isDepthwise({ groups, c, m }: ConvSizes): boolean {
  return c === 1 && m === 1 && groups > 1;
}

const stridesOfAxes = ([y = 0, x = 0]: readonly number[]): readonly [number, number] => [y, x];

function weightsOf({ builder }: LowerContext, view: View, { m }: ConvSizes): ConvWeights {
  const [channel, c, ...axes] = view.strides as [number, number, ...number[]];
  const [y, x] = stridesOfAxes(axes);
  const { dtype } = builder.bufferInfo(view.buffer);
  return { buffer: view.buffer, dtype, offset: view.offset, group: channel * m, m: channel, c, y, x };
}

/** A single row becomes a column: its elements are what blocks are made of. */
function oriented(plan: ConvPlan): ConvPlan {
  const { y, x } = plan.sizes;
  if (y.places > 1 || y.size > 1 || y.taps > 1) return plan;
  const swap = <T extends { readonly y: number; readonly x: number }>(of: T): T => ({ ...of, y: of.x, x: of.y });
  return {
    ...plan,
    sizes: { ...plan.sizes, y: x, x: y },
    input: swap(plan.input),
    weights: swap(plan.weights),
    others: new Map([...plan.others].map(([value, tensor]) => [value, swap(tensor)])),
  };
}

/** One axis of all elements, where windows have one element and tensors have their rows one after the other. */
function merged(plan: ConvPlan): ConvPlan {
  const { y, x } = plan.sizes;
  const areRuns = (tensor: ConvTensor, axis: ConvAxis, size: (of: ConvAxis) => number): boolean =>
    axis.places === 1 || tensor.y === tensor.x * size(x);
  const canMerge =
    isPlain(y) &&
    isPlain(x) &&
    areRuns(plan.input, y, ({ size }) => size) &&
    [...plan.others.values()].every((tensor) => areRuns(tensor, y, ({ places }) => places));
  if (!canMerge || x.places === 1) return plan;
  const count = y.places * x.places;
  const merge = (tensor: ConvTensor): ConvTensor => ({ ...tensor, y: tensor.x, x: 0 });
  return {
    ...plan,
    sizes: { ...plan.sizes, y: { ...singleAxis, size: count, places: count }, x: singleAxis },
    input: merge(plan.input),
    others: new Map([...plan.others].map(([value, tensor]) => [value, merge(tensor)])),
  };
}
