// Scaled dot-product attention.

import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import { elementCount, printShape, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import { broadcastStrides, stridedOffsets } from "./loops.ts";
import {
  checkBroadcastsTo,
  checkDtype,
  checkMinRank,
  checkSameDtype,
  checkShape,
  floatDtypes,
  type Inferred,
  misfit,
} from "./shape-rules.ts";
import { expandSoftmax } from "./softmax.ts";
import { castLike, widen } from "./widening.ts";

interface AttentionAttrs {
  readonly is_causal: boolean;
  readonly scale: number | null;
}

/** q [...batch, heads, t, d], k [...batch, kvHeads, s, d], v [...batch, kvHeads, s, vWidth]. */
export interface AttentionSizes {
  readonly batch: Shape;
  readonly heads: number;
  readonly kvHeads: number;
  /** Number of queries. */
  readonly t: number;
  /** Number of keys. */
  readonly s: number;
  readonly d: number;
  readonly vWidth: number;
}

export function attentionSizes(q: Shape, k: Shape, v: Shape): AttentionSizes {
  const [heads, t, d] = q.slice(-3) as unknown as readonly [number, number, number];
  const [kvHeads, s] = k.slice(-3) as unknown as readonly [number, number];
  return { batch: q.slice(0, -3), heads, kvHeads, t, s, d, vWidth: v.at(-1) as number };
}

/** The factor on the scores: 1 / sqrt(d) unless given. */
export function attentionScale(scale: number | null, d: number): number {
  return scale ?? 1 / Math.sqrt(d);
}

function checkMask(mask: TensorType | undefined, q: TensorType, scores: Shape): Problem | undefined {
  if (mask === undefined) return undefined;
  const wanted = [...new Set(["bool", q.dtype, "f32"] as const)];
  return checkDtype("mask", mask, wanted) ?? checkBroadcastsTo("mask", mask.shape, scores);
}

/** Something for each of q, k, v and mask. */
type ForEach<T> = readonly [T, T, T, T?];

function inferAttention([q, k, v, mask]: ForEach<TensorType>, attrs: AttentionAttrs): Inferred {
  const wrong =
    checkDtype("q", q, floatDtypes) ??
    checkSameDtype(q, k) ??
    checkSameDtype(q, v) ??
    checkMinRank("q", q, 3) ??
    checkMinRank("k", k, 3) ??
    checkMinRank("v", v, 3);
  if (wrong) return fail(wrong);
  const { batch, heads, kvHeads, t, s, d, vWidth } = attentionSizes(q.shape, k.shape, v.shape);
  const misfits =
    checkShape("k", k.shape, [...batch, kvHeads, s, d]) ??
    checkShape("v", v.shape, [...batch, kvHeads, s, vWidth]) ??
    (heads % kvHeads === 0 ? undefined : misfit("E0315", { heads, kvHeads })) ??
    checkMask(mask, q, [...batch, heads, t, s]);
  if (misfits) return fail(misfits);
  if (attrs.is_causal && s < t) {
    const wanted = `at least the ${t} rows of q, as is_causal aligns the last query with the last key`;
    return fail(misfit("E0307", { operand: "k", found: printShape(k.shape), expected: wanted }));
  }
  return ok([{ dtype: q.dtype, shape: [...batch, heads, t, vWidth] }]);
}

/** For each score what is added to it: -inf where a bool mask hides the key, else 0; the own value of a float mask. */
function maskValues(mask: Tensor | undefined, scores: Shape): Float64Array | undefined {
  if (mask === undefined) return undefined;
  const offsets = stridedOffsets(scores, broadcastStrides(mask.shape, scores));
  if (mask.dtype !== "bool") return Float64Array.from(offsets, (offset) => mask.data[offset]!);
  return Float64Array.from(offsets, (offset) => (mask.data[offset] === 0 ? Number.NEGATIVE_INFINITY : 0));
}

/** Turns a row of scores into weights that sum to 1. */
function normalizeScores(scores: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (let j = 0; j < scores.length; j++) {
    scores[j] = Math.exp(scores[j]! - largest);
    sum += scores[j]!;
  }
  for (let j = 0; j < scores.length; j++) scores[j]! /= sum;
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += a[aStart + index]! * b[bStart + index]!;
  return sum;
}

function evalAttention([q, k, v, mask]: ForEach<Tensor>, attrs: AttentionAttrs, result: Tensor): void {
  const { batch, heads, kvHeads, t, s, d, vWidth } = attentionSizes(q.shape, k.shape, v.shape);
  const scale = attentionScale(attrs.scale, d);
  const added = maskValues(mask, [...batch, heads, t, s]);
  const isBool = mask?.dtype === "bool";
  const scores = new Float64Array(s);
  result.data.fill(0);
  for (let query = 0; query < elementCount(batch) * heads * t; query++) {
    const head = Math.floor(query / t);
    const kvHead = Math.floor(head / (heads / kvHeads));
    const lastKey = attrs.is_causal ? (query % t) + (s - t) : s - 1;
    for (let j = 0; j < s; j++) {
      const bias = added === undefined ? 0 : added[query * s + j]!;
      const isHidden = j > lastKey || (isBool && bias !== 0);
      // What a hidden key holds is not used: NaN would not be hidden by adding -inf.
      scores[j] = isHidden
        ? Number.NEGATIVE_INFINITY
        : scale * dot(q.data, query * d, k.data, (kvHead * s + j) * d, d) + bias;
    }
    normalizeScores(scores);
    for (let j = 0; j < s; j++) {
      const start = (kvHead * s + j) * vWidth;
      for (let column = 0; column < vWidth; column++) {
        result.data[query * vWidth + column]! += scores[j]! * v.data[start + column]!;
      }
    }
  }
}

/** The bool tensor [t, s] that is true where query i sees key j: j <= i + (s - t). */
function expandCausalMask(b: Expander, t: number, s: number): ValueId {
  const query = b.op("iota", [], { shape: [t, 1], axis: 0, dtype: "i32" });
  const key = b.op("iota", [], { shape: [1, s], axis: 1, dtype: "i32" });
  const lastKey = s === t ? query : b.op("add", [query, b.scalar(s - t, query)]);
  return b.op("less_or_equal", [key, lastKey]);
}

/** The scores with everything masked made -inf. */
function expandMasks(b: Expander, scores: ValueId, mask: ValueId | undefined, causal: ValueId | undefined): ValueId {
  const hidden = b.scalar(Number.NEGATIVE_INFINITY, scores);
  const isBool = mask !== undefined && b.typeOf(mask).dtype === "bool";
  const added = mask === undefined || isBool ? scores : b.op("add", [scores, widen(b, mask)]);
  const masked = isBool ? b.op("where", [mask, added, hidden]) : added;
  return causal === undefined ? masked : b.op("where", [causal, masked, hidden]);
}

function expandAttention(b: Expander, [q, k, v, mask]: ForEach<ValueId>, attrs: AttentionAttrs): ValueId {
  const sizes = attentionSizes(b.typeOf(q).shape, b.typeOf(k).shape, b.typeOf(v).shape);
  const { batch, heads, kvHeads, t, s, d, vWidth } = sizes;
  const isGrouped = heads !== kvHeads;
  const group = [...batch, kvHeads, heads / kvHeads];
  const grouped = (x: ValueId, inner: Shape): ValueId =>
    isGrouped ? b.op("reshape", [x], { shape: [...group, ...inner] }) : x;
  const shared = (x: ValueId): ValueId => (isGrouped ? b.op("unsqueeze", [x], { axes: [-3] }) : x);
  const products = b.op("matmul", [grouped(q, [t, d]), shared(k)], { transpose_rhs: true });
  const wide = widen(b, products);
  const scaled = b.op("mul", [wide, b.scalar(attentionScale(attrs.scale, d), wide)]);
  const causal = attrs.is_causal && t > 1 ? expandCausalMask(b, t, s) : undefined;
  const shown = mask === undefined || !isGrouped ? mask : groupedMask(b, mask, [kvHeads, heads / kvHeads]);
  const masked = shown === undefined && causal === undefined ? scaled : expandMasks(b, scaled, shown, causal);
  const weights = castLike(b, expandSoftmax(b, masked, b.typeOf(masked).shape.length - 1), q);
  const mixed = b.op("matmul", [weights, shared(v)]);
  return isGrouped ? b.op("reshape", [mixed], { shape: [...batch, heads, t, vWidth] }) : mixed;
}

/** A mask over [..., heads, T, S] as one over [..., key heads, heads of each, T, S]. */
function groupedMask(b: Expander, mask: ValueId, [kvHeads, each]: readonly [number, number]): ValueId {
  const { shape } = b.typeOf(mask);
  const heads = shape.at(-3);
  if (heads === undefined) return mask;
  if (heads === 1) return b.op("unsqueeze", [mask], { axes: [-3] });
  return b.op("reshape", [mask], { shape: [...shape.slice(0, -3), kvHeads, each, ...shape.slice(-2)] });
}

export const attentionOps = {
  attention: defineOp({
    kind: "composite",
    summary: "scaled dot-product attention",
    detail:
      "`softmax(scale * q k^T + mask) v` for each head. `q` is [..., heads, T, d], `k` is [..., kv_heads, S, d], `v` is [..., kv_heads, S, e], the result is [..., heads, T, e]; any number of equal leading dimensions. `heads` is a multiple of `kv_heads`, and query head `h` reads key head `h / (heads / kv_heads)`, rounded down. `mask` broadcasts to [..., heads, T, S]: where a bool mask is false, the key is not seen; a float mask (of the dtype of `q`, or f32) is added to the scores, so that a NaN below its -inf stays. With `is_causal`, query `i` sees keys `j <= i + (S - T)`, so that the last query sees every key, as it is with a cache of S - T earlier keys; S must be at least T. A key that is not seen has the score -inf whatever `q` and `k` hold, NaN included; its weight is 0, and `v` is multiplied by it like the others, so that NaN or an infinity there gives NaN, unless the key is left out because `is_causal` hides it from all queries that are computed together. A query that sees no key gives NaN. In bf16 and f16, `q k^T` is rounded to the dtype, scale, mask and softmax are f32, and the weights are rounded before the product with `v`.",
    source:
      "ONNX Attention-23, its 4D form (where S is not T and ONNX is given no past keys, its is_causal lines up the first query and key instead: write that as a mask); Vaswani et al. 2017, arXiv:1706.03762; grouped heads: Ainslie et al. 2023, arXiv:2305.13245",
    operands: ["q", "k", "v", "mask?"],
    attrs: {
      is_causal: { kind: "bool", default: false, summary: "whether a query sees only the keys up to its own place" },
      scale: { kind: "float", optional: true, summary: "factor on the scores; 1 / sqrt(d) when absent" },
    },
    infer: inferAttention,
    eval: (inputs, attrs, [result]) => evalAttention(inputs, attrs, result),
    // Two products, counted in full also when causal, and scale, mask and softmax on the scores.
    flops: ([q, k, v]) => {
      const { batch, heads, t, s, d, vWidth } = attentionSizes(q.shape, k.shape, v.shape);
      return elementCount(batch) * heads * t * s * (2 * d + 2 * vWidth + 7);
    },
    expand: (b, operands, attrs) => [expandAttention(b, operands, attrs)],
    example: `graph example(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8]) -> (y: f32[2, 4, 8]) {
  y = attention(q, k, v, is_causal=true)
}`,
  }),
};
