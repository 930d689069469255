// Makes the text of LINTS.md from THE TABLE OF LINTS.

import type { LintExample } from "../why/lints/define.ts";
import { minLintShare } from "../why/lints/find-lints.ts";
import { lints } from "../why/lints/table.ts";
import { generatedNote } from "./markdown.ts";

const introduction = `What \`tgc profile --lints\` looks for: optimisations of the vendor's guides that a run would gain from. A lint speaks where it would
save more than ${100 * minLintShare} % of the time. Its price is what the same instruction stream saves at most, in most cases simulated on a machine where the
cost is gone; several together save less than their sum.`;

/** The text of LINTS.md. */
export function lintsMarkdown(): string {
  const parts = lints.map(({ code, title, detail, advice, source, failing, passing }) =>
    [
      `## ${code}`,
      `**${title}**. ${detail}`,
      `What to do: ${advice}.`,
      `Source: ${source}.`,
      `It speaks of this program on ${failing.target}${withOptions(failing)}:`,
      fenced(failing.program),
      `and not of this one on ${passing.target}${withOptions(passing)}:`,
      fenced(passing.program),
    ].join("\n\n"),
  );
  return `${["# Lints", generatedNote("`src/why/lints`"), introduction, ...parts].join("\n\n")}\n`;
}

const withOptions = ({ fuse }: LintExample): string => (fuse === undefined ? "" : ` with \`--fuse ${fuse}\``);

const fenced = (text: string): string => ["```", text, "```"].join("\n");
