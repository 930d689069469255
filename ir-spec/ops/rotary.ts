// Rotary position embedding.

import type { ValueId } from "../base/ids.ts";
import { fail, ok } from "../base/result.ts";
import { elementCount, printShape, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { broadcastStrides, stridedOffsets } from "./loops.ts";
import { checkBroadcastsTo, checkDtype, checkMinRank, floatDtypes, type Inferred, misfit } from "./shape-rules.ts";
import { castLike, widen } from "./widening.ts";

function inferRotary([x, cos, sin]: readonly [TensorType, TensorType, TensorType]): Inferred {
  const wrong = checkDtype("x", x, floatDtypes) ?? checkMinRank("x", x, 1);
  if (wrong) return fail(wrong);
  const width = x.shape.at(-1) as number;
  if (width % 2 !== 0) {
    return fail(misfit("E0307", { operand: "x", found: printShape(x.shape), expected: "an even last dimension" }));
  }
  const angles = halfShape(x.shape);
  const tableDtypes = x.dtype === "f32" ? ([x.dtype] as const) : ([x.dtype, "f32"] as const);
  for (const [name, table] of [
    ["cos", cos],
    ["sin", sin],
  ] as const) {
    const misfits = checkDtype(name, table, tableDtypes) ?? checkMinRank(name, table, 1);
    if (misfits) return fail(misfits);
    const unfit = table.shape.at(-1) === width / 2 ? checkBroadcastsTo(name, table.shape, angles) : undefined;
    if (unfit) return fail(unfit);
    if (table.shape.at(-1) !== width / 2) {
      const wanted = `last dimension ${width / 2}, half of that of x`;
      return fail(misfit("E0307", { operand: name, found: printShape(table.shape), expected: wanted }));
    }
  }
  return ok([x]);
}

/** The shape of one member of each pair: the last dimension halved. */
function halfShape(shape: Shape): Shape {
  return shape.with(-1, (shape.at(-1) as number) / 2);
}

function evalRotary(x: Tensor, cos: Tensor, sin: Tensor, interleaved: boolean, y: Tensor): void {
  const width = x.shape.at(-1) as number;
  const half = width / 2;
  const angles = halfShape(x.shape);
  const cosOffsets = stridedOffsets(angles, broadcastStrides(cos.shape, angles));
  const sinOffsets = stridedOffsets(angles, broadcastStrides(sin.shape, angles));
  for (let angle = 0; angle < cosOffsets.length; angle++) {
    const index = angle % half;
    const row = (angle - index) * 2;
    const first = row + (interleaved ? 2 * index : index);
    const second = first + (interleaved ? 1 : half);
    const c = cos.data[cosOffsets[angle]!]!;
    const s = sin.data[sinOffsets[angle]!]!;
    y.data[first] = x.data[first]! * c - x.data[second]! * s;
    y.data[second] = x.data[first]! * s + x.data[second]! * c;
  }
}

/** The first and second members of the pairs, each with the last dimension halved. */
function expandPairs(b: Expander, x: ValueId, interleaved: boolean): readonly [ValueId, ValueId] {
  const width = b.typeOf(x).shape.at(-1) as number;
  const last = { axes: [-1], ends: [width] };
  if (interleaved) {
    return [
      b.op("slice", [x], { ...last, starts: [0], steps: [2] }),
      b.op("slice", [x], { ...last, starts: [1], steps: [2] }),
    ];
  }
  const [first, second] = b.ops("split", [x], { sizes: [width / 2, width / 2], axis: -1 });
  return [first as ValueId, second as ValueId];
}

function expandRotary(b: Expander, [x, cos, sin]: readonly [ValueId, ValueId, ValueId], interleaved: boolean): ValueId {
  const [first, second] = expandPairs(b, x, interleaved).map((member) => widen(b, member)) as [ValueId, ValueId];
  const [c, s] = [widen(b, cos), widen(b, sin)];
  const rotatedFirst = b.op("sub", [b.op("mul", [first, c]), b.op("mul", [second, s])]);
  const rotatedSecond = b.op("add", [b.op("mul", [first, s]), b.op("mul", [second, c])]);
  // Members are rounded by themselves, so that one kernel computes and stores them.
  const members = [rotatedFirst, rotatedSecond].map((member) => castLike(b, member, x));
  if (!interleaved) return b.op("concat", members, { axis: -1 });
  const pairs = members.map((member) => b.op("unsqueeze", [member], { axes: [-1] }));
  return b.op("reshape", [b.op("concat", pairs, { axis: -1 })], { shape: b.typeOf(x).shape });
}

export const rotaryOps = {
  rotary_embedding: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "rotation of pairs of elements by angles that depend on the position",
    detail:
      "Each pair `(a, b)` along the last axis becomes `(a cos - b sin, a sin + b cos)`. The pairs of a row of width d are `(x[i], x[i + d/2])`, as Llama has them, or `(x[2 i], x[2 i + 1])` with `interleaved=true`. `cos` and `sin` have last dimension d/2 and broadcast, as in NumPy, to the shape of `x` with its last dimension halved: with [T, d/2] they fit any `x` of shape [..., T, d] (batch and heads in front), with [T, 1, d/2] an `x` of shape [..., T, heads, d]. They have the dtype of `x`, or are f32. The inner steps are f32.",
    source:
      "ONNX RotaryEmbedding-23, its 4D form, with cos and sin already picked by position; Su et al. 2021, arXiv:2104.09864",
    operands: ["x", "cos", "sin"],
    attrs: { interleaved: { kind: "bool", default: false, summary: "whether neighbours form a pair" } },
    infer: inferRotary,
    eval: ([x, cos, sin], { interleaved }, [y]) => {
      evalRotary(x, cos, sin, interleaved, y);
    },
    // two products and one sum per element
    flops: ([x]) => 3 * elementCount(x.shape),
    expand: (b, operands, { interleaved }) => [expandRotary(b, operands, interleaved)],
    example: `graph example(x: f32[2, 4, 8], cos: f32[4, 4], sin: f32[4, 4]) -> (y: f32[2, 4, 8]) {
  y = rotary_embedding(x, cos, sin)
}`,
  }),
};
