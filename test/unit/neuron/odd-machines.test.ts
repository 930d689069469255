// Legal machines that are odd in one way each, with a product that once went wrong on them: all stages compute the same.
import { expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { findContradictions } from "../../../targets/neuron/machines/rules.ts";
import { runStages } from "../../property/stages.ts";
import { parseGraph } from "../passes/support.ts";

const squares = "graph g(x: f32[16, 16], w: f32[16, 16]) -> (y: f32[16, 16]) { y = matmul(x, w) }";
/** A product that needs no transposing. */
const direct = "graph g(x: f32[20, 12], w: f32[20, 40]) -> (y: f32[12, 40]) { y = matmul(x, w, transpose_lhs=true) }";
const mlp = `graph g(x: bf16[12, 16], weight w1: bf16[16, 40], weight b1: bf16[40], weight w2: bf16[40, 16]) -> (y: bf16[12, 16]) {
  y = x + matmul(gelu(matmul(x, w1) + b1, approximate="tanh"), w2)
}`;

const cases: readonly (readonly [what: string, graph: string, odd: Partial<Machine>])[] = [
  ["fewer moving columns than the stationary operand has", squares, { peMovingColumns: 2 }],
  ["PSUM banks that are no power of two", mlp, { psumBankBytesPerPartition: 100 }],
  ["more rows than columns", squares, { peColumns: 4 }],
  ["more columns than rows", squares, { peRows: 4 }],
  ["one PSUM bank", direct, { psumBanks: 1 }],
  ["one dimension of operands", mlp, { accessDims: 1 }],
  ["PSUM banks of one element", squares, { psumBankBytesPerPartition: 4, peMovingColumns: 1 }],
  ["one partition", squares, { partitions: 1, partitionStartMultiple: 1, poolCorePartitions: 1, ...oneCell() }],
  ["clock windows of a nanosecond", squares, { peClockWindowNs: 1, peLatencyCycles: 1e6, peColdFactor: 2 }],
];

function oneCell(): Partial<Machine> {
  return { peRows: 1, peColumns: 1, peTileRows: 1, peTileColumns: 1 };
}

test.each(cases)("%s", (_what, text, odd) => {
  const tiny = machineByName("tiny");
  if (tiny === undefined) throw new Error("no machine tiny");
  const machine = { ...tiny, ...odd };
  expect(findContradictions(machine)).toEqual([]);
  const graph = parseGraph(text);
  for (const strategy of ["naive", "heuristic"] as const) {
    expect(runStages(graph, makeRandomInputs(graph, 1), { machine, strategy })).toMatchObject({ kind: "agrees" });
  }
});
