// `tgc explain`: the sections of the generated references about one name.

import { at, problem } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { documents } from "../../docs/documents.ts";
import { sectionsOf, type TableRow, tableRowsOf } from "../../docs/sections.ts";
import { type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

interface Entry {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
}

export function explainCommand({ args: { subject: asked } }: Given<"explain">): CommandResult {
  const entries = documents.flatMap(({ subject, make }) => entriesOf(subject, make()));
  const found = entries.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
  if (found.length === 0) return stop([unknownSubject(asked, entries)]);
  return done(found.map(({ text }) => text).join("\n"), { subject: asked, entries: found });
}

/** The sections of a document, and the rows of its tables that begin with a name that has no section. */
function entriesOf(subject: string, markdown: string): readonly Entry[] {
  const sections = sectionsOf(markdown).map((section) => ({ ...section, subject }));
  const named = new Set(sections.map(({ name }) => name));
  const rows = tableRowsOf(markdown).filter(({ cells: [name = ""] }) => !named.has(name));
  return [...sections, ...rows.map((row) => rowEntry(subject, row))];
}

/** `partitionStartMultiple (machine, trn2)`, and below it each cell with the name of its column. */
function rowEntry(subject: string, { section, columns, cells }: TableRow): Entry {
  const [name = "", ...rest] = cells;
  const lines = rest.map((cell, index) => `    ${columns[index + 1]?.replaceAll("`", "")}: ${cell}\n`);
  const where = section === "" ? subject : `${subject}, ${section}`;
  return { name, subject, text: `${name} (${where})\n${lines.join("")}` };
}

function unknownSubject(name: string, entries: readonly Entry[]) {
  const names = entries.map((entry) => entry.name);
  return at(problem("E1310", { name }), undefined, suggest(name, names).notes);
}
