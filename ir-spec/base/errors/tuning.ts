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
