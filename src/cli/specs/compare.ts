// `tgc compare`: its arguments, options, words and examples.

import { sortOrders } from "../../compare/sort.ts";
import { defineCommand } from "../command-spec.ts";
import { file, fuseOption, graphOptions, json, output, remarks, setOption } from "./common.ts";

export const compareSpec = defineCommand({
  summary: "compare schedules of a graph on several machines, side by side",
  detail:
    "Simulates the time of a graph with every schedule on every target and prints one table: time, time as a multiple of the graph's floor, the unit with the most work, how long each engine is active, bytes moved to and from HBM, the average DMA row (bytes of a descriptor), peaks of SBUF and PSUM, and executed instructions. What differs from the fastest run is marked, and sentences say from the figures why that one wins. A schedule that does not fit is a row with its reason. An item of `--schedules` is the name of a schedule in the program, a strategy (heuristic, naive), a file (`file.tg#name`, or all of a file's schedules for the graph), or a mapping of Timeloop or ZigZag (`.yaml`, `.json`; see MAPPINGS.md). `--dim T=128,256` compares sizes, too. Runs share the processor's cores; the output does not depend on their number. METRICS.md says how each figure is computed.",
  args: { file },
  options: {
    graph: graphOptions.graph,
    schedules: {
      kind: "text",
      value: "list",
      summary: "what is compared; by default the program's own schedules for the graph, and heuristic",
    },
    targets: {
      kind: "text",
      value: "list",
      default: "trn2",
      summary: "machines and machine files (.json); see `tgc list machines`",
    },
    set: setOption,
    dim: { kind: "size lists", value: "name=sizes", summary: "sizes of a dimension, as in T=128,256; may be repeated" },
    fuse: fuseOption,
    sort: {
      kind: "choice",
      value: "order",
      choices: sortOrders,
      default: "given",
      summary: "the order of the rows: as given, by time or by HBM traffic",
    },
    csv: { kind: "flag", summary: "print all metrics of each run as comma-separated values" },
    html: { kind: "text", value: "path", summary: "also write a page with the table, times, reasons and rooflines" },
    output,
    remarks,
    json,
  },
  examples: [
    "tgc compare samples/gemm.tg --targets trn1,trn2",
    "tgc compare samples/gemm.tg --schedules tiled,blocked_all,heuristic --dim M=512,4096 --sort time",
    "tgc compare samples/mlp.tg --schedules heuristic,naive --csv",
    "tgc compare samples/gemm.tg --html gemm.html",
  ],
});
