// Tests as `tgc test` reads and runs them: what passes, and the code of what does not.
import { afterAll, expect, test } from "vitest";
import { readTestFile } from "../../../src/suite/test-file.ts";
import { makeSuite, program } from "./run-tests.ts";

const suite = makeSuite();
afterAll(() => suite.remove());

const wrong = "graph g(x: f32[4]) -> (y: f32[4]) {\n  y = hiden\n";

test.each([
  ["CHECK lines without a pipe", `// RUN: tgc print %s\n// CHECK: y: f32[4] = add(x, x)\n${program}`],
  ["a pipe", `// RUN: tgc print %s | FileCheck %s\n// CHECK: add(x, x)\n${program}`],
  ["one dash and a blank", `// RUN: tgc print %s | FileCheck %s -check-prefix P\n// P: add(x, x)\n${program}`],
  ["comments of assembler", `; RUN: tgc list ops\n; CHECK: matmul\n`],
  ["a line that continues", `// RUN: tgc print \\\n// RUN:   %s | FileCheck %s\n// CHECK: add(x, x)\n${program}`],
  ["quotes", `// RUN: tgc opt %s --passes "cse, dce" | FileCheck %s\n// CHECK: add(x, x)\n${program}`],
  ["a failure with its message", `// RUN: not tgc print %s 2>&1 | FileCheck %s\n// CHECK: error[E0201]\n${wrong}}\n`],
  ["a failure without a pipe", `// RUN: not tgc print %s\n// CHECK: error[E0201]\n${wrong}}\n`],
  ["wrong usage", `// RUN: not --exit=2 tgc print --nope\n// CHECK: unknown option\n`],
  ["a mark", `// RUN: not tgc print %s\n${wrong}  // ERROR@-1:7: E0201 \`hiden\` {{has|had}}\n}\n`],
  [
    "a mark at the end of its line",
    `// RUN: not tgc print %s\ngraph g() -> () {\n  y = hiden // ERROR: E0201\n}\n`.replace(
      "g() -> ()",
      "g(x: f32[4]) -> (y: f32[4])",
    ),
  ],
  [
    "a mark without a place",
    `// RUN: not tgc lower %s --target nope\n// ERROR@none: E1304 unknown target nope\n${program}`,
  ],
  [
    "a mark for one of two lines",
    `// RUN(a): not tgc lower %s --target nope\n// RUN(b): not tgc lower %s --target nix\n// ERROR(a)@none: E1304 nope\n// ERROR(b)@none: E1304 nix\n${program}`,
  ],
  ["a verdict", `// RUN: tgc diff %s %s\n${program}`],
  [
    "a file between two lines",
    `// RUN: tgc compile %s --target tiny -o %t.s\n// RUN: tgc asm %t.s | FileCheck %s\n// CHECK: stream g for tiny\n${program}`,
  ],
  [
    "output in a file",
    `// RUN: tgc print %s > %t.tg\n// RUN: FileCheck %s --input-file %t.tg\n// CHECK: add(x, x)\n${program}`,
  ],
  [
    "a part in comments",
    `// RUN: tgc print %t/b.tg\n// CHECK: exp(z)\n${program}//--- b.tg\n// graph h(z: f32[2]) -> (y: f32[2]) {\n//   y = exp(z)\n// }\n`,
  ],
  [
    "split-file as LLVM writes it",
    `// RUN: split-file %s %t\n// RUN: tgc print %t/b.tg | FileCheck %s\n// CHECK: h(\n//--- b.tg\ngraph h(z: f32[2]) -> (y: f32[2]) {\n  y = exp(z)\n}\n`,
  ],
  [
    "values",
    `// RUN: tgc run %s --on ref --input x=%t/x.npy\n// FILE x.npy: array f32[4]\n// EXPECT: y = [0, 2, 4, 6]\n${program}`,
  ],
  [
    "values of a stream",
    `// RUN: tgc compile %s --target tiny -o %t.s\n// RUN: tgc run %t.s --input x=%t/x.npy\n// FILE x.npy: array f32[4]\n// EXPECT: y = [[0, 2], [4, 6]]\n${program}`,
  ],
  ["an environment", `// RUN: not env TGC_WEBGPU=off tgc run %s --on webgpu\n// ERROR@none: E1309\n${program}`],
  ["a directive after COM", `// RUN: tgc print %s\n// CHECK: add(x, x)\n// COM: CHECK-NEXT: nothing\n${program}`],
])("%s", async (_name, text) => {
  expect(await suite.codes(text)).toEqual([]);
});

