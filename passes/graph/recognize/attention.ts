// Attention as its steps: scores, scaled and masked, their softmax, and the product with the values.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { shapesEqual, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import { attentionScale } from "../../../ir-spec/ops/attention.ts";
import type { Expander } from "../../../ir-spec/ops/define.ts";
import { permutationOf } from "../../../ir-spec/ops/movement.ts";
import { broadcastShapes } from "../../../ir-spec/ops/shape-rules.ts";
import { holdsExactly } from "../canonicalize/cast-rules.ts";
import { attentionOperandRules, hides } from "./attention-masks.ts";
import { isNear, type Matching, productOf, type RecognizeRule, type Replacement } from "./matching.ts";

/** Scores are this number where a bool value is false. */
interface Hiding {
  readonly seen: ValueId;
  readonly hidden: number;
}

/** Scores before the softmax: scale * q k^T, and what masks them, one after the other: by what is added, or by what hides. */
interface Scores {
  readonly q: ValueId;
  readonly k: ValueId;
  readonly scale: number;
  readonly masks: readonly (ValueId | Hiding)[];
}

/** A value times a number. */
function multipleOf(value: ValueId, from: Matching): readonly [ValueId, number] | undefined {
  const { factor, times, over } = productOf(value, from);
  const [only] = times;
  return only !== undefined && times.length === 1 && over.length === 0 ? [only, factor] : undefined;
}

/** What a value is the transpose of, in its last two axes. */
function transposedOf(value: ValueId, from: Matching): ValueId | undefined {
  const node = from.through(value, "transpose");
  const x = node?.operands[0];
  if (node === undefined || x === undefined) return undefined;
  const rank = from.typeOf(x).shape.length;
  const swapped = [...new Array<number>(rank - 2).keys(), rank - 1, rank - 2];
  return shapesEqual(permutationOf(node.attrs.perm, rank), swapped) ? x : undefined;
}

/** The keys of a product with queries: transposed by the product, or before. */
function keysOf(value: ValueId, isTransposed: boolean, from: Matching): readonly [ValueId, number] | undefined {
  const multiple = multipleOf(value, from);
  if (multiple === undefined || isTransposed) return multiple;
  const [inner, factor] = multiple;
  const keys = transposedOf(inner, from);
  const scaled = keys === undefined ? undefined : multipleOf(keys, from);
  return scaled && [scaled[0], scaled[1] * factor];
}

/** A value before it was made wider. */
function beforeCast(value: ValueId, from: Matching): ValueId {
  const [inner] = from.behind(value, "cast")?.operands ?? [];
  const isWidened = inner !== undefined && holdsExactly(from.typeOf(inner).dtype, from.typeOf(value).dtype);
  return isWidened && from.throughOwn(value, "cast") !== undefined ? inner : value;
}

/** scale * q k^T. */
function plainScores(value: ValueId, from: Matching): Omit<Scores, "masks"> | undefined {
  const [product, outer] = multipleOf(value, from) ?? [];
  const node = product === undefined ? undefined : from.throughOwn(beforeCast(product, from), "matmul");
  const [left, right] = node?.operands ?? [];
  if (
    node === undefined ||
    outer === undefined ||
    left === undefined ||
    right === undefined ||
    node.attrs.transpose_lhs
  )
    return undefined;
  const [q, k] = [multipleOf(left, from), keysOf(right, node.attrs.transpose_rhs, from)];
  return q && k && { q: q[0], k: k[0], scale: q[1] * k[1] * outer };
}

function scoresOf(given: ValueId, from: Matching): Scores | undefined {
  const value = beforeCast(given, from);
  const node = from.throughOwn(value, "add", "where");
  if (node === undefined) {
    const scores = plainScores(value, from);
    return scores && { ...scores, masks: [] };
  }
  const [first, second, third] = node.operands as readonly [ValueId, ValueId, ValueId?];
  if (third !== undefined) {
    const hidden = from.numberOf(third);
    const inner = hidden !== undefined && hides(hidden, from.typeOf(third)) ? scoresOf(second, from) : undefined;
    return inner && { ...inner, masks: [...inner.masks, { seen: first, hidden: hidden as number }] };
  }
  const added = (scores: ValueId, mask: ValueId): Scores | undefined => {
    const inner = scoresOf(scores, from);
    return inner && { ...inner, masks: [...inner.masks, ...(from.numberOf(mask) === 0 ? [] : [mask])] };
  };
  return added(first, second) ?? added(second, first);
}

/** Whether a mask is one that the composite takes. */
function isMask(mask: ValueId, { q, k }: Scores, from: Matching): boolean {
  const [queries, keys] = [from.typeOf(q), from.typeOf(k)];
  const scores = [...queries.shape.slice(0, -1), keys.shape.at(-2) as number];
  const { dtype, shape } = from.typeOf(mask);
  const joined = broadcastShapes(shape, scores);
  return ["bool", "f32", queries.dtype].includes(dtype) && joined.ok && shapesEqual(joined.value, scores);
}

