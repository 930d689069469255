// The rows of ONNX LinearAttention and of what goes with it: a state that each step updates, written out step by step.
// Source: ONNX LinearAttention-27 and its function body.

import { checkParts } from "../lists.ts";
import { refuse } from "../refuse.ts";
import { broadcast, cast, op, operand, reshape, scalar, transpose, type Use } from "../use.ts";
import type { Value } from "../values.ts";
import { usualScale } from "./attention.ts";
import { sliceAt, stack } from "./control.ts";
import { defineOnnxOps } from "./define.ts";

const add = (use: Use, a: Value, b: Value): Value => op(use, "add", [a, b]);
const mul = (use: Use, a: Value, b: Value): Value => op(use, "mul", [a, b]);

interface Rule {
  readonly isGated: boolean;
  readonly isDelta: boolean;
}

const rules: Readonly<Record<string, Rule>> = {
  linear: { isGated: false, isDelta: false },
  gated: { isGated: true, isDelta: false },
  delta: { isGated: false, isDelta: true },
  gated_delta: { isGated: true, isDelta: true },
};

/** [batch, T, heads * d] as [T, batch, heads, d], in f32. */
function apart(use: Use, x: Value, heads: number): Value {
  const [batch, length, width] = x.shape as [number, number, number];
  if (width % heads !== 0) return refuse(`a width of ${width} does not make ${heads} heads`);
  return transpose(use, reshape(use, cast(use, x, "f32"), [batch, length, heads, width / heads]), [1, 0, 2, 3]);
}

interface StepInputs {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly decay: Value | undefined;
  readonly beta: Value | undefined;
}

/** The state [batch, heads, d_k, d_v] after a step; q, k, v are [batch, heads, d]. */
function update(use: Use, state: Value, { k, v, decay, beta }: StepInputs, { isDelta }: Rule): Value {
  const faded =
    decay === undefined ? state : mul(use, state, reshape(use, op(use, "exp", [decay]), [...decay.shape, 1]));
  const column = reshape(use, k, [...k.shape, 1]);
  const held = isDelta ? reshape(use, op(use, "matmul", [faded, column], { transpose_lhs: true }), v.shape) : undefined;
  const change = held === undefined ? v : op(use, "sub", [v, held]);
  const written = isDelta && beta !== undefined ? mul(use, beta, change) : change;
  const row = reshape(use, written, written.shape.toSpliced(2, 0, 1));
  return add(use, faded, op(use, "matmul", [column, row]));
}

/** Query head h reads the state of head h / group. */
function read(use: Use, state: Value, q: Value, scale: number): Value {
  const [batch, heads, dk, dv] = state.shape as [number, number, number, number];
  const group = q.shape[1]! / heads;
  const shared = broadcast(use, reshape(use, state, [batch, heads, 1, dk, dv]), [batch, heads, group, dk, dv]);
  const states = reshape(use, shared, [batch, heads * group, dk, dv]);
  const found = op(use, "matmul", [reshape(use, q, q.shape.toSpliced(2, 0, 1)), states]);
  const y = reshape(use, found, [batch, heads * group, dv]);
  return mul(use, y, scalar(scale, y));
}

