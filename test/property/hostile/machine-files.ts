// Machine files: read, and what is taken compiles small graphs, checks their streams and runs them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Machine } from "../../../ir-spec/machine.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { graphToStream } from "../../../src/driver/compile.ts";
import { targetOfFile } from "../../../src/driver/targets.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { smallGraphs } from "./compiled.ts";
import { refusal, settle } from "./results.ts";

const folder = fileURLToPath(new URL("../../../targets/neuron/machines/", import.meta.url));
export const machineBases: readonly string[] = ["tiny.json", "trn2.json"].map((file) =>
  readFileSync(folder + file, "utf8"),
);

const bounds = { maxExecutions: 20_000, maxTouchedElements: 1_000_000, maxSweptGranules: 1_000_000 };

/** A run with values fills the memories on chip first; those of a real machine take longer than all the rest. */
const smallBytes = 2 ** 20;

const onChipBytes = (machine: Machine): number =>
  machine.partitions * (machine.sbufBytesPerPartition + machine.psumBanks * machine.psumBankBytesPerPartition);

/** A damaged machine file through all that can be done with it. */
export function useMachineFile(random: Random, text: string): string {
  const target = settle(targetOfFile({ name: "damaged.json", text }));
  if ("code" in target) return target.code;
  const { machine } = target.value;
  const graph = random.pick(smallGraphs);
  const strategy = random.oneIn(8) ? "heuristic" : "naive";
  const made = settle(graphToStream(graph, { target: target.value, strategy, schedule: undefined }));
  if ("code" in made) return made.code;
  const stream = made.value.value;
  const report = checkStream(stream, machine, bounds);
  if (!report.ok) return refusal(report.diagnostics);
  settle(simulate(stream, machine, undefined, bounds));
  if (onChipBytes(machine) > smallBytes && !random.oneIn(8)) return "taken";
  const ran = settle(simulate(stream, machine, makeRandomInputs(graph, random.below(100)), bounds));
  return "code" in ran ? ran.code : "taken";
}
