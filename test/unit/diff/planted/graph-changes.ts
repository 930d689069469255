// Planted changes of graphs: edits of the texts in planted.ts, and shuffles.

import { shuffleGraph } from "../shuffle.ts";
import { asGraph, branches, graphOf, type Planted, rows } from "./planted.ts";

type Edit = readonly [name: string, from: string, to: string];

const cosmeticBranches: readonly Edit[] = [
  [
    "a value is renamed",
    "e = gelu(d)\n  y = c + e\n  z = reduce_max(e",
    "act = gelu(d)\n  y = c + act\n  z = reduce_max(act",
  ],
  ["the graph is renamed", "graph branches(", "graph forks("],
  ["a comment", "  s = a * 0.25", "  // scaled scores\n  s = a * 0.25"],
  ["an expression is written into another one", "  a = matmul(x, w)\n  s = a * 0.25", "  s = matmul(x, w) * 0.25"],
  ["an expression gets a name", "  d = matmul(x, v) + b", "  p = matmul(x, v)\n  d = p + b"],
  ["a parameter is renamed", "weight b: f32[8]", "weight bias: f32[8]"],
  [
    "parameters change places",
    "weight w: f32[16, 8],\n  weight v: f32[16, 8],",
    "weight v: f32[16, 8],\n  weight w: f32[16, 8],",
  ],
  ["results change places", "(y: f32[8, 8], z: f32[8, 1])", "(z: f32[8, 1], y: f32[8, 8])"],
  [
    "independent statements change places",
    "  y = c + e\n  z = reduce_max(e, axes=[1], keepdims=true)",
    "  z = reduce_max(e, axes=[1], keepdims=true)\n  y = c + e",
  ],
  ["a branch comes first", "  a = matmul(x, w)\n", "  d0 = matmul(x, v)\n  a = matmul(x, w)\n"],
  ["an axis counts from the end", "softmax(m, axis=1)", "softmax(m, axis=-1)"],
  ["a default is written out", "softmax(m, axis=1)", "softmax(m)"],
  ["a statement that nothing needs", "  y = c + e", "  unused = exp(c)\n  y = c + e"],
];

const performanceBranches: readonly Edit[] = [
  ["a sum in the other order", "y = c + e", "y = e + c"],
  ["a product in the other order", "a * 0.25", "0.25 * a"],
  ["a division by a power of two", "a * 0.25", "a / 4.0"],
  ["a value is computed twice", "reduce_max(e, axes", "reduce_max(gelu(matmul(x, v) + b), axes"],
  ["two negations", "e = gelu(d)", "e = neg(neg(gelu(d)))"],
  ["two transposes", "e = gelu(d)", "e = transpose(transpose(gelu(d), perm=[1, 0]), perm=[1, 0])"],
  [
    "a comparison the other way round",
    "seen = iota(shape=[8, 8], axis=1, dtype=i32) <= iota(shape=[8, 8], axis=0, dtype=i32)",
    "seen = iota(shape=[8, 8], axis=0, dtype=i32) >= iota(shape=[8, 8], axis=1, dtype=i32)",
  ],
];

