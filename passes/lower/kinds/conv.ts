// Convolutions: a sum of products over the elements of a window, which read the operand on chip, each shifted, and an epilogue.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { convPlusBias } from "../../../ir-spec/ops/conv-expand.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { canBeConvKernel, convSpace } from "../conv/candidates.ts";
import { convChoices } from "../conv/choices.ts";
import { emitConv } from "../conv/emit.ts";
import { convFields } from "../conv/fields.ts";
import { convSizes, isDepthwise, planConv } from "../conv/plan.ts";
import type { KernelRegion } from "../region.ts";
import { defineKernelKind, keepFields, placeInRows } from "./define.ts";

export const conv = defineKernelKind({
  title: "Convolutions",
  summary:
    "A convolution over one or two axes: products of its weights with shifted parts of the operand, added up in PSUM, and an epilogue of elementwise ops.",
  fields: convFields,
  example: `graph conv(x: f32[1, 4, 6, 6], w: f32[8, 4, 3, 3]) -> (y: f32[1, 8, 6, 6]) {
  kernel y {
    y = relu(conv(x, w, pads=[1, 1, 1, 1]))
  }
}`,
  keeps: {
    op: "conv",
    canKeep: (graph, node, machine) => {
      if (node.op !== "conv" || typeOf(graph, node.results[0]).shape.length > 4) return false;
      const sizes = convSizes(graph, node);
      return !isDepthwise(sizes) && canBeConvKernel(sizes, typeOf(graph, node.results[0]).dtype, machine);
    },
    simplify: (b, [x, w, bias], node) => {
      if (node.op !== "conv" || x === undefined || w === undefined || bias === undefined) return undefined;
      return [convPlusBias(b, [x, w, bias], node.attrs)];
    },
  },
  claims: ({ nodes }) => nodes.some(({ op }) => op === "conv"),
  objection,
  place: placeInRows,
  plan: planConv,
  resolve: keepFields,
  space: convSpace,
  choices: convChoices,
  emit: emitConv,
});

function objection(graph: Graph, { nodes, name, outputs }: KernelRegion): Problem | undefined {
  const cannot = (why: string): Problem => problem("E0601", { kernel: name, why });
  const [product, ...others] = nodes.filter((node) => node.op === "conv");
  if (others.length > 0) return cannot("it has more than one conv");
  const stray = nodes.find((node) => !isKind(node.op, "elementwise") && node.op !== "conv" && node.op !== "full");
  if (stray !== undefined) return cannot(`${stray.op} is fused with a conv`);
  const [output, ...more] = outputs;
  if (product === undefined || output === undefined || more.length > 0)
    return cannot(`${outputs.length} of its values are read outside`);
  const defined = new Set(nodes.flatMap((node) => node.results));
  if (product.operands.some((operand) => defined.has(operand)))
    return cannot("its conv reads a value of the same kernel");
  if (product.operands.length > 2) return cannot("its conv has a bias, which `expand` makes an addition");
  const shapeOf = (value: typeof output): string => typeOf(graph, value).shape.join();
  if (typeOf(graph, output).shape.length > 4) return cannot("its conv has more than two axes");
  return shapeOf(output) === shapeOf(product.results[0])
    ? undefined
    : cannot("its result has another shape than its conv");
}
