// The fixes that diagnostics offer, applied to a text.

import type { Diagnostic, Fix } from "../../ir-spec/base/result.ts";

/** The fixes of diagnostics, none of which touch the same part of the text: of those that do, the first one. */
export function separateFixes(diagnostics: readonly Diagnostic[]): readonly Fix[] {
  const sorted = diagnostics.flatMap(({ fix }) => fix ?? []).sort((a, b) => a.span.start - b.span.start);
  const separate: Fix[] = [];
  for (const fix of sorted) {
    const last = separate.at(-1);
    if (last === undefined || fix.span.start > last.span.end) separate.push(fix);
  }
  return separate;
}

export function applyFixes(text: string, fixes: readonly Fix[]): string {
  let place = 0;
  const parts = fixes.flatMap(({ span, replacement }) => {
    const before = text.slice(place, span.start);
    place = span.end;
    return [before, replacement];
  });
  return [...parts, text.slice(place)].join("");
}
