// Activations as exporters write them.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import {
  addedTo,
  isNear,
  type Matching,
  type Product,
  productOf,
  productOfNode,
  type RecognizeRule,
  type Replacement,
} from "./matching.ts";

/** The other factor of a product of x and something: for each of both orders. */
function* splits({ times, over }: Product): Generator<readonly [x: ValueId, other: ValueId]> {
  const [a, b] = times;
  if (a === undefined || b === undefined || times.length !== 2 || over.length > 0) return;
  yield [a, b];
  yield [b, a];
}

/** Whether a product is a number times one value. */
function isMultiple({ factor, times, over }: Product, x: ValueId, wanted: number, from: Matching): boolean {
  return times.length === 1 && over.length === 0 && times[0] === x && isNear(factor, wanted, from.typeOf(x));
}

/** u = sqrt(2 / pi) (x + 0.044715 x^3), or with x before the brackets. */
function isTanhArgument(u: ValueId, x: ValueId, from: Matching): boolean {
  const { factor, times, over } = productOf(u, from);
  const type = from.typeOf(x);
  if (!isNear(factor, Math.sqrt(2 / Math.PI), type) || over.length > 0) return false;
  const inner = times.find((value) => value !== x);
  if (inner === undefined || times.length > 2) return false;
  const sum = from.through(inner, "add");
  if (sum === undefined) return false;
  const degree = times.length === 1 ? 1 : 0;
  const powers = sum.operands.map((operand) => powerOf(productOf(operand, from), x, from));
  const [low, high] = powers[0]?.degree === degree ? powers : powers.toReversed();
  return (
    low?.degree === degree && low.factor === 1 && high?.degree === degree + 2 && isNear(high.factor, 0.044715, type)
  );
}

/** A product as a number times a power of x. */
function powerOf({ factor, times, over }: Product, x: ValueId, from: Matching) {
  if (over.length > 0) return undefined;
  const degrees = times.map((value) => (value === x ? 1 : degreeOf(value, x, from)));
  return { factor, degree: degrees.reduce((sum, degree) => sum + degree, 0) };
}

function degreeOf(value: ValueId, x: ValueId, from: Matching): number {
  const [base, exponent] = from.through(value, "pow")?.operands ?? [];
  const isPower = base === x && exponent !== undefined;
  return isPower ? (from.numberOf(exponent) ?? Number.NaN) : Number.NaN;
}

function matchGelu(root: Node, from: Matching): Replacement | undefined {
  const product = productOfNode(root, from);
  if (product?.factor !== 0.5) return undefined;
  for (const [x, phi] of splits(product)) {
    const inner = addedTo(phi, 1, from);
    const call = inner === undefined ? undefined : from.through(inner, "erf", "tanh");
    const argument = call?.operands[0];
    if (call === undefined || argument === undefined || !typesEqual(from.typeOf(x), from.typeOf(root.results[0])))
      continue;
    const isErf = call.op === "erf" && isMultiple(productOf(argument, from), x, Math.SQRT1_2, from);
    if (isErf) return (b, of) => b.op("gelu", [of(x)]);
    if (call.op === "tanh" && isTanhArgument(argument, x, from))
      return (b, of) => b.op("gelu", [of(x)], { approximate: "tanh" });
  }
  return undefined;
}

/** x of 1 + exp(-x). */
function onePlusExp(value: ValueId, from: Matching): ValueId | undefined {
  const power = addedTo(value, 1, from);
  const [argument] = (power === undefined ? undefined : from.through(power, "exp"))?.operands ?? [];
  return argument === undefined ? undefined : from.through(argument, "neg")?.operands[0];
}

function matchSigmoid(root: Node, from: Matching): Replacement | undefined {
  const [left, right] = root.operands as readonly [ValueId, ValueId?];
  if (root.op === "div" && (right === undefined || from.numberOf(left) !== 1)) return undefined;
  const x = onePlusExp(right ?? left, from);
  if (x === undefined || !typesEqual(from.typeOf(x), from.typeOf(root.results[0]))) return undefined;
  return (b, of) => b.op("sigmoid", [of(x)]);
}

function matchSoftplus(root: Node, from: Matching): Replacement | undefined {
  const power = addedTo(root.operands[0] as ValueId, 1, from);
  const x = power === undefined ? undefined : from.through(power, "exp")?.operands[0];
  return x === undefined ? undefined : (b, of) => b.op("softplus", [of(x)]);
}

function matchSilu(root: Node, from: Matching): Replacement | undefined {
  const product = productOfNode(root, from);
  if (product?.factor !== 1) return undefined;
  const [x, under] = [product.times[0], product.over[0]];
  const isQuotient = product.times.length === 1 && product.over.length === 1;
  if (isQuotient && x !== undefined && under !== undefined && onePlusExp(under, from) === x)
    return (b, of) => b.op("silu", [of(x)]);
  for (const [value, other] of splits(product)) {
    const [argument] = from.through(other, "sigmoid")?.operands ?? [];
    if (argument !== undefined && isMultiple(productOf(argument, from), value, 1, from))
      return (b, of) => b.op("silu", [of(value)]);
  }
  return undefined;
}

const example = (lines: string): string => `graph example(x: f32[2, 3]) -> (y: f32[2, 3]) {\n${lines}\n}`;

export const activationRules: readonly RecognizeRule[] = [
  {
    name: "gelu",
    summary: "`0.5 x (1 + erf(x / sqrt(2)))`, and the form with tanh, in any order of their factors",
    before: example("  y = x * 0.5 * (1 + erf(x / 1.4142135))"),
    after: example("  y = gelu(x)"),
    roots: ["mul", "div"],
    match: matchGelu,
  },
  {
    name: "sigmoid",
    summary: "`1 / (1 + exp(-x))`",
    before: example("  y = 1 / (exp(-x) + 1)"),
    after: example("  y = sigmoid(x)"),
    roots: ["div", "reciprocal"],
    match: matchSigmoid,
  },
  {
    name: "softplus",
    summary: "`log(exp(x) + 1)`, which overflows where softplus does not",
    before: example("  y = log(exp(x) + 1)"),
    after: example("  y = softplus(x)"),
    roots: ["log"],
    match: matchSoftplus,
  },
  {
    name: "silu",
    summary: "`x sigmoid(x)` and `x / (1 + exp(-x))`",
    before: example("  y = x * sigmoid(x)"),
    after: example("  y = silu(x)"),
    roots: ["mul", "div"],
    match: matchSilu,
  },
];
