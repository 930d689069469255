// Makes the text of FILECHECK.md from THE TABLE OF FILECHECK RULES, every row of which a test runs.

import { fileCheckRules } from "../suite/filecheck/rules/index.ts";
import type { FileCheckRule, RuleSection } from "../suite/filecheck/rules/rule.ts";
import { generatedNote } from "./markdown.ts";

const introduction = `\`// RUN: tgc ... | FileCheck %s\` holds what a command prints to the CHECK lines of the test, by the rules of LLVM's FileCheck; a test with CHECK
lines and no pipe is held to them, too. Below are the rules, each with CHECK lines, texts that pass and texts that fail with their error code. All of
these examples are run by the tests of tgc, so what is written here holds. Where LLVM differs a rule says so.

Matching takes at most as many steps as a pattern has parts times the characters of the text, whatever the expression, and is stopped where it takes
too many (E1415): a test never hangs, and gives the same answer on every machine. Options of LLVM that change what is printed (\`-v\`, \`-vv\`,
\`--color\`, \`--dump-input\` and its like) are taken and change nothing, as a failure always shows its place, the values of variables and the line
that is the most alike. The environment (\`FILECHECK_OPTS\`) is not read. Of a test with parts (\`//--- name\`) CHECK lines are those before the first part.`;

/** The text of FILECHECK.md. */
export function fileCheckMarkdown(): string {
  const parts = [
    "# FileCheck",
    generatedNote("the table of rules in `src/suite/filecheck/rules`"),
    introduction,
    ...fileCheckRules.map(printSection),
  ];
  return `${parts.join("\n\n")}\n`;
}

function printSection({ title, rules }: RuleSection): string {
  return [`## ${title}`, ...rules.map(printRule)].join("\n\n");
}

function printRule({ rule, options, checks, passes = [], fails = [], llvm }: FileCheckRule): string {
  const comment = llvm === undefined ? "" : ` (LLVM ${llvm}.)`;
  const command = options === undefined ? [] : [`FileCheck %s ${options}`];
  const results = [
    ...passes.map((text) => `${quote(text)} passes`),
    ...fails.map(([text, code]) => `${quote(text)} fails: ${code}`),
  ];
  const lines = [...command, ...checks.split("\n"), ...results.map((line) => `    ${line}`)];
  return `${rule}${comment}\n\n\`\`\`\n${lines.join("\n")}\n\`\`\``;
}

/** A text on one line. */
function quote(text: string): string {
  return JSON.stringify(text);
}
