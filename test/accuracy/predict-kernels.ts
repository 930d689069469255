// What the model says of the published kernels, and of variations of the plainest one.

import type { Machine } from "../../ir-spec/machine.ts";
import { elaborate, parseModule } from "../../src/text/index.ts";
import type { RunReport } from "../../targets/neuron/sim/report.ts";
import { only, predict, scheduleOf, squareGemm } from "./gemm.ts";
import { type PublishedAttention, type PublishedGemm, publishedGemms, type ScoreboardRow } from "./measured-kernels.ts";

export const publishedSize = 4096;

export function predictGemm({ fields }: PublishedGemm, machine: Machine): RunReport {
  return predict(squareGemm(publishedSize, "lhsT"), machine, scheduleOf(fields));
}

export function predictScoreboard({ size, left, fields }: ScoreboardRow, machine: Machine): RunReport {
  return predict(squareGemm(size, left), machine, scheduleOf(fields));
}

/** Scores in f32, operands transposed by the array and loaded tile by tile, as in the published kernels. */
export function predictAttention({ dtype, positions }: PublishedAttention, machine: Machine): RunReport {
  const matrix = `${dtype}[${positions}, 128]`;
  const text = `graph unfused(q: ${matrix}, k: ${matrix}, v: ${matrix}) -> (y: ${matrix}) {
    scores = cast(matmul(q, transpose(k, perm=[1, 0])), to=f32)
    y = matmul(cast(softmax(scores, axis=-1), to=${dtype}), v)
  }`;
  const { module } = parseModule({ name: "attention.tg", text });
  return predict(only(elaborate(module)), machine, scheduleOf({ transpose_on: "pe", store: "rows", load_k: 1 }));
}

export interface Variation {
  readonly what: string;
  readonly timeUs: number;
}

/** The plainest published product, were the machine or the schedule another. */
export function varyPlainest(machine: Machine): readonly Variation[] {
  const [plainest] = publishedGemms;
  if (plainest === undefined) return [];
  const graph = squareGemm(publishedSize, "lhsT");
  const fields = { ...plainest.fields };
  const timeUs = (on: Machine, more: typeof fields = {}): number =>
    predict(graph, on, scheduleOf({ ...fields, ...more })).timeNs / 1000;
  const buffers = (count: number) => ({ slots_lhs: count, slots_rhs: count });
  return [
    { what: "as in the table: four buffers, one queue for each operand", timeUs: timeUs(machine) },
    { what: "one buffer", timeUs: timeUs(machine, buffers(1)) },
    { what: "two buffers", timeUs: timeUs(machine, buffers(2)) },
    { what: "eight buffers", timeUs: timeUs(machine, buffers(8)) },
    {
      what: "eight buffers, both operands' loads triggered by one queue",
      timeUs: timeUs({ ...machine, dmaQueues: 2 }, buffers(8)),
    },
    { what: "eight buffers, triggers that take no time", timeUs: timeUs({ ...machine, dmaIssueNs: 0 }, buffers(8)) },
    {
      what: "eight buffers, triggers that take no time, at least 86 ns for each descriptor",
      timeUs: timeUs({ ...machine, dmaIssueNs: 0, dmaDescriptorNs: 86, dmaEngineBytesPerSecond: 1e15 }, buffers(8)),
    },
  ];
}
