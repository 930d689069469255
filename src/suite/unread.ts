// CHECK lines that no RUN line reads, so that nothing would ever check them.

import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { editDistance, suggest } from "../../ir-spec/base/suggest.ts";
import { findDirectives, suffixes } from "./filecheck/directives.ts";
import { defaultFileCheckOptions } from "./filecheck/options.ts";

/** Whether a file has CHECK lines of the usual name. */
export function hasDirectives(source: Source): boolean {
  const { directives, mistakes } = findDirectives({ source, options: defaultFileCheckOptions, otherPrefixes: [] });
  return directives.length > 0 || mistakes.some(({ code }) => code === "E1411");
}

const form = new RegExp(
  `^\\s*(?:\\/\\/+|#+|;+)\\s*([A-Z][\\w-]*?)(${Object.keys(suffixes).join("|")}|-COUNT-\\d+)?(?:\\{LITERAL\\})?:`,
);

/**
 * The first line of each prefix that is read by none. A name without a suffix is one only if it begins with CHECK; one that adds to a
 * prefix is a misspelled directive of it, which FileCheck reports.
 */
export function findUnread(source: Source, prefixes: readonly string[]): readonly Diagnostic[] {
  const seen = new Set([...prefixes, ...defaultFileCheckOptions.commentPrefixes, "FAIL"]);
  const found: Diagnostic[] = [];
  let start = 0;
  for (const line of source.text.split("\n")) {
    const [, prefix = "", suffix] = form.exec(line) ?? [];
    const isSuffixed = prefixes.some((known) => prefix.startsWith(`${known}-`) || prefix.startsWith(`${known}_`));
    const isDirective = !isSuffixed && prefix !== "" && (suffix !== undefined || prefix.startsWith("CHECK"));
    const almost = findAlmost({ source, line, start }, [...prefixes, ...defaultFileCheckOptions.prefixes]);
    found.push(...almost);
    if (almost.length === 0 && isDirective && !seen.has(prefix)) {
      const offset = start + line.indexOf(prefix);
      const span = { source, start: offset, end: offset + prefix.length + (suffix ?? "").length };
      found.push(at(problem("E1416", { prefix }), span));
      seen.add(prefix);
    }
    start += line.length + 1;
  }
  return found;
}

interface LinePlace {
  readonly source: Source;
  readonly line: string;
  readonly start: number;
}

/** Below this a word of another meaning is a letter away (characters). */
const minMistyped = 4;

/** `CHEK:`, `CHECKNEXT:`, `CHCK-NEXT:`: a letter away from a directive. */
function findAlmost({ source, line, start }: LinePlace, prefixes: readonly string[]): readonly Diagnostic[] {
  const [, name = "", prefix = "", suffix = ""] = almostForm.exec(line) ?? [];
  if (name === "" || prefixes.includes(prefix)) return [];
  const known = prefixes.filter((each) => each.length >= minMistyped);
  const wanted = known.find((each) => editDistance(prefix, each) === 1 || isJoined(prefix, each));
  if (wanted === undefined) return [];
  const offset = start + line.indexOf(name);
  const names = ["", ...Object.keys(suffixes)].map((each) => `${wanted}${each}`);
  const span = { source, start: offset, end: offset + name.length };
  return [
    at(problem("E1414", { found: name, expected: names.join(", ") }), span, suggest(`${wanted}${suffix}`, names).notes),
  ];
}

const almostForm = new RegExp(
  `^\\s*(?:\\/\\/+|#+|;+)\\s*(([A-Z][A-Z\\d_]*)(${Object.keys(suffixes).join("|")}|-COUNT-\\d+)?)(?:\\{LITERAL\\})?:`,
);

/** `CHECKNEXT` */
function isJoined(word: string, prefix: string): boolean {
  return Object.keys(suffixes).some((suffix) => word === `${prefix}${suffix.slice(1)}`);
}
