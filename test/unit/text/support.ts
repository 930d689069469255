// What the tests of the language share: text in, short summaries out.
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { type ElaborateOptions, parseGraphs, parseModule } from "../../../src/text/index.ts";

/** `E0201 4:7`: the code and where it points. */
export function summary({ code, span }: Diagnostic): string {
  if (span === undefined) return code;
  const { line, column } = positionOf(span.source, span.start);
  return `${code} ${line}:${column}`;
}

/** What is wrong with a program, in the order told. */
export function mistakes(text: string, options: ElaborateOptions = {}): readonly string[] {
  const result = parseGraphs({ name: "test.tg", text }, options);
  return result.ok ? [] : result.error.map(summary);
}

export function diagnostics(text: string): readonly Diagnostic[] {
  const result = parseGraphs({ name: "test.tg", text });
  return result.ok ? [] : result.error;
}

/** The graphs of a program that has no mistakes; they verify. */
export function graphs(text: string, options: ElaborateOptions = {}): readonly Graph[] {
  const result = parseGraphs({ name: "test.tg", text }, options);
  if (!result.ok) throw new Error(result.error.map(({ code, args }) => errorMessage(code, args)).join("\n"));
  const wrong = result.value.flatMap(verifyGraph);
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong.map(({ code, args }) => ({ code, args }))));
  return result.value;
}

/** The canonical text of the only graph of a program, without its first and last line. */
export function body(text: string, options: ElaborateOptions = {}): string {
  const [graph] = graphs(text, options);
  return printGraph(graph as Graph)
    .split("\n")
    .slice(1, -2)
    .map((line) => line.slice(2))
    .join("\n");
}

/** A graph around statements, with `x: f32[4, 4]` and the result `y`. */
export function inGraph(statements: string): string {
  return `graph g(x: f32[4, 4]) -> (y: f32[4, 4]) {\n${statements}\n}\n`;
}

/** The syntax tree without its spans. */
export function treeOf(text: string): unknown {
  const { module } = parseModule({ name: "test.tg", text });
  const withoutSpans = (key: string, value: unknown): unknown => (key === "span" ? undefined : value);
  return JSON.parse(JSON.stringify(module.items, withoutSpans));
}
