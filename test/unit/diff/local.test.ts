// Golden files stay local: a change of one kernel changes the lines of that kernel alone, and the order of independent statements none.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { findChanges } from "../../../src/diff/normal/change.ts";
import { type CompileOptions, compileToContent } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { branches, graphOf, rows } from "./planted/planted.ts";
import { shuffleGraph } from "./shuffle.ts";

const three = (middle: string): string => `graph three(
  x: f32[8, 16], weight u: f32[16, 16], weight v: f32[16, 16], weight w: f32[16, 16],
) -> (p: f32[8, 16], q: f32[8, 16], r: f32[8, 16]) {
  p = gelu(matmul(x, u))
  q = ${middle}
  r = softmax(matmul(x, w), axis=1)
}`;

function normalOf(graph: Graph, name: string, fusion: CompileOptions["fusion"] = "auto"): string {
  const target = targetByName(name);
  if (!target.ok) throw new Error("the target ships");
  const options: CompileOptions = { target: target.value, strategy: "naive", fusion };
  const made = compileToContent(graph, options, "normal");
  if (!made.ok) throw new Error(JSON.stringify(made.error));
  return made.value.value as string;
}

describe("a change for one output", () => {
  test.each([
    ["another function", "tanh(matmul(x, v))", ["kernel q"]],
    ["an op more", "relu(matmul(x, v)) * 2.0", ["kernel q", "kernel q_relu"]],
    ["no function", "matmul(x, v)", ["kernel q_matmul", "kernel q"]],
  ])("%s changes the lines of its kernels alone", (_name, middle, sections) => {
    const [before, after] = [three("relu(matmul(x, v))"), three(middle)].map((text) =>
      normalOf(graphOf(text), "tiny", "off"),
    );
    expect(findChanges(before ?? "", after ?? "").map(({ section }) => section)).toEqual(sections);
  });
});

describe.each([
  ["tiny", three("relu(matmul(x, v))")],
  ["tiny", branches],
  ["tiny", rows],
  ["webgpu", branches],
  ["webgpu", rows],
])("on %s", (target, text) => {
  test("statements in any order give the same text", () => {
    const graph = graphOf(text);
    const wanted = normalOf(graph, target);
    for (let seed = 1; seed <= 3; seed++)
      expect(normalOf(shuffleGraph(graph, seed), target), `seed ${seed}`).toBe(wanted);
  });
});