test.each([
  ["no RUN line", program, ["E1401"]],
  ["a RUN line without a colon", `// RUN tgc print %s\n${program}`, ["E1414", "E1401"]],
  ["small letters", `// Run: tgc print %s\n${program}`, ["E1414", "E1401"]],
  ["another program", `// RUN: python %s\n${program}`, ["E1402"]],
  ["a shell's sign", `// RUN: tgc print %s; tgc print %s\n${program}`, ["E1402"]],
  ["quotes that do not end", `// RUN: tgc print "%s\n${program}`, ["E1402"]],
  ["a crash that is expected", `// RUN: not --crash tgc print %s\n${program}`, ["E1402"]],
  ["a pipe to another command", `// RUN: tgc print %s | tgc opt -\n${program}`, ["E1402"]],
  ["an option that FileCheck has not", `// RUN: tgc print %s | FileCheck %s --chek-prefix=A\n${program}`, ["E1402"]],
  ["two lines of one name", `// RUN(a): tgc print %s\n// RUN(a): tgc print %s\n${program}`, ["E1402"]],
  ["wrong usage where a mistake is expected", `// RUN: not tgc print --nope\n${program}`, ["E1403"]],
  ["nothing that looks", `// RUN: tgc compile %s --target tiny -o %t.s\n${program}`, ["E1404"]],
  ["no expected file", `// RUN: tgc print %s\n${program}`, ["E1405"]],
  ["a failure for whatever reason", `// RUN: not tgc print nowhere.tg\n`, ["E1405"]],
  ["lines of no prefix", `// RUN: tgc print %s | FileCheck %s\n// CHECK: x\n// OLD-NOT: y\n${program}`, ["E1416"]],
  ["a letter too few", `// RUN: tgc print %s\n// CHECK: add(x, x)\n// CHEK-NEXT: nothing\n${program}`, ["E1414"]],
  ["no dash", `// RUN: tgc print %s\n// CHECK: add(x, x)\n// CHECKNEXT: nothing\n${program}`, ["E1414"]],
  [
    "a mark that nothing reports",
    `// RUN: not tgc lower %s --target nope\n// ERROR: E0201\n// ERROR@none: E1304\n${program}`,
    ["E1417"],
  ],
  ["one mark for two reports", `// RUN: not tgc print %s\n${wrong}  z = nope // ERROR: E0201\n}\n`, ["E1418"]],
  ["a mark in another column", `// RUN: not tgc print %s\n${wrong}  // ERROR@-1:3: E0201\n}\n`, ["E1417", "E1418"]],
  ["a mark without a line that fails", `// RUN: tgc print %s\n// CHECK: x\n// ERROR: E0201\n${program}`, ["E1420"]],
  ["values without a run", `// RUN: tgc print %s\n// CHECK: x\n// EXPECT: y = [1]\n${program}`, ["E1420"]],
  [
    "other values",
    `// RUN: tgc run %s --on ref --input x=%t/x.npy\n// FILE x.npy: array f32[4]\n// EXPECT: y = [0, 2, 4, 6.001]\n${program}`,
    ["E1419"],
  ],
  [
    "not a number",
    `// RUN: tgc run %s --on ref --input x=%t/x.npy\n// FILE x.npy: array f32[4]\n// EXPECT: y = [0, 2, nan, 6]\n${program}`,
    ["E1419"],
  ],
  ["an output that there is not", `// RUN: tgc run %s --on ref\n// EXPECT: z = [0, 2, 4, 6]\n${program}`, ["E1419"]],
  ["a file outside", `// RUN: tgc print %s\n// CHECK: x\n// FILE ../x.npy: array f32[4]\n${program}`, ["E1420"]],
  ["a part that is a folder", `// RUN: tgc print %t/a\n// CHECK: x\n//--- .\n${program}`, ["E1420"]],
  ["a part below a file", `// RUN: tgc print %t/a\n// CHECK: x\n//--- a\nx\n//--- a/b\nx\n`, ["E1420"]],
  ["a part whose name is too long", `// RUN: tgc print %t/a\n//--- ${"a".repeat(300)}\nx\n`, ["E1420"]],
  ["a part whose name has a NUL", `// RUN: tgc print %t/a\n//--- a\0b\nx\n`, ["E1420"]],
  [
    "sizes that are no numbers",
    `// RUN: tgc print %s\n// CHECK: x\n// FILE x.npy: array f32[1 2]\n${program}`,
    ["E1420"],
  ],
  [
    "sizes with one left out",
    `// RUN: tgc print %s\n// CHECK: x\n// FILE x.npy: array f32[1,,2]\n${program}`,
    ["E1420"],
  ],
  ["an output into no folder", `// RUN: tgc print %s > %t/no/where\n${program}`, ["E1302"]],
  ["an expression without end", `// RUN: tgc print %s\n// CHECK: [[#${"9+".repeat(20_000)}1]]\n${program}`, ["E1411"]],
  ["words that make no file", `// RUN: tgc print %s\n// CHECK: x\n// FILE x.npy: magic\n${program}`, ["E1420"]],
  ["a verdict that there is not", `// RUN: tgc print %s\n// CHECK: x\n// FAIL-ON: everything\n${program}`, ["E1420"]],
])("%s is a failure", async (_name, text, codes) => {
  expect(await suite.codes(text)).toEqual(codes);
});

test("variables of the environment are what they were after a line that sets one twice", async () => {
  const text = `// RUN: env TGC_TWICE=1 TGC_TWICE=2 tgc print %s\n// CHECK: add(x, x)\n${program}`;
  expect([await suite.codes(text), process.env.TGC_TWICE]).toEqual([[], undefined]);
});

test("lines with many blanks are read in linear time", () => {
  const blanks = " ".repeat(300_000);
  const lines = [`${blanks}x`, `// RUN: tgc a${blanks}b`, `// a${blanks}b`, `// EXPECT: a${blanks}b`, `//${blanks}x`];
  const { test: read } = readTestFile({ name: "a.tg", text: lines.join("\n") });
  expect(read.runs.map(({ text }) => text.length)).toEqual([300_006]);
});
