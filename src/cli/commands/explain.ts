// `tgc explain`: the sections of the generated references about one name, or what became of a place in a program.

import { at, fail, problem } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { documents } from "../../docs/documents.ts";
import { sectionsOf, type TableRow, tableRowsOf } from "../../docs/sections.ts";
import { printAt } from "../../report/print-at.ts";
import { explainAt } from "../../why/at/explain-at.ts";
import { loadJob, unusedSchedules } from "../load.ts";
import { type CommandContext, type CommandResult, done, stop } from "../outcome.ts";
import type { Given } from "../specs.ts";

interface Entry {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
}

export function explainCommand(
  { args: { subject: asked }, options }: Given<"explain">,
  { io }: CommandContext,
): CommandResult {
  if (options.at !== undefined) return explainPlace(io.cwd, asked, options.at, options);
  const given = programOptions.filter((name) => isGiven(options[name]));
  if (given.length > 0) return stop(given.map((name) => at(problem("E1731", { option: `--${name}` }), undefined)));
  const entries = [...documents]
    .sort(termsFirst)
    .flatMap(({ subject, make, makeShort = make }) => entriesOf(subject, makeShort()));
  const exact = entries.filter(({ name }) => name === asked);
  const found = exact.length > 0 ? exact : entries.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
  if (found.length === 0) return stop([unknownSubject(asked, entries)]);
  return done(found.map(({ text }) => text).join("\n"), { subject: asked, entries: found });
}

/** Words of reports are what most ask for: `floor` is an op as well. */
const termsFirst = (a: { readonly subject: string }, b: { readonly subject: string }): number =>
  Number(b.subject === "term") - Number(a.subject === "term");

/** Options that ask about a program. */
const programOptions = ["graph", "dim", "target", "set", "fuse", "schedule"] as const;

const isGiven = (value: string | readonly unknown[] | undefined): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined;

function explainPlace(cwd: string, file: string, place: string, options: Given<"explain">["options"]): CommandResult {
  const job = loadJob(cwd, file, options);
  if (!job.ok) return job;
  const { graph, options: choices, locate } = job.value;
  const report = explainAt(graph, choices, place);
  if (!report.ok) return fail(locate(report.error));
  return done(printAt(report.value), { file, ...report.value }, { log: unusedSchedules(job.value) });
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
  const lines = rest.flatMap((cell, index) =>
    cell.trim() === "" ? [] : [`    ${columns[index + 1]?.replaceAll("`", "")}: ${cell}\n`],
  );
  const where = section === "" ? subject : `${subject}, ${section}`;
  return { name, subject, text: `${name} (${where})\n${lines.join("")}` };
}

function unknownSubject(name: string, entries: readonly Entry[]) {
  // Of names that only case distinguishes, the first one.
  const names = new Map(entries.toReversed().map((entry) => [entry.name.toLowerCase(), entry.name]));
  return at(problem("E1310", { name }), undefined, suggest(name, [...names.values()]).notes);
}
