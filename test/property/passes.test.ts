// Passes keep the meaning of random graphs: bit for bit where they say so, special values included. A failing case prints
// its graph, its seed and its path; `fc.assert(..., { seed, path })` runs it again.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { isKind, type OpName, opNames } from "../../ir-spec/ops/index.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import { canonicalizeRules } from "../../passes/graph/canonicalize.ts";
import { type RandomCase, type RandomGraphOptions, smoothOps } from "../../src/find/fuzz/random-graph.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { compareWith, makeNoisyCase } from "../bounds/noisy.ts";
import { parseGraph, runOnGraph } from "../unit/passes/support.ts";
import { randomCase } from "./random-graph.ts";

const numRuns = process.env.TGC_LONG === undefined ? 60 : 1500;

/** The first element that differs, as text; undefined when none does. */
function findDifference(before: ReadonlyMap<string, Tensor>, after: ReadonlyMap<string, Tensor>): string | undefined {
  if ([...before.keys()].join() !== [...after.keys()].join()) return "the outputs have other names";
  for (const [name, { data }] of before) {
    const other = after.get(name)?.data;
    const position = data.findIndex((x, index) => !Object.is(x, other?.[index]));
    if (position >= 0) return `${name}[${position}] was ${data[position]}, is ${other?.[position]}`;
  }
  return undefined;
}

function keepsBits({ graph, inputs }: RandomCase, pipeline: string): void {
  const after = runOnGraph(graph, pipeline).ir;
  expect(verifyGraph(after)).toEqual([]);
  const run = (made: Graph): ReadonlyMap<string, Tensor> => runGraph(made, inputs, { rounding: true });
  expect(findDifference(run(graph), run(after)), `after ${pipeline}:\n${printGraph(after)}`).toBeUndefined();
}

/** Few ops on few sizes, so that rules find what they look for. */
const dense: RandomGraphOptions = {
  hasSpecialValues: true,
  maxNodes: 20,
  maxSize: 3,
  maxRank: 2,
  dtypes: ["f32", "bf16", "f16", "i32"],
  ops: [
    ...(["add", "sub", "mul", "div", "pow", "neg", "abs", "relu", "max", "where", "equal", "cast", "full"] as const),
    ...(["transpose", "reshape", "squeeze", "unsqueeze", "broadcast_to", "slice", "matmul", "reduce_sum"] as const),
  ],
};

describe("the results stay the same bit for bit", () => {
  const exact = ["canonicalize", "constant-fold", "cse", "dce", "fuse", "fuse{mode=off}", "fuse{mode=forced}"];
  const all = "canonicalize,constant-fold,cse,dce,canonicalize,fuse,dce";
  const kinds: readonly (readonly [string, RandomGraphOptions])[] = [
    ["all ops", { hasSpecialValues: true }],
    ["few ops", dense],
  ];
  test.each([...exact, all].flatMap((pipeline) => kinds.map(([kind, options]) => ({ pipeline, kind, options }))))(
    "$pipeline, $kind",
    ({ pipeline, options }) => {
      fc.assert(
        fc.property(randomCase(options), (made) => keepsBits(made, pipeline)),
        { numRuns },
      );
    },
  );
});

describe("each rule of canonicalize is exact, on random graphs of the few ops that it is about", () => {
  test.each(canonicalizeRules.map((rule) => ({ rule })))("$rule.name", ({ rule }) => {
    const shown = parseGraph(rule.before).nodes.map((node) => node.op);
    const extra = rule.ops.filter((op) => rule.ops.length < 10 || shown.includes(op));
    const about = [...new Set<OpName>([...shown, ...extra])];
    const options: RandomGraphOptions = {
      ...dense,
      ops: [...about, ...about, ...about, "full"],
      maxNodes: 24,
      maxSize: 3,
      maxRank: 3,
    };
    const fits = ({ graph }: RandomCase): boolean =>
      runOnGraph(graph, "canonicalize").remarks.some((remark) => remark.text.startsWith(`${rule.name}:`));
    // Always the same sample: it shows that the graphs are about the rule, so that what follows is no empty promise.
    expect(fc.sample(randomCase(options), { numRuns: 100, seed: 1 }).some(fits)).toBe(true);
    fc.assert(
      fc.property(randomCase(options), (made) => keepsBits(made, "canonicalize")),
      { numRuns },
    );
  });
});

test("passes are done after one run", () => {
  fc.assert(
    fc.property(
      randomCase(dense),
      fc.constantFrom("canonicalize", "cse", "dce", "expand", "fuse", "fuse{mode=off}"),
      ({ graph }, pass) => {
        const once = runOnGraph(graph, pass).ir;
        expect(runOnGraph(once, pass).ir).toBe(once);
      },
    ),
    { numRuns },
  );
});

test.each(fusionModes)("every node that does work gets a kernel, and views get none: %s", (mode) => {
  const views: readonly OpName[] = ["transpose", "reshape", "slice", "split", "unsqueeze", "squeeze", "broadcast_to"];
  const isView = (node: Node): boolean => views.includes(node.op) || node.op === "constant";
  fc.assert(
    fc.property(randomCase({ ops: opNames.filter((op) => !isKind(op, "composite")) }), ({ graph }) => {
      const fused = runOnGraph(graph, `fuse{mode=${mode}}`).ir;
      expect(fused.nodes.every((node) => (node.kernel === undefined) === isView(node))).toBe(true);
    }),
    { numRuns },
  );
});

test("composites expand to ops with the same results within their noise", () => {
  const composites = opNames.filter((op) => isKind(op, "composite"));
  const ops = [...smoothOps.filter((op) => isKind(op, "movement")), ...composites, ...composites] as const;
  fc.assert(
    fc.property(randomCase({ ops, dtypes: ["f32", "bf16", "f16"], maxNodes: 3 }), ({ graph, inputs }) => {
      const after = runOnGraph(graph, "expand").ir;
      expect(after.nodes.some((node) => isKind(node.op, "composite"))).toBe(false);
      const { reference } = makeNoisyCase(graph, inputs, false);
      const expanded = runGraph(after, inputs, { rounding: true });
      for (const name of reference.keys()) {
        const { agree, reason, worst } = compareWith(reference, name, expanded.get(name));
        expect(agree ? "" : `${name}: ${reason} ${JSON.stringify(worst)}\n${printGraph(graph)}`).toBe("");
      }
    }),
    { numRuns },
  );
});
