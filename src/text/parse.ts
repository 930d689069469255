// Stage 0 -> 1: text to syntax tree. The parser recovers: one run tells many mistakes, and the tree holds what could be read.

import type { Diagnostic } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { AstModule } from "./ast.ts";
import { readItems } from "./grammar.ts";
import { byPlace, lex } from "./lex.ts";
import { withHabits } from "./python-habits.ts";

export interface Parsed {
  readonly module: AstModule;
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses one file; where there are diagnostics, parts of the tree may be missing. */
export function parseModule(source: Source): Parsed {
  const lexed = lex(source);
  const isRefused = lexed.diagnostics.length > 0 && lexed.tokens.length === 0;
  if (isRefused) return { module: { source, items: [], comments: lexed.comments }, diagnostics: lexed.diagnostics };
  const { items, diagnostics } = readItems(source, lexed);
  const all = [...lexed.diagnostics, ...diagnostics].sort(byPlace).map(withHabits);
  return { module: { source, items, comments: lexed.comments }, diagnostics: all };
}
