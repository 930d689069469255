// `tgc fuzz`: a seed makes the same programs, right ones do not fail, and a planted fault is found and shrunk.
import { expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { runPasses } from "../../../passes/run.ts";
import { graphPipeline, type Plant, passEnv } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { fuzz, makeFuzzCase } from "../../../src/find/fuzz/fuzz.ts";
import { parseGraphs } from "../../../src/text/index.ts";

const found = targetByName("tiny");
const tiny = found.ok ? found.value : undefined;
const limits = { isOver: () => false };

function expandedText(text: string): string {
  const parsed = parseGraphs({ name: "found.tg", text });
  const [graph] = parsed.ok ? parsed.value : [];
  if (graph === undefined || tiny === undefined) return "";
  const expanded = runPasses(graphPipeline(["expand"]), graph, { env: passEnv(tiny) });
  return expanded.ok ? printGraph(expanded.value.ir) : "";
}

test("a seed makes the same program", () => {
  const texts = [1, 1, 2].map((seed) => printGraph(makeFuzzCase(seed, tiny).graph));
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).not.toBe(texts[2]);
});

test("right programs do not fail", async () => {
  const report = await fuzz(100, tiny, { ...limits, programs: 4 });
  expect(report).toMatchObject({ programs: 4, failures: [] });
});

test("a fault is found and shrunk", async () => {
  const plant: Plant = {
    inPass: (made, { name }) => {
      if (name !== "dce" || made.level !== "graph") return made;
      const nodes = made.ir.nodes.map((node) =>
        node.op === "sub" || node.op === "mul" ? { ...node, op: "add" } : node,
      );
      return { level: "graph", ir: { ...made.ir, nodes } as Graph };
    },
  };
  const report = await fuzz(0, tiny, { ...limits, programs: 12, plant });
  const [failure] = report.failures;
  // The op may be one that consists of them.
  expect(expandedText(failure?.text ?? "")).toMatch(/= (sub|mul)\(/);
  expect(failure?.text.split("\n").length).toBeLessThan(8);
});
