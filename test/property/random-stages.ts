// What random graphs are made of and how they are compiled, for the tests that take them through all stages.
import fc from "fast-check";
import { fusionModes } from "../../ir-spec/fusion-mode.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { type OpName, opNames } from "../../ir-spec/ops/index.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { pickSchedule } from "../../src/find/fuzz/random-schedule.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import type { StageOptions } from "./stages.ts";

/** Ops whose results are exact in every executor, as long as numbers are small: jumps may follow each other. */
export const exactOps: readonly OpName[] = opNames.filter((op) => {
  const inexact = ["exp", "log", "sqrt", "rsqrt", "reciprocal", "div", "pow", "tanh", "sigmoid", "erf", "gelu", "silu"];
  const others = ["sin", "cos", "reduce_mean", "softmax", "attention", "rotary_embedding"];
  return ![...inexact, ...others].includes(op) && !op.includes("normalization");
});

/** Products with what may be before and after them. */
export const productOps: readonly OpName[] = [
  ...(["matmul", "matmul", "matmul", "transpose", "slice", "reshape", "broadcast_to"] as const),
  ...(["add", "mul", "gelu", "relu", "where", "cast", "reduce_max"] as const),
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

/** How a graph is compiled, whatever the machine. */
export type Choices = Omit<StageOptions, "machine">;
const strategy = fc.constantFrom("naive" as const, "heuristic" as const);
const fusion = fc.constantFrom(...fusionModes);
export const choices: fc.Arbitrary<Choices> = fc.record({ strategy, schedule: schedules, fusion });

export const stageOptions: fc.Arbitrary<StageOptions> = fc
  .record({ machine: fc.constantFrom("tiny", "trn2"), strategy, schedule: schedules, fusion })
  .map((choice) => printable({ ...choice, machine: machineNamed(choice.machine) }));

/** A failing case says which machine it ran on, not all that the machine is. */
function printable(options: StageOptions): StageOptions {
  const { machine, ...rest } = options;
  return { ...options, [fc.toStringMethod]: () => JSON.stringify({ machine: machine.name, ...rest }) } as StageOptions;
}
