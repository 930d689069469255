// `tgc explain`: the sections of the generated references about one name.

import { at, problem } from "../../../ir-spec/base/result.ts";
import { nearest } from "../../../ir-spec/base/suggest.ts";
import { documents } from "../../docs/documents.ts";
import { sectionsOf } from "../../docs/sections.ts";
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
  const rows = markdown.split("\n").flatMap((line): readonly Entry[] => {
    const [, name, rest] = /^\| `(\w+)` \| (.*) \|$/.exec(line) ?? [];
    if (name === undefined || rest === undefined || named.has(name)) return [];
    return [{ name, subject, text: `${name} (${subject}): ${rest.replaceAll(" | ", "; ")}\n` }];
  });
  return [...sections, ...rows];
}

function unknownSubject(name: string, entries: readonly Entry[]) {
  const near = nearest(
    name,
    entries.map((entry) => entry.name),
  );
  const notes = near.length === 0 ? [] : [{ text: `did you mean ${near.map((text) => `\`${text}\``).join(" or ")}?` }];
  return at(problem("E1310", { name }), undefined, notes);
}
