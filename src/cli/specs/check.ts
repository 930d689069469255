// `tgc check`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, graphOptions, json, machineOption, remarks, setOption, tensorOptions, tilingOptions } from "./common.ts";

export const checkSpec = defineCommand({
  summary: "run a graph on all executors and compare",
  detail:
    "Each graph runs as it is, and with every float widened to f32, so that a dropped column or a wrong mask cannot hide behind the rounding of small formats. As the widened program has a plan of its own, the program's own plan runs once more on small integers for which nothing is rounded, and every bit is compared; outputs of functions and quotients have no such inputs. Exit code 1 when an executor differs from the reference.",
  args: { file },
  options: {
    ...graphOptions,
    target: machineOption,
    set: setOption,
    ...tilingOptions,
    ...tensorOptions,
    precise: { kind: "flag", summary: "only the run that is widened to f32" },
    allStages: { kind: "flag", summary: "also run the tile program by itself" },
    remarks,
    json,
  },
  examples: ["tgc check samples/mlp.tg", "tgc check samples/mlp.tg --target tiny --dim T=16 --all-stages"],
});
