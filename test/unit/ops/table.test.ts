// Every row of the op table is complete, and its example is a program that runs.
import { describe, expect, test } from "vitest";
import type { AttrKind } from "../../../ir-spec/base/attr.ts";
import { fitsKind } from "../../../ir-spec/base/attr.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { isKind, type OpNameOf, opDef, opNames } from "../../../ir-spec/ops/index.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import { acceptedExamples } from "../../../src/docs/op-dtypes.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { random, runOp } from "./run-op.ts";

test("the names of a kind are known as a type", () => {
  const contractions: Readonly<Record<OpNameOf<"contract">, true>> = { matmul: true };
  expect(opNames.filter((name) => isKind(name, "contract"))).toEqual(Object.keys(contractions));
});

describe.each(opNames)("%s", (name) => {
  const row = opDef(name);

  test("says what it is, where it comes from, and how it is used", () => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(row.summary).toMatch(/^[a-zA-Z]/);
    expect(row.summary).not.toMatch(/\.$/);
    expect(row.detail).toMatch(/\.$/);
    expect(row.source).toMatch(/ONNX|StableHLO|arXiv/);
    expect(row.example).toContain(`${name}(`);
    expect(row.example).toMatch(/^graph example\(.*\) -> \(.*\) \{\n( {2}.*\n)+\}$/);
  });

  test("has sound operands and attributes", () => {
    const required = row.operands.map((operand) => !operand.endsWith("?"));
    expect([...required].sort((a, b) => Number(b) - Number(a))).toEqual(required);
    for (const kind of Object.values(row.attrs as Readonly<Record<string, AttrKind>>)) {
      expect(kind.summary).not.toBe("");
      if (kind.default !== undefined) expect(fitsKind(kind, kind.default)).toBe(true);
    }
  });

  test("has what its kind asks for", () => {
    expect(row.expand !== undefined).toBe(row.kind === "composite");
    expect(row.apply !== undefined).toBe(row.kind === "elementwise");
    expect(row.operands.length === 0).toBe(row.kind === "source");
  });
});

describe.each(opNames.filter((name) => isKind(name, "elementwise")))("%s", (name) => {
  test("`eval` maps `apply`", () => {
    const row = opDef(name);
    const dtype = acceptedExamples(name)[0]?.dtype ?? "f32";
    const inputs = row.operands.map((operand) => random([2, 3], operand, operand === "condition" ? "bool" : dtype));
    const attrs = name === "cast" ? { to: "f32" } : name === "gelu" ? { approximate: "none" } : {};
    const [result] = runOp(name, inputs, attrs, false);
    const applied = [...new Array(6).keys()].map((position) =>
      row.apply?.(
        inputs.map((input) => input.data[position] as number),
        attrs,
        dtype,
      ),
    );
    expect([...(result?.data ?? [])]).toEqual(applied);
  });
});

describe("examples", () => {
  test.each(opNames)("%s runs, and reads back as it is printed", (name) => {
    const graph = parse(opDef(name).example);
    expect(verifyGraph(graph)).toEqual([]);
    expect(graph.nodes.map((node) => node.op)).toContain(name);
    const outputs = runGraph(graph, makeRandomInputs(graph, 1), { rounding: true });
    for (const output of outputs.values()) expect(output.data.some(Number.isNaN)).toBe(false);
    const printed = printGraph(graph);
    expect(printGraph(parse(printed))).toBe(printed);
  });
});

function parse(text: string): Graph {
  const parsed = parseGraphs({ name: "example.tg", text });
  if (!parsed.ok) return expect.fail(JSON.stringify(parsed.error.map(({ code, args }) => ({ code, args }))));
  return parsed.value[0] as Graph;
}
