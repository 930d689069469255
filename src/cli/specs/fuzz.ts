// `tgc fuzz`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { json, runMachineOption, seed, setOption } from "./common.ts";

export const fuzzSpec = defineCommand({
  summary: "check random programs, and shrink those that fail",
  detail:
    "Makes programs of random ops, dtypes and odd shapes, compiles them with random schedules, strategies and fusions for several machines, and checks each: its stream is proven right, and its simulated values are compared with the reference. A program that fails is shrunk and saved into a folder, with the commands that show the failure again. A seed makes the same programs every time; program n of seed s is program 0 of seed s + n. Exit code 1 when one fails.",
  args: {},
  options: {
    seed,
    budget: { kind: "integer", value: "programs", min: 1, default: 100, summary: "how many programs" },
    seconds: { kind: "integer", value: "n", min: 1, default: 60, summary: "make no more programs after this time" },
    out: { kind: "text", value: "dir", default: "fuzz", summary: "the folder for programs that fail" },
    target: runMachineOption,
    set: setOption,
    json,
  },
  examples: ["tgc fuzz --budget 20", "tgc fuzz --seed 7 --seconds 600 --target tiny --out failures"],
});
