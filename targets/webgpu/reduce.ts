// THE REDUCTION TABLE, and its kernels. One invocation reduces the elements of one result in a fixed order. Long reductions run in
// steps: first about sqrt(n) parts of every n elements each (interleaved, so that neighbouring invocations read
// neighbouring elements), then the parts. So sums err by about sqrt(n) roundings instead of n, and no barrier is needed.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { elementCount, rowMajorStrides, type Shape, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { OpNameOf } from "../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { literalText, roundText, wgslTypeOf } from "./dtypes.ts";
import { type Kernel, type KernelBuffer, makeLineKernel, type NodeTypes, result0 } from "./kernel.ts";
import type { WgslType } from "./plan.ts";
import { coalesceDomain, offsetText, type View, wholeView } from "./views.ts";

interface Reduction {
  /** The reduction of two elements of a WGSL type. */
  readonly combine: (reduced: string, x: string, type: WgslType) => string;
  /** The result, made of the reduction of `count` elements. */
  readonly finish?: (reduced: string, count: number) => string;
}

const byType =
  (onFloats: string, onInts: string) =>
  (reduced: string, x: string, type: WgslType): string =>
    `${type === "f32" ? onFloats : onInts}(${reduced}, ${x})`;

export const reductions: { readonly [N in OpNameOf<"reduce">]: Reduction } = {
  reduce_sum: { combine: (reduced, x) => `${reduced} + ${x}` },
  reduce_mean: {
    combine: (reduced, x) => `${reduced} + ${x}`,
    finish: (reduced, count) => `quotient_f32(${reduced}, ${literalText("f32", count)})`,
  },
  reduce_max: { combine: byType("max_f32", "max") },
  reduce_min: { combine: byType("min_f32", "min") },
  reduce_prod: { combine: (reduced, x) => `${reduced} * ${x}` },
};

/** Reductions of at most so many elements run in one step. */
const maxInOneStep = 64;

/** The part of a shape that is counted through, and where its elements lie in the operand. */
interface Axes {
  readonly shape: Shape;
  readonly view: View;
}

/** One step of a reduction. */
interface ReduceStep {
  readonly input: KernelBuffer;
  readonly kept: Axes;
  readonly reduced: Axes;
  /** How many partial results each kept element gets; 1 in the last step. */
  readonly parts: number;
}

function pickAxes(shape: Shape, axes: readonly number[]): Axes {
  const strides = rowMajorStrides(shape);
  const view = { base: 0, strides: axes.map((axis) => strides[axis] as number) };
  const walk = coalesceDomain({ domain: axes.map((axis) => shape[axis] as number), views: [view] });
  return { shape: walk.domain, view: walk.views[0] as View };
}

/** The number of parts that a reduction of `count` elements is cut into: a power of two near its root, or 1. */
function partsOf(count: number): number {
  return count <= maxInOneStep ? 1 : 2 ** Math.ceil(Math.log2(Math.sqrt(count)));
}

/** The steps of a reduction, the last one with one part. */
function reduceSteps(x: TensorType, axes: readonly number[]): readonly ReduceStep[] {
  const type = wgslTypeOf(x.dtype);
  const keptAxes = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
  const kept = pickAxes(x.shape, keptAxes);
  const outputs = elementCount(kept.shape);
  const steps: ReduceStep[] = [];
  let step: Omit<ReduceStep, "parts"> = {
    input: { name: "operand", type, slot: { kind: "operand", index: 0 } },
    kept,
    reduced: pickAxes(x.shape, axes),
  };
  for (;;) {
    const parts = partsOf(elementCount(step.reduced.shape));
    steps.push({ ...step, parts });
    if (parts === 1) return steps;
    step = {
      input: {
        name: "operand",
        type,
        slot: { kind: "scratch", index: steps.length - 1, type, elements: outputs * parts },
      },
      kept: { shape: [outputs], view: { base: 0, strides: [parts] } },
      reduced: { shape: [parts], view: wholeView([parts]) },
    };
  }
}

function reduceBody(row: Reduction, step: ReduceStep, finish: (reduced: string) => string): string {
  const { kept, reduced, parts, input } = step;
  const count = elementCount(reduced.shape);
  const keptIndex = parts === 1 ? "i" : `(i / ${parts}u)`;
  const first = parts === 1 ? "0u" : `i % ${parts}u`;
  const element = (index: string): string => `operand[start + ${offsetText(reduced.view, reduced.shape, index)}]`;
  return [
    `let start = ${offsetText(kept.view, kept.shape, keptIndex)};`,
    `let part = ${first};`,
    `var reduced = ${element("part")};`,
    `for (var j = part + ${parts}u; j < ${count}u; j += ${parts}u) {`,
    `  reduced = ${row.combine("reduced", element("j"), input.type)};`,
    "}",
    `result[i] = ${finish("reduced")};`,
  ].join("\n");
}

/** The kernels of a reduction, in order. */
export function reduceKernels(node: NodeTypes<OpNameOf<"reduce">>, limits: GpuLimits): readonly Kernel[] {
  const row: Reduction = reductions[node.op];
  const x = node.operands[0] as TensorType;
  const axes = reducedAxes(node.attrs.axes, x.shape.length);
  const steps = reduceSteps(x, axes);
  const count = axes.reduce((product, axis) => product * (x.shape[axis] as number), 1);
  const finish = (reduced: string): string => finishText(row, reduced, count, x.dtype);
  return steps.map((step, index) => {
    const next = steps[index + 1];
    return makeLineKernel(
      {
        name: node.op,
        reads: [step.input],
        writes: { name: "result", type: step.input.type, slot: next === undefined ? result0 : next.input.slot },
        count: elementCount(step.kept.shape) * step.parts,
        body: reduceBody(row, step, next === undefined ? finish : (reduced) => reduced),
      },
      limits,
    );
  });
}

function finishText(row: Reduction, reduced: string, count: number, dtype: Dtype): string {
  return roundText(dtype, row.finish === undefined ? reduced : row.finish(reduced, count));
}
