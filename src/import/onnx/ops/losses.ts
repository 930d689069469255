// Rows of the ONNX losses: a class is picked by comparing its number with the target.

import { refuse } from "../refuse.ts";
import { op, operand, reshape, scalar, type Use } from "../use.ts";
import type { Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { logSoftmax } from "./normalize.ts";

/** Of log probabilities x [n, c, ...] the loss of target classes [n, ...]. */
function negativeLogLikelihood(use: Use, x: Value): Value {
  const target = { ...operand(use, 1), element: "INT32" as const };
  const weight = use.operands[2];
  const reduction = use.attrs.text("reduction", "mean");
  const ignored = use.attrs.has("ignore_index") ? use.attrs.int("ignore_index") : undefined;
  const classes = x.shape[1] ?? refuse("its operand has no classes");
  const column = reshape(use, target, x.shape.with(1, 1));
  const steps = op(use, "iota", [], { shape: x.shape, axis: 1, dtype: "i32" });
  const isHit = op(use, "equal", [steps, column]);
  const pick = (values: Value): Value =>
    op(use, "reduce_sum", [op(use, "where", [isHit, values, scalar(0, x)])], { axes: [1], keepdims: false });
  const ones = op(use, "full", [], { value: 1, shape: x.shape, dtype: x.dtype });
  const each =
    weight === undefined
      ? ones
      : reshape(
          use,
          weight,
          x.shape.map((_size, axis) => (axis === 1 ? classes : 1)),
        );
  const all = pick(each);
  const counted =
    ignored === undefined
      ? all
      : op(use, "where", [op(use, "equal", [target, scalar(ignored, target)]), scalar(0, x), all]);
  const losses = op(use, "neg", [op(use, "mul", [pick(x), counted])]);
  if (reduction === "none") return losses;
  const sum = op(use, "reduce_sum", [losses], { keepdims: false });
  if (reduction === "sum") return sum;
  return op(use, "div", [sum, op(use, "reduce_sum", [counted], { keepdims: false })]);
}

export const lossOps = defineOnnxOps({
  NegativeLogLikelihoodLoss: {
    way: "rewrite",
    as: "`iota`, `equal`, `where`, `reduce_sum`",
    versions: { 13: "bf16", 22: "bf16" },
    make: (use) => [negativeLogLikelihood(use, operand(use, 0))],
  },
  SoftmaxCrossEntropyLoss: {
    way: "rewrite",
    as: "the logarithm of softmax, then NegativeLogLikelihoodLoss",
    make: (use) => {
      const logarithms = logSoftmax(use, operand(use, 0), 1);
      return [negativeLogLikelihood(use, logarithms), logarithms];
    },
  },
});
