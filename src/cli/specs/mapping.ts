// `tgc mapping`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json, runMachineOption, setOption } from "./common.ts";

export const mappingSpec = defineCommand({
  summary:
    "read a mapping of Timeloop or ZigZag: its loops, its accesses as the tool counts them, and the schedule that it is",
  detail:
    "Reads Timeloop's `mapping`, `problem` and `architecture`, from one file or several, or the evaluation that ZigZag saves (`..._complete.json`), where what is mapped is a product. Prints the loops around each memory's pieces, how often each memory is read and written for each tensor, by the counting rules of the tool whose mapping it is, and the schedule with the same block loops and tile loops for the target; where there is none, the reason. `tgc compare` takes such a file as a schedule of a graph. MAPPINGS.md says what is read, how accesses are counted, and how loops become a schedule.",
  args: { files: { takes: "many", reads: "files", summary: "YAML or JSON files of one mapping" } },
  options: { target: runMachineOption, set: setOption, json },
  examples: ["tgc mapping samples/gemm-timeloop.yaml", "tgc mapping samples/gemm-zigzag.json --target trn1 --json"],
});