/** A product of constants of f32 without the noise of its last digits: the shortest number within two units of its last place. */
function roundProduct(scale: number): number {
  const isClose = (number: number): boolean => Math.abs(number / scale - 1) <= 2 ** -22;
  const rounded = Array.from({ length: 9 }, (_unused, index) => Number(scale.toPrecision(index + 1)));
  return rounded.find(isClose) ?? scale;
}

/** Weights before they were rounded to the dtype of the values; softmax is computed in f32. */
function beforeNarrowing(weights: ValueId, from: Matching): ValueId {
  const [inner] = from.behind(weights, "cast")?.operands ?? [];
  if (inner === undefined || from.typeOf(inner).dtype !== "f32") return weights;
  return from.throughOwn(weights, "cast") === undefined ? weights : inner;
}

function matchAttention(root: Node, from: Matching): Replacement | undefined {
  if (root.op !== "matmul" || root.attrs.transpose_lhs || root.attrs.transpose_rhs) return undefined;
  const [weights, v] = root.operands as readonly [ValueId, ValueId];
  const softmax = from.throughOwn(beforeNarrowing(weights, from), "softmax");
  const [masked] = softmax?.operands ?? [];
  const rank = from.typeOf(weights).shape.length;
  if (softmax === undefined || masked === undefined || softmax.attrs.axis !== rank - 1 || rank < 3) return undefined;
  const scores = scoresOf(masked, from);
  if (scores === undefined || !scores.masks.every((mask) => isMask(maskOf(mask), scores, from))) return undefined;
  const { q, k, masks, scale } = scores;
  const [queries, keys, values] = [q, k, v].map(from.typeOf) as [
    ReturnType<Matching["typeOf"]>,
    ReturnType<Matching["typeOf"]>,
    ReturnType<Matching["typeOf"]>,
  ];
  const areBatched = [keys, values].every(
    ({ dtype, shape }) => dtype === queries.dtype && shapesEqual(shape.slice(0, -2), queries.shape.slice(0, -2)),
  );
  if (
    !areBatched ||
    !typesEqual(from.typeOf(root.results[0]), {
      ...queries,
      shape: queries.shape.with(-1, values.shape.at(-1) as number),
    })
  )
    return undefined;
  const isUsual = isNear(scale, attentionScale(null, queries.shape.at(-1) as number), queries);
  const attrs = isUsual ? {} : { scale: roundProduct(scale) };
  return (b, of) => b.op("attention", [...[q, k, v].map(of), ...writeMasks(b, of, masks)], attrs);
}

function maskOf(mask: Scores["masks"][number]): ValueId {
  return typeof mask === "object" ? mask.seen : mask;
}

/** All masks as one. */
function writeMasks(b: Expander, of: (value: ValueId) => ValueId, masks: Scores["masks"]): readonly ValueId[] {
  let joined: ValueId | undefined;
  for (const mask of masks) {
    if (typeof mask === "object") joined = hideIn(b, joined, { ...mask, seen: of(mask.seen) });
    else joined = addTo(b, joined, of(mask));
  }
  return joined === undefined ? [] : [joined];
}

function addTo(b: Expander, before: ValueId | undefined, mask: ValueId): ValueId {
  if (before === undefined) return mask;
  if (b.typeOf(before).dtype === "bool") return hideIn(b, mask, { seen: before, hidden: Number.NEGATIVE_INFINITY });
  return b.op("add", [before, b.op("cast", [mask], { to: b.typeOf(before).dtype })]);
}

function hideIn(b: Expander, before: ValueId | undefined, { seen, hidden }: Hiding): ValueId {
  const isExact = hidden === Number.NEGATIVE_INFINITY;
  if (before === undefined && isExact) return seen;
  if (before !== undefined && b.typeOf(before).dtype === "bool") {
    if (isExact) return b.op("logical_and", [before, seen]);
    const added = hideIn(b, b.op("full", [], { value: 0, shape: [], dtype: "f32" }), {
      seen: before,
      hidden: Number.NEGATIVE_INFINITY,
    });
    return hideIn(b, added, { seen, hidden });
  }
  const mask = before ?? b.op("full", [], { value: 0, shape: [], dtype: "f32" });
  return b.op("where", [seen, mask, b.scalar(hidden, mask)]);
}

export const attentionRules: readonly RecognizeRule[] = [
  {
    name: "attention",
    summary: "`softmax(scale q k^T + mask) v`, with the scale on the scores, the queries or the keys",
    before: `graph example(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8], mask: f32[4, 4]) -> (y: f32[2, 4, 8]) {
  s = matmul(q * 0.5, transpose(k, perm=[0, 2, 1]))
  y = matmul(softmax(s + mask), v)
}`,
    after: `graph example(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8], mask: f32[4, 4]) -> (y: f32[2, 4, 8]) {
  y = attention(q, k, v, mask, scale=0.5)
}`,
    roots: ["matmul"],
    match: matchAttention,
  },
  ...attentionOperandRules,
];
