// Error codes E14nn: tests of programs, as `tgc test` runs them. TESTING.md describes the files.

import { defineErrors } from "./define.ts";

export const testErrors = defineErrors({
  E1401: {
    title: "test without a RUN line",
    message: "{file} has no RUN line",
    help: "write `// RUN: tgc ...` at its top; what tests only read belongs into a folder named inputs",
    detail:
      "A file in a folder of tests that runs nothing checks nothing, and looks as if it did.\n\nRight: `// RUN: tgc compile %s --target tiny | FileCheck %s`",
  },
  E1402: {
    title: "RUN line that cannot be read",
    message: "{why}",
    help: "a RUN line is `tgc` and its arguments, `not tgc ...`, or one of these with `| FileCheck %s`; no shell reads it",
    detail:
      "RUN lines are run by tgc itself, in its own process, so that they are the same on every system. Of a shell's signs they know quotes, `2>&1`, `> %t` and one pipe to FileCheck.\n\nWrong: `// RUN: tgc compile %s && tgc lower %s`\n\nRight: two RUN lines",
  },
  E1403: {
    title: "RUN line with another exit code",
    message: "`{command}` ended with exit code {found}, expected {expected}",
    help: "`not tgc ...` expects exit code 1, `not --exit=2 tgc ...` wrong usage",
    detail:
      "Exit codes are 0 fine, 1 mistakes or differences were found, 2 wrong usage, 3 a bug of tgc. Wrong usage is not taken for a mistake that was found: as a rule it is one of the RUN line.",
  },
  E1404: {
    title: "test that checks nothing",
    message: "{file} runs {found} and looks at nothing",
    help: "add CHECK lines, ERROR marks, EXPECT lines, or an expected file",
    detail:
      "That a command ends well is no test of what it did, but for `tgc check` and `tgc diff`, whose exit codes say what they found.\n\nWrong: `// RUN: tgc compile %s -o %t` alone\n\nRight: with `// RUN: tgc run %t.s` and `// EXPECT: y = y.npy`",
  },
  E1405: {
    title: "output that nothing is compared with",
    message: "`{command}` printed {found}, and there is neither a CHECK line nor the file {file}",
    help: "read the output; `--bless` and the name of the test writes the file, or add CHECK lines",
    detail:
      "The output of a RUN line is compared with the expected file beside the test, or held to CHECK lines, ERROR marks or EXPECT lines.",
  },
  E1406: {
    title: "output is not the expected one",
    message: "the output of `{command}` is not that of {file}",
    help: "read the difference; where the new output is right, `--bless` and the name of the test takes it over",
    detail:
      "The expected file has every character of the output. `// FAIL-ON: performance` lets programs differ in looks: names, numbers, and the order of what is independent.",
  },
  E1407: {
    title: "expected file of no RUN line",
    message: "no RUN line makes {file}",
    help: "remove it, or give it the name that a RUN line expects",
    detail:
      "The expected file of `a.tg` is `a.tg.expected`, that of its line `RUN(small):` is `a.tg.small.expected`. One that is left over would never be compared again.",
  },
  E1408: {
    title: "text of a CHECK line not found",
    message: "{directive} did not find {pattern}",
    help: "compare the pattern with the output; each line is looked for after the match of the one before",
    detail:
      "CHECK lines match in order, each after the one before. Blanks count as one space unless `--strict-whitespace` is given. TESTING.md has all rules.",
  },
  E1409: {
    title: "text of a CHECK line in another line",
    message: "{directive} expected its match {expected}, found it {found}",
    help: "CHECK-NEXT is the line after the match before it, CHECK-SAME the same line, CHECK-EMPTY an empty line after it",
    detail:
      "The first match after the one before counts. Where the pattern is not sharp enough it is found too early or in another place.",
  },
  E1410: {
    title: "text that should not be there",
    message: "{directive} found `{found}`",
    help: "CHECK-NOT excludes its text between the matches before and after it",
    detail: "`--implicit-check-not` excludes a text everywhere but in what CHECK lines match.",
  },
  E1411: {
    title: "malformed CHECK line",
    message: "{directive}: {why}",
    help: "TESTING.md lists the forms of CHECK lines",
    detail:
      "A pattern holds fixed text, `{{regular expressions}}` (POSIX extended), `[[NAME:expression]]` to keep a text, `[[NAME]]` to match it again, and `[[#NUMBER]]`.",
  },
  E1412: {
    title: "CHECK line that matches anything",
    message: "{directive} matches any line, so it checks nothing",
    help: "write what the line should say, or remove it",
    detail: "Wrong: `// CHECK: {{.*}}`\n\nRight: `// CHECK: matmul {{.*}} engine=pe`",
  },
  E1413: {
    title: "prefix that no CHECK line has",
    message: "{file} has no line that begins with `{prefix}`",
    help: "write such lines, or take the prefix out of the RUN line",
    detail:
      "With `--allow-unused-prefixes` some of several prefixes may have no lines; at least one must have some. Wrong: `| FileCheck %s --check-prefix=TINY` in a file with `// TNY:` lines",
  },
  E1414: {
    title: "line that looks like a directive",
    message: "`{found}` is no directive, expected one of {expected}",
    help: "write it as one, or put `COM:` before it",
    detail:
      "A misspelled directive would be a comment, and the test would check less than it says.\n\nWrong: `// CHECK-NXT: matmul`\n\nRight: `// CHECK-NEXT: matmul`",
  },
  E1415: {
    title: "CHECK line that takes too long to match",
    message: "{directive} was stopped: its search took too many steps",
    help: "make the pattern sharper: fixed text at its beginning, and sets in place of `.*`",
    detail:
      "Matching takes at most as many steps as the pattern has parts times the characters of the text. It is counted, so that a test never hangs, and stops at the same step on every machine.",
  },
  E1416: {
    title: "CHECK lines that no RUN line reads",
    message: "no RUN line reads lines that begin with `{prefix}`",
    help: "add `| FileCheck %s --check-prefix={prefix}` to a RUN line, or remove the lines",
    detail:
      "Such lines are left when a RUN line is removed or its prefix renamed. Nothing would ever check them again.",
  },
  E1417: {
    title: "diagnostic that was not reported",
    message: "expected {code} here, it was not reported",
    help: "correct the mark, or what should report it",
    detail:
      "`// ERROR: E0302 text` expects a diagnostic on its line, `// ERROR@+1: ...` on the next one, `// ERROR@none: ...` one without a place. The text is a part of the message; it may hold `{{regular expressions}}`.",
  },
  E1418: {
    title: "diagnostic that was not expected",
    message: "{code} was reported here: {text}",
    help: "add `// ERROR: {code} ...` to the line where it is right",
    detail: "A test with ERROR marks names every diagnostic of its `not tgc ...` lines.",
  },
  E1419: {
    title: "values are not the expected ones",
    message: "output {name} of `{command}`: {why}",
    help: "`tgc check` compares the program with the reference; TESTING.md says which differences count",
    detail:
      "Each element may be off by what the rounding of its own computation explains, as for `tgc check`. A program without its graph, such as an instruction stream, is compared bit for bit.",
  },
  E1420: {
    title: "malformed line of a test",
    message: "{directive}: {why}",
    help: "TESTING.md lists the lines that a test may have",
    detail:
      "`// ERROR: E0302 text`, `// EXPECT: y = y.npy`, `// FILE few.json: machine tiny without peRows`, `// FAIL-ON: performance`.",
  },
  E1421: {
    title: "bless without names",
    message: "expected the names of tests to bless, found {found}",
    help: "name the tests, as in `tgc test DIR --bless a.tg b.tg`, and read each difference first",
    detail:
      "There is no way to take over every new output at once: that makes a suite agree with any bug. Names are those that `tgc test` prints.",
  },
  E1422: {
    title: "git cannot say what changed",
    message: "git cannot say what changed since {reference}: {why}",
    help: "call it in a git repository, or name a commit that it knows, as in `--since main`",
    detail:
      "`--changed` runs only tests whose files differ from HEAD, `--since` those that differ from a commit. The repository is that of the folder in which `tgc` is called.",
  },
  E1423: {
    title: "no tests found",
    message: "found no tests in {where}",
    help: "tests are files that end in .tg, .tile, .s, .asm, .wgsl or .test and have a RUN line",
    detail: "Files in folders named inputs or Inputs are no tests, nor is what is hidden or in node_modules.",
  },
  E1424: {
    title: "nothing to check",
    message: "{name} is empty",
    help: "a command that reports to stderr needs `2>&1` before the pipe; `--allow-empty` takes an empty text",
    detail: "An empty text passes every CHECK-NOT line, so it is refused unless that is asked for.",
  },
  E1425: {
    title: "tests that call themselves",
    message: "`tgc test` was called by a test of a test, {depth} deep",
    help: "a test does not run itself, nor the folder it is in",
    detail: "Wrong: `// RUN: tgc test %S`",
  },
  E1426: {
    title: "malformed expression of an option",
    message: "{option} {text}: {why}",
    help: "it is a JavaScript regular expression; a name as it is printed is one, too",
    detail: "Wrong: `--filter '('`\n\nRight: `--filter decode`",
  },
});