const meaningBranches: readonly Edit[] = [
  ["another scale", "a * 0.25", "a * 0.2500001"],
  ["no scale", "s = a * 0.25", "s = a"],
  ["a mask that is off by one", "dtype=i32) <= iota", "dtype=i32) < iota"],
  ["no mask", "softmax(m, axis=1)", "softmax(s, axis=1)"],
  ["a mask of a large number in place of infinity", "value=-inf", "value=-1e9"],
  ["a softmax along the other axis", "softmax(m, axis=1)", "softmax(m, axis=0)"],
  [
    "operands of a choice change places",
    "where(seen, s, full(value=-inf, shape=[8, 8], dtype=f32))",
    "where(seen, full(value=-inf, shape=[8, 8], dtype=f32), s)",
  ],
  ["no bias", "matmul(x, v) + b", "matmul(x, v)"],
  ["the bias of the other sign", "matmul(x, v) + b", "matmul(x, v) - b"],
  ["the other weight", "matmul(x, v) + b", "matmul(x, w) + b"],
  ["weights change places", "  a = matmul(x, w)", "  a = matmul(x, v)"],
  ["an approximation", "gelu(d)", 'gelu(d, approximate="tanh")'],
  ["another function", "gelu(d)", "relu(d)"],
  ["a difference in place of a sum", "y = c + e", "y = c - e"],
  ["a sum that is rounded to bf16", "y = c + e", "y = cast(cast(c + e, to=bf16), to=f32)"],
  ["a sum of another value", "y = c + e", "y = c + d"],
  ["a minimum in place of a maximum", "reduce_max(e", "reduce_min(e"],
  ["a maximum of another value", "reduce_max(e", "reduce_max(d"],
  ["a row of the state that is off by one", "starts=[1, 0]", "starts=[2, 0]"],
  [
    "a sum along the other axis",
    "r = reduce_sum(d, axes=[0], keepdims=true)",
    "r = reshape(reduce_sum(d, axes=[1]), shape=[1, 8])",
  ],
  ["a mean in place of a sum", "reduce_sum(d", "reduce_mean(d"],
  ["the state is not updated", "  cache = update_slice(cache, r, starts=[1, 0])\n", ""],
  ["a result less", ", z: f32[8, 1]) {", ") {"],
  ["a parameter of another size", "x: f32[8, 16]", "x: f32[8, 16],\n  more: f32[2]"],
];

const editsOfRows: readonly (readonly [Planted["expected"], readonly Edit[]])[] = [
  [
    "cosmetic",
    [
      [
        "rows: a value is renamed",
        "d = e - x\n  n = rms_normalization(d",
        "diff = e - x\n  n = rms_normalization(diff",
      ],
      [
        "rows: statements change places",
        "  y = max(n, x * 0.5)\n  t = transpose(sigmoid(e), perm=[1, 0])",
        "  t = transpose(sigmoid(e), perm=[1, 0])\n  y = max(n, x * 0.5)",
      ],
    ],
  ],
  [
    "performance",
    [
      ["rows: a transpose moves", "transpose(sigmoid(e), perm=[1, 0])", "sigmoid(transpose(e, perm=[1, 0]))"],
      ["rows: a product with one", "d = e - x", "d = (e - x) * 1.0"],
    ],
  ],
  [
    "meaning",
    [
      ["rows: a difference the other way round", "d = e - x", "d = x - e"],
      ["rows: another epsilon", "epsilon=1e-5", "epsilon=1e-6"],
      ["rows: a minimum in place of a maximum", "y = max(", "y = min("],
      ["rows: no transpose", "transpose(sigmoid(e), perm=[1, 0])", "reshape(sigmoid(e), shape=[16, 8])"],
      ["rows: the scale is squared", "rms_normalization(d, scale,", "rms_normalization(d, scale * scale,"],
      ["rows: the next row", "gather(table, ids, axis=0)", "gather(table, max(ids, 1), axis=0)"],
    ],
  ],
];

function planted(text: string, expected: Planted["expected"], edits: readonly Edit[]): readonly Planted[] {
  return edits.map(([name, from, to]) => {
    if (!text.includes(from)) throw new Error(`the program has no ${from}`);
    let edited = text.replace(from, to);
    if (name === "a parameter is renamed") edited = edited.replace("v) + b", "v) + bias");
    if (name === "a branch comes first") edited = edited.replace("matmul(x, v) + b", "d0 + b");
    return { name: `graph: ${name}`, expected, before: asGraph(graphOf(text)), after: asGraph(graphOf(edited)) };
  });
}

export const graphChanges: readonly Planted[] = [
  ...planted(branches, "cosmetic", cosmeticBranches),
  ...planted(branches, "performance", performanceBranches),
  ...planted(branches, "meaning", meaningBranches),
  ...editsOfRows.flatMap(([expected, edits]) => planted(rows, expected, edits)),
  ...[1, 2, 3].map((seed): Planted => {
    const graph = graphOf(branches);
    const after = asGraph(shuffleGraph(graph, seed));
    return { name: `graph: shuffled with seed ${seed}`, expected: "cosmetic", before: asGraph(graph), after };
  }),
];
