// Composites written as exporters write them: each way is found, keeps its values within the rounding of its steps, and NaN and infinities; what
// only looks like a composite stays.
import { expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { recognizeComposites } from "../../../passes/graph/recognize.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { parseGraph } from "./support.ts";

const onRows = (body: string): string =>
  `graph g(x: f32[3, 8], scale: f32[8], bias: f32[8]) -> (y: f32[3, 8]) {\n${body}\n}`;

const onHeads = (body: string): string =>
  `graph g(x: f32[2, 4, 8], k: f32[2, 4, 8], v: f32[2, 4, 8], mask: f32[4, 4]) -> (y: f32[2, 4, 8]) {\n${body}\n}`;

/** Ways of writing, with all that the graph consists of then. */
const ways: readonly (readonly [way: string, text: string, ops: string])[] = [
  ["gelu, the scale last", onRows("y = (x * (1 + erf(x / 1.4142135))) * 0.5"), "gelu"],
  ["gelu, halved at the end", onRows("y = x * (erf(x * 0.70710677) + 1) / 2"), "gelu"],
  [
    "gelu with tanh, x cubed by pow",
    onRows("y = 0.5 * x * (1 + tanh(0.7978846 * (x + 0.044715 * pow(x, 3))))"),
    "gelu",
  ],
  [
    "gelu with tanh, x before the brackets",
    onRows("y = x * 0.5 * (tanh(x * 0.7978846 * (1 + 0.044715 * x * x)) + 1)"),
    "gelu",
  ],
  ["silu, a sigmoid of steps", onRows("y = x / (1 + exp(-x))"), "silu"],
  ["silu of a multiple by 1", onRows("y = sigmoid(1 * x) * x"), "silu"],
  ["sigmoid by a reciprocal", onRows("y = reciprocal(exp(-x) + 1)"), "sigmoid"],
  [
    "softmax by a reciprocal",
    onRows("e = exp(x - reduce_max(x, axes=[1]))\ny = reciprocal(reduce_sum(e, axes=[1])) * e"),
    "softmax",
  ],
  [
    "softmax of StableHLO, its maximum with a floor, its axes put back",
    onRows(`m = max(full(value=-inf, shape=[], dtype=f32), reduce_max(x, axes=[1], keepdims=false))
e = exp(x - broadcast_to(reshape(m, shape=[3, 1]), shape=[3, 8]))
y = e / broadcast_to(reshape(reduce_sum(e, axes=[1], keepdims=false), shape=[3, 1]), shape=[3, 8])`),
    "softmax",
  ],
  [
    "softmax down the columns",
    onRows("e = exp(x - reduce_max(x, axes=[0], keepdims=false))\ny = e / reduce_sum(e, axes=[0])"),
    "softmax",
  ],
  [
    "layer norm of PyTorch",
    onRows("d = x - reduce_mean(x, axes=[1])\ny = d / sqrt(reduce_mean(pow(d, 2), axes=[1]) + 1e-5) * scale + bias"),
    "layer_normalization",
  ],
  [
    "layer norm whose differences are computed twice, its bias first",
    onRows(`m = reduce_mean(x, axes=[1])
d = x - m
e = x - m
y = bias + scale * (e * rsqrt(1e-5 + reduce_mean(d * d, axes=[1])))`),
    "layer_normalization",
  ],
  [
    "layer norm by the mean square less the squared mean, its means sums",
    onRows(`m = reduce_sum(x, axes=[1]) / 8
s = max(reduce_sum(x * x, axes=[1]) / 8 - m * m, 0)
y = (x - m) * (rsqrt(s + 1e-5) * scale) + bias`),
    "layer_normalization",
  ],
  [
    "layer norm without scale",
    onRows("d = x - reduce_mean(x, axes=[1])\ny = d / sqrt(reduce_mean(d * d, axes=[1]) + 1e-5)"),
    "full layer_normalization",
  ],
  [
    "RMS norm of Llama",
    onRows("y = scale * (x * reciprocal(sqrt(reduce_mean(pow(x, 2), axes=[1]) + 1e-6)))"),
    "rms_normalization",
  ],
  [
    "RMS norm with powers",
    onRows("y = x * pow(reduce_mean(x * x, axes=[1]) + 1e-6, -0.5) * scale + x"),
    "rms_normalization add",
  ],
  [
    "attention of PyTorch",
    onHeads("s = matmul(x * 0.59460354, transpose(k, perm=[0, 2, 1]) * 0.59460354)\ny = matmul(softmax(s + mask), v)"),
    "attention",
  ],
  [
    "attention of steps alone",
    onHeads(`s = matmul(x, k, transpose_rhs=true) / 4
e = exp(s - reduce_max(s, axes=[2]))
y = matmul(e / reduce_sum(e, axes=[2]), v)`),
    "attention",
  ],
  [
    "attention that hides keys",
    onHeads("s = where(mask > 0, matmul(x, k, transpose_rhs=true) * 0.25, -inf)\ny = matmul(softmax(s), v)"),
    "full greater attention",
  ],
  [
    "causal attention of GPT-2, which hides by the lowest number",
    onHeads(`s = matmul(x, k, transpose_rhs=true) / 4
seen = reshape(iota(shape=[1, 4], axis=1, dtype=i32) <= iota(shape=[4, 1], axis=0, dtype=i32), shape=[1, 4, 4])
y = matmul(softmax(where(seen, s, -3.4028235e38)), v)`),
    "attention",
  ],
  [
    "a causal mask beside another one",
    onHeads(`s = matmul(x, k, transpose_rhs=true) / 4 + mask
hidden = iota(shape=[4, 4], axis=1, dtype=i32) > iota(shape=[4, 4], axis=0, dtype=i32)
y = matmul(softmax(where(logical_not(hidden), s, -inf)), v)`),
    "attention",
  ],
  [
    "rotary embedding of halves",
    `graph g(x: f32[3, 8], c: f32[3, 4], s: f32[3, 4]) -> (y: f32[3, 8]) {
a, b = split(x, sizes=[4, 4], axis=1)
y = concat(c * a - s * b, s * a + b * c, axis=1)
}`,
    "rotary_embedding",
  ],
  [
    "rotary embedding of Llama",
    `graph g(x: f32[2, 3, 8], angles: f32[3, 4]) -> (y: f32[2, 3, 8]) {
twice = concat(angles, angles, axis=1)
a = slice(x, starts=[0], ends=[4], axes=[2])
b = slice(x, starts=[4], ends=[8], axes=[2])
y = x * unsqueeze(cos(twice) * 0.5, axes=[0]) + concat(-b, a, axis=2) * unsqueeze(sin(twice), axes=[0])
}`,
    "full cos mul reshape sin reshape rotary_embedding",
  ],
  [
    "heads that queries share",
    `graph g(x: f32[4, 3, 8], k: f32[2, 3, 8], v: f32[2, 3, 8]) -> (y: f32[4, 3, 8]) {
keys = reshape(broadcast_to(unsqueeze(k, axes=[1]), shape=[2, 2, 3, 8]), shape=[4, 3, 8])
values = reshape(broadcast_to(unsqueeze(v, axes=[1]), shape=[2, 2, 3, 8]), shape=[4, 3, 8])
s = matmul(x, keys, transpose_rhs=true) * 0.25
y = matmul(softmax(s), values)
}`,
    "attention",
  ],
];

/** Numbers of ordinary size, then rows with infinities and NaN. */
function inputsOf(graph: Graph, special: readonly number[]): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.params.map(({ name, value }, param) => {
      const { dtype, shape } = typeOf(graph, value);
      const count = shape.reduce((product, size) => product * size, 1);
      const data = Float64Array.from({ length: count }, (_, index) => Math.fround(Math.sin(index * 1.7 + param) * 3));
      if (name === "x") for (const [place, number] of special.entries()) data[place * 8] = number;
      return [name, { dtype, shape, data }];
    }),
  );
}

