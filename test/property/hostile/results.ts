// What must hold of every refusal: at least one diagnostic, none of a bug, each shown without control characters and with places that
// lie in the text.
import { expect } from "vitest";
import type { Diagnostic, Result } from "../../../ir-spec/base/result.ts";
import { diagnosticJson, renderDiagnostics } from "../../../src/report/diagnostics.ts";

/** Checks the diagnostics of a refusal; gives the first code. */
export function refusal(diagnostics: readonly Diagnostic[]): string {
  expect(diagnostics.length).toBeGreaterThan(0);
  const shown = renderDiagnostics(diagnostics, { color: false });
  // Lines of the file itself may hold anything that can be shown.
  const said = shown.replaceAll(/^ *\d* \|.*$/gm, "");
  const isOwnWord = diagnostics.some(({ span }) => span?.source.text.includes("undefined"));
  if (!isOwnWord) expect(said).not.toMatch(/\{\w+\}: |undefined:/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
  expect(shown).not.toMatch(/error\[E90|[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]/);
  for (const { span } of diagnostics) {
    if (span === undefined) continue;
    expect(span.start).toBeGreaterThanOrEqual(0);
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    expect(span.end).toBeLessThanOrEqual(span.source.text.length);
  }
  diagnostics.map(diagnosticJson);
  return diagnostics[0]?.code ?? "";
}

/** The value of a result, or the first code of its checked refusal. */
export function settle<T>(result: Result<T>): { readonly value: T } | { readonly code: string } {
  return result.ok ? { value: result.value } : { code: refusal(result.error) };
}
