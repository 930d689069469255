// Makes the text of GLOSSARY.md from the glossary.

import { type Elsewhere, elsewhereNames, glossary, type Term } from "../metrics/glossary.ts";
import { generatedNote } from "./markdown.ts";

const introduction =
  "The words of profiles, comparisons and reports; `tgc explain WORD` prints one. [METRICS.md](METRICS.md) has formulas. Where NKI, XLA or MLIR have a word for the same thing, or for what comes nearest, it stands beside ours.";

/** The text of GLOSSARY.md. */
export function glossaryMarkdown(): string {
  return `${["# Glossary", generatedNote("`src/metrics/glossary.ts`"), introduction, ...glossary.map(section)].join("\n\n")}\n`;
}

function section({ word, text, see = [], elsewhere = {} }: Term): string {
  const others = Object.entries(elsewhere).map(([who, name]) => `${elsewhereNames[who as Elsewhere]}: ${name}`);
  const beside = others.length === 0 ? [] : [`${others.join("; ")}.`];
  const also = see.length === 0 ? [] : [`See also: ${see.map((other) => `\`${other}\``).join(", ")}.`];
  return [`## ${word}`, text, ...beside, ...also].join("\n\n");
}
