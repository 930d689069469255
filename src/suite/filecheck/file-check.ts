// FileCheck: a text held to the CHECK lines of a file, by LLVM's rules, and to some more that keep a test from checking nothing.

import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import { type Directive, findDirectives } from "./directives.ts";
import { definedVariables, type FileCheckOptions } from "./options.ts";
import { parsePattern } from "./pattern.ts";
import { matchesAnything } from "./vacuous.ts";
import { verify } from "./verify.ts";
import { searchedText } from "./whitespace.ts";

export interface FileCheckRun {
  readonly checkFile: Source;
  readonly output: Source;
  readonly options: FileCheckOptions;
  /** The RUN line, for what is wrong with the options. */
  readonly span: Span;
  /** Prefixes that other RUN lines of the file read. */
  readonly otherPrefixes: readonly string[];
}

/** Everything that is wrong, with the test or with the text. */
export function fileCheck(run: FileCheckRun): readonly Diagnostic[] {
  const { directives, mistakes } = findDirectives({ source: run.checkFile, ...run });
  const implicit = implicitDirectives(run);
  const wrong = [...mistakes, ...implicit.mistakes, ...findEmpty(directives)];
  // A malformed line has its prefix, too.
  if (wrong.length === 0) wrong.push(...findUnused(run, directives));
  const variables = definedVariables(run.options);
  if (!variables.ok) return [at(problem("E1402", { why: variables.error }), run.span), ...wrong];
  if (wrong.length > 0) return wrong;
  const { options, output } = run;
  if (output.text === "" && !options.allowEmpty) return [at(problem("E1424", { name: output.name }), run.span)];
  const searched = { name: output.name, text: searchedText(output.text, options.strictWhitespace) };
  return verify({ directives, implicit: implicit.directives, output: searched, options, variables: variables.value });
}

function implicitDirectives({ options, span }: FileCheckRun): {
  readonly directives: readonly Directive[];
  readonly mistakes: readonly Diagnostic[];
} {
  const directives: Directive[] = [];
  const mistakes: Diagnostic[] = [];
  for (const text of options.implicitCheckNot) {
    const name = "--implicit-check-not";
    const parts = parsePattern(searchedText(text, options.strictWhitespace), 0);
    if (!parts.ok) mistakes.push(at(problem("E1411", { directive: name, why: parts.error.why }), span));
    else directives.push({ kind: "not", name, prefix: "", count: 1, parts: parts.value, span, spanAt: () => span });
  }
  return { directives, mistakes };
}

/** No line at all, or a prefix that no line has. */
function findUnused(
  { options, span, checkFile }: FileCheckRun,
  directives: readonly Directive[],
): readonly Diagnostic[] {
  const { prefixes, allowUnusedPrefixes, implicitCheckNot } = options;
  const used = new Set(directives.map(({ prefix }) => prefix));
  const unused = prefixes.filter((prefix) => !used.has(prefix));
  const isNothing = used.size === 0 && implicitCheckNot.length === 0;
  const isAllowed = !isNothing && (allowUnusedPrefixes || used.size === 0);
  if (isAllowed) return [];
  return unused.map((prefix) => at(problem("E1413", { prefix, file: checkFile.name }), span));
}

/** Lines that need one before them, and lines that nothing can fail. */
function findEmpty(directives: readonly Directive[]): readonly Diagnostic[] {
  const wrong: Diagnostic[] = [];
  let hasMatch = false;
  for (const [index, directive] of directives.entries()) {
    const { kind, name, span } = directive;
    const isAfter = kind === "next" || kind === "same" || kind === "empty";
    if (isAfter && !hasMatch)
      wrong.push(at(problem("E1411", { directive: name, why: "nothing is matched before it" }), span));
    if (kind !== "not") hasMatch = true;
    if (!matchesAnything(directive, directives[index + 1])) continue;
    const notes: readonly Note[] =
      kind === "next" ? [{ text: "it skips a line only where another CHECK-NEXT follows" }] : [];
    wrong.push(at(problem("E1412", { directive: name }), span, notes));
  }
  return wrong;
}
