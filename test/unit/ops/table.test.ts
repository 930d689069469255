// Every row of the op table is complete, and its example is a program that runs.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { AttrKind } from "../../../ir-spec/base/attr.ts";
import { fitsKind } from "../../../ir-spec/base/attr.ts";
import { isKind, type OpNameOf, opDef, opNames } from "../../../ir-spec/ops/index.ts";
import { opsMarkdown } from "../../../src/docs/ops-doc.ts";
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

  test("stands in the reference", () => {
    expect(opsMarkdown()).toContain(`### ${name}\n`);
  });
});

describe.each(opNames.filter((name) => isKind(name, "elementwise")))("%s", (name) => {
  test("`eval` maps `apply`", () => {
    const row = opDef(name);
    const isBool = name.startsWith("logical_");
    const inputs = row.operands.map((operand) =>
      random([2, 3], operand, isBool || operand === "condition" ? "bool" : "f32"),
    );
    const attrs = name === "cast" ? { to: "f32" } : name === "gelu" ? { approximate: "none" } : {};
    const [result] = runOp(name, inputs, attrs, false);
    const applied = [...new Array(6).keys()].map((position) =>
      row.apply?.(
        inputs.map((input) => input.data[position] as number),
        attrs,
        "f32",
      ),
    );
    expect([...(result?.data ?? [])]).toEqual(applied);
  });
});

const textModule = "../../../src/text/index.ts";
const hasText = existsSync(fileURLToPath(new URL(textModule, import.meta.url)));

describe.skipIf(!hasText)("examples run (skipped until src/text/index.ts exists)", () => {
  test.each(opNames)("%s", async (name) => {
    const { parseGraphs } = await import(textModule);
    const { runGraph } = await import("../../../targets/ref/graph.ts");
    const { makeRandomInputs } = await import("../../../ir-spec/random-tensor.ts");
    const { verifyGraph } = await import("../../../ir-spec/verify-graph.ts");
    const { printGraph } = await import("../../../ir-spec/print-graph.ts");
    const parsed = parseGraphs({ name: `${name}.tg`, text: opDef(name).example });
    expect(parsed).toMatchObject({ ok: true });
    const [graph] = parsed.value;
    expect(verifyGraph(graph)).toEqual([]);
    expect(graph.nodes.some((node: { readonly op: string }) => node.op === name)).toBe(true);
    const outputs = runGraph(graph, makeRandomInputs(graph, 1), { rounding: true });
    for (const output of outputs.values()) expect(output.data.some(Number.isNaN)).toBe(false);
    const printed = printGraph(graph);
    const again = parseGraphs({ name: "printed.tg", text: printed });
    expect(again).toMatchObject({ ok: true });
    expect(printGraph(again.value[0])).toBe(printed);
  });
});