test.each(ways)("%s", (_way, text, ops) => {
  const graph = parseGraph(text);
  const { ir } = recognizeComposites(graph);
  expect(ir.nodes.map(({ op }) => op).join(" "), printGraph(ir)).toBe(ops);
  const inf = Number.POSITIVE_INFINITY;
  // Beside scores of -inf the lowest number is a score.
  const largest = text.includes("-3.4028235e38") ? [] : [[inf, -inf, Number.NaN]];
  for (const special of [[], ...largest, [-0, 88, -88], [1e-38, -1e-20, 300]]) {
    const inputs = inputsOf(graph, special);
    const [before, after] = [graph, ir].map((made) => runGraph(made, inputs, { rounding: true }).get("y")!.data);
    for (const [index, wanted] of before!.entries()) {
      const found = after![index]!;
      if (!Number.isFinite(wanted)) expect(found, `${special} at ${index}`).toBe(wanted);
      // The largest steps are some hundred; each rounds to half of 2^-23 of its size.
      else
        expect(Math.abs(found - wanted), `${special} at ${index}`).toBeLessThanOrEqual(2e-5 + 2e-6 * Math.abs(wanted));
    }
  }
});

test.each([
  ["comparisons of other values", "graph g(x: f32[3], z: f32[3]) -> (y: bool[3]) {\ny = logical_or(x > z, x == x)\n}"],
  [
    "a step that is a result, too",
    "graph g(x: f32[3, 8]) -> (e: f32[3, 8], y: f32[3, 8]) {\ne = exp(x - reduce_max(x, axes=[1]))\ny = e / reduce_sum(e, axes=[1])\n}",
  ],
  ["another constant", onRows("y = 0.5 * x * (1 + erf(x * 0.7))")],
  ["another half", onRows("y = 0.25 * x * (1 + erf(x / 1.4142135))")],
  ["a sigmoid of a multiple", onRows("y = x * sigmoid(x * 1.702)")],
  ["no maximum", onRows("e = exp(x)\ny = e / reduce_sum(e, axes=[1])")],
  [
    "a maximum and a sum along other axes",
    onRows("e = exp(x - reduce_max(x, axes=[0]))\ny = e / reduce_sum(e, axes=[1])"),
  ],
  [
    "sums that are spread along the other axis",
    "graph g(x: f32[3, 3]) -> (y: f32[3, 3]) {\ne = exp(x - reduce_max(x, axes=[1]))\ny = e / broadcast_to(reduce_sum(e, axes=[1], keepdims=false), shape=[3, 3])\n}",
  ],
  ["a sum that is no mean", onRows("y = x * rsqrt(reduce_sum(x * x, axes=[1]) / 7 + 1e-6)")],
  ["a norm of columns", onRows("y = x * rsqrt(reduce_mean(x * x, axes=[0]) + 1e-6)")],
  [
    "keys that are not transposed",
    "graph g(q: f32[2, 4, 4], k: f32[2, 4, 4]) -> (y: f32[2, 4, 4]) {\ny = matmul(softmax(matmul(q, k)), k)\n}",
  ],
  [
    "a lowest number where a query may see no key",
    "graph g(q: f32[2, 4, 4], k: f32[2, 4, 4], seen: bool[4, 4]) -> (y: f32[2, 4, 4]) {\ny = attention(q, k, k, where(seen, full(value=0, shape=[], dtype=f32), -3.4e38))\n}",
  ],
  [
    "a mask that hides by -inf, and adds",
    "graph g(q: f32[2, 4, 4], k: f32[2, 4, 4], seen: bool[4, 4], m: f32[4, 4]) -> (y: f32[2, 4, 4]) {\ny = attention(q, k, k, where(seen, m, -inf))\n}",
  ],
  [
    "keys repeated for other heads than those that share them",
    "graph g(q: f32[4, 3, 8], k: f32[2, 3, 8]) -> (y: f32[4, 3, 8]) {\nr = reshape(broadcast_to(unsqueeze(k, axes=[0]), shape=[2, 2, 3, 8]), shape=[4, 3, 8])\ny = attention(q, r, r)\n}",
  ],
  [
    "halves that are exchanged the other way",
    "graph g(x: f32[4, 8], t: f32[4, 4]) -> (y: f32[4, 8]) {\nd = concat(t, t, axis=1)\na, b = split(x, sizes=[4, 4], axis=1)\ny = x * cos(d) + concat(b, -a, axis=1) * sin(d)\n}",
  ],
  [
    "angles whose halves differ",
    "graph g(x: f32[4, 8], t: f32[4, 4], u: f32[4, 4]) -> (y: f32[4, 8]) {\nd = concat(t, u, axis=1)\na, b = split(x, sizes=[4, 4], axis=1)\ny = x * cos(d) + concat(-b, a, axis=1) * sin(d)\n}",
  ],
  [
    "halves that are turned by other angles",
    "graph g(x: f32[4, 8], c: f32[4, 4], s: f32[4, 4]) -> (y: f32[4, 8]) {\na, b = split(x, sizes=[4, 4], axis=1)\ny = concat(a * c - b * s, a * c + b * s, axis=1)\n}",
  ],
  [
    "a softmax down the columns",
    "graph g(q: f32[2, 4, 4], k: f32[2, 4, 4]) -> (y: f32[2, 4, 4]) {\ny = matmul(softmax(matmul(q, k, transpose_rhs=true), axis=1), k)\n}",
  ],
])("%s stays", (_what, text) => {
  const graph = parseGraph(text);
  expect(recognizeComposites(graph).ir).toBe(graph);
});
