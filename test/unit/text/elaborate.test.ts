// Syntax tree to graph: dimensions, numbers, loops, functions, states and kernels, each by what the printed graph says.
import { expect, test } from "vitest";
import { body, graphs, inGraph, mistakes } from "./support.ts";

test("dimensions are computed, and can be set from outside", () => {
  const text =
    "dim H = 2\ngraph g<T = 4, D = T * (H + 1)>(x: f32[T, D]) -> (y: f32[D, T]) {\n  y = reshape(x, shape=[D, -1])\n}";
  expect(body(text)).toBe("y: f32[12, 4] = reshape(x, shape=[12, -1])");
  expect(body(text, { dims: { T: 2, H: 4 } })).toBe("y: f32[10, 2] = reshape(x, shape=[10, -1])");
  expect(mistakes(text, { dims: { T: 2.5 } })).toEqual(["E0220 2:9"]);
  expect(mistakes(text, { dims: { t: 2 } })).toEqual(["E0213 1:1"]);
});

test("a number takes the dtype of the tensor next to it", () => {
  expect(body(inGraph("y = 1 - x * 0.5"))).toBe(
    [
      "%0: f32[] = full(value=0.5, shape=[], dtype=f32)",
      "%1: f32[4, 4] = mul(x, %0)",
      "%2: f32[] = full(value=1, shape=[], dtype=f32)",
      "y: f32[4, 4] = sub(%2, %1)",
    ].join("\n"),
  );
  const text = "graph g(c: bool[4], h: bf16[4]) -> (y: bf16[4]) {\n  y = where(c, h, -inf)\n}";
  expect(body(text)).toContain("%0: bf16[] = full(value=-inf, shape=[], dtype=bf16)");
});

test("a declared type gives a number its dtype and shape", () => {
  expect(body("graph g() -> (y: f32[2]) {\n  y = 3\n}")).toBe("y: f32[2] = full(value=3, shape=[2], dtype=f32)");
  expect(body("graph g() -> (y: i32[]) {\n  a: i32[] = 3\n  y = a\n}")).toContain("dtype=i32");
});

test("numbers among themselves are computed", () => {
  const text = "graph g<D = 64>(x: f32[4, 4]) -> (y: f32[4, 4]) {\n  half = 1.0 / (D / 32)\n  y = x * half\n}";
  expect(body(text)).toContain("full(value=0.5, shape=[], dtype=f32)");
});

test("a loop carries names from before, and the others end with their turn", () => {
  const text =
    "graph g(x: f32[4], weight w: f32[3, 4]) -> (y: f32[4]) {\n  h = x\n  for i in 1..3 {\n    t = h * w[i]\n    h = t + h\n  }\n  y = h\n}";
  expect(body(text)).toBe(
    [
      "%0: f32[1, 4] = slice(w, starts=[1], ends=[2], axes=[0])",
      "%1: f32[4] = reshape(%0, shape=[4])",
      "t: f32[4] = mul(x, %1)",
      "h: f32[4] = add(t, x)",
      "%2: f32[1, 4] = slice(w, starts=[2], ends=[3], axes=[0])",
      "%3: f32[4] = reshape(%2, shape=[4])",
      "t_1: f32[4] = mul(h, %3)",
      "y: f32[4] = add(t_1, h)",
    ].join("\n"),
  );
  expect(mistakes(inGraph("for i in 0..2 { t = x }\ny = t"))).toEqual(["E0201 3:5"]);
});

test("loops nest, and a loop of no turns does nothing", () => {
  const nested = "a = x\nfor i in 0..2 { for j in i..2 { a = relu(a) } }\ny = a";
  expect(graphs(inGraph(nested))[0]?.nodes.length).toBe(3);
  expect(graphs(inGraph("a = x\nfor i in 3..3 { a = relu(a) }\ny = a"))[0]?.nodes.length).toBe(0);
});

