// `tgc test`: its arguments, options, words and examples.

import { failOnForm } from "../../diff/fail-on.ts";
import { defineCommand } from "../command-spec.ts";
import { json } from "./common.ts";

export const testSpec = defineCommand({
  summary: "run tests of programs: RUN lines, CHECK lines, expected files and values",
  detail:
    "A test is a program whose first lines say what is run on it and what is expected: the text of a file beside it, CHECK lines by the rules of LLVM's FileCheck, ERROR marks for diagnostics, or EXPECT lines for values. RUN lines are run in this process; no shell reads them. A test that checks nothing fails: one without a RUN line, a CHECK line that matches anything, a prefix without lines, an expected file that nothing makes. TESTING.md describes the lines, FILECHECK.md the rules of CHECK lines. `--bless` takes over new outputs of the tests that it names; there is no way to bless all of them.",
  args: {
    paths: { takes: "any", summary: "tests, and folders of tests; this folder unless given" },
  },
  options: {
    filter: { kind: "text", value: "regex", summary: "run only tests whose name this JavaScript expression matches" },
    changed: { kind: "flag", summary: "run only tests whose files differ from git's HEAD" },
    since: { kind: "text", value: "commit", summary: "run only tests whose files differ from this commit" },
    bless: {
      kind: "names",
      value: "test",
      summary: "take over the new outputs of these tests, and say what each change means",
    },
    failOn: {
      kind: "text",
      value: "verdict",
      form: { pattern: failOnForm, wanted: "meaning, performance, performance:5% or cosmetic" },
      summary:
        "for tests without a FAIL-ON line: what the difference of two programs must be to fail, as for `tgc diff`; else every character counts",
    },
    jobs: {
      kind: "integer",
      value: "n",
      min: 1,
      summary: "run so many tests at a time; as many as there are processors",
    },
    junit: { kind: "text", value: "path", summary: "write the results as JUnit's XML, with times" },
    verbose: { kind: "flag", short: "v", summary: "name the tests that passed, too" },
    json,
  },
  examples: [
    "tgc test test/kernels",
    "tgc test --changed",
    "tgc test test/kernels --bless softmax.tg",
    "tgc test test/kernels --junit results.xml --filter decode",
  ],
});
