// THE TABLE OF FILECHECK RULES: those of the directives.
// Source: LLVM, "FileCheck - Flexible pattern matching file verifier", docs/CommandGuide/FileCheck.rst.

import type { RuleSection } from "./rule.ts";

export const directiveRules: readonly RuleSection[] = [
  {
    title: "CHECK",
    rules: [
      {
        rule: "Texts must come in the order of their lines, each after the one before.",
        checks: "CHECK: load\nCHECK: store",
        passes: ["load a\nstore b\n", "load a, then store b\n"],
        fails: [["store b\nload a\n", "E1408"]],
      },
      {
        rule: "A text may be anywhere in a line; a match never spans lines but for `[[:space:]]`.",
        checks: "CHECK: ab",
        passes: ["xabx\n"],
        fails: [["a\nb\n", "E1408"]],
      },
      {
        rule: "Spaces and tabs in a row count as one space, in the pattern and in the text.",
        checks: "CHECK: a  b\tc",
        passes: ["a b c\n", "a \t b\tc\n"],
        fails: [["ab c\n", "E1408"]],
      },
      {
        rule: "Blanks around the pattern are no part of it.",
        checks: "CHECK:   a   ",
        passes: ["xa\n"],
      },
      {
        rule: "Line ends are `\\n` or `\\r\\n`.",
        checks: "CHECK: a{{$}}\nCHECK-NEXT: b",
        passes: ["a\r\nb\r\n", "a\nb\n"],
      },
      {
        rule: "The first directive of a line counts; one further on is a part of its pattern.",
        checks: "CHECK: a CHECK: b",
        passes: ["a CHECK: b\n"],
        fails: [["a\nb\n", "E1408"]],
      },
      {
        rule: "A name is no directive inside a longer word.",
        checks: "CHECK: a\nXCHECK: b\nMY-CHECK: c",
        passes: ["a\n"],
      },
    ],
  },
  {
    title: "CHECK-NEXT",
    rules: [
      {
        rule: "The match is on the line after the one before it.",
        checks: "CHECK: a\nCHECK-NEXT: b",
        passes: ["a\nb\n"],
        fails: [
          ["a\n\nb\n", "E1409"],
          ["a b\n", "E1409"],
          ["a\nc\n", "E1408"],
        ],
      },
      {
        rule: "It needs a match before it.",
        checks: "CHECK-NEXT: a",
        fails: [["a\n", "E1411"]],
      },
    ],
  },
  {
    title: "CHECK-SAME",
    rules: [
      {
        rule: "The match is on the line of the one before it.",
        checks: "CHECK: Value:\nCHECK-SAME: {{ 1$}}",
        passes: ["Value: 1\n"],
        fails: [["Value: 2\nValue: 1\n", "E1409"]],
      },
      {
        rule: "With CHECK-NOT it excludes a text between two of one line.",
        checks: "CHECK: (line: 5,\nCHECK-NOT: column:\nCHECK-SAME: scope:",
        passes: ["(line: 5, scope: 1)\n"],
        fails: [["(line: 5, column: 2, scope: 1)\n", "E1410"]],
      },
      {
        rule: "It needs a match before it.",
        checks: "CHECK-SAME: a",
        fails: [["a\n", "E1411"]],
      },
    ],
  },
  {
    title: "CHECK-EMPTY",
    rules: [
      {
        rule: "The line after the match before it has nothing on it, no blank either.",
        options: "--strict-whitespace",
        checks: "CHECK:a\nCHECK-EMPTY:\nCHECK-NEXT:b",
        passes: ["a\n\nb\n"],
        fails: [
          ["a\n \nb\n", "E1408"],
          ["a\nb\n", "E1408"],
          ["a\nx\n\nb\n", "E1409"],
        ],
      },
      {
        rule: "It needs a match before it, and takes no text.",
        checks: "CHECK-EMPTY:\nCHECK: a\nCHECK-EMPTY: b",
        fails: [["\na\n", "E1411"]],
      },
    ],
  },
  {
    title: "CHECK-NOT",
    rules: [
      {
        rule: "The text is not between the matches before and after it.",
        checks: "CHECK: a\nCHECK-NOT: load\nCHECK: b",
        passes: ["load\na\nb\nload\n"],
        fails: [["a\nload\nb\n", "E1410"]],
      },
      {
        rule: "Before the first match it looks from the beginning, after the last one to the end.",
        checks: "CHECK-NOT: x\nCHECK: a\nCHECK-NOT: y",
        passes: ["y\na\nx\n"],
        fails: [
          ["x\na\n", "E1410"],
          ["a\ny\n", "E1410"],
        ],
      },
      {
        rule: "Several in a row each look at all of the text between.",
        checks: "CHECK: a\nCHECK-NOT: x\nCHECK-NOT: y\nCHECK: b",
        passes: ["a\nb\n"],
        fails: [["a\ny\nx\nb\n", "E1410"]],
      },
    ],
  },
  {
    title: "CHECK-COUNT-n",
    rules: [
      {
        rule: "The pattern matches n times in a row; a CHECK-NOT after it says that there are no more.",
        checks: "CHECK-COUNT-3: loop {{[0-9]+}}\nCHECK-NOT: loop {{[0-9]+}}",
        passes: ["loop 1\nloop 2\nloop 3\n"],
        fails: [
          ["loop 1\nloop 2\n", "E1408"],
          ["loop 1\nloop 2\nloop 3\nloop 4\n", "E1410"],
        ],
      },
      {
        rule: "The count is a positive number.",
        checks: "CHECK-COUNT-0: a",
        fails: [["a\n", "E1411"]],
      },
    ],
  },
  {
    title: "CHECK-DAG",
    rules: [
      {
        rule: "Those in a row match in any order.",
        checks: "CHECK-DAG: one\nCHECK-DAG: two\nCHECK: end",
        passes: ["two\none\nend\n", "one\ntwo\nend\n"],
        fails: [
          ["one\nend\ntwo\n", "E1408"],
          ["two\nend\n", "E1408"],
        ],
      },
      {
        rule: "A CHECK-NOT between them keeps those before it before those after it.",
        checks: "CHECK-DAG: BEFORE\nCHECK-NOT: NOT\nCHECK-DAG: AFTER",
        passes: ["BEFORE\nAFTER\n"],
        fails: [
          ["AFTER\nBEFORE\n", "E1408"],
          ["BEFORE\nNOT\nAFTER\n", "E1410"],
        ],
      },
      {
        rule: "Variables that they define can be used by those after them, in any order of the text.",
        checks: "CHECK-DAG: add [[A:r[0-9]+]], x\nCHECK-DAG: add [[B:r[0-9]+]], y\nCHECK: mul [[A]], [[B]]",
        passes: ["add r2, y\nadd r1, x\nmul r1, r2\n"],
        fails: [["add r2, y\nadd r1, x\nmul r2, r1\n", "E1408"]],
      },
      {
        rule: "A variable that is defined and used in a row may be defined further down in the text; the first match defines it.",
        checks: "CHECK-DAG: vmov [[D:d[0-9]+]][0]\nCHECK-DAG: vmov [[D]][1]",
        passes: ["vmov d0[1]\nvmov d0[0]\n"],
        fails: [["vmov d1[1]\nvmov d0[0]\n", "E1408"]],
      },
      {
        rule: "Matches of those in a row never overlap, so equal lines match one after the other.",
        checks:
          "CHECK-DAG: [[T:[0-9]+]]: begin\nCHECK-DAG: [[T]]: end\nCHECK-DAG: [[T:[0-9]+]]: begin\nCHECK-DAG: [[T]]: end",
        passes: ["7: begin\n7: end\n7: begin\n7: end\n"],
        fails: [["7: begin\n7: end\n", "E1408"]],
      },
    ],
  },
  {
    title: "CHECK-LABEL",
    rules: [
      {
        rule: "Labels cut the text into blocks; lines between two labels match between them alone.",
        checks: "CHECK-LABEL: f:\nCHECK: load\nCHECK-LABEL: g:\nCHECK: store",
        passes: ["f:\nload\ng:\nstore\n"],
        fails: [["f:\ng:\nload\nstore\n", "E1408"]],
      },
      {
        rule: "Each block that fails is reported.",
        checks: "CHECK-LABEL: f:\nCHECK: load\nCHECK-LABEL: g:\nCHECK: store",
        fails: [["f:\nx\ng:\ny\n", "E1408 E1408"]],
      },
      {
        rule: "A label holds no variables.",
        checks: "CHECK-LABEL: [[F:[a-z]+]]:",
        fails: [["f:\n", "E1411"]],
      },
    ],
  },
  {
    title: "COM and RUN",
    rules: [
      {
        rule: "A directive after `COM:` or `RUN:` is none.",
        checks: "CHECK: a\nCOM: CHECK: b\nRUN: tool | CHECK: c",
        passes: ["a\n"],
      },
      {
        rule: "`COM:` inside a pattern is a part of it.",
        checks: "CHECK: a COM: b",
        passes: ["a COM: b\n"],
        fails: [["a\n", "E1408"]],
      },
      {
        rule: "`COM` with a suffix is plain text.",
        checks: "CHECK: a\nCOM-NOT: CHECK: b",
        passes: ["a\nb\n"],
        fails: [["a\n", "E1408"]],
      },
      {
        rule: "`--comment-prefixes` gives other names in their place.",
        options: "--comment-prefixes=NOTE,RUN",
        checks: "CHECK: a\nNOTE: CHECK: b\nCOM: CHECK: c",
        passes: ["a\nc\n"],
        fails: [["a\n", "E1408"]],
      },
    ],
  },
  {
    title: "{LITERAL}",
    rules: [
      {
        rule: "The pattern is fixed text, whatever it holds.",
        checks: "CHECK{LITERAL}: [[[10, 20]], [[30, 40]]]\nCHECK-DAG{LITERAL}: [[30]]\nCHECK-DAG{LITERAL}: {{x}}",
        passes: ["[[[10, 20]], [[30, 40]]]\n{{x}}\n[[30]]\n"],
        fails: [["[[[10, 20]], [[30, 40]]]\nx\n[[30]]\n", "E1408"]],
      },
      {
        rule: "There is no other modifier.",
        checks: "CHECK{REGEX}: a",
        fails: [["a\n", "E1411"]],
      },
    ],
  },
];