test("a mistake inside a loop is reported once", () => {
  const text =
    "graph g(x: f32[4, 4], weight w: f32[2, 4, 4]) -> (y: f32[4, 4]) {\n  h = x\n  for i in 0..9 {\n    h = matmul(h, w[i])\n  }\n  y = h\n}";
  expect(mistakes(text)).toEqual(["E0218 4:21"]);
  expect(mistakes(inGraph("a = x\nfor i in 0..9 { a = a + nothing }\ny = a"))).toEqual(["E0201 3:25"]);
});

test("functions take tensors and numbers, by place, by name or by default", () => {
  const def = "def f(a, n, m = n + 1) {\n  b = reshape(a, shape=[n, -1])\n  return b * m\n}\n";
  expect(body(def + inGraph("y = f(x, n=4)"))).toContain("full(value=5, shape=[], dtype=f32)");
  expect(body(def + inGraph("y = f(x, 4, m=7)"))).toContain("full(value=7, shape=[], dtype=f32)");
  expect(mistakes(def + inGraph("y = f(x)"))).toEqual(["E0207 6:5"]);
  expect(mistakes(def + inGraph("y = f(x, 4, k=1)"))).toEqual(["E0205 6:13"]);
});

test("functions return several values, and see the file's dimensions only", () => {
  const two = "dim H = 2\ndef two(a) { return a * H, a }\n";
  expect(graphs(two + inGraph("b, c = two(x)\ny = b + c"))[0]?.nodes.length).toBe(3);
  expect(mistakes(two + inGraph("b = two(x)\ny = x"))).toEqual(["E0209 4:5"]);
  expect(mistakes(`def f(a) { return a + x }\n${inGraph("y = f(x)")}`)).toEqual(["E0201 1:23"]);
});

test("the last value of a state is its new content", () => {
  const text =
    "graph g(x: f32[4], state s: f32[4], state kept: f32[4]) -> (y: f32[4]) {\n  s = s + x\n  y = s * 2\n  s = s + kept\n}";
  const [graph] = graphs(text);
  expect(graph?.updates.map(({ param }) => graph.params.find(({ value }) => value === param)?.name)).toEqual(["s"]);
  expect(mistakes("graph g(state s: f32[4]) -> () {\n  s = reduce_sum(s)\n}")).toEqual(["E0216 2:3"]);
});

test("kernel blocks mark their ops and open no scope", () => {
  const [graph] = graphs(inGraph("kernel a { b = relu(x); c = b + 1 }\nkernel a { d = c * b }\ny = d"));
  expect(graph?.kernels).toEqual([{ name: "a" }, { name: "a_1" }]);
  expect(graph?.nodes.map((node) => node.kernel)).toEqual([0, 0, 0, 1]);
  expect(mistakes(inGraph("kernel a { kernel b { y = x } }"))).toEqual(["E0115 2:19"]);
});

test("`name = name` makes no op, and one value may be several results", () => {
  const [graph] = graphs("graph g(x: f32[4]) -> (y: f32[4], z: f32[4]) {\n  y = x\n  z = y\n}");
  expect(graph?.nodes).toEqual([]);
  expect(graph?.results.map(({ value }) => value)).toEqual([0, 0]);
});

test("one graph of several can be picked", () => {
  const text = "graph a(x: f32[4]) -> (y: f32[4]) { y = x }\ngraph b(x: f32[4]) -> (y: f32[4]) { y = zzz }";
  expect(graphs(text, { graph: "a" }).map(({ name }) => name)).toEqual(["a"]);
  expect(mistakes(text)).toEqual(["E0201 2:41"]);
  expect(mistakes(text, { graph: "c" })).toEqual(["E0212 1:1"]);
});

test("a mistake makes no others of it", () => {
  const lines = ["a = matmull(x, x)", "b, c = split(a, num_outputs=2)", "d: f32[9] = b + c[7]", "y = f(d, a)"];
  expect(mistakes(`def f(x, y) { return x * y }\n${inGraph(lines.join("\n"))}`)).toEqual(["E0202 3:5"]);
});
