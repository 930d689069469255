// Mistakes that random graphs have found, each as the smallest graph and schedule that shows it.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph } from "../passes/support.ts";

function outcomeOf(text: string, fields: KernelSchedule["fields"] = {}): unknown {
  const graph = parseGraph(text);
  const machine = machineByName("tiny");
  if (machine === undefined) throw new Error("no machine tiny");
  const schedule = { name: "test", graph: "*", kernels: [{ kernel: "*", fields }] };
  const outcome = runStages(graph, makeRandomInputs(graph, 1), { machine, strategy: "naive", schedule });
  return outcome.kind === "wrong" ? outcome : outcome.kind;
}

test("a number counts as rounded to its dtype", () => {
  const text = `graph g(x: f32[4]) -> (y: bool[4], z: i32[4]) {
    y = equal(equal(x, x), full(value=-1, shape=[4], dtype=bool))
    z = add(cast(x, to=i32), full(value=2.5, shape=[4], dtype=i32))
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test.each(["sub(a, a)", "mul(a, a)"])("an epilogue reads its accumulator twice: %s", (epilogue) => {
  const text = `graph g(x: f32[5, 5], w: f32[5, 5]) -> (y: f32[5, 5]) {
    a = matmul(x, w)
    y = ${epilogue}
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});

test.each([
  ["row tiles that do not divide a block", 26, 5, 4],
  ["a last block of few rows", 36, 16, 1],
])("an operand is transposed on the array in blocks: %s", (_name, n, tile, block) => {
  const text = `graph g(x: f32[9, 13], w: f32[${n}, 13]) -> (y: f32[9, ${n}]) {
    y = matmul(x, w, transpose_rhs=true)
  }`;
  expect(outcomeOf(text, { tile_n: tile, block_n: block })).toBe("agrees");
  expect(outcomeOf(text, { tile_n: tile, block_n: block, stationary: "rhs", accumulate: "sbuf" })).toBe("agrees");
});

test("an iota of one element is the same number for all columns", () => {
  const text = `graph g(x: f32[4]) -> (y: f32[4]) {
    y = sub(x, iota(shape=[1], dtype=f32))
  }`;
  expect(outcomeOf(text)).toBe("agrees");
});
