// Running pipelines: what the observer sees, the clock, and what happens to a wrong program.
import { expect, test } from "vitest";
import { valueId } from "../../../ir-spec/base/ids.ts";
import { ok } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { canonicalize } from "../../../passes/graph/canonicalize.ts";
import { cse } from "../../../passes/graph/cse.ts";
import { append, startPipeline } from "../../../passes/pass.ts";
import { type PassEvent, runPasses, runStep } from "../../../passes/run.ts";
import { graphEnv, parseGraph, printDiagnostics, unwrap } from "./support.ts";

const pipeline = append(append(startPipeline("graph"), cse), canonicalize);
const graph = parseGraph("graph g(x: f32[4]) -> (y: f32[4]) {\n  y = relu(relu(x))\n}");

test("the observer sees each step, its time by the caller's clock, and whether it changed something", () => {
  const events: PassEvent[] = [];
  const ticks = [10, 12, 20, 25].values();
  const nowMs = (): number => ticks.next().value ?? 0;
  const { ir } = unwrap(runPasses(pipeline, graph, { env: graphEnv, observe: (event) => events.push(event), nowMs }));
  expect(events.map(({ step, isChanged, elapsedMs }) => [step.name, isChanged, elapsedMs])).toEqual([
    ["cse", false, 2],
    ["canonicalize", true, 5],
  ]);
  expect(events[1]?.after.ir).toBe(ir);
  expect(events[1]?.remarks.map((remark) => remark.text)).toEqual(['repeated: relu "y"']);
});

test("a wrong program is reported before the first pass", () => {
  const wrong: Graph = { ...graph, nodes: graph.nodes.toReversed() };
  const ran = runPasses(pipeline, wrong, { env: graphEnv });
  expect(ran.ok ? "" : printDiagnostics(ran.error)).toMatch(/^E0401/);
});

test("a wrong program made by a pass is an internal error that names the pass", () => {
  const breaking = { ...cse, name: "breaking", run: () => ok({ ir: { ...graph, nodes: [] }, remarks: [] }) };
  const ran = runStep(breaking, { name: "breaking", options: {} }, { level: "graph", ir: graph }, { env: graphEnv });
  expect(ran.ok ? "" : printDiagnostics(ran.error)).toMatch(/^E9001: internal error in pass breaking: E040/);
});

test("an empty pipeline gives the program back", () => {
  expect(unwrap(runPasses(startPipeline("graph"), graph, { env: graphEnv })).ir).toBe(graph);
});

test("ids of the new graph are dense and in order", () => {
  const { ir } = unwrap(runPasses(pipeline, graph, { env: graphEnv }));
  expect(ir.nodes.flatMap((node) => node.results)).toEqual([valueId(1)]);
  expect(ir.values).toHaveLength(2);
});
