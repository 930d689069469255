// Input that no person writes: refused with a diagnostic, quickly and without a crash.
import { expect, test } from "vitest";
import { formatModule } from "../../../src/text/index.ts";
import { diagnostics, graphs, inGraph, mistakes } from "./support.ts";

test("a file without a program is told as such", () => {
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
