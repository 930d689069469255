// `tgc shrink`: what is left is small, keeps the property, and is the same in every run. Faults of the compiler are planted.
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import type { CompileOptions, Plant } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { readKeep, see } from "../../../src/find/shrink/keep.ts";
import { linesOf, shrinkGraph } from "../../../src/find/shrink/shrink.ts";
import { shrinkText } from "../../../src/find/shrink/shrink-text.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { parseGraph } from "../passes/support.ts";
import { largeProgram } from "./large-program.ts";

const never = { isOver: () => false };

function options(plant?: Plant): CompileOptions {
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no machine tiny");
  return { target: target.value, strategy: "naive", fusion: "off", plant };
}

/** The compiler with another op in the place of one, after `expand`. */
const otherOp = (from: string, to: string): Plant => ({
  inPass: (made, { name }) => {
    if (name !== "expand" || made.level !== "graph") return made;
    const nodes = made.ir.nodes.map((node) => (node.op === from ? { ...node, op: to, attrs: {} } : node));
    return { level: "graph", ir: { ...made.ir, nodes } as Graph };
  },
});

/** The compiler fails at graphs that hold an op. */
const failsAt = (op: string): Plant => ({
  inPass: (made, { name }) => {
    if (name === "cse" && made.level === "graph" && made.ir.nodes.some((node) => node.op === op))
      throw new Error(`no rule for ${op} among ${made.ir.nodes.length} nodes`);
    return made;
  },
});

const compilation = (plant?: Plant) => ({ options: options(plant), than: options(), seed: 0 });
const shrink = (text: string, keep: string, plant?: Plant, limits = never) =>
  shrinkGraph({ graph: parseGraph(text) }, readKeep(keep), compilation(plant), limits);

describe("a program of 300 lines", () => {
  test("with a mistake", async () => {
    const text = largeProgram("  bad# = matmul(e#, transpose(d#, perm=[1, 0]))");
    expect(linesOf(text)).toBeGreaterThan(280);
    const shrunk = await shrinkText(text, "E0302", {}, never);
    expect(linesOf(shrunk?.text ?? "")).toBeLessThan(6);
    const found = parseGraphs({ name: "small.tg", text: shrunk?.text ?? "" });
    expect(found.ok ? [] : found.error.map(({ code }) => code)).toEqual(["E0302"]);
  });

  test("at which the compiler fails", async () => {
    const shrunk = await shrink(largeProgram(), "crash", failsAt("sigmoid"));
    expect(shrunk?.text).toMatch(
      /^graph large\(\w+: bf16\[1, 1\]\) -> .*\n {2}\w+: bf16\[1, 1\] = sigmoid\(\w+\)\n}\n$/,
    );
  });

  test("that is compiled wrongly", async () => {
    const shrunk = await shrink(largeProgram(), "wrong", otherOp("sigmoid", "tanh"));
    expect(linesOf(shrunk?.text ?? "")).toBeLessThan(5);
    expect(shrunk?.text).toContain("sigmoid(");
    const small = { graph: parseGraph(shrunk?.text ?? "") };
    const wrong = readKeep("wrong");
    expect(await see(small, wrong, compilation(otherOp("sigmoid", "tanh")))).toBe(shrunk?.seen);
    expect(await see(small, wrong, compilation())).toBe(undefined);
  });
});

test("a program without the property is not shrunk", async () => {
  const text = "graph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }";
  expect(await shrink(text, "wrong")).toBe(undefined);
  expect(await shrink(text, "crash")).toBe(undefined);
  expect(await shrink(text, "diagnostic:E0801")).toBe(undefined);
  expect(await shrinkText(text, "E0302", {}, never)).toBe(undefined);
});

test("the same program every time, and the best so far where it is ended", async () => {
  const run = () => shrink(largeProgram(), "crash", failsAt("gelu"));
  expect(await run()).toEqual(await run());
  let calls = 0;
  const ended = await shrink(largeProgram(), "crash", failsAt("gelu"), { isOver: () => calls++ > 12 });
  expect(ended?.isComplete).toBe(false);
  expect(linesOf(ended?.text ?? "")).toBeLessThan(linesOf(largeProgram()));
  expect(parseGraph(ended?.text ?? "").nodes.some(({ op }) => op === "gelu")).toBe(true);
});

test("sizes stay where the property needs them: a schedule that the machine has no room for", async () => {
  const schedule = {
    name: "large",
    graph: "g",
    kernels: [{ kernel: "*", fields: { block_m: 64, block_n: 64, order: ["m", "n", "k"] } }],
  };
  const graph = parseGraph(`graph g(x: f32[512, 64], w: f32[64, 512]) -> (y: f32[512, 512], z: f32[512, 64]) {
    y = relu(matmul(x, w) * 2.0)
    z = x + 1.0
  }`);
  const shrunk = await shrinkGraph({ graph, schedule }, readKeep("diagnostic:E0801"), compilation(), never);
  expect(shrunk?.text).toMatch(/= matmul\(/);
  expect(shrunk?.text).not.toContain("relu");
  expect(shrunk?.text).toContain("block_");
  expect(shrunk?.text).not.toContain("order");
});
