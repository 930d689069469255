// What cannot be read or imported is reported with its place, all of it in one run.
import { expect, test } from "vitest";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { positionOf } from "../../../../ir-spec/base/span.ts";
import { importStablehlo } from "../../../../src/import/stablehlo/import-module.ts";
import { program } from "./support.ts";

/** `E1541 4:8 message` of each mistake. */
function mistakes(text: string): readonly string[] {
  const result = importStablehlo({ name: "test.mlir", text });
  if (result.ok) return [];
  return result.error.map(({ code, args, span }) => {
    const { line, column } = span === undefined ? { line: 0, column: 0 } : positionOf(span.source, span.start);
    return `${code} ${line}:${column} ${errorMessage(code, args)}`;
  });
}

test("everything that cannot be imported is listed, with what follows from it left out", () => {
  const text = program(["tensor<4xf32>", "tensor<?xf32>"], "tensor<4xf32>", [
    "%0 = stablehlo.cbrt %a : tensor<4xf32>",
    "%1 = stablehlo.add %0, %a : tensor<4xf32>",
    "%2:2 = stablehlo.while(%i = %0, %j = %1) : tensor<4xf32>, tensor<4xf32>",
    " cond {",
    "  %c = stablehlo.constant dense<true> : tensor<i1>",
    "  stablehlo.return %c : tensor<i1>",
    "} do {",
    "  stablehlo.return %i, %j : tensor<4xf32>, tensor<4xf32>",
    "}",
    "%3 = stablehlo.add %2#0, %1 : tensor<5xf32>",
    "%4 = stablehlo.convert %3 : (tensor<5xf32>) -> tensor<5xcomplex<f32>>",
    "%5 = call @missing(%a) : (tensor<4xf32>) -> tensor<4xf32>",
    '%6 = "stablehlo.constant"() <{value = dense<[1.0, 2.0]> : tensor<4xf32>}> : () -> tensor<4xf32>',
    "%7 = stablehlo.transpose %a, dims = [1] : (tensor<4xf32>) -> tensor<4xf32>",
    "%8 = stablehlo.subtract %5, %nowhere : tensor<4xf32>",
    "%r = stablehlo.custom_call @lapack_sgetrf(%8) : (tensor<4xf32>) -> tensor<4xf32>",
  ]);
  expect(mistakes(text)).toEqual([
    "E1542 2:49 tensor<?xf32> cannot be imported: one of its dimensions is not known",
    "E1541 3:10 stablehlo.cbrt cannot be imported: it has no counterpart in a graph",
    "E1541 5:12 stablehlo.while cannot be imported: it has no counterpart in a graph",
    "E1544 12:10 stablehlo.add gives f32[4], but its type says f32[5]",
    "E1542 13:52 tensor<5xcomplex<f32>> cannot be imported: there is no dtype for complex<f32>",
    "E1543 14:10 @missing is used here, but not defined before",
    "E1546 15:43 the literal is no tensor<4xf32>: its lists have not the sizes of the type",
    "E1541 16:10 stablehlo.transpose cannot be imported: its dims [1] are no order of the axes",
    "E1543 17:33 %nowhere is used here, but not defined before",
    "E1541 18:10 stablehlo.custom_call cannot be imported: what @lapack_sgetrf computes is not in the text",
  ]);
});

test("mistakes of the syntax, several in one run", () => {
  const text = program(["tensor<4xf32>"], "tensor<4xf32>", [
    "%0 = stablehlo.add %a %a : : tensor<4xf32>",
    "%1 = = stablehlo.exponential %0 : tensor<4xf32>",
    "%r = stablehlo.tanh %1 : tensor<4xf32>",
  ]);
  expect(mistakes(text)).toEqual([
    "E1540 3:32 expected a type, found `:`",
    "E1540 4:10 expected the name of an operation, found `=`",
  ]);
});

test("functions that call themselves, or so often that the graph would be huge", () => {
  const itself = (name: string, calls: readonly string[]) =>
    `  func.func private @${name}(%x: tensor<f32>) -> tensor<f32> {\n${calls
      .map((callee, index) => `    %${index} = call @${callee}(%x) : (tensor<f32>) -> tensor<f32>\n`)
      .join("")}    return %0 : tensor<f32>\n  }\n`;
  const main =
    "  func.func @main(%x: tensor<f32>) -> tensor<f32> {\n    %0 = call @f0(%x) : (tensor<f32>) -> tensor<f32>\n    return %0 : tensor<f32>\n  }\n";
  expect(mistakes(`module {\n${main}${itself("f0", ["f0"])}}\n`)).toEqual([
    "E1541 7:10 call cannot be imported: @f0 calls itself",
  ]);
  const doubling = Array.from({ length: 40 }, (_, index) => itself(`f${index}`, [`f${index + 1}`, `f${index + 1}`]));
  const last = "  func.func private @f40(%x: tensor<f32>) -> tensor<f32> {\n    return %x : tensor<f32>\n  }\n";
  expect(mistakes(`module {\n${main}${doubling.join("")}${last}}\n`).at(-1)).toMatch(
    /^E1545 .* the program with its functions inlined has more operations, expected at most 100000$/,
  );
});

test.each([
  ["an empty file", "", /^E1547/],
  ["a binary file", "\0\x01", /^E1540 .* found a binary file/],
  ["a module without functions", "module {\n}\n", /^E1547/],
  ["an unclosed module", "module {\n  func.func @main() {\n    return\n", /^E1540 .* found the end of the file/],
  ["brackets in one another", `#a = ${"[".repeat(200)}`, /^E1545 .* nested brackets/],
  ["an absurd size", program(["tensor<99999999999xf32>"], "tensor<f32>", []), /^E1542 .* a dimension of 99999999999/],
  [
    "an absurd count of results",
    program(["tensor<f32>"], "tensor<f32>", ["%r:999999999 = stablehlo.abs %a : tensor<f32>"]),
    /^E1541 .* 999999999 results, expected 1/,
  ],
])("%s", (_name, text, expected) => {
  expect(mistakes(text)[0] ?? "").toMatch(expected);
});
