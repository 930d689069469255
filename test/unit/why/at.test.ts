// `tgc explain --at` and `tgc why-not`: every op is found by its place and by its name, its instructions' times add up, and what is said of
// fusions is what the fuser says.
import { describe, expect, test } from "vitest";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { optimizeGraph } from "../../../src/driver/compile.ts";
import { explainAt } from "../../../src/why/at/explain-at.ts";
import { select } from "../../../src/why/at/select.ts";
import { whyNotFuse } from "../../../src/why/why-not-fuse.ts";
import { readProgram } from "./support.ts";

const mlp = readProgram(`graph mlp(x: f32[32, 64], w: f32[64, 32], v: f32[32, 8]) -> (y: f32[32, 8], m: f32[1, 32]) {
  h = matmul(x, w)
  a = relu(h * 2)
  y = matmul(a,
             v)
  m = reduce_max(a, axes=[0])
}`);

describe("a place", () => {
  test("every op is at its own place, by line and column, by line, and by name", () => {
    const { graph } = mlp;
    for (const node of graph.nodes) {
      if (node.span === undefined) continue;
      const { line, column } = positionOf(node.span.source, node.span.start);
      for (const place of [`${line}:${column}`, `${line}`]) {
        const found = select(graph, place);
        expect(found.ok && found.value.nodes.map(({ span }) => span?.start), place).toContain(node.span.start);
      }
      const name = graph.values[node.results[0]]?.name;
      const named = name === undefined ? undefined : select(graph, name);
      if (named !== undefined) expect(named.ok && named.value.has(node), name).toBe(true);
    }
  });

  test.each([["4:7"], ["4:10"], ["5:14"]])("an expression over two lines is at %s", (place) => {
    const found = select(mlp.graph, place);
    expect(found.ok && found.value.nodes.map(({ op }) => op)).toEqual(["matmul"]);
  });

  test("a line's ops are at the name that it defines", () => {
    const found = select(mlp.graph, "3:3");
    expect(found.ok && found.value.nodes.map(({ op }) => op)).toEqual(["full", "mul", "relu"]);
  });

  test.each([["1"], ["2:1"], ["99:1"], ["0:0"], ["x"], ["constructor"], [""], ["3:"], ["-1"], ["9".repeat(400)]])(
    "there is nothing at %j, which is said",
    (place) => {
      const found = select(mlp.graph, place);
      expect(found.ok ? [] : found.error.map(({ code }) => code)).toEqual(["E1730"]);
    },
  );

  test("the shares of all lines on the critical path are within the time", () => {
    const whole = ["h", "a", "y", "m"].map((name) => {
      const found = explainAt(mlp.graph, mlp.options, name);
      if (!found.ok) throw new Error("it cannot be explained");
      const { kernels, pathNs = 0, timeNs } = found.value;
      expect(pathNs).toBeLessThanOrEqual(timeNs);
      expect(kernels.length).toBeGreaterThan(0);
      const rows = kernels.flatMap(({ instructions }) => instructions);
      for (const { written, executed } of rows) expect(executed).toBeGreaterThanOrEqual(written);
      return pathNs;
    });
    expect(Math.max(...whole)).toBeGreaterThan(0);
  });
});

describe("why two kernels are not one", () => {
  const kernels = () => {
    const made = optimizeGraph(mlp.graph, mlp.options.target);
    return made.ok ? made.value : { value: mlp.graph, remarks: [] };
  };

  test("what is said comes from the fuser's own remarks", () => {
    const said = kernels().remarks.map(({ text }) => text);
    for (const [one, other] of [
      ["h", "y"],
      ["a", "m"],
      ["y", "m"],
    ] as const) {
      const found = whyNotFuse(mlp.graph, mlp.options, [one, other]);
      if (!found.ok) throw new Error("it has no answer");
      for (const { text } of found.value.remarks) expect(said).toContain(text);
      expect(found.value.forced === undefined).toBe(found.value.isFused);
    }
  });

  test("two kernels that can be one are made one, compiled and simulated", () => {
    const { graph, options } = readProgram(`graph g(x: f32[8, 16]) -> (y: f32[8, 16], z: f32[8, 16]) {
  kernel y { y = exp(x) }
  kernel z { z = relu(y) }
}`);
    const found = whyNotFuse(graph, options, ["y", "z"]);
    expect(found.ok && found.value.forced?.isPossible).toBe(true);
    const timeNs = found.ok && found.value.forced?.isPossible === true ? found.value.forced.timeNs : 0;
    expect(timeNs).toBeGreaterThan(0);
    expect(timeNs).toBeLessThan((found.ok && found.value.timeNs) || 0);
  });

  test("a kernel between two others keeps them apart", () => {
    const { graph, options } = readProgram(`graph g(x: f32[8, 16]) -> (z: f32[8, 16]) {
  kernel a { a = exp(x) }
  kernel b { b = relu(a) }
  kernel z { z = a + b }
}`);
    const found = whyNotFuse(graph, options, ["a", "z"]);
    expect(found.ok && found.value.forced).toEqual({
      isPossible: false,
      why: "a kernel or view between them reads the one and is read by the other",
    });
  });
});
