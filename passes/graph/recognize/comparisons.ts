// Comparisons that are written as two.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { shapesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node, NodeOf } from "../../../ir-spec/graph.ts";
import { holdsExactly } from "../canonicalize/cast-rules.ts";
import type { Matching, RecognizeRule, Replacement } from "./matching.ts";

/** The values before casts that lose nothing, which compare as the cast ones do. */
function bareOperands({ operands }: Node, from: Matching): readonly ValueId[] {
  return operands.map((operand) => {
    const node = from.through(operand, "cast");
    const [inner] = node?.operands ?? [];
    const isExact = node !== undefined && inner !== undefined && holdsExactly(from.typeOf(inner).dtype, node.attrs.to);
    return isExact ? inner : operand;
  });
}

/** The strict one of two comparisons of the same values, of which the other is `equal`. */
function matchOrEqual(
  strictOp: "greater" | "less",
  root: Node,
  from: Matching,
): NodeOf<"greater" | "less"> | undefined {
  for (const [first, second] of [root.operands, root.operands.toReversed()]) {
    const strict = from.through(first as ValueId, strictOp);
    const equal = from.through(second as ValueId, "equal");
    if (strict === undefined || equal === undefined) continue;
    const [left, right] = [bareOperands(strict, from), bareOperands(equal, from)];
    if (shapesEqual(left, right) || shapesEqual(left, right.toReversed())) return strict;
  }
  return undefined;
}

function orEqual(
  strictOp: "greater" | "less",
  name: "greater_or_equal" | "less_or_equal",
  sign: string,
): RecognizeRule {
  const example = (body: string): string => `graph example(x: f32[4], y: f32[4]) -> (z: bool[4]) {\n  z = ${body}\n}`;
  return {
    name,
    summary: `\`x ${sign} y or x == y\`, which is the same bit for bit`,
    before: example(`logical_or(x ${sign} y, x == y)`),
    after: example(`x ${sign}= y`),
    roots: ["logical_or"],
    match: (root, from): Replacement | undefined => {
      const strict = matchOrEqual(strictOp, root, from);
      return strict && ((b, of) => b.op(name, strict.operands.map(of)));
    },
  };
}

export const comparisonRules: readonly RecognizeRule[] = [
  orEqual("greater", "greater_or_equal", ">"),
  orEqual("less", "less_or_equal", "<"),
];
