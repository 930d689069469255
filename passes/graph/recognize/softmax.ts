// Softmax as its steps: exponentials of differences to the maximum, over their sum.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import { type Matching, productOfNode, type RecognizeRule, type Replacement } from "./matching.ts";
import { reducedBy } from "./reductions.ts";

/** What exponentials are divided by, and where: `e / s` or `e * reciprocal(s)`. */
function quotientOf(root: Node, from: Matching): readonly [ValueId, ValueId] | undefined {
  const { factor = 0, times = [], over = [] } = productOfNode(root, from) ?? {};
  const [top, second] = times;
  if (factor !== 1 || top === undefined) return undefined;
  if (times.length === 1 && over.length === 1) return [top, over[0] as ValueId];
  if (times.length !== 2 || second === undefined || over.length > 0) return undefined;
  const inverse = from.through(second, "reciprocal") ?? from.through(top, "reciprocal");
  const under = inverse?.operands[0];
  return under === undefined ? undefined : [inverse?.results[0] === second ? top : second, under];
}

function matchSoftmax(root: Node, from: Matching): Replacement | undefined {
  const quotient = quotientOf(root, from);
  if (quotient === undefined) return undefined;
  const [exponentials, under] = quotient;
  const [shifted] = from.through(exponentials, "exp")?.operands ?? [];
  const [x, shift] = (shifted === undefined ? undefined : from.through(shifted, "sub"))?.operands ?? [];
  if (x === undefined || shift === undefined || !typesEqual(from.typeOf(x), from.typeOf(root.results[0])))
    return undefined;
  const [sum, max] = [reducedBy(under, "reduce_sum", from), reducedBy(shift, "reduce_max", from)];
  const [axis, ...others] = sum?.axes ?? [];
  if (axis === undefined || others.length > 0 || sum?.x !== exponentials || max?.x !== x) return undefined;
  if (max.axes.length !== 1 || max.axes[0] !== axis) return undefined;
  return (b, of) => b.op("softmax", [of(x)], { axis });
}

export const softmaxRules: readonly RecognizeRule[] = [
  {
    name: "softmax",
    summary: "`exp(x - max) / sum`, with the maximum and the sum along one axis",
    before: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  e = exp(x - reduce_max(x, axes=[1]))
  y = e / reduce_sum(e, axes=[1])
}`,
    after: `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {
  y = softmax(x)
}`,
    roots: ["div", "mul"],
    match: matchSoftmax,
  },
];