function linearAttention(use: Use): readonly Value[] {
  const [query, key, value] = [0, 1, 2].map((index) => operand(use, index)) as [Value, Value, Value];
  const [, , , past, decayGiven, betaGiven] = use.operands;
  const [heads, kvHeads] = [use.attrs.int("q_num_heads"), use.attrs.int("kv_num_heads")];
  const name = use.attrs.text("update_rule", "gated_delta");
  const rule = Object.hasOwn(rules, name) ? rules[name]! : refuse(`its update_rule is ${name}`);
  use.attrs.ignore("chunk_size");
  const [q, k, v] = [apart(use, query, heads), apart(use, key, kvHeads), apart(use, value, kvHeads)];
  const [length, batch, , dk] = k.shape as [number, number, number, number];
  const scale = use.attrs.float("scale", 0) || usualScale(dk);
  const decay = rule.isGated && decayGiven !== undefined ? apart(use, decayGiven, kvHeads) : undefined;
  const beta = betaGiven === undefined ? undefined : apart(use, betaGiven, betaGiven.shape[2]!);
  const shape = [batch, kvHeads, dk, v.shape[3]!];
  checkParts(length, "steps");
  let state = past === undefined ? op(use, "full", [], { value: 0, shape, dtype: "f32" }) : cast(use, past, "f32");
  const rows: Value[] = [];
  for (let step = 0; step < length; step++) {
    const at = (x: Value): Value => sliceAt(use, x, 0, step);
    const inputs = { q: at(q), k: at(k), v: at(v), decay: decay && at(decay), beta: beta && at(beta) };
    state = update(use, state, inputs, rule);
    rows.push(read(use, state, inputs.q, scale));
  }
  const all = transpose(use, stack(use, rows, 0), [1, 0, 2, 3]);
  const y = reshape(use, all, [batch, length, heads * v.shape[3]!]);
  const own = (x: Value): Value => ({ ...cast(use, x, query.dtype), element: query.element });
  return [own(y), own(state)];
}

/** Source: ONNX Momentum of ai.onnx.preview.training, version 1: inputs R, T, then all X, all G, all V. */
function momentum(use: Use): readonly Value[] {
  const [rate, step] = [operand(use, 0), operand(use, 1)];
  const count = (use.operands.length - 2) / 3;
  const [alpha, norm] = [use.attrs.float("alpha"), use.attrs.float("norm_coefficient")];
  const isNesterov = use.attrs.text("mode") === "nesterov";
  const isLater = op(use, "greater", [step, scalar(0, step)]);
  const given = use.attrs.float("beta");
  const beta = op(use, "where", [isLater, scalar(given, rate), scalar(1, rate)]);
  const made = Array.from({ length: count }, (_unused, index) => {
    const [x, g, v] = [0, 1, 2].map((part) => operand(use, 2 + part * count + index)) as [Value, Value, Value];
    const gradient = add(use, mul(use, x, scalar(norm, x)), g);
    const velocity = add(use, mul(use, v, scalar(alpha, v)), mul(use, gradient, beta));
    const direction = isNesterov ? add(use, gradient, mul(use, velocity, scalar(alpha, v))) : velocity;
    return [op(use, "sub", [x, mul(use, direction, rate)]), velocity] as const;
  });
  return [...made.map(([x]) => x), ...made.map(([, v]) => v)];
}

/** Products along the diagonal while rows are eliminated would divide by pivots that are 0, so the rule of Laplace is written out. */
function determinant(use: Use, x: Value): Value {
  const size = x.shape.at(-1)!;
  if (size > maxDeterminant) return refuse(`its matrices have ${size} rows, expected at most ${maxDeterminant}`);
  const rank = x.shape.length;
  const entry = (row: number, column: number): Value => sliceAt(use, sliceAt(use, x, rank - 2, row), rank - 2, column);
  const minors = (row: number, columns: readonly number[]): Value => {
    if (columns.length === 1) return entry(row, columns[0]!);
    const terms = columns.map((column, index) => {
      const rest = columns.filter((other) => other !== column);
      const term = mul(use, entry(row, column), minors(row + 1, rest));
      return index % 2 === 0 ? term : op(use, "neg", [term]);
    });
    return terms.reduce((sum, term) => add(use, sum, term));
  };
  return minors(0, [...new Array(size).keys()]);
}

/** Assumed: the rule of Laplace has as many terms as there are permutations. */
const maxDeterminant = 4;

export const stateOps = defineOnnxOps({
  LinearAttention: { way: "rewrite", as: "its steps, written out, in f32", make: linearAttention },
  "ai.onnx.preview.training.Momentum": { way: "rewrite", as: "its formula", make: momentum },
  Det: {
    way: "rewrite",
    as: "the rule of Laplace",
    limits: "up to 4 rows",
    make: (use) => [determinant(use, operand(use, 0))],
  },
});
