// `tgc tune`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, graphOptions, json, machineOption, output, remarks, setOption, tilingOptions } from "./common.ts";

export const tuneSpec = defineCommand({
  summary: "search for the schedules of a graph's kernels",
  detail:
    "Tries schedules of each kernel that differs: all fields of its kind that no schedule gives, beginning with those that the heuristic considers, and which ops run as one kernel (`--fuse`) where several ways are about as fast. Each one is lowered and its time estimated; the most promising are simulated, as programs of their own. Then the whole graph is simulated with what was found, and only what makes it faster is kept. The schedule is written with all its fields, so that `tgc compile FILE --schedule best.sched` gives the same bytes again. The budget counts schedules that are tried, of all kernels together; the same budget finds the same, whatever the number of threads. Ctrl-C, or the end of `--seconds`, stops the search and keeps the best so far. `--log` writes every schedule that was tried as a line of JSON. `--tuned` names a database: what is found is added to it, by kernel, machine and version of tgc, and every command that takes a schedule reads it with the option of the same name.",
  args: { file },
  options: {
    ...graphOptions,
    target: machineOption,
    set: setOption,
    fuse: tilingOptions.fuse,
    schedule: tilingOptions.schedule,
    tuned: {
      kind: "text",
      value: "file",
      reads: "files",
      summary: "read and write a database of tuned schedules (.json)",
    },
    budget: { kind: "integer", value: "n", min: 1, default: 500, summary: "how many schedules are tried" },
    seconds: { kind: "integer", value: "n", min: 1, summary: "stop after this time with the best so far" },
    jobs: { kind: "integer", value: "n", min: 1, summary: "threads; as many as processors unless given" },
    log: {
      kind: "text",
      value: "file",
      writes: "file",
      summary: "write every schedule that was tried, a line of JSON each",
    },
    output,
    remarks,
    json,
  },
  outputEnding: () => "sched",
  examples: [
    "tgc tune samples/gemm.tg -o best.sched && tgc compile samples/gemm.tg --schedule best.sched",
    "tgc tune samples/mlp.tg --target trn1 --budget 2000 --seconds 60",
    "tgc tune samples/mlp.tg --tuned tuned.json && tgc profile samples/mlp.tg --tuned tuned.json",
  ],
});
