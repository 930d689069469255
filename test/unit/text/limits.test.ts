// Input that no person writes: refused with a diagnostic, quickly and without a crash.
import { expect, test } from "vitest";
import { formatModule } from "../../../src/text/index.ts";
import { diagnostics, graphs, inGraph, mistakes } from "./support.ts";

test("a file without a program is reported as such", () => {
  expect(mistakes("")).toEqual(["E0105 1:1"]);
  expect(mistakes("// nothing\n")).toEqual(["E0105 1:1"]);
  expect(mistakes("def f(x) { return x }")).toEqual(["E0105 1:1"]);
});

test("a binary file is not read", () => {
  expect(mistakes("\x7fELF\0\0\0")).toEqual(["E0106 1:1"]);
  expect(mistakes("\x01\x02\x03\x04\x05\x06\x07\x08\x0e")).toEqual(["E0106 1:1"]);
});

test("a text of 50 MB is not read", () => {
  expect(mistakes("a".repeat(50_000_000))).toEqual(["E0107 1:1"]);
  // Each word takes memory, however short; comments take little.
  expect(mistakes(`graph g(x: f32[4]) -> (y: f32[4]) { y = full(value=[${"1,".repeat(300_000)}1]) }`)).toEqual([
    "E0107 1:1",
  ]);
  expect(mistakes(`graph g(x: f32[4]) -> (y: f32[4]) { y = x }\n${"// 1, 2 and 3\n".repeat(150_000)}`)).toEqual([]);
});

const towers: Readonly<Record<string, (height: number) => string>> = {
  brackets: (height) => inGraph(`y = ${"(".repeat(height)}x${")".repeat(height)}`),
  calls: (height) => inGraph(`y = ${"relu(".repeat(height)}x${")".repeat(height)}`),
  lists: (height) => inGraph(`y = reshape(x, shape=${"[".repeat(height)}4${"]".repeat(height)})`),
  signs: (height) => inGraph(`y = ${"-".repeat(height)}x`),
  sums: (height) => inGraph(`y = x${" + x".repeat(height)}`),
  "sums of brackets": (height) => inGraph(`y = x${" + (x - x)".repeat(height)}`),
  indices: (height) => inGraph(`y = x${"[0]".repeat(height)}`),
  loops: (height) => inGraph(`${"for i in 0..1 {".repeat(height)}${"}".repeat(height)}`),
  "open brackets": (height) => inGraph(`y = ${"(".repeat(height)}`),
};

test.each(Object.keys(towers))("10,000 %s in one another are refused", (kind) => {
  const text = towers[kind]?.(10_000) ?? "";
  expect(diagnostics(text).map(({ code }) => code)).toEqual(["E0108"]);
  expect(formatModule({ name: "test.tg", text }).ok).toBe(false);
});

test("what is just below the limits is read", () => {
  for (const kind of ["brackets", "calls"]) expect(mistakes(towers[kind]?.(60) ?? "")).toEqual([]);
  for (const kind of ["signs", "sums"]) expect(mistakes(towers[kind]?.(490) ?? "")).toEqual([]);
});

test("endless loops and functions are stopped", () => {
  expect(mistakes(inGraph("for i in 0..1000000000 { }\ny = x"))).toEqual(["E0114 2:10"]);
  const doubling = Array.from({ length: 40 }, (_, i) => `def f${i + 1}(x) { return f${i}(f${i}(x)) }`).join("\n");
  const bomb = `def f0(x) { return relu(x) }\n${doubling}\n${inGraph("y = f40(x)")}`;
  expect(diagnostics(bomb).map(({ code }) => code)).toEqual(["E0114"]);
  const chain = Array.from({ length: 100 }, (_, i) => `def f${i + 1}(x) { return f${i}(x) }`).join("\n");
  const long = `def f0(x) { return relu(x) }\n${chain}\n${inGraph("y = f100(x)")}`;
  expect(diagnostics(long).map(({ code }) => code)).toEqual(["E0108"]);
});

/** Functions that each call the one before twice: 2^levels calls from a page of text. */
const doubled = (levels: number, first: string): string => {
  const defs = Array.from({ length: levels }, (_, i) => `def f${i + 1}(x) { return f${i}(x) + f${i}(x) }`);
  return [`def f0(x) { return ${first} }`, ...defs, ""].join("\n");
};

