// Pipelines: chained in code, where stages are checked by the compiler, and as text, where they are checked when read.
import { describe, expect, test } from "vitest";
import type { AttrSpecs } from "../../../ir-spec/base/attr.ts";
import { ok } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { canonicalize } from "../../../passes/graph/canonicalize.ts";
import { constantFold } from "../../../passes/graph/constant-fold.ts";
import { append, definePass, type Level, type Pass, startPipeline } from "../../../passes/pass.ts";
import { parsePipeline, printPipeline } from "../../../passes/pipeline-text.ts";
import { passesMarkdown } from "../../../src/docs/passes-doc.ts";
import { printDiagnostics, unwrap } from "./support.ts";

const onGraphs = { from: "graph", to: "graph" } as const;

function problemsOf(text: string, ends: { readonly from: Level; readonly to: Level } = onGraphs): string {
  const parsed = parsePipeline(text, ends);
  return parsed.ok ? "none" : printDiagnostics(parsed.error);
}

function fakePass<From extends Level, To extends Level>(from: From, to: To): Pass<From, To, AttrSpecs> {
  const words = { name: "fake", summary: "", detail: "", before: "", after: "" };
  return definePass({ ...words, from, to, options: {}, run: (ir) => ok({ ir: ir as never, remarks: [] }) });
}

describe("in code", () => {
  test("passes are chained with their options", () => {
    const pipeline = append(append(startPipeline("graph"), canonicalize), constantFold, { max_elements: 4 });
    expect(pipeline.to).toBe("graph");
    expect(printPipeline(pipeline.steps)).toBe("canonicalize,constant-fold{max_elements=4}");
  });

  test("a tile pass before a graph pass does not compile", () => {
    const lowered = append(startPipeline("graph"), fakePass("graph", "tile"));
    expect(append(lowered, fakePass("tile", "tile")).to).toBe("tile");
    // @ts-expect-error: canonicalize works on graphs, and the pipeline is at tiles
    append(lowered, canonicalize);
    // @ts-expect-error: an option of another kind
    append(startPipeline("graph"), constantFold, { max_elements: "many" });
  });
});

describe("as text", () => {
  test.each([
    "",
    "cse",
    "canonicalize,constant-fold{max_elements=64},fuse",
    "expand{keep=[softmax, attention]},dce",
    "cse,cse",
  ])("%j is read and printed again", (text) => {
    expect(printPipeline(unwrap(parsePipeline(text, onGraphs)).steps)).toBe(text);
  });

  test("spaces do not matter, and defaults are not printed", () => {
    const parsed = unwrap(parsePipeline(" cse , constant-fold { max_elements = 1024 } ", onGraphs));
    expect(printPipeline(parsed.steps)).toBe("cse,constant-fold");
    expect(parsed.steps[1]?.options).toEqual({ max_elements: 1024 });
  });

  test.each([
    ["cze", "E0501: unknown pass `cze`"],
    ["constant-fold{max=4}", "E0502: unknown option `max` of pass constant-fold, expected one of: max_elements"],
    ["cse{on=true}", "E0502: unknown option `on` of pass cse, expected one of: none"],
    [
      "constant-fold{max_elements=0}",
      "E0503: constant-fold: option max_elements is 0, expected an integer from 1 to 100000",
    ],
    ["constant-fold{max_elements=1,max_elements=2}", "E0505: expected each option once, found a second `max_elements`"],
    ["cse dce", "E0505: expected a pass, as in `cse` or `constant-fold{max_elements=64}`, found `cse dce`"],
    ["cse,", "E0505: expected a pass, as in `cse` or `constant-fold{max_elements=64}`, found `cse,`"],
    ["cse,,dce", "E0505: expected a pass, as in `cse` or `constant-fold{max_elements=64}`, found `,dce`"],
    ["constant-fold{max_elements}", "E0505: expected an option, as in `max_elements=64`, found `max_elements}`"],
    [
      "constant-fold{max_elements=1",
      "E0505: expected a pass, as in `cse` or `constant-fold{max_elements=64}`, found `constant-fold{max_elements=1`",
    ],
  ])("%s: %s", (text, wanted) => {
    expect(problemsOf(text)).toContain(wanted);
  });

  test("all mistakes are reported, each at its place, with what was meant", () => {
    const parsed = parsePipeline("cze,expand{kep=[softmax]},fuze", onGraphs);
    const found = parsed.ok ? [] : parsed.error;
    expect(found.map(({ span }) => span && positionOf(span.source, span.start).column)).toEqual([1, 12, 27]);
    expect(found.map(({ fix }) => fix?.replacement)).toEqual(["cse", "keep", "fuse"]);
  });

  test("a list of names holds only known ones", () => {
    expect(problemsOf("expand{keep=[exp]}")).toMatch(/^E0503: expand: option keep is \[exp\], expected a list of /);
  });

  test("stages must follow each other and end where they should", () => {
    expect(problemsOf("cse", { from: "tile", to: "tile" })).toContain("E0504: pass cse works on the graph stage");
    expect(problemsOf("cse", { from: "graph", to: "tile" })).toBe(
      "E0506: the pipeline ends at the graph stage, expected tile",
    );
  });
});

test("PASSES.md tells of every option and rule", () => {
  const text = passesMarkdown();
  for (const name of ["## fuse", "`max_elements`", "`keep`", "### transpose-into-matmul"]) expect(text).toContain(name);
});
