// Operands of attention that say what one of its own ways would say: heads that are repeated for the queries that share them, masks of two numbers, and
// masks by position.

import { dtypes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Shape, shapesEqual, type TensorType } from "../../../ir-spec/base/tensor.ts";
import type { Node, NodeOf } from "../../../ir-spec/graph.ts";
import type { Expander } from "../../../ir-spec/ops/define.ts";
import { broadcastShapes } from "../../../ir-spec/ops/shape-rules.ts";
import type { Condition } from "../../analysis/positions.ts";
import { type Matching, type RecognizeRule, type Replacement, spreadingOps } from "./matching.ts";

type Attention = NodeOf<"attention">;

/** Whether a score with this number added gets no weight beside one that is seen; exporters take the lowest number, or most of it. */
export function hides(number: number, { dtype }: TensorType): boolean {
  return number <= dtypes[dtype].minFinite / 2;
}

/** What a mask does, in the words of the composite; where both are there, the bool one hides what was added. */
interface Mask {
  readonly isCausal: boolean;
  /** Bool values, all of which must be true where a key is seen; `isTrue` says where the opposite is. */
  readonly seen: readonly Seen[];
  readonly added: readonly ValueId[];
}

interface Seen {
  readonly value: ValueId;
  readonly isTrue: boolean;
}

const nothing: Mask = { isCausal: false, seen: [], added: [] };

function joined(left: Mask, right: Mask): Mask {
  return {
    isCausal: left.isCausal || right.isCausal,
    seen: [...left.seen, ...right.seen],
    added: [...left.added, ...right.added],
  };
}

/** What the mask of an attention with scores of a shape consists of. */
function readMask(value: ValueId, scores: Shape, from: Matching): Mask {
  const { dtype, shape } = from.typeOf(value);
  const view = from.behind(value, ...spreadingOps);
  const [inner] = view?.operands ?? [];
  if (inner !== undefined && isSpread(from.typeOf(inner).shape, shape)) return readMask(inner, scores, from);
  if (dtype === "bool") return readSeen(value, scores, from);
  if (from.numberOf(value) === 0) return nothing;
  const sum = from.behind(value, "add");
  if (sum !== undefined) return readSum(value, sum.operands, scores, from);
  const choice = from.behind(value, "where");
  return (choice && readChoice(choice, scores, from)) ?? { ...nothing, added: [value] };
}

/** Whether a shape is another one but for axes in front, which a mask does not need. */
function isSpread(inner: Shape, outer: Shape): boolean {
  const front = outer.length - inner.length;
  return front >= 0 && inner.every((size, axis) => size === outer[front + axis] || size === 1);
}

function readSeen(value: ValueId, scores: Shape, from: Matching): Mask {
  const both = from.behind(value, "logical_and");
  if (both !== undefined) {
    const [left, right] = both.operands.map((operand) => readSeen(operand, scores, from)) as [Mask, Mask];
    if (left.isCausal || right.isCausal) return joined(left, right);
  }
  return isCausal(from.conditionOf(value), scores) ? { ...nothing, isCausal: true } : bare({ value, isTrue: true });
}

function bare(seen: Seen): Mask {
  return { ...nothing, seen: [seen] };
}

/** Whether query i sees keys j <= i + (S - T). */
function isCausal(condition: Condition | undefined, scores: Shape): boolean {
  const [queries = 1, keys = 1] = scores.slice(-2);
  const value = limitOf(condition);
  const { constant = -1, scales } = value ?? {};
  return (
    queries > 1 &&
    constant === keys - queries &&
    constant >= 0 &&
    scales?.size === 2 &&
    scales.get(0) === -1 &&
    scales.get(1) === 1
  );
}

/** The value that is not negative where a condition holds. */
function limitOf(condition: Condition | undefined): Extract<Condition, { kind: "atLeast0" }>["value"] | undefined {
  if (condition?.kind === "atLeast0") return condition.value;
  const inner = condition?.kind === "not" ? limitOf(condition.of) : undefined;
  if (inner === undefined) return undefined;
  // Of integers: not x >= 0 is -x - 1 >= 0.
  const scales = new Map([...inner.scales].map(([axis, scale]) => [axis, -scale]));
  return { constant: -inner.constant - 1, scales };
}

