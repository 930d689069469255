// Error codes E05nn: pass pipelines and their options.

import { defineErrors } from "./define.ts";

export const passErrors = defineErrors({
  E0501: {
    title: "unknown pass",
    message: "unknown pass `{name}`",
    help: "`tgc list passes` prints all passes",
    detail: 'Wrong: `--passes "fold"`\n\nRight: `--passes "constant-fold"`',
  },
  E0502: {
    title: "unknown pass option",
    message: "unknown option `{option}` of pass {pass}, expected one of: {expected}",
    help: "PASSES.md lists the options of each pass",
    detail: 'Wrong: `--passes "constant-fold{max=4}"`\n\nRight: `--passes "constant-fold{max_elements=4}"`',
  },
  E0503: {
    title: "pass option has the wrong kind",
    message: "{pass}: option {option} is {found}, expected {expected}",
    help: "write numbers, true and false bare, lists in brackets: `a{n=4, on=true, names=[x, y]}`",
    detail:
      'Wrong: `--passes "constant-fold{max_elements=many}"`\n\nRight: `--passes "constant-fold{max_elements=4096}"`',
  },
  E0504: {
    title: "passes do not follow each other",
    message: "pass {pass} works on the {expected} stage, but the pipeline is at the {found} stage there",
    help: "put the passes on graphs first, then the lowering, then the passes on tiles",
    detail:
      "A pass takes one stage and returns the same or a later one. Once a graph is lowered to tiles, no pass on graphs can follow.",
  },
  E0505: {
    title: "pipeline cannot be read",
    message: "expected {expected}, found {found}",
    help: 'a pipeline is a list of passes with their options: `--passes "canonicalize,constant-fold{max_elements=64},fuse"`',
    detail:
      'Wrong: `--passes "cse dce"`\n\nRight: `--passes "cse,dce"`\n\nAn option is given in braces, once, as `name=value`.',
  },
  E0506: {
    title: "pipeline ends at another stage",
    message: "the pipeline ends at the {found} stage, expected {expected}",
    help: "leave out the passes after the requested stage, or add the lowering",
    detail: "What runs the passes needs a program of one stage in the end, as the rest of the compiler does.",
  },
});
