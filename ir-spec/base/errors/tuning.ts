// Error codes E16nn: schedules that are searched for.

import { defineErrors } from "./define.ts";

export const tuningErrors = defineErrors({
  E1601: {
    title: "not a database of tuned schedules",
    message: "{file} is not a database of tuned schedules: {why}",
    help: "`tgc tune --tuned FILE` makes one where there is no such file, and adds to it",
    detail:
      "A database of tuned schedules is a JSON file that `tgc tune` writes; each entry has the fields of one kind of kernel, all of them, for a kernel, a machine and a version of tgc.\n\nWrong: `tgc profile mlp.tg --tuned mlp.tg`\n\nRight: `tgc tune mlp.tg --tuned tuned.json`",
  },
  E1602: {
    title: "not YAML",
    message: "{file} cannot be read as YAML: {why}",
    help: "the place says where the text stops being YAML",
    detail: "Wrong: `mapping: [ {target: DRAM`\n\nRight: `mapping: [ {target: DRAM, type: temporal, factors: M=4} ]`",
  },
  E1603: {
    title: "no mapping",
    message: "{file} has no mapping that can be read: {why}",
    help: "give Timeloop's `mapping`, `problem` and `architecture`, in one file or several, or the `..._complete.json` that ZigZag saves",
    detail: "Wrong: `tgc mapping mapping.yaml`\n\nRight: `tgc mapping arch.yaml problem.yaml mapping.yaml`",
  },
  E1604: {
    title: "wrong entry of a mapping",
    message: "expected {expected}, found {found}",
    help: "MAPPINGS.md says what is read of each tool's files",
    detail: "Wrong: `factors: M=many`\n\nRight: `factors: M=4 K=8`",
  },
  E1605: {
    title: "mapping does not cover its problem",
    message: "the loops over {dim} have {found} iterations together, expected {size}, its size",
    help: "multiply the factors of the dimension in all memories, spatial ones included",
    detail: "Wrong: `M=4` in one memory and `M=8` in another for M of 64\n\nRight: `M=4` and `M=16`",
  },
  E1606: {
    title: "mapping of something that is not read",
    message: "{what} is not read",
    help: "mappings of products are read: out[m, n] = sum over k of lhs[m, k] * rhs[k, n], each dimension cut evenly",
    detail:
      "Wrong: the mapping of a convolution of 3 x 3\n\nRight: the mapping of a convolution of 1 x 1, which is a product",
  },
  E1607: {
    title: "mapping that no schedule expresses",
    message: "no schedule expresses the mapping: {why}",
    help: "a schedule has a loop over blocks and one over tiles for each of m, n and k; `tgc mapping` still counts the accesses",
    detail: "Wrong: three loops over K around what one instruction multiplies\n\nRight: two of them",
  },
  E1608: {
    title: "mapping of another product",
    message: "{file} maps a product of {found}, expected {expected} as in the graph",
    help: "give the graph the sizes of the mapping with `--dim`, or the mapping those of the graph",
    detail: "Wrong: a mapping of 64 x 64 x 64 for samples/gemm.tg\n\nRight: `--dim M=64 --dim N=64 --dim K=64`",
  },
  E1640: {
    title: "not a space",
    message: "{file} is not a space to sweep: {why}",
    help: "a space has lists of `targets` and `schedules`, and for each name in `dims`, `set` and `fields` a list of values; SWEEPS.md has an example",
    detail:
      'Wrong: `{ "targets": "trn2" }`\n\nRight: `{ "targets": ["trn2"], "dims": { "M": [512, 1024] }, "fields": { "y": { "slots_lhs": [2, 3, 4] } } }`',
  },
  E1641: {
    title: "space too large",
    message: "the space has {found} points, expected at most {limit}",
    help: "vary less at a time: the number of points is the product of the lengths of all lists",
    detail:
      "Every point is compiled and simulated. Wrong: six fields of twelve values each\n\nRight: two fields of twelve values, one sweep for each pair",
  },
  E1642: {
    title: "results of another sweep",
    message: "{file} cannot be continued: {why}",
    help: "give another folder with `--out`, or remove the old results",
    detail:
      "Results are kept with the hash of all that they depend on: the program, the space, schedules, the numbers of machines and the version of tgc. When one of them changes, old results say nothing about new points.\n\n" +
      "Wrong: a changed program with the folder of the old one\n\nRight: `tgc sweep mlp.tg --out sweep-2`",
  },
  E1643: {
    title: "no such part",
    message: "expected a part from 1 to the number of parts, found {found}",
    help: "parts are numbered from 1: `--shard 1/64` to `--shard 64/64`",
    detail: "Wrong: `--shard 65/64`\n\nRight: `--shard 64/64`",
  },
  E1644: {
    title: "unknown metric",
    message: "there is no metric `{found}`",
    help: "METRICS.md lists the metrics; `tgc compare --csv` has a column for each",
    detail: "Wrong: `--pareto time`\n\nRight: `--pareto total_time`",
  },
  E1645: {
    title: "points without a result",
    message: "{folder} has results of {found} of {points} points; the first without one is {first}",
    help: "run all shards to their end, then merge",
    detail:
      "Only a whole sweep is merged, so that its bytes do not depend on how it was shared out.\n\nWrong: `--shard 1/2`, then `--merge`\n\nRight: `--shard 1/2`, `--shard 2/2`, then `--merge`",
  },
});
