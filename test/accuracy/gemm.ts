// The GEMM of `samples/gemm.tg` and others like it: compiled with a schedule and simulated, for the tables of whole kernels.

import { readFileSync } from "node:fs";
import { invariant, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { KernelSchedule, Schedule } from "../../ir-spec/schedule.ts";
import { type CompileOptions, graphToStream } from "../../src/driver/compile.ts";
import { takeSchedule } from "../../src/driver/schedules.ts";
import { elaborate, parseModule } from "../../src/text/index.ts";
import type { RunReport } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";

export type Fields = KernelSchedule["fields"];

const sampleText = readFileSync(new URL("../../samples/gemm.tg", import.meta.url), "utf8");
const { module: sample } = parseModule({ name: "samples/gemm.tg", text: sampleText });

/** The one value of a list that must be there. */
export function only<T>(result: Result<readonly T[]>): T {
  invariant(result.ok && result.value[0] !== undefined, "the graph is well formed");
  return result.value[0];
}

/** The sample's graph, its sizes as given. */
export function sampleGemm(dims: Readonly<Record<"M" | "N" | "K", number>>): Graph {
  return only(elaborate(sample, { dims }));
}

/** A schedule of the sample by name. */
export function sampleSchedule(name: string): Schedule {
  const taken = takeSchedule(sample, "gemm", name);
  invariant(taken.ok, `samples/gemm.tg has the schedule ${name}`);
  return taken.value.schedule;
}

/** A square product of bf16; `lhsT`: the left operand comes with its contracted dimension first. */
export function squareGemm(size: number, left: "lhs" | "lhsT"): Graph {
  const matrix = `bf16[${size}, ${size}]`;
  const text = `graph gemm(lhs: ${matrix}, rhs: ${matrix}) -> (result: ${matrix}) {
    result = matmul(lhs, rhs, transpose_lhs=${left === "lhsT"})
  }`;
  const { module } = parseModule({ name: "gemm.tg", text });
  return only(elaborate(module));
}

export const scheduleOf = (fields: Fields): Schedule => ({
  name: "published",
  graph: "*",
  kernels: [{ kernel: "*", fields }],
});

export function compileOptions(machine: Machine, schedule: Schedule | undefined): CompileOptions {
  return { target: { name: machine.name, kind: "neuron", machine }, strategy: "heuristic", schedule };
}

/** Time alone. */
export function predict(graph: Graph, machine: Machine, schedule: Schedule | undefined): RunReport {
  const stream = graphToStream(graph, compileOptions(machine, schedule));
  invariant(stream.ok, "the kernel compiles");
  const ran = simulate(stream.value.value, machine, undefined);
  invariant(ran.ok, "the stream runs");
  return ran.value.report;
}