/** A sum with something that hides by -inf alone. */
function readSum(value: ValueId, operands: readonly ValueId[], scores: Shape, from: Matching): Mask {
  for (const [one, other] of [operands, operands.toReversed()] as const) {
    const mask = readMask(one as ValueId, scores, from);
    const isHiding = mask.added.length === 0 && (mask.isCausal || mask.seen.length > 0);
    if (isHiding && hidesWhole(one as ValueId, from)) return joined(mask, readMask(other as ValueId, scores, from));
  }
  return { ...nothing, added: [value] };
}

/** Whether what a mask hides is -inf. */
function hidesWhole(value: ValueId, from: Matching): boolean {
  const choice = from.behind(value, "where");
  if (choice !== undefined) {
    return choice.operands.slice(1).some((operand) => from.numberOf(operand) === Number.NEGATIVE_INFINITY);
  }
  const [inner] = from.behind(value, ...spreadingOps)?.operands ?? [];
  return inner !== undefined && hidesWhole(inner, from);
}

/** `where(seen, x, -inf)`, either way round; a finite number hides as well where each query sees a key by its position. */
function readChoice({ operands }: NodeOf<"where">, scores: Shape, from: Matching): Mask | undefined {
  const [condition, first, second] = operands as readonly [ValueId, ValueId, ValueId];
  for (const [isTrue, shown, hiding] of [
    [true, first, second],
    [false, second, first],
  ] as const) {
    const number = from.numberOf(hiding);
    if (number === undefined || !hides(number, from.typeOf(hiding))) continue;
    const place = from.conditionOf(condition);
    const byPlace = place === undefined || isTrue ? place : ({ kind: "not", of: place } as const);
    const own = isCausal(byPlace, scores)
      ? { ...nothing, isCausal: true }
      : isTrue
        ? readSeen(condition, scores, from)
        : bare({ value: condition, isTrue });
    const rest = readMask(shown, scores, from);
    const isWhole = number === Number.NEGATIVE_INFINITY;
    if (isWhole || (own.isCausal && own.seen.length === 0 && rest === nothing)) return joined(own, rest);
  }
  return undefined;
}

function matchMask(root: Node, from: Matching): Replacement | undefined {
  const { operands, attrs } = root as Attention;
  const [q, k, v, mask] = operands as readonly [ValueId, ValueId, ValueId, ValueId?];
  if (mask === undefined) return undefined;
  const scores = [...from.typeOf(q).shape.slice(0, -1), from.typeOf(k).shape.at(-2) as number];
  const read = readMask(mask, scores, from);
  // Else the mask would be written as it is, without end.
  const isSimpler = read.isCausal || (read.added.length === 0 && from.typeOf(mask).dtype !== "bool");
  const isSum = read.seen.length > 0 && from.behind(mask, "add") !== undefined;
  // What masks are read from broadcasts to the scores as they do.
  const parts = [...read.seen.map(({ value }) => value), ...read.added].map((value) => from.typeOf(value).shape);
  const fits = parts.every((shape) => {
    const whole = broadcastShapes(shape, scores);
    return whole.ok && shapesEqual(whole.value, scores);
  });
  if (!(isSimpler || isSum) || !fits) return undefined;
  return (b, of) =>
    b.op("attention", [...[q, k, v].map(of), ...writeMask(b, of, read)], {
      ...attrs,
      is_causal: attrs.is_causal || read.isCausal,
    });
}

function writeMask(b: Expander, of: (value: ValueId) => ValueId, { seen, added }: Mask): readonly ValueId[] {
  const bools = seen.map(({ value, isTrue }) => (isTrue ? of(value) : b.op("logical_not", [of(value)])));
  const bool = bools.length === 0 ? undefined : bools.reduce((left, right) => b.op("logical_and", [left, right]));
  const sum = added.length === 0 ? undefined : added.map(of).reduce((left, right) => b.op("add", [left, right]));
  if (bool === undefined || sum === undefined) return [bool, sum].filter((part) => part !== undefined);
  return [b.op("where", [bool, sum, b.scalar(Number.NEGATIVE_INFINITY, sum)])];
}

