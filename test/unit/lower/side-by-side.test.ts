// Narrow tiles side by side: whatever differs among them, every stage computes what the reference does, and instructions are fewer.
import { expect, test } from "vitest";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import type { KernelSchedule, Schedule } from "../../../ir-spec/schedule.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph, unwrap } from "../passes/support.ts";

const tiny = machineByName("tiny");
if (tiny === undefined) throw new Error("no machine tiny");

const scheduleOf = (fields: KernelSchedule["fields"]): Schedule => ({
  name: "s",
  graph: "g",
  kernels: [{ kernel: "y", fields }],
});

const attention = "kernel y { y = matmul(softmax(matmul(q, k, transpose_rhs=true) * 0.4), v) }";
const biased = "kernel y { y = matmul(softmax(matmul(q, k, transpose_rhs=true) * 0.4 + bias), v) }";
const counted = "y = attention(q, k, v, is_causal=true)";
const rows = "q: bf16[3, 4, 6, 5], k: bf16[3, 4, 11, 5], v: bf16[3, 4, 11, 7]";
const shared = "q: bf16[3, 4, 6, 5], k: bf16[3, 1, 11, 5], v: bf16[3, 1, 11, 7]";
const results = "y: bf16[3, 4, 6, 7]";

const heads = `graph g(${rows}) -> (${results}) { ${attention} }`;

test.each([
  ["heads", heads, "rows", 2, "all"],
  ["heads, their functions one by one", heads, "outer_batch", 3, "each"],
  [
    "heads that share keys, in f32",
    `graph g(${shared}) -> (${results}) { ${attention} }`.replaceAll("bf16", "f32"),
    "batch",
    4,
    "all",
  ],
  [
    "a bias of each head",
    `graph g(${rows}, bias: bf16[4, 6, 11]) -> (${results}) { ${biased} }`,
    "outer_batch",
    3,
    "each",
  ],
  ["a mask by position", `graph g(${rows}) -> (${results}) { ${counted} }`, "batch", 2, "all"],
  ["two tiles of rows, one of them short", heads.replaceAll("6,", "10,"), "batch", 4, "all"],
] as const)("%s side by side", (_name, text, group_along, group, group_functions) => {
  const graph = parseGraph(text);
  const schedule = scheduleOf({ others: "default", group, group_along, group_functions });
  const outcome = runStages(graph, makeRandomInputs(graph, 1), { machine: tiny, strategy: "heuristic", schedule });
  expect(outcome).toMatchObject({ kind: "agrees" });
});

test("windows of few tokens take a few instructions for each group, and less time than one by one", () => {
  const windows = parseGraph(`graph g(q: bf16[64, 3, 49, 32], k: bf16[64, 3, 49, 32], v: bf16[64, 3, 49, 32])
    -> (y: bf16[64, 3, 49, 32]) { ${attention} }`);
  const target = unwrap(targetByName("trn2"));
  const together = unwrap(profileGraph(windows, { target, strategy: "heuristic" }));
  const schedule = scheduleOf({ group: 1 });
  const apart = unwrap(profileGraph(windows, { target, strategy: "heuristic", schedule }));
  expect(together.timeNs).toBeLessThan(0.5 * apart.timeNs);
});