test("work past the limit stops at once, whether it makes ops or not", () => {
  expect(mistakes(doubled(40, "tanh(x)") + inGraph("y = f40(x)"))).toEqual([expect.stringMatching(/^E0114/)]);
  expect(mistakes(doubled(40, "x + 1") + inGraph("y = x * f40(1)"))).toEqual([expect.stringMatching(/^E0114/)]);
  expect(mistakes(doubled(70, "relu(x)") + inGraph("y = f70(x)"))).toEqual(["E0108 8:20", "E0108 8:28"]);
  // Nothing is inlined of what will be too much: the call is reported, not what it comes to.
  expect(mistakes(doubled(20, "tanh(x)") + inGraph("y = f20(x)"))).toEqual([expect.stringMatching(/^E0114 23:/)]);
  expect(mistakes(doubled(10, "tanh(x)") + inGraph("y = f10(x)"))).toEqual([]);
  // A loop without iterations calls nothing.
  const idle = "def idle(x) {\n  for i in 0..0 { x = f40(x) }\n  return x\n}\n";
  expect(mistakes(doubled(40, "tanh(x)") + idle + inGraph("y = idle(x)"))).toEqual([]);
  const sums = Array.from({ length: 50 }, (_, i) => `a${i} = 1${" + 1".repeat(400)}`).join("\n");
  expect(mistakes(inGraph(`for i in 0..100000 {\n${sums}\n}\ny = x`))).toEqual([expect.stringMatching(/^E0114/)]);
  const graph = inGraph("for i in 0..50000 { }\ny = x");
  expect(mistakes(Array.from({ length: 50 }, (_, i) => graph.replace("graph g", `graph g${i}`)).join("\n"))).toEqual([
    "E0114 12:10",
  ]);
});

test("a number that asks for much memory is checked before it is used", () => {
  expect(mistakes(inGraph("a, b = split(x, num_outputs=2000000000)\ny = a"))).toEqual(["E0312 2:8"]);
  const large = "graph g(x: f32[2000000000]) -> (y) {\n  y, z = split(x, num_outputs=2000000000)\n}";
  expect(mistakes(large)).toEqual(["E0306 2:10"]);
  expect(mistakes("graph g(x: f32[1000000, 1000000, 1000000]) -> (y) { y = x }")).toEqual(["E0316 1:12"]);
  expect(mistakes(`graph g(x: f32[${"1, ".repeat(65)}]) -> (y) { y = x }`)).toEqual(["E0316 1:12"]);
  expect(mistakes(inGraph("y = full(value=0, shape=[2000000000, 2000000000], dtype=f32)"))).toEqual(["E0316 2:5"]);
  expect(mistakes(inGraph("y = full(value=0, shape=[10000000000], dtype=f32)"))).toEqual(["E0316 2:5"]);
  expect(mistakes(inGraph(`y = unsqueeze(x, axes=[${Array.from({ length: 1e5 }, (_, i) => i).join(", ")}])`))).toEqual([
    "E0306 2:5",
  ]);
  expect(mistakes(inGraph("y = softmax(x, axis=1000000000000000000000)"))).toEqual(["E0306 2:21"]);
});

test("long names and many kernels, comments and parameters cost no more than they are long", () => {
  const long = "x".repeat(100_000);
  expect(mistakes(inGraph(`${long}a = x\ny = ${long}b`))).toEqual(["E0201 3:5"]);
  const [graph] = graphs(inGraph("a = x\nfor i in 0..20000 { kernel k { a = relu(a) } }\ny = a"));
  expect(graph?.kernels.at(-1)?.name).toBe("k_19999");
  const kernels = `kernel k {\n// {\n}\n`.repeat(20_000);
  expect(formatModule({ name: "test.tg", text: inGraph(`${kernels}y = x`) }).ok).toBe(true);
  const names = Array.from({ length: 20_000 }, (_, i) => `a${i}=1`);
  const def = `def f(${names.join(", ").replaceAll("=1", "")}) { return a0 }\n`;
  expect(mistakes(`${def}${inGraph(`y = x * f(${names.join(", ")})`)}`)).toEqual([]);
});

test("thousands of mistakes end after a hundred", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `  a${i} = relu(b${i})`);
  expect(mistakes(inGraph(lines.join("\n"))).length).toBeLessThanOrEqual(101);
});

test("a long program is read", () => {
  const lines = Array.from({ length: 5000 }, (_, i) => `  a${i + 1} = relu(a${i})`);
  const [graph] = graphs(`graph g(a0: f32[4]) -> (a5000: f32[4]) {\n${lines.join("\n")}\n}`);
  expect(graph?.nodes.length).toBe(5000);
});

test("names of JavaScript's own objects are names like any other", () => {
  const text = "graph __proto__(toString: f32[4]) -> (constructor: f32[4]) {\n  constructor = toString\n}";
  expect(mistakes(text)).toEqual([]);
  expect(mistakes(inGraph("y = constructor(x)"))).toEqual(["E0202 2:5"]);
  expect(mistakes(inGraph("y = softmax(x, toString=1)"))).toEqual(["E0205 2:16"]);
});
