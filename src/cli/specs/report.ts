// `tgc report`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, graphOptions, json, machineOption, remarks, setOption, tilingOptions } from "./common.ts";

export const reportSpec = defineCommand({
  summary: "write a page about a program and its simulated run",
  detail:
    "One file that any browser opens, without a server or a network: what bounds the program, the critical path, a timeline of the queues to zoom and search, the roofline, maps of SBUF and PSUM over time, traffic by tensor, the graph before and after fusion, the text of every stage with links from lines of the program to its instructions, and what the passes remarked.",
  args: { file },
  options: {
    ...graphOptions,
    target: machineOption,
    set: setOption,
    ...tilingOptions,
    output: { kind: "text", short: "o", value: "path", default: "report.html", summary: "the page" },
    remarks,
    json,
  },
  examples: [
    "tgc report samples/mlp.tg -o mlp.html",
    "tgc report samples/gemm.tg --schedule blocked_all --target trn1",
  ],
});
