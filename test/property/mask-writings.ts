// Attention written in primitives, with a mask by position in one of the ways in which programs write it: the comparison either way
// round, the scale and the cast in front of the mask or after it.
import type { Random } from "../../src/find/fuzz/random-choices.ts";

/** `j - i <= offset`, as one of several comparisons. */
function atMost(random: Random, offset: number): string {
  return random.pick([
    `less_or_equal(j, i + ${offset})`,
    `less(j, i + ${offset + 1})`,
    `greater_or_equal(i + ${offset}, j)`,
    `greater(i - j, ${-offset - 1})`,
    `logical_not(greater(j - i, ${offset}))`,
  ]);
}

/** Which keys a query sees: those up to itself, or a window; each query sees itself. */
function visible(random: Random): string {
  const last = atMost(random, random.pick([0, 0, 2]));
  const width = 1 + random.below(12);
  return random.pick([
    last,
    `logical_and(${last}, greater(j, i - ${width}))`,
    `logical_and(less(i - j, ${width}), ${last})`,
  ]);
}

/** The scores from the product `s` on, and what statements define them; `scores` at the end, in f32. */
function scores(random: Random): readonly string[] {
  const mask = (of: string, dtype: string): string => {
    const hidden = `full(value=-inf, shape=[], dtype=${dtype})`;
    return random.oneIn(3) ? `where(logical_not(m), ${hidden}, ${of})` : `where(m, ${of}, ${hidden})`;
  };
  return random.pick([
    [`a = ${mask("s * 0.25", "bf16")}`, "scores = cast(a, to=f32)"],
    [`a = ${mask("s", "bf16")}`, "scores = cast(a, to=f32) * 0.25"],
    [`a = cast(${mask("s", "bf16")} * 0.25, to=f32)`, "scores = a"],
    ["a = cast(s, to=f32) * 0.25", `scores = ${mask("a", "f32")}`],
    ["a = cast(s * 0.25, to=f32)", `scores = ${mask("a", "f32")}`],
    ["a = cast(s, to=f32)", `scores = ${mask("a", "f32")} * 0.25`],
  ]);
}

/** The program; it has more positions than are worked out at compile time. */
export function maskWriting(random: Random): string {
  const rows = random.pick([33, 40, 48]);
  const type = `bf16[2, ${rows}, 8]`;
  const lines = [
    `i = iota(shape=[${rows}, 1], axis=0, dtype=i32)`,
    `j = iota(shape=[1, ${rows}], axis=1, dtype=i32)`,
    `m = ${visible(random)}`,
    "s = matmul(q, k, transpose_rhs=true)",
    ...scores(random),
    "e = exp(scores - reduce_max(scores, axes=[2]))",
    "y = matmul(cast(e / reduce_sum(e, axes=[2]), to=bf16), v)",
  ];
  const body = lines.map((line) => `  ${line}\n`).join("");
  return `graph g(q: ${type}, k: ${type}, v: ${type}) -> (y: ${type}) {\n${body}}\n`;
}
