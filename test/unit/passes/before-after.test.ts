// Every pass and every canonicalization rule does to its `before` what its `after` says. For passes on graphs; a pass
// that makes tiles shows its result in a text that is not read back here.
import { describe, expect, test } from "vitest";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { canonicalizeRules } from "../../../passes/graph/canonicalize.ts";
import { passDef, passNames } from "../../../passes/index.ts";
import { parseGraph, runOnGraph } from "./support.ts";

/** Texts with the names that only one side gives taken away, so that structure is compared and not naming. */
function printBare(text: string): string {
  return printStructure(parseGraph(text));
}

function printStructure(graph: ReturnType<typeof parseGraph>): string {
  return printGraph({ ...graph, values: graph.values.map(({ type }) => ({ type })) });
}

describe("passes", () => {
  const onGraphs = passNames.filter((name) => passDef(name).from === "graph" && passDef(name).to === "graph");

  test.each(onGraphs)("%s", (name) => {
    const pass = passDef(name);
    const { ir, remarks } = runOnGraph(parseGraph(pass.before), name);
    expect(printStructure(ir)).toBe(printBare(pass.after));
    expect(remarks.filter((remark) => remark.kind === "done").length).toBeGreaterThan(0);
  });

  test.each(onGraphs)("%s gives the same object back when nothing is left to do", (name) => {
    const once = runOnGraph(parseGraph(passDef(name).before), name).ir;
    expect(runOnGraph(once, name).ir).toBe(once);
  });
});

describe("rules of canonicalize", () => {
  test.each(canonicalizeRules.map((rule) => ({ rule })))("$rule.name", ({ rule }) => {
    const { ir, remarks } = runOnGraph(parseGraph(rule.before), "canonicalize");
    expect(printStructure(ir)).toBe(printBare(rule.after));
    expect(remarks.map((remark) => remark.text).join("\n")).toContain(`${rule.name}:`);
  });

  test("names are given once", () => {
    const names = canonicalizeRules.map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
