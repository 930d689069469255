// What the tests of the StableHLO importer share.
import { readFileSync } from "node:fs";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import type { Tensor } from "../../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../../ir-spec/graph.ts";
import { verifyGraph } from "../../../../ir-spec/verify-graph.ts";
import { type ImportedStablehlo, importStablehlo } from "../../../../src/import/stablehlo/import-module.ts";
import { runGraph } from "../../../../targets/ref/graph.ts";

export function readProgram(name: string): string {
  return readFileSync(new URL(`programs/${name}`, import.meta.url), "utf8");
}

/** Imports a text without mistakes; its graph verifies. */
export function imported(text: string): ImportedStablehlo {
  const result = importStablehlo({ name: "test.mlir", text });
  if (!result.ok) throw new Error(result.error.map(({ code, args }) => errorMessage(code, args)).join("\n"));
  const wrong = verifyGraph(result.value.graph);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong.map(({ code, args }) => ({ code, args }))));
  return result.value;
}

/** The results of a run on the reference. */
export function run(graph: Graph, inputs: ReadonlyMap<string, Tensor>): readonly Tensor[] {
  return [...runGraph(graph, inputs, { rounding: true }).values()];
}

/** A program whose body is `lines`, which may use `%a`, `%b`, ...; the last line's result is returned. */
export function program(params: readonly string[], result: string, lines: readonly string[]): string {
  const list = params.map((type, index) => `%${"abcdef"[index]}: ${type}`).join(", ");
  const body = [...lines, `return %r : ${result}`].map((line) => `    ${line}`).join("\n");
  return `module {\n  func.func public @main(${list}) -> ${result} {\n${body}\n  }\n}\n`;
}
