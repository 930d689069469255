// Diagnostics as text and as data.
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import { diagnosticJson, renderDiagnostic } from "../../../src/report/diagnostics.ts";
import { parseGraphs } from "../../../src/text/index.ts";

function firstMistake(text: string): Diagnostic {
  const result = parseGraphs({ name: "mlp.tg", text });
  const [first] = result.ok ? [] : result.error;
  return first ?? expect.fail("no mistake was found");
}

const plain = { color: false };

test("the place is marked, notes and fixes follow", () => {
  const text = "graph g(x: f32[4]) -> (y: f32[4]) {\n\tb = relu(add(x, x)\n\ty = b\n}";
  expect(
    renderDiagnostic(firstMistake(text), plain),
  ).toBe(`error[E0104]: expected \`)\` to close the \`(\` of line 2, found the end of the line
 --> mlp.tg:2:20
  |
2 |  b = relu(add(x, x)
  |                    ^
  = note: opened here
 --> mlp.tg:2:10
  |
2 |  b = relu(add(x, x)
  |          ^
  = help: every bracket needs a matching one
  = fix: insert \`)\`
`);
});

test("line numbers are lined up", () => {
  const text = `${"\n".repeat(8)}graph g(x: f32[4]) -> (y: f32[4]) {\n  y = x\n  y = x\n}`;
  const rendered = renderDiagnostic(firstMistake(text), plain);
  expect(rendered).toContain("\n   |\n11 |   y = x\n   |   ^\n");
  expect(rendered).toContain("\n10 |   y = x\n");
});

test("of a very long line the part around the place is shown", () => {
  const sum = " + x".repeat(100);
  const text = `graph g(x: f32[4]) -> (y: f32[4]) {\n  y = x${sum} + zzzz${sum}\n}`;
  const lines = renderDiagnostic(firstMistake(text), plain).split("\n");
  const mark = lines.find((line) => line.includes("^")) ?? "";
  const shown = lines[lines.indexOf(mark) - 1] ?? "";
  expect(shown.length).toBeLessThan(160);
  expect(shown.slice(mark.indexOf("^"), mark.lastIndexOf("^") + 1)).toBe("zzzz");
});

test("colours are there when asked for only", () => {
  const mistake = firstMistake("graph g() -> () { y = x }");
  expect(renderDiagnostic(mistake, { color: true })).toContain("\u001b[31m");
  expect(renderDiagnostic(mistake, plain)).not.toContain("\u001b");
});

test("as data, places have lines, columns and offsets", () => {
  const json = diagnosticJson(firstMistake("graph g(x: f32[4]) -> (y: f32[4]) {\n  y = matmull(x, x)\n}"));
  expect(json).toEqual({
    code: "E0202",
    severity: "error",
    message: "`matmull` is neither an op nor a function in this file",
    help: "`tgc list ops` prints all ops",
    place: { file: "mlp.tg", start: { line: 2, column: 7, offset: 42 }, end: { line: 2, column: 14, offset: 49 } },
    notes: [{ text: "did you mean `matmul`?" }],
    fix: {
      title: "write `matmul`",
      replacement: "matmul",
      place: { file: "mlp.tg", start: { line: 2, column: 7, offset: 42 }, end: { line: 2, column: 14, offset: 49 } },
    },
  });
});
