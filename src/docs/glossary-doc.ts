// Makes the text of GLOSSARY.md from the glossary.

import { glossary, type Term } from "../metrics/glossary.ts";
import { generatedNote } from "./markdown.ts";

const introduction =
  "The words of profiles, comparisons and reports; `tgc explain WORD` prints one. [METRICS.md](METRICS.md) has formulas.";

/** The text of GLOSSARY.md. */
export function glossaryMarkdown(): string {
  return `${["# Glossary", generatedNote("`src/metrics/glossary.ts`"), introduction, ...glossary.map(section)].join("\n\n")}\n`;
}

function section({ word, text, see = [] }: Term): string {
  const also = see.length === 0 ? [] : [`See also: ${see.map((other) => `\`${other}\``).join(", ")}.`];
  return [`## ${word}`, text, ...also].join("\n\n");
}
