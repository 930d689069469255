// Every pass and every canonicalization rule does to its `before` what its `after` says.
import { describe, expect, test } from "vitest";
import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { canonicalizeRules } from "../../../passes/graph/canonicalize.ts";
import { recognizeRules } from "../../../passes/graph/recognize.ts";
import { type PassName, passDef, passNames } from "../../../passes/index.ts";
import type { Level } from "../../../passes/pass.ts";
import { type AnyIr, type PassEvent, runStep } from "../../../passes/run.ts";
import { passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { integersFor } from "../../property/random-staged-tiles.ts";
import { tileProgram } from "../tile/support.ts";
import { graphEnv, parseGraph, runOnGraph, unwrap } from "./support.ts";

/** Texts with the names that only one side gives taken away, so that structure is compared and not naming. */
function printBare(text: string): string {
  return printStructure(parseGraph(text));
}

function printStructure(graph: ReturnType<typeof parseGraph>): string {
  return printGraph({ ...graph, values: graph.values.map(({ type }) => ({ type })) });
}

/** Lowering and passes on tile programs choose by the costs of a machine; the examples of passes on graphs by none. */
const env = passEnv(unwrap(targetByName("trn2")));

/** A pass alone on a program of its stage. */
function runAlone(name: PassName, start: AnyIr): PassEvent {
  const pass = passDef(name);
  const step = { name, options: completeAttrs(pass.options, {}) };
  return unwrap(runStep(pass, step, start, { env: pass.to === "graph" ? graphEnv : env }));
}

function parseIr(level: Level, text: string): AnyIr {
  return level === "graph" ? { level, ir: parseGraph(text) } : { level, ir: tileProgram(text) };
}

/** Names of values of graphs are not compared, only structure; the text of a tile program has all of it. */
const printCompared = (found: AnyIr): string =>
  found.level === "graph" ? printStructure(found.ir) : printTileProgram(found.ir);

describe("passes", () => {
  test.each(passNames)("%s", (name) => {
    const { from, to, before, after } = passDef(name);
    const { after: made, remarks } = runAlone(name, parseIr(from, before));
    expect(printCompared(made)).toBe(printCompared(parseIr(to, after)));
    expect(remarks.filter((remark) => remark.kind === "done").length).toBeGreaterThan(0);
  });

  test.each(passNames.filter((name) => passDef(name).from === passDef(name).to))(
    "%s gives the same object back when nothing is left to do",
    (name) => {
      const once = runAlone(name, parseIr(passDef(name).from, passDef(name).before)).after;
      expect(runAlone(name, once).after.ir).toBe(once.ir);
    },
  );

  test.each(passNames.filter((name) => passDef(name).from === "tile"))("%s keeps the values of its example", (name) => {
    const before = tileProgram(passDef(name).before);
    const { after } = runAlone(name, { level: "tile", ir: before });
    const inputs = integersFor(before, 1);
    const wanted = runTile(before, inputs, { rounding: true });
    const found = runTile(after.ir as TileProgram, inputs, { rounding: true });
    for (const [output, { data }] of wanted) expect(found.get(output)?.data, output).toEqual(data);
  });
});

const rulesOf = [
  ...canonicalizeRules.map((rule) => ({ pass: "canonicalize", rule })),
  ...recognizeRules.map((rule) => ({ pass: "recognize", rule })),
];

describe("rules of passes", () => {
  test.each(rulesOf)("$pass: $rule.name", ({ pass, rule }) => {
    const { ir, remarks } = runOnGraph(parseGraph(rule.before), pass);
    expect(printStructure(ir)).toBe(printBare(rule.after));
    expect(remarks.map((remark) => remark.text).join("\n")).toContain(rule.name);
  });

  test("names are given once", () => {
    const names = canonicalizeRules.map((rule) => rule.name);
    expect(new Set(names).size).toBe(names.length);
  });
});
