// `tgc shrink`: its arguments, options, words and examples.

import { keepForm } from "../../find/shrink/keep.ts";
import { defineCommand } from "../command-spec.ts";
import { file, graphOptions, json, machineOption, output, seed, setOption, tilingOptions } from "./common.ts";

export const shrinkSpec = defineCommand({
  summary: "find the smallest program that still has a property",
  detail:
    "Leaves out statements, outputs, parameters, attributes, schedule fields and sizes as long as the program keeps the property, and prints what is left. `wrong`: values differ from the reference, or the stream is not proven right, as `tgc check` finds. `crash`: tgc itself fails, in the same way. `diagnostic:E0302`: an error of this code, and of no code that the whole program does not have. `slower-than:5%`: as it is asked for, it takes at least 5 % more simulated time than with the options in `--than`; by default without its schedule. The result does not depend on the time that it takes unless `--seconds` ends it; then, and after an interrupt, the best so far is printed.",
  args: { file },
  options: {
    keep: {
      kind: "text",
      value: "property",
      default: "wrong",
      form: { pattern: keepForm, wanted: "wrong, crash, diagnostic:E0302 or slower-than:5%" },
      summary: "what must stay: wrong, crash, diagnostic:CODE or slower-than:PERCENT%",
    },
    than: {
      kind: "text",
      value: "options",
      isEmptyTaken: true,
      default: "",
      summary: "what slower-than compares with: --target, --schedule, --strategy and --fuse, in one word, in quotes",
    },
    ...graphOptions,
    target: machineOption,
    set: setOption,
    ...tilingOptions,
    seed,
    seconds: { kind: "integer", value: "n", min: 1, default: 60, summary: "end the search after this time" },
    output,
    json,
  },
  examples: [
    "tgc shrink model.tg --keep crash -o small.tg",
    "tgc shrink model.tg --keep diagnostic:E0302",
    'tgc shrink samples/gemm.tg --schedule tiled --keep slower-than:5% --than "--strategy naive"',
  ],
});
