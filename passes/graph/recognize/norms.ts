// Layer and RMS normalization as their steps.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import { type Matching, productOfNode, productOps, type RecognizeRule, type Replacement } from "./matching.ts";
import { type Reduced, reducedBy, squareOf } from "./reductions.ts";

/** Rows that were normalized, and what they are multiplied by. */
interface Norm extends Reduced {
  readonly op: "layer_normalization" | "rms_normalization";
  readonly epsilon: number;
  readonly scale: ValueId | undefined;
}

/** What a value is the square root of. */
function rootOf(value: ValueId, from: Matching): ValueId | undefined {
  const node = from.through(value, "sqrt", "pow");
  const [base, exponent] = node?.operands ?? [];
  return exponent === undefined || from.numberOf(exponent) === 0.5 ? base : undefined;
}

/** What a value is the reciprocal of the square root of. */
function inverseRootOf(value: ValueId, from: Matching): ValueId | undefined {
  const direct = from.through(value, "rsqrt", "reciprocal");
  if (direct?.op === "rsqrt") return direct.operands[0];
  if (direct !== undefined) return rootOf(direct.operands[0] as ValueId, from);
  const node = from.through(value, "div", "pow");
  const [left, right] = node?.operands ?? [];
  if (node === undefined || left === undefined || right === undefined) return undefined;
  if (node.op === "pow") return from.numberOf(right) === -0.5 ? left : undefined;
  return from.numberOf(left) === 1 ? rootOf(right, from) : undefined;
}

/** The factors of a product without the one that scales rows to the variance 1, and that variance with its epsilon. */
function takeRoot(root: Node, from: Matching) {
  const product = productOfNode(root, from);
  if (product === undefined || product.factor !== 1 || product.over.length > 1) return undefined;
  const { times, over } = product;
  const [under] = over;
  if (under !== undefined) {
    const squared = rootOf(under, from);
    return squared === undefined ? undefined : { squared, times };
  }
  for (const [index, value] of times.entries()) {
    const squared = inverseRootOf(value, from);
    if (squared !== undefined) return { squared, times: times.toSpliced(index, 1) };
  }
  return undefined;
}

/** A value and the number that is added to it. */
function splitEpsilon(value: ValueId, from: Matching): readonly [ValueId, number] | undefined {
  const [left, right] = from.through(value, "add")?.operands ?? [];
  if (left === undefined || right === undefined) return undefined;
  const [onRight, onLeft] = [from.numberOf(right), from.numberOf(left)];
  if (onRight !== undefined) return [left, onRight];
  return onLeft === undefined ? undefined : [right, onLeft];
}

/** The mean of squares that a value is. */
function meanSquareOf(value: ValueId, from: Matching): Reduced | undefined {
  const mean = reducedBy(value, "reduce_mean", from);
  const x = mean === undefined ? undefined : squareOf(mean.x, from);
  return mean === undefined || x === undefined ? undefined : { ...mean, x };
}

/** The rows whose variance a value is: the mean square less the squared mean. */
function varianceOf(value: ValueId, from: Matching): Reduced | undefined {
  const floor = from.through(value, "max");
  const inner =
    floor === undefined || from.numberOf(floor.operands[1] as ValueId) !== 0 ? value : (floor.operands[0] as ValueId);
  const [left, right] = from.through(inner, "sub")?.operands ?? [];
  if (left === undefined || right === undefined) return undefined;
  const [squares, squared] = [meanSquareOf(left, from), squareOf(right, from)];
  const mean = squared === undefined ? undefined : reducedBy(squared, "reduce_mean", from);
  return squares?.x === mean?.x && areSameAxes(squares, mean) ? squares : undefined;
}

function areSameAxes(a: Reduced | undefined, b: Reduced | undefined): boolean {
  return a !== undefined && b !== undefined && shapesEqual(a.axes, b.axes);
}

/** The rows whose differences to their mean a value is, where the variance is theirs. */
function centeredRows(
  value: ValueId,
  variance: ValueId,
  squares: Reduced | undefined,
  from: Matching,
): Reduced | undefined {
  const [x, center] = from.through(value, "sub")?.operands ?? [];
  const mean = center === undefined ? undefined : reducedBy(center, "reduce_mean", from);
  if (x === undefined || mean === undefined || mean.x !== x) return undefined;
  const isOfDifferences = squares !== undefined && from.isSame(squares.x, value);
  const spread = isOfDifferences ? { ...squares, x } : varianceOf(variance, from);
  return spread?.x === x && areSameAxes(spread, mean) ? spread : undefined;
}

