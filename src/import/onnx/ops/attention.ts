// Rows of ONNX ops that are attention, in its variants, and the rotation of positions.

import { refuse } from "../refuse.ts";
import { broadcast, cast, op, operand, reshape, scalar, transpose, type Use } from "../use.ts";
import { countOf, type Value } from "../values.ts";
import { defineOnnxOps } from "./define.ts";
import { broadcastShapes } from "./shapes.ts";

/** Splits [batch, T, heads * d] into [batch, heads, T, d]. */
function splitHeads(use: Use, x: Value, heads: number): Value {
  const [batch, length, width] = x.shape as [number, number, number];
  if (width % heads !== 0) return refuse(`a width of ${width} does not make ${heads} heads`);
  return transpose(use, reshape(use, x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

function joinHeads(use: Use, x: Value): Value {
  const [batch, heads, length, width] = x.shape as [number, number, number, number];
  return reshape(use, transpose(use, x, [0, 2, 1, 3]), [batch, length, heads * width]);
}

/** The operands of attention, each [batch, heads, length, width], and how they are combined. */
interface Scores {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly mask: Value | undefined;
  readonly scale: number;
  readonly softcap: number;
  /** What of the scores is a result: as they are, after the soft cap, after the mask, as weights. */
  readonly mode: number;
}

/** 1 / sqrt(width), as ONNX computes it in f32 step by step. */
export function usualScale(width: number): number {
  return Math.fround(1 / Math.fround(Math.sqrt(width)));
}

/** Query head h reads key head h / group. */
function repeatHeads(use: Use, x: Value, heads: number): Value {
  const [batch, own, length, width] = x.shape as [number, number, number, number];
  if (own === heads) return x;
  if (heads % own !== 0) return refuse(`${heads} heads do not share ${own}`);
  const apart = reshape(use, x, [batch, own, 1, length, width]);
  return reshape(use, broadcast(use, apart, [batch, own, heads / own, length, width]), [batch, heads, length, width]);
}

/** Scores where the mask is true, or with the mask added. */
function applyMask(use: Use, scores: Value, mask: Value): Value {
  if (mask.dtype !== "bool") return op(use, "add", [scores, cast(use, mask, scores.dtype)]);
  return op(use, "where", [mask, scores, scalar(Number.NEGATIVE_INFINITY, scores)]);
}

/** The steps of attention one by one, with the scores of a mode; softmax is computed in f32. */
function attentionSteps(use: Use, { q, k, v, mask, scale, softcap, mode }: Scores): readonly [Value, Value] {
  const heads = q.shape[1]!;
  const half = Math.fround(Math.sqrt(Math.fround(scale)));
  const factor = (x: Value): Value => op(use, "mul", [x, scalar(half, x)]);
  const raw = op(use, "matmul", [factor(q), factor(repeatHeads(use, k, heads))], { transpose_rhs: true });
  const wide = cast(use, raw, "f32");
  const cap = scalar(softcap, wide);
  const capped = softcap === 0 ? wide : op(use, "mul", [op(use, "tanh", [op(use, "div", [wide, cap])]), cap]);
  const masked = mask === undefined ? capped : applyMask(use, capped, mask);
  const weights = cast(use, op(use, "softmax", [masked], { axis: 3 }), q.dtype);
  const y = op(use, "matmul", [weights, repeatHeads(use, v, heads)]);
  const shown = [raw, capped, masked, weights][mode] ?? refuse(`qk_matmul_output_mode is ${mode}`);
  return [y, { ...cast(use, shown, q.dtype), element: q.element }];
}

/** Key j is seen by query i where j <= i + past. */
function causalMask(use: Use, shape: readonly [number, number], past: number): Value {
  const row = op(use, "iota", [], { shape, axis: 0, dtype: "i32" });
  const column = op(use, "iota", [], { shape, axis: 1, dtype: "i32" });
  return op(use, "less_or_equal", [column, op(use, "add", [row, scalar(past, row)])]);
}

/** Both masks: a bool one says what is seen, a float one is added. */
function bothMasks(use: Use, mask: Value | undefined, seen: Value | undefined): Value | undefined {
  if (mask === undefined || seen === undefined) return mask ?? seen;
  if (mask.dtype === "bool") return op(use, "logical_and", [mask, seen]);
  return op(use, "where", [seen, mask, scalar(Number.NEGATIVE_INFINITY, mask)]);
}

/** Source: ONNX Attention-24: a mask that is shorter than the keys hides the rest. */
function padMask(use: Use, mask: Value, length: number): Value {
  const own = mask.shape.at(-1)!;
  if (own === length || own === 1) return mask;
  const value = mask.dtype === "bool" ? 0 : Number.NEGATIVE_INFINITY;
  const rest = op(use, "full", [], { value, shape: mask.shape.with(-1, length - own), dtype: mask.dtype });
  return op(use, "concat", [mask, rest], { axis: mask.shape.length - 1 });
}

/** Source: ONNX Attention-24: of each batch only the first keys are there. */
function lengthMask(use: Use, lengths: Value, length: number): Value {
  const column = op(use, "iota", [], { shape: [1, 1, 1, length], axis: 3, dtype: "i32" });
  const limits = reshape(use, { ...lengths, element: "INT32" }, [countOf(lengths), 1, 1, 1]);
  return op(use, "less", [column, limits]);
}

function attention(use: Use): readonly (Value | undefined)[] {
  const given = [0, 1, 2].map((index) => operand(use, index));
  const isFlat = given[0]!.shape.length === 3;
  const heads = use.attrs.int("q_num_heads", 0);
  const kvHeads = use.attrs.int("kv_num_heads", 0);
  const [q, newK, newV] = (isFlat
    ? given.map((x, index) => splitHeads(use, x, index === 0 ? heads : kvHeads))
    : given) as unknown as [Value, Value, Value];
  const [mask, pastK, pastV, lengths] = [3, 4, 5, 6].map((index) => use.operands[index]);
  const join = (past: Value | undefined, x: Value): Value =>
    past === undefined ? x : op(use, "concat", [past, x], { axis: 2 });
  const [k, v] = [join(pastK, newK), join(pastV, newV)];
  const [t, s] = [q.shape[2]!, k.shape[2]!];
  const past = pastK?.shape[2] ?? 0;
  const isCausal = use.attrs.flag("is_causal", false);
  const scale = use.attrs.float("scale", usualScale(q.shape[3]!));
  const softcap = use.attrs.float("softcap", 0);
  const mode = use.attrs.int("qk_matmul_output_mode", 0);
  use.attrs.ignore("softmax_precision");
  const padded = mask === undefined ? undefined : padMask(use, mask, s);
  const known = bothMasks(use, padded, lengths === undefined ? undefined : lengthMask(use, lengths, s));
  const isComposite = softcap === 0 && !use.wants(3);
  const hasCausalComposite = isComposite && isCausal && s - t === past;
  const whole = isCausal && !hasCausalComposite ? bothMasks(use, known, causalMask(use, [t, s], past)) : known;
  const finish = (y: Value): Value => ({ ...(isFlat ? joinHeads(use, y) : y), element: q.element });
  if (!isComposite) {
    const [y, scores] = attentionSteps(use, { q, k, v, mask: whole, scale, softcap, mode });
    return [finish(y), k, v, scores];
  }
  const masks = whole === undefined ? [] : [fitMask(use, whole, q, s)];
  const attrs = { is_causal: hasCausalComposite, ...(use.attrs.has("scale") ? { scale } : {}) };
  return [finish(op(use, "attention", [q, k, v, ...masks], attrs)), k, v];
}

/** A mask of another float dtype than the queries' is f32. */
function fitMask(use: Use, mask: Value, q: Value, length: number): Value {
  broadcastShapes(mask.shape, [...q.shape.slice(0, 3), length]);
  return mask.dtype === "bool" || mask.dtype === q.dtype ? mask : cast(use, mask, "f32");
}

/** Source: ONNX RotaryEmbedding-23; cos and sin are picked by position unless they already are. */
function rotaryEmbedding(use: Use): Value {
  const x = operand(use, 0);
  const isFlat = x.shape.length === 3;
  const heads = use.attrs.int("num_heads", 0);
  const width = isFlat ? x.shape[2]! / heads : x.shape[3]!;
  if (!Number.isInteger(width)) return refuse("num_heads is missing, or does not divide the width");
  const apart = isFlat ? reshape(use, x, [x.shape[0]!, x.shape[1]!, heads, width]) : x;
  const turned = use.attrs.int("rotary_embedding_dim", 0) || width;
  const interleaved = use.attrs.flag("interleaved", false);
  const cut = (from: number, to: number): Value => op(use, "slice", [apart], { starts: [from], ends: [to], axes: [3] });
  const [cos, sin] = [1, 2].map((index) => anglesOf(use, operand(use, index), { isFlat, half: turned / 2 })) as [
    Value,
    Value,
  ];
  const part = op(use, "rotary_embedding", [turned === width ? apart : cut(0, turned), cos, sin], { interleaved });
  const whole = turned === width ? part : op(use, "concat", [part, cut(turned, width)], { axis: 3 });
  return reshape(use, whole, x.shape);
}

/** Angles for [batch, heads, T, d], or for [batch, T, heads, d]. */
function anglesOf(
  use: Use,
  cache: Value,
  { isFlat, half }: { readonly isFlat: boolean; readonly half: number },
): Value {
  const positions = use.operands[3];
  const picked = positions === undefined ? cache : op(use, "gather", [cache, positions], { axis: 0 });
  const [batch, length, own] = picked.shape as [number, number, number];
  const cut = own === half ? picked : op(use, "slice", [picked], { starts: [0], ends: [half], axes: [2] });
  return reshape(use, cut, isFlat ? [batch, length, 1, half] : [batch, 1, length, half]);
}

/** Source: FlexAttention of ai.onnx.preview, version 1: bodies change the scores and the weights. */
function flexAttention(use: Use): Value {
  const [q, k, v] = [0, 1, 2].map((index) => operand(use, index)) as [Value, Value, Value];
  const heads = q.shape[1]!;
  const half = Math.sqrt(use.attrs.float("scale", usualScale(q.shape[3]!)));
  use.attrs.ignore("softmax_precision");
  const factor = (x: Value): Value => op(use, "mul", [x, scalar(half, x)]);
  const scores = op(use, "matmul", [factor(q), factor(repeatHeads(use, k, heads))], { transpose_rhs: true });
  const changed = throughBody(use, "score_mod", cast(use, scores, "f32"));
  const weights = throughBody(use, "prob_mod", op(use, "softmax", [changed], { axis: 3 }));
  const y = op(use, "matmul", [cast(use, weights, q.dtype), repeatHeads(use, v, heads)]);
  return { ...y, element: q.element };
}

function throughBody(use: Use, name: string, value: Value): Value {
  const body = use.attrs.graph(name);
  return body === undefined ? value : (use.body(body, [value])[0] ?? value);
}

export const attentionOps = defineOnnxOps({
  Attention: {
    way: "composite",
    as: "`attention`; its steps where it has a soft cap or its scores are read",
    versions: { 24: "nonpad_kv_seqlen, masks shorter than the keys" },
    make: attention,
  },
  RotaryEmbedding: { way: "composite", as: "`rotary_embedding`", make: (use) => [rotaryEmbedding(use)] },
  "ai.onnx.preview.FlexAttention": {
    way: "rewrite",
    as: "its steps, with its bodies between them",
    make: (use) => [flexAttention(use)],
  },
});