/** What heads were before each was repeated for the queries that share it: reshaped, broadcast along a new axis, and joined with it. */
function unrepeated(value: ValueId, from: Matching): ValueId | undefined {
  const { shape } = from.typeOf(value);
  const [spread] = from.behind(value, "reshape")?.operands ?? [];
  const node = spread === undefined ? undefined : from.behind(spread, "broadcast_to");
  const apart = node?.operands[0] ?? spread;
  if (spread === undefined || apart === undefined) return undefined;
  const [heads = 1, group = 1] = from.typeOf(spread).shape.slice(-4, -2);
  const [batch, inner] = [shape.slice(0, -3), shape.slice(-2)];
  const [base] = from.behind(apart, "reshape", "unsqueeze")?.operands ?? [];
  const isRepeated =
    base !== undefined &&
    shapesEqual(from.typeOf(apart).shape, [...batch, heads, 1, ...inner]) &&
    shapesEqual(from.typeOf(spread).shape, [...batch, heads, group, ...inner]) &&
    shapesEqual(from.typeOf(base).shape, [...batch, heads, ...inner]);
  return isRepeated ? base : undefined;
}

function matchHeads(root: Node, from: Matching): Replacement | undefined {
  const { operands, attrs } = root as Attention;
  const [q, k, v, ...masks] = operands as readonly [ValueId, ValueId, ValueId, ValueId?];
  const [keys, values] = [unrepeated(k, from), unrepeated(v, from)];
  if (keys === undefined || values === undefined) return undefined;
  const [keyHeads, valueHeads] = [keys, values].map((value) => from.typeOf(value).shape.at(-3));
  if (keyHeads !== valueHeads) return undefined;
  return (b, of) => b.op("attention", [q, keys, values, ...masks.filter((mask) => mask !== undefined)].map(of), attrs);
}

/** Rules on attention that is there already. */
export const attentionOperandRules: readonly RecognizeRule[] = [
  {
    name: "attention",
    summary:
      "keys and values that are repeated for the queries that share them: `reshape`, `broadcast_to`, `reshape`, as grouped heads, or repeated once, as they are",
    before: `graph example(q: f32[4, 3, 8], k: f32[2, 3, 8], v: f32[2, 3, 8]) -> (y: f32[4, 3, 8]) {
  keys = reshape(broadcast_to(reshape(k, shape=[2, 1, 3, 8]), shape=[2, 2, 3, 8]), shape=[4, 3, 8])
  values = reshape(broadcast_to(reshape(v, shape=[2, 1, 3, 8]), shape=[2, 2, 3, 8]), shape=[4, 3, 8])
  y = attention(q, keys, values)
}`,
    after: `graph example(q: f32[4, 3, 8], k: f32[2, 3, 8], v: f32[2, 3, 8]) -> (y: f32[4, 3, 8]) {
  y = attention(q, k, v)
}`,
    roots: ["attention"],
    match: matchHeads,
  },
  {
    name: "attention",
    summary:
      "masks by position that are causal, with -inf or (of finite scores) the lowest number, and masks of 0 and -inf, as bool masks; what is hidden may be NaN or infinite then",
    before: `graph example(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8]) -> (y: f32[2, 4, 8]) {
  seen = iota(shape=[1, 4], axis=1, dtype=i32) <= iota(shape=[4, 1], axis=0, dtype=i32)
  y = attention(q, k, v, where(seen, full(value=0, shape=[], dtype=f32), -inf))
}`,
    after: `graph example(q: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8]) -> (y: f32[2, 4, 8]) {
  y = attention(q, k, v, is_causal=true)
}`,
    roots: ["attention"],
    match: matchMask,
  },
];