/** What is normalized in a product of `value` and the root of `squared`. */
function normalized(value: ValueId, squared: ValueId, from: Matching): Omit<Norm, "scale"> | undefined {
  const [variance, epsilon] = splitEpsilon(squared, from) ?? [];
  if (variance === undefined || epsilon === undefined) return undefined;
  const squares = meanSquareOf(variance, from);
  const centered = centeredRows(value, variance, squares, from);
  if (centered !== undefined) return { op: "layer_normalization", epsilon, ...centered };
  return squares?.x === value ? { op: "rms_normalization", epsilon, ...squares } : undefined;
}

function normOf(root: Node, from: Matching): Norm | undefined {
  const taken = takeRoot(root, from);
  if (taken === undefined || taken.times.length > 2) return undefined;
  for (const value of taken.times) {
    const norm = normalized(value, taken.squared, from);
    const scale = taken.times.find((other) => other !== value);
    if (norm !== undefined && areLast(norm, from)) return { ...norm, scale };
  }
  return undefined;
}

/** Whether the axes are the last ones, as the composites have them. */
function areLast({ x, axes }: Reduced, from: Matching): boolean {
  const rank = from.typeOf(x).shape.length;
  return axes.every((axis, index) => axis === rank - axes.length + index);
}

/** A scale or bias before it is broadcast over rows; undefined where it differs between rows. */
function perColumn(value: ValueId, columns: Shape, from: Matching): ValueId | undefined {
  const spread = from.through(value, "broadcast_to");
  const base = spread?.operands[0] ?? value;
  const { shape } = from.typeOf(base);
  const isFit = shapesEqual(shape.slice(-columns.length), columns) && elementCount(shape) === elementCount(columns);
  return isFit ? base : undefined;
}

/** The composite, with operands of the shape that it asks for. */
function replace(
  { op, x, axes, epsilon, scale }: Norm,
  bias: ValueId | undefined,
  from: Matching,
): Replacement | undefined {
  const { shape, dtype } = from.typeOf(x);
  const [axis] = axes;
  if (axis === undefined) return undefined;
  const columns = shape.slice(axis);
  const [factor, added] = [scale, bias].map((value) =>
    value === undefined ? undefined : perColumn(value, columns, from),
  );
  if ((scale !== undefined && factor === undefined) || (bias !== undefined && added === undefined)) return undefined;
  return (b, of) => {
    const shaped = (value: ValueId): ValueId =>
      shapesEqual(b.typeOf(value).shape, columns) ? value : b.op("reshape", [value], { shape: columns });
    const whole = factor === undefined ? b.op("full", [], { value: 1, shape: columns, dtype }) : shaped(of(factor));
    return b.op(op, [of(x), whole, ...(added === undefined ? [] : [shaped(of(added))])], { axis, epsilon });
  };
}

function matchNorm(op: Norm["op"], root: Node, from: Matching): Replacement | undefined {
  if (root.op !== "add") {
    const norm = normOf(root, from);
    return norm?.op !== op ? undefined : replace(norm, undefined, from);
  }
  const [left, right] = root.operands as readonly [ValueId, ValueId];
  for (const [scaled, bias] of [
    [left, right],
    [right, left],
  ] as const) {
    const node = from.throughOwn(scaled, "mul", "div");
    const norm = node === undefined ? undefined : normOf(node, from);
    if (norm?.op === "layer_normalization") return replace(norm, bias, from);
  }
  return undefined;
}

export const normRules: readonly RecognizeRule[] = [
  {
    name: "layer_normalization",
    summary:
      "`(x - mean) / sqrt(variance + epsilon)`, scaled and shifted or not; the variance as the mean of squared differences or as the mean square less the squared mean",
    before: `graph example(x: f32[2, 8], weight scale: f32[8], weight bias: f32[8]) -> (y: f32[2, 8]) {
  d = x - reduce_mean(x, axes=[1])
  y = d / sqrt(reduce_mean(pow(d, 2), axes=[1]) + 0.00001) * scale + bias
}`,
    after: `graph example(x: f32[2, 8], weight scale: f32[8], weight bias: f32[8]) -> (y: f32[2, 8]) {
  y = layer_normalization(x, scale, bias)
}`,
    roots: [...productOps, "add"],
    match: (root, from) => matchNorm("layer_normalization", root, from),
  },
  {
    name: "rms_normalization",
    summary: "`x / sqrt(mean square + epsilon)`, scaled or not",
    before: `graph example(x: f32[2, 8], weight scale: f32[8]) -> (y: f32[2, 8]) {
  y = x * rsqrt(reduce_mean(x * x, axes=[1]) + 0.00001) * scale
}`,
    after: `graph example(x: f32[2, 8], weight scale: f32[8]) -> (y: f32[2, 8]) {
  y = rms_normalization(x, scale)
}`,
    roots: productOps,
    match: (root, from) => matchNorm("rms_normalization", root, from),
  },
];
