// The golden cases of the codes E01nn and E02nn: each tells its own code only, at the marked places; fixes fix.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Diagnostic, Fix } from "../../../ir-spec/base/result.ts";
import { type ElaborateOptions, findUnused, parseGraphs, parseModule } from "../../../src/text/index.ts";
import { diagnostics, inGraph, summary } from "./support.ts";

const folder = fileURLToPath(new URL("../../golden/errors/", import.meta.url));
/** All but the text that is too large, which is made for its run; limits.test.ts has the place. */
const files = readdirSync(folder).filter((file) => /^E0[12]\d\d\.tg$/.test(file) && file !== "E0107.tg");

/** The options that the first line gives to the command. */
function optionsOf(text: string): ElaborateOptions {
  const graph = /--graph (\w+)/.exec(text)?.[1];
  const [, name, size] = /--dim (\w+)=(\d+)/.exec(text) ?? [];
  const dims = name === undefined ? {} : { dims: { [name]: Number(size) } };
  return { ...dims, ...(graph === undefined ? {} : { graph }) };
}

/** `E0201 5:7` for every comment line `// ^ E0201`, which points at the line before it. */
function marksOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line, index) => {
    const mark = /^\/\/ *\^ (E\d{4})$/.exec(line);
    return mark === null ? [] : [`${mark[1]} ${index}:${line.indexOf("^") + 1}`];
  });
}

function found(text: string): readonly Diagnostic[] {
  const source = { name: "golden.tg", text };
  const result = parseGraphs(source, optionsOf(text));
  return result.ok ? findUnused(parseModule(source).module) : result.error;
}

test.each(files)("%s tells its own code, where it is marked", (file) => {
  const text = readFileSync(folder + file, "utf8");
  const told = found(text).map(summary);
  const marks = marksOf(text);
  expect(new Set(told.map((line) => line.slice(0, 5)))).toEqual(new Set([file.slice(0, 5)]));
  if (marks.length > 0) expect(told).toEqual(marks);
});

function applyFix(text: string, { span, replacement }: Fix): string {
  return text.slice(0, span.start) + replacement + text.slice(span.end);
}

test.each([
  ["a bracket", "y = relu(add(x, x)"],
  ["an op", "y = matmull(x, x)"],
  ["a name", "hidden = relu(x)\ny = hiden"],
  ["an attribute", "y = softmax(x, axes=-1)"],
  ["quotes", "y = gelu(x, approximate=tanh)"],
  ["a sign", "y = x × 2"],
  ["an op of another library", "y = permute(x)"],
  ["a dtype", "a = cast(x, to=bfloat16)\ny = x"],
])("the fix for %s gives a program without mistakes", (_, statements) => {
  const text = inGraph(statements);
  const [first, ...others] = diagnostics(text);
  expect(others).toEqual([]);
  expect(diagnostics(applyFix(text, first?.fix as Fix))).toEqual([]);
});

test("a problem of an operand points at the operand", () => {
  const text = "graph g(x: f32[4], i: f32[2]) -> (y: f32[2]) {\n  y = gather(x, i)\n}";
  expect(diagnostics(text).map(summary)).toEqual(["E0303 2:17"]);
});

test("a mistake inside a function names the calls that led there", () => {
  const text = `def inner(a) { return a + b }\ndef outer(a) { return inner(a) }\n${inGraph("y = outer(x)")}`;
  const [only] = diagnostics(text);
  expect(only?.notes.map(({ text: note }) => note)).toEqual(["in the call of `inner`", "in the call of `outer`"]);
});
