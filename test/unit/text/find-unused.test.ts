// Warnings about what nothing in a program uses: liveness over loops, functions, states and dimensions.
import { describe, expect, test } from "vitest";
import { findUnused, parseModule } from "../../../src/text/index.ts";

/** `E0227 h` for each warning. */
function unusedOf(text: string, graph?: string): readonly string[] {
  const { module, diagnostics } = parseModule({ name: "p.tg", text });
  expect(diagnostics).toEqual([]);
  return findUnused(module, graph).map(({ code, args }) => `${code} ${args.name}`);
}

/** A graph `g` with the input `x`, the weight `w` and the result `y`. */
const graph = (body: string, more = "") =>
  `graph g(x: f32[4, 4], weight w: f32[4, 4]${more}) -> (y: f32[4, 4]) { ${body} }`;

describe("what nothing uses", () => {
  test.each([
    ["nothing", "y = matmul(x, w)", []],
    ["a weight", "y = relu(x)", ["E0226 w"]],
    ["statements that only one another read", "h = x + 1; k = h * 2; y = matmul(x, w)", ["E0227 h", "E0227 k"]],
    ["a weight that only a dead statement reads", "h = matmul(x, w); y = relu(x)", ["E0226 w", "E0227 h"]],
    ["a part of what an op gives is enough", "a, b = split(w, axis=1, sizes=[2, 2]); y = x + concat(a, a, axis=1)", []],
    ["all of what an op gives", "a, b = split(w, axis=1, sizes=[2, 2]); y = matmul(x, w)", ["E0227 a"]],
    ["a carried value", "h = x; for i in 0..3 { h = matmul(h, w) }; y = h", []],
    ["a value that only a later turn reads", "a = x; b = x; for i in 0..3 { b = a + w; a = relu(b) }; y = b", []],
    [
      "a value of a turn that nothing reads",
      "h = x; for i in 0..3 { z = h + i; h = matmul(h, w) }; y = h",
      ["E0227 z"],
    ],
    [
      "a carried value whose last one nothing reads",
      "h = x; for i in 0..3 { h = matmul(h, w) }; y = x + w",
      ["E0227 h", "E0227 h"],
    ],
    ["a statement of a kernel", "kernel k { z = x + w; y = relu(x) }", ["E0226 w", "E0227 z"]],
    ["names that say so", "_h = x + w; y = matmul(x, w)", []],
    ["an index", "y = matmul(x, w) + w[0]", []],
  ])("%s", (_what, body, expected) => {
    expect(unusedOf(graph(body))).toEqual(expected);
  });

  test("a state is used where anything reads or gives it", () => {
    const state = ", state s: f32[4, 4]";
    expect(unusedOf(graph("y = matmul(x, w)", state))).toEqual(["E0226 s"]);
    expect(unusedOf(graph("s = matmul(x, w); y = relu(x)", state))).toEqual([]);
    expect(unusedOf(graph("y = matmul(x, w) + s", state))).toEqual([]);
  });

  test("parameters and statements of functions, once for all calls", () => {
    const def = "def f(a, b, scale=2) { c = a + 1 return a * scale }";
    expect(unusedOf(`${def} ${graph("y = f(x, w) + f(w, x)")}`)).toEqual(["E0226 b", "E0227 c"]);
  });

  test("dimensions of a graph, and of the file where no item uses them", () => {
    const text = `dim A = 1\n dim B = 2\n dim C = 3\n graph g<T = B, U = 4, V = 5>(x: f32[T]) -> (y: f32[T]) { y = x * V }
      schedule s for g { kernel * { slots_out=C } }`;
    expect(unusedOf(text)).toEqual(["E0228 A", "E0228 U"]);
  });

  test("only the graph that is named", () => {
    const two = "graph a(x: f32[4]) -> (y: f32[4]) { h = x; y = x } graph b(x: f32[4]) -> (y: f32[4]) { k = x; y = x }";
    expect(unusedOf(two, "b")).toEqual(["E0227 k"]);
  });

  test("a long sum is walked without recursion", () => {
    const sum = Array.from({ length: 400 }, () => "w").join(" + ");
    expect(unusedOf(graph(`y = x + ${sum}`))).toEqual([]);
  });
});
