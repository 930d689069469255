// `tgc profile`: its arguments, options, words and examples.

import { reportUnits } from "../../../targets/neuron/sim/report.ts";
import { defineCommand } from "../command-spec.ts";
import {
  anyStage,
  graphOptions,
  json,
  remarks,
  runMachineOption,
  setOption,
  tilingOptions,
  traceOption,
} from "./common.ts";

export const profileSpec = defineCommand({
  summary: "simulate the time and traffic of a program, without values",
  detail:
    "Prints where the time goes: by engine, by kernel, and against the least time that each unit needs. Kernels overlap: `time` is from the end of the kernels before to a kernel's own, so that these times, launch and end add up to the whole; `span` is from its first instruction to its last result. `--tokens` lists the acquires and releases that order nothing which the others do not order, by semaphore and by the kernels that use it: where they stand (as `pe:0.2`, the index in the queue's body, then in the loop's body), how often they are executed, and how much sooner the program ends without them, the rest staying as it is. Those marked `together` can all be left out at once; one marked `alone` stands in for some of these. Less waiting can also cost time, where it changes who comes first. The critical path is the chain of executions and waits that made the time, backwards from the last result; a line for each kernel sums up what each unit does on it. `tgc explain waiting` and other words describe what the report speaks of; METRICS.md has formulas.",
  args: { file: anyStage },
  options: {
    ...graphOptions,
    target: runMachineOption,
    set: setOption,
    ...tilingOptions,
    explain: {
      kind: "choice",
      value: "unit",
      choices: reportUnits,
      summary: "print for each of the unit's instructions which rule and numbers give its time, and their sources",
    },
    tokens: {
      kind: "flag",
      summary: "check the stream for redundant synchronisation: which tokens could be left out, and what they cost",
    },
    why: {
      kind: "flag",
      summary: "simulate the program with one unit after the other twice as fast, too, and list all waits",
    },
    lints: {
      kind: "flag",
      summary:
        "list all optimisations of the vendor's guides that would save time, how much at most, and what to change, not only the first three",
    },
    trace: traceOption,
    remarks,
    json,
  },
  examples: [
    "tgc profile samples/mlp.tg",
    "tgc profile samples/mlp.tg --strategy naive --explain pe",
    "tgc profile samples/mlp.tg --why",
    "tgc profile samples/mlp.tg --lints",
    "tgc profile samples/attention.tg --tokens",
    "tgc profile samples/mlp.tg --trace mlp.json",
  ],
});
