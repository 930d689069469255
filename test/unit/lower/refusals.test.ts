// What a lowering refuses: kernels that are no single loop nest, schedules with unknown names or bad values, and tilings
// that do not fit. Each is a diagnostic that names the kernel.
import { describe, expect, test } from "vitest";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { lowerGraph } from "../../../passes/lower/lower.ts";
import type { CostEnv } from "../../../passes/pass.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { engineCost } from "../../../targets/neuron/cost.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { stepCost } from "../../../targets/neuron/step-cost.ts";
import { parseGraph, printDiagnostics, runOnGraph } from "../passes/support.ts";

function env(): CostEnv {
  const machine = machineByName("tiny");
  if (machine === undefined) throw new Error("no machine tiny");
  return { machine, engineCost: engineCost(machine), stepCost: stepCost(machine) };
}

/** The diagnostics of lowering a graph as it is written, or of what then does not fit. */
function refusalOf(text: string, kernels: readonly KernelSchedule[] = []): string {
  const schedule = { name: "test", graph: "*", kernels };
  const lowered = lowerGraph(runOnGraph(parseGraph(text), "fuse").ir, { strategy: "naive", schedule }, env());
  if (!lowered.ok) return printDiagnostics(lowered.error);
  const stream = compileTiles(lowered.value.program, env().machine);
  if (stream.ok) return "";
  const notes = stream.error.flatMap((diagnostic) => diagnostic.notes.map((note) => note.text));
  return [printDiagnostics(stream.error), ...notes].join("\n");
}

const kernelOf = (
  body: string,
  results: string,
): string => `graph g(x: f32[4, 6], w: f32[6, 6], b: f32[4, 6]) -> ${results} {
  kernel k { ${body} }
}`;

describe("a kernel that is no single loop nest", () => {
  test.each([
    ["a composite", "y = softmax(x)", "(y: f32[4, 6])", "softmax must be expanded first"],
    ["a copy among others", "t = concat(x, b, axis=0); y = neg(t)", "(y: f32[8, 6])", "concat moves data"],
    [
      "a right operand of its own",
      "t = matmul(x, w); y = matmul(b, t, transpose_rhs=true)",
      "(y: f32[4, 4])",
      "a matmul's right operand is made by the same kernel",
    ],
    [
      "products over different rows",
      "t = matmul(x, w); u = matmul(w, w); y = reduce_sum(t, axes=[1]); z = neg(u)",
      "(y: f32[4, 1], z: f32[6, 6])",
      "its matmuls have different rows",
    ],
    [
      "a reduction over the rows of a product",
      "t = matmul(x, w); y = reduce_sum(t, axes=[0])",
      "(y: f32[1, 6])",
      "reduce_sum does not reduce the last axis alone",
    ],
    [
      "a product read twice",
      "y = matmul(x, w); z = neg(y)",
      "(y: f32[4, 6], z: f32[4, 6])",
      "2 of its values are read outside",
    ],
    [
      "a fold that drops its axis",
      "t = reduce_sum(x, axes=[1], keepdims=false); y = neg(t)",
      "(y: f32[4])",
      "reduce_sum drops its axes",
    ],
    [
      "elements of different shapes",
      "t = reduce_sum(x); u = reduce_sum(w); y = add(t, u)",
      "(y: f32[1, 1])",
      "reduce_sum has a value of shape [4, 6], and the loops run over [6, 6]",
    ],
    [
      "a sum over one shape, used with another",
      "v = reduce_sum(x, axes=[1]); y = full(value=1, shape=[3, 5], dtype=f32)",
      "(y: f32[3, 5], v: f32[4, 1])",
      "full has a value of shape [3, 5], and the loops run over [4, 6]",
    ],
    [
      "the sum of a maximum",
      "m = reduce_max(x, axes=[1]); s = reduce_sum(m, axes=[1]); y = add(x, s)",
      "(y: f32[4, 6])",
      "reduce_sum reduces shape [4, 1], and the loops run over [4, 6]",
    ],
    [
      "the sum of a number",
      "t = full(value=2, shape=[], dtype=f32); s = reduce_sum(t); y = add(x, s)",
      "(y: f32[4, 6])",
      "reduce_sum reduces shape [], and the loops run over [4, 6]",
    ],
  ])("%s", (_name, body, results, why) => {
    const found = refusalOf(kernelOf(body, results));
    expect(found).toContain("E0601: kernel k cannot be one loop nest");
    expect(found).toContain(why);
  });
  test("folds of different axes", () => {
    const body = "s = reduce_sum(x, axes=[0]); t = reduce_sum(x, axes=[1]); y = add(s, t)";
    expect(refusalOf(kernelOf(body, "(y: f32[4, 6])"))).toBe("E0605: kernel k reduces over different axes");
  });
});

