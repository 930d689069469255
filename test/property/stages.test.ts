// Random graphs go through all stages, and every stage computes the same (see stages.ts); a schedule that does not fit is
// told, never a crash. The seeds are the same in every run unless TGC_SEED says otherwise; TGC_LONG makes more runs. A
// failing case prints its graph, its seed and its path.
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Machine } from "../../ir-spec/machine.ts";
import { type OpName, opNames } from "../../ir-spec/ops/index.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { makeRandom } from "./random-choices.ts";
import { type RandomCase, type RandomGraphOptions, randomCase, smoothOps } from "./random-graph.ts";
import { pickSchedule } from "./random-schedule.ts";
import { runStages, type StageOptions } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

/** Ops whose results are exact in every executor, as long as numbers are small: jumps may follow each other. */
const exactOps: readonly OpName[] = opNames.filter((op) => {
  const inexact = ["exp", "log", "sqrt", "rsqrt", "reciprocal", "div", "pow", "tanh", "sigmoid", "erf", "gelu", "silu"];
  const others = ["sin", "cos", "reduce_mean", "softmax", "attention", "rotary_embedding"];
  return ![...inexact, ...others].includes(op) && !op.includes("normalization");
});

/** Products with what may stand before and behind them. */
const productOps: readonly OpName[] = [
  ...(["matmul", "matmul", "matmul", "transpose", "slice", "reshape", "broadcast_to"] as const),
  ...(["add", "mul", "gelu", "relu", "where", "cast", "reduce_max"] as const),
];

interface Kind {
  readonly name: string;
  readonly options: RandomGraphOptions;
  readonly runs: number;
}

const kinds: readonly Kind[] = [
  { name: "all smooth ops", runs: 60, options: { ops: smoothOps, dtypes: ["f32", "i32", "bool"], maxNodes: 8 } },
  { name: "all exact ops", runs: 40, options: { ops: exactOps, dtypes: ["f32", "i32", "bool"], maxNodes: 8 } },
  { name: "low precision", runs: 40, options: { ops: smoothOps, dtypes: ["f32", "bf16", "f16"], maxNodes: 8 } },
  { name: "products", runs: 60, options: { ops: productOps, dtypes: ["f32", "bool"], maxNodes: 5, maxSize: 30 } },
  { name: "larger graphs", runs: 20, options: { ops: smoothOps, dtypes: ["f32", "i32"], maxNodes: 15, maxSize: 20 } },
];

function machineNamed(name: string): Machine {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

/** No schedule half of the time, so that the strategies choose. */
const schedules: fc.Arbitrary<Schedule | undefined> = fc.option(
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((own) => pickSchedule(makeRandom(own))),
  { nil: undefined, freq: 1 },
);

interface Choice extends Omit<StageOptions, "machine"> {
  readonly machine: string;
}

const choices: fc.Arbitrary<Choice> = fc.record({
  machine: fc.constantFrom("tiny", "trn2"),
  strategy: fc.constantFrom("naive" as const, "heuristic" as const),
  schedule: schedules,
});

function expectAgreement({ graph, inputs }: RandomCase, choice: Choice): void {
  const outcome = runStages(graph, inputs, { ...choice, machine: machineNamed(choice.machine) });
  if (outcome.kind === "wrong") throw new Error(`${outcome.stage}: ${outcome.why}`);
}

describe("all stages compute the same", () => {
  test.each(kinds)("$name", ({ options, runs }) => {
    fc.assert(fc.property(randomCase(options), choices, expectAgreement), {
      numRuns: isLong ? 50 * runs : runs,
      seed,
    });
  });
});
