// THE TABLE OF FILECHECK RULES: those of patterns, variables and numbers.
// Source: LLVM, "FileCheck - Flexible pattern matching file verifier", docs/CommandGuide/FileCheck.rst.

import type { RuleSection } from "./rule.ts";

export const patternRules: readonly RuleSection[] = [
  {
    title: "Regular expressions",
    rules: [
      {
        rule: "`{{...}}` is a POSIX extended regular expression; all else is fixed text, whatever signs it has.",
        checks: "CHECK: mov {{[0-9]+}}(%esp), {{%xmm[0-7]}}.*",
        passes: ["mov 48(%esp), %xmm3.*\n"],
        fails: [["mov 48(%esp), %xmm3\n", "E1408"]],
      },
      {
        rule: "`^` and `$` are the ends of a line.",
        checks: "CHECK: {{^}}a{{$}}",
        passes: ["b\na\n"],
        fails: [["ba\nab\n", "E1408"]],
      },
      {
        rule: "Of the matches that begin first the longest counts.",
        checks: "CHECK: [[X:a|ab]];\nCHECK: <[[X]]>",
        passes: ["ab;\n<ab>\n"],
      },
      {
        rule: "Counts, sets, choices and groups are those of POSIX; so are the classes, as in `[[:xdigit:]]`.",
        checks: "CHECK: {{([[:xdigit:]]{8})}} {{(up|down)+}} {{(x{2,3})}}y",
        passes: ["0000feFE updown xxy\n"],
        fails: [["0000fe updown xxy\n", "E1408"]],
      },
      {
        rule: "Double braces of the text are written as sets.",
        checks: "CHECK: {{[{][{]}}x{{[}][}]}}",
        passes: ["{{x}}\n"],
      },
      {
        rule: "Braces of a count at the end of an expression need parentheses: the first `}}` ends it.",
        checks: "CHECK: {{x{2}}}",
        fails: [["xx\n", "E1411"]],
        llvm: "takes the brace as text",
      },
      {
        rule: "`[[:space:]]` may be a line break; `.` and `[^a]` are not.",
        checks: "CHECK: ([[D:0x[0-9a-f]+]]){{[[:space:]].*}}end\nCHECK: <[[D]]>",
        passes: ["(0x233)\n name = end\n<0x233>\n"],
        fails: [["(0x233)\n\n name = end\n<0x233>\n", "E1408"]],
      },
      {
        rule: "An expression that is none is reported.",
        checks: "CHECK: {{(}}",
        fails: [["(\n", "E1411"]],
      },
      {
        rule: "What other dialects write with a backslash is refused.",
        checks: "CHECK: {{\\d+}}",
        fails: [["1\n", "E1411"]],
        llvm: "`\\d` is the letter d",
      },
    ],
  },
  {
    title: "Variables",
    rules: [
      {
        rule: "`[[NAME:expression]]` keeps the text that it matches, `[[NAME]]` is that text.",
        checks: "CHECK: not [[R:%[a-z]+]]\nCHECK: and {{.*}}[[R]]",
        passes: ["not %ax\nand %bx, %ax\n"],
        fails: [["not %ax\nand %bx, %cx\n", "E1408"]],
      },
      {
        rule: "A variable can be used later in the line that defines it.",
        checks: "CHECK: op [[R:r[0-9]+]], [[R]]{{$}}",
        passes: ["op r1, r2\nop r3, r3\n"],
        fails: [["op r1, r12\n", "E1408"]],
      },
      {
        rule: "A variable can be defined again; the latest text counts.",
        checks: "CHECK: a[[N:.]]\nCHECK: b[[N:.]]\nCHECK: c[[N]]",
        passes: ["a1\nb2\nc2\n"],
        fails: [["a1\nb2\nc1\n", "E1408"]],
      },
      {
        rule: "One that was never defined is reported.",
        checks: "CHECK: [[N]]",
        fails: [["N\n", "E1411"]],
      },
      {
        rule: "`-DNAME=text` defines one before the first line.",
        options: "-DMACHINE=tiny",
        checks: "CHECK: target [[MACHINE]]",
        passes: ["target tiny\n"],
        fails: [["target trn2\n", "E1408"]],
      },
      {
        rule: "With `--enable-var-scope` a label forgets all but those whose names begin with `$`.",
        options: "--enable-var-scope",
        checks: "CHECK-LABEL: f\nCHECK: [[$G:g.]]\nCHECK: [[L:l.]]\nCHECK-LABEL: h\nCHECK: <[[$G]]>\nCHECK: <[[L]]>",
        fails: [["f\ng1\nl1\nh\n<g1>\n<l1>\n", "E1411"]],
      },
      {
        rule: "Without it they stay.",
        checks: "CHECK-LABEL: f\nCHECK: [[L:l.]]\nCHECK-LABEL: h\nCHECK: <[[L]]>",
        passes: ["f\nl1\nh\n<l1>\n"],
      },
    ],
  },
  {
    title: "Numbers",
    rules: [
      {
        rule: "`[[#NAME:]]` keeps a number, `[[#NAME+1]]` is one that is larger.",
        checks: "CHECK: load r[[#REG:]], [r0]\nCHECK: load r[[#REG+1]], [r1]",
        passes: ["load r5, [r0]\nload r6, [r1]\n"],
        fails: [["load r5, [r0]\nload r7, [r1]\n", "E1408"]],
      },
      {
        rule: "A format is `%u` (the default), `%d` with a sign, `%x` or `%X`; `.8` asks for digits, `#` for `0x`.",
        checks: "CHECK: a [[#%.8X,A:]] b [[#%d,B:]] c [[#%#x,C:]]\nCHECK: [[#A]] [[#B]] [[#C]]",
        passes: ["a 0000FEFE b -3 c 0xff\n0000FEFE -3 0xff\n"],
        fails: [["a FEFE b -3 c 0xff\nFEFE -3 0xff\n", "E1408"]],
      },
      {
        rule: "A number without a name is any number.",
        checks: "CHECK: mov r[[#]], r[[#%u,]]",
        passes: ["mov r1, r2\n"],
        fails: [["mov ra, r2\n", "E1408"]],
      },
      {
        rule: "An expression takes the format of its variables.",
        checks: "CHECK: from 0x[[#%x,A:]]\nCHECK-SAME: to 0x[[#A + 7]]",
        passes: ["from 0xa0463440 to 0xa0463447\n"],
        fails: [["from 0xa0463440 to 0xa0463443\n", "E1408"]],
      },
      {
        rule: "Of variables with several formats the line must say which.",
        checks: "CHECK: [[#%x,A:]] [[#B:]]\nCHECK: [[#A+B]]",
        fails: [["a 1\n11\n", "E1411"]],
      },
      {
        rule: "Operators are `+` and `-`, from left to right, parentheses come first; functions are add, sub, mul, div, min and max.",
        checks: "CHECK: [[#N:]]\nCHECK-NEXT: [[#N-1+3]] [[#N-(1+3)]] [[#mul(N,2)]] [[#max(div(N,3),min(N,2))]]{{$}}",
        passes: ["12\n14 8 24 4\n"],
        fails: [["12\n8 8 24 4\n", "E1408"]],
      },
      {
        rule: "An expression may define a name too, and `==` may come before it.",
        checks: "CHECK: r[[#O:]], 0x[[#%X,F:12]]\nCHECK: [[#== O+1]] [[#F]]",
        passes: ["r4, 0xC\n5 C\n"],
        fails: [["r4, 0xD\n5 D\n", "E1408"]],
      },
      {
        rule: "A number that a line defines has no value in that line.",
        checks: "CHECK: [[#N:]] [[#N+1]]",
        fails: [["1 2\n", "E1411"]],
      },
      {
        rule: "Values have 64 bits; what is larger is reported.",
        checks: "CHECK: [[#N:]]\nCHECK: [[#N+1]]",
        fails: [
          ["18446744073709551615\n18446744073709551616\n", "E1411"],
          ["99999999999999999999\n", "E1411"],
        ],
      },
      {
        rule: "`-D#NAME=expression` defines one before the first line, with a format as in `-D#%X,NAME=255`.",
        options: "-D#N=3+4 -D#%X,H=255",
        checks: "CHECK: [[#N]] [[#H]]",
        passes: ["7 FF\n"],
      },
      {
        rule: "`@LINE` is the number of the CHECK line's own line.",
        checks: "CHECK: f:[[#@LINE]]:\nCHECK: f:[[# @LINE + 4 ]]:",
        passes: ["f:1:\nf:6:\n"],
        fails: [["f:2:\nf:6:\n", "E1408"]],
      },
      {
        rule: "So it is in the older forms `[[@LINE]]`, `[[@LINE+2]]` and `[[@LINE-1]]`.",
        checks: "CHECK: f:[[@LINE]]:\nCHECK: f:[[@LINE-1]]:\nCHECK: f:[[@LINE+2]]:",
        passes: ["f:1:\nf:1:\nf:5:\n"],
      },
    ],
  },
];