describe("a schedule", () => {
  const product = `graph g(x: f32[40, 30], w: f32[30, 50]) -> (y: f32[40, 50]) {
    y = matmul(x, w)
  }`;
  const refused = (kernel: string, fields: KernelSchedule["fields"]) => refusalOf(product, [{ kernel, fields }]);

  test("names a kernel that is not there", () => {
    expect(refused("z", {})).toBe("E0602: schedule test names kernel z, which graph g does not have");
  });
  test("has more than one mistake", () => {
    const both = refusalOf(product, [
      { kernel: "z", fields: {} },
      { kernel: "y", fields: { tile_rows: 4 } },
    ]);
    expect(both).toContain("E0602: schedule test names kernel z");
    expect(both).toContain("E0603: contract kernel y has no schedule field tile_rows");
  });
  test("has a field that the kernel does not have", () => {
    expect(refused("y", { tile_rows: 4 })).toBe("E0603: contract kernel y has no schedule field tile_rows");
  });
  test("has fields for other kinds of kernels under `*`", () => {
    expect(refused("*", { tile_rows: 4 })).toBe("");
  });
  test.each([
    ["tile_m", 0, "0"],
    ["tile_m", 2.5, "2.5"],
    ["evict", "pool", '"pool"'],
    ["block_order", ["m", "n"], "[m, n]"],
    ["block_order", ["m", "n", "n"], "[m, n, n]"],
  ])("has a bad value: %s=%s", (field, value, found) => {
    expect(refused("y", { [field]: value })).toContain(
      `E0604: schedule field ${field} of kernel y is ${found}, expected`,
    );
  });
  test("stores a result of the graph by columns", () => {
    expect(refused("y", { store: "columns" })).toBe(
      'E0604: schedule field store of kernel y is "columns", expected "rows", as every result of the graph lies',
    );
    expect(refused("*", { store: "columns" })).toBe("");
  });
  test("lets DMA transpose what it cannot", () => {
    expect(refused("y", { transpose_on: "dma" })).toBe(
      'E0604: schedule field transpose_on of kernel y is "dma", expected "pe", since DMA cannot transpose f32',
    );
    expect(refused("*", { transpose_on: "dma" })).toBe("");
  });
  test("that needs too much of SBUF is reported with what it needs", () => {
    const long = `graph g(x: f32[40, 3000], w: f32[3000, 50]) -> (y: f32[40, 50]) {
      y = matmul(x, w)
    }`;
    const found = refusalOf(long, [{ kernel: "y", fields: { load_lhs: "kernel", load_rhs: "kernel" } }]);
    expect(found).toMatch(/^E0801: kernel y does not fit: SBUF \d+ of 24576 B per partition\n/);
    expect(found).toContain("w: f32[8, 375, 50], 1 x 75008 B, 56 %");
  });
  test("that needs too many banks of PSUM is reported with what it needs", () => {
    const found = refused("y", { block_order: ["k", "m", "n"], block_k: 1, tile_n: 16 });
    expect(found).toMatch(/^E0801: kernel y does not fit: PSUM \d+ of 8 banks\n/);
    expect(found).toContain("acc: f32[");
  });
});

test("kernels that read a refused one are refused for what is wrong with them alone", () => {
  const text = `graph g(x: f32[4, 6], w: f32[6, 6], v: f32[6, 2]) -> (z: f32[4, 2]) {
  kernel h { h = matmul(x, w) }
  kernel y { y = matmul(h, v) }
  kernel z { z = y + 1 }
}`;
  const fields = (kernel: string): KernelSchedule => ({ kernel, fields: { constructor: 1, tile_m: 0.5 } });
  const wrong = (kernel: string): string[] => [`E0603 ${kernel} constructor`, `E0604 ${kernel} tile_m`];
  const schedule = { name: "test", graph: "*", kernels: ["h", "y"].map(fields) };
  const lowered = lowerGraph(runOnGraph(parseGraph(text), "fuse").ir, { strategy: "naive", schedule }, env());
  const found = lowered.ok
    ? []
    : lowered.error.map(({ code, args: { kernel, field } }) => `${code} ${kernel} ${field}`);
  expect(found).toEqual(["h", "y"].flatMap(wrong));
});
