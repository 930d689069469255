// The scanner under the architecture rules: what could hide code from them, or make them see code in a comment.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings hold source text
import { expect, test } from "vitest";
import { makeSourceFile } from "./source-files.ts";
import { scanTokens } from "./tokens.ts";

const texts = (source: string): readonly string[] => scanTokens(source).map((token) => token.text);
const specifiers = (source: string): readonly string[] =>
  makeSourceFile("src/text/a.ts", source).imports.map((found) => found.target);

test("comments and shebangs give no tokens, strings give one", () => {
  expect(texts("#!/usr/bin/env node\n// let a\n/* 128 */ f(\"let // 1\", 'x')")).toEqual([
    "f",
    "(",
    "let // 1",
    ",",
    "x",
    ")",
  ]);
});

test("a template literal keeps its text apart from its code", () => {
  expect(texts("`a ${b + `c${d}`} \\` e`; f")).toEqual(["a ", "b", "+", "c", "d", "", " \\` e", ";", "f"]);
});

test("a slash is a division after a value, else it begins a regular expression", () => {
  expect(texts("a / b / c")).toEqual(["a", "/", "b", "/", "c"]);
  expect(texts("a[0]! / b! / c")).toEqual(["a", "[", "0", "]", "!", "/", "b", "!", "/", "c"]);
  expect(texts('x = /[/"]\\//u.test(y)')).toEqual(["x", "=", '/[/"]\\//u', ".", "test", "(", "y", ")"]);
  expect(texts("return !/`/.test(y)")).toContain("/`/");
});

test("numbers keep their spelling", () => {
  expect(texts("0x80 1_024 1e9 .5 2.5e-3 7n")).toEqual(["0x80", "1_024", "1e9", ".5", "2.5e-3", "7n"]);
});

test("depth counts open brackets and lines are counted through strings", () => {
  const tokens = scanTokens("f(() => {\n`a\n${b}`; let c }); let d");
  const lets = tokens.filter((token) => token.text === "let");
  expect(lets.map(({ depth, line }) => [depth, line])).toEqual([
    [2, 3],
    [0, 3],
  ]);
});

test("every form of import is found", () => {
  const source = `
    import "./a.ts"; import b from "./b.ts"; import type { B } from "./c.ts"; import x, * as y from "npm-package";
    import { from, type T as U } from "../passes/d.ts"; export * from "./e.ts"; export * as f from "./f.ts";
    export { g, type G } from "./g.ts"; export type { H } from "./h.ts"; export type * from "./i.ts";
    const j = await import("./j.ts"); type K = import("./k.ts").K; import m from "./m.json" with { type: "json" };`;
  const local = ["a", "b", "c", "e", "f", "g", "h", "i", "j", "k"].map((name) => `src/text/${name}.ts`);
  const expected = [...local, "npm-package", "src/passes/d.ts", "src/text/m.json"];
  expect([...specifiers(source)].sort()).toEqual(expected.sort());
});

test("what only looks like an import is none", () => {
  expect(
    specifiers('export { a }; const from = "./b.ts"; import.meta.url; x.import("c"); export const d = "./d.ts";'),
  ).toEqual([]);
});
