// THE TABLE OF FILECHECK RULES: those of the options, and those that LLVM does not have.
// Source: LLVM, "FileCheck - Flexible pattern matching file verifier", docs/CommandGuide/FileCheck.rst.

import type { RuleSection } from "./rule.ts";

export const optionRules: readonly RuleSection[] = [
  {
    title: "Options",
    rules: [
      {
        rule: "`--check-prefix` gives another name than CHECK; it may be repeated.",
        options: "--check-prefix=TINY --check-prefix ALL",
        checks: "TINY: a\nALL-NEXT: b\nTRN2: c",
        passes: ["a\nb\n"],
        fails: [["a\nx\nb\n", "E1409"]],
      },
      {
        rule: "`--check-prefixes` takes several, with commas.",
        options: "--check-prefixes=A,B",
        checks: "A: a\nB: b",
        passes: ["a\nb\n"],
      },
      {
        rule: "One dash is as good as two.",
        options: "-check-prefix=A -strict-whitespace",
        checks: "A:a",
        passes: ["a\n"],
      },
      {
        rule: "Every prefix has lines.",
        options: "--check-prefixes=A,B",
        checks: "A: a",
        fails: [["a\n", "E1413"]],
      },
      {
        rule: "`--allow-unused-prefixes` lets some have none, never all.",
        options: "--check-prefixes=A,B --allow-unused-prefixes",
        checks: "A: a",
        passes: ["a\n"],
      },
      {
        rule: "A prefix is given once, be it one of comments too.",
        options: "--check-prefixes=A,COM",
        checks: "A: a",
        fails: [["a\n", "E1402"]],
      },
      {
        rule: "With `--match-full-lines` a match is the whole line, but for blanks around it.",
        options: "--match-full-lines",
        checks: "CHECK: a b",
        passes: ["x\n  a   b \n"],
        fails: [["a b c\n", "E1408"]],
      },
      {
        rule: "CHECK-NOT is not held to full lines.",
        options: "--match-full-lines",
        checks: "CHECK: a\nCHECK-NOT: b",
        fails: [["a\nx b x\n", "E1410"]],
      },
      {
        rule: "With `--strict-whitespace` blanks count.",
        options: "--strict-whitespace",
        checks: "CHECK: a  b",
        passes: ["a  b\n"],
        fails: [["a b\n", "E1408"]],
      },
      {
        rule: "With both, the blanks around the line and the pattern count, too.",
        options: "--strict-whitespace --match-full-lines",
        checks: "CHECK:  a",
        passes: ["  a\n"],
        fails: [[" a\n", "E1408"]],
      },
      {
        rule: "With `--ignore-case` capitals are as good as small letters.",
        options: "--ignore-case",
        checks: "CHECK: Load {{[a-c]}}",
        passes: ["lOAD B\n"],
        fails: [["lOAD D\n", "E1408"]],
      },
      {
        rule: "`--implicit-check-not` excludes a text everywhere but in matches; it may be repeated.",
        options: "--implicit-check-not warning: --implicit-check-not={{err.r}}",
        checks: "CHECK: warning: a\nCHECK: end",
        passes: ["x\nwarning: a\nend\n"],
        fails: [
          ["warning: a\nwarning: b\nend\n", "E1410"],
          ["warning: a\nend\nerror\n", "E1410"],
        ],
      },
      {
        rule: "It looks between the matches of CHECK-DAG lines, too.",
        options: "--implicit-check-not=warning",
        checks: "CHECK-DAG: one\nCHECK-DAG: two",
        passes: ["two\none\n"],
        fails: [["two\nwarning\none\n", "E1410"]],
        llvm: "looks before the first and after the last of them",
      },
      {
        rule: "An empty text is refused.",
        checks: "CHECK-NOT: a",
        fails: [["", "E1424"]],
      },
      {
        rule: "`--allow-empty` takes it.",
        options: "--allow-empty",
        checks: "CHECK-NOT: a",
        passes: [""],
      },
    ],
  },
  {
    title: "Tests that check nothing",
    rules: [
      {
        rule: "A file without CHECK lines is refused.",
        checks: "nothing",
        fails: [["a\n", "E1413"]],
      },
      {
        rule: "A pattern is not empty.",
        checks: "CHECK:",
        fails: [["a\n", "E1411"]],
      },
      {
        rule: "A line that matches any line is refused.",
        checks: "CHECK: a\nCHECK: {{.*}}",
        fails: [["a\n", "E1412"]],
        llvm: "passes",
      },
      {
        rule: "So is one that keeps any text.",
        checks: "CHECK: [[X:.+]]",
        fails: [["a\n", "E1412"]],
        llvm: "passes",
      },
      {
        rule: "A CHECK-NEXT that matches anything skips a line before another CHECK-NEXT.",
        checks: "CHECK: a\nCHECK-NEXT: {{^.*$}}\nCHECK-NEXT: b",
        passes: ["a\nx\nb\n"],
        fails: [["a\nb\n", "E1408"]],
      },
      {
        rule: "A name that is almost a directive is reported.",
        checks: "CHECK: a\nCHECK-NXT: b",
        fails: [["a\n", "E1414"]],
        llvm: "reads past it",
      },
      {
        rule: "Suffixes are not combined.",
        checks: "CHECK: a\nCHECK-DAG-NOT: b",
        fails: [["a\n", "E1414"]],
      },
      {
        rule: "A directive has its colon.",
        checks: "CHECK: a\n// CHECK-NEXT b",
        fails: [["a\n", "E1414"]],
        llvm: "reads past it",
      },
    ],
  },
];
