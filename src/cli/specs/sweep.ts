// `tgc sweep`: its arguments, options, words and examples.

import { defineCommand } from "../command-spec.ts";
import { file, fuseOption, graphOptions, json } from "./common.ts";

export const sweepSpec = defineCommand({
  summary: "simulate a graph at every point of a space of schedules, machines and sizes",
  detail:
    "The space is a JSON file: lists of `targets`, `schedules` (names, strategies, files), and for each name in `dims`, `set` (numbers of the machine) and `fields` (of a kernel's schedule) a list of values; every combination is a point. Each result is a line of JSON in the folder, written at once: a sweep that was stopped in any way, even killed, continues where it was when it is called again. `--shard 3/64` runs every 64th point from the third one, for other processes or machines to run the others at the same time in the same folder; `--merge` puts all shards together into `results.jsonl`, with the same bytes however the points were shared out, and prints the Pareto front. Without `--shard` all points run, on all cores, and are merged. SWEEPS.md has a job script for clusters.",
  args: { file: { ...file, takes: "one" } },
  options: {
    graph: graphOptions.graph,
    space: { kind: "text", value: "file", reads: "files", default: "space.json", summary: "what is varied (.json)" },
    out: { kind: "text", value: "folder", writes: "folder", default: "sweep", summary: "where results are kept" },
    shard: {
      kind: "text",
      value: "i/n",
      form: { pattern: /^[1-9]\d{0,5}\/[1-9]\d{0,5}$/, wanted: "a part and the number of parts, as in 3/64" },
      summary: "run only this part of the points, without merging",
    },
    merge: { kind: "flag", summary: "put what all shards found together, and run nothing" },
    pareto: {
      kind: "text",
      value: "metrics",
      default: "total_time,sbuf_peak_bytes_per_partition",
      summary: "metrics of which less is better, for the Pareto front; METRICS.md has their names",
    },
    jobs: { kind: "integer", value: "n", min: 1, summary: "threads; as many as processors unless given" },
    fuse: fuseOption,
    json,
  },
  examples: [
    "tgc sweep samples/gemm.tg --space samples/gemm-space.json --out gemm-sweep",
    "tgc sweep samples/gemm.tg --space samples/gemm-space.json --out gemm-sweep --shard 1/2",
    "tgc sweep samples/gemm.tg --space samples/gemm-space.json --out gemm-sweep --merge --pareto total_time,hbm_read_bytes",
  ],
});
