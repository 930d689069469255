// How the library reports: every function that an input can make fail gives a `Result`, and nothing throws but `unwrap`, for those who
// rather catch.

import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import { type DiagnosticJson, diagnosticJson as jsonOf, renderDiagnostics as render } from "../report/diagnostics.ts";

/** What `unwrap` throws: an `Error` whose message holds the rendered diagnostics, and the diagnostics themselves. */
export interface DiagnosticsError extends Error {
  readonly name: "DiagnosticsError";
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Gives the value of a result, or throws a `DiagnosticsError` with its diagnostics.
 *
 * @example
 * import { parse, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }"));
 * console.log(print(graph));
 */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const message = renderDiagnostics(result.error);
  throw Object.assign(new Error(message), { name: "DiagnosticsError", diagnostics: result.error });
}

/**
 * Says whether something that was caught was thrown by `unwrap`.
 *
 * @example
 * import { isDiagnosticsError, parse, unwrap } from "tgc";
 *
 * try {
 *   unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { y = rellu(x) }"));
 * } catch (error) {
 *   if (!isDiagnosticsError(error)) throw error;
 *   console.log(error.diagnostics.map(({ code }) => code)); // [ 'E0202' ]
 * }
 */
export function isDiagnosticsError(error: unknown): error is DiagnosticsError {
  return error instanceof Error && error.name === "DiagnosticsError" && "diagnostics" in error;
}

/**
 * Gives diagnostics as the command prints them: message, place with its line, hints and fix; with ANSI colours where `color` is true.
 *
 * @example
 * import { parse, renderDiagnostics } from "tgc";
 *
 * const graph = parse("graph g(x: f32[4]) -> (y: f32[4]) { y = rellu(x) }", { name: "g.tg" });
 * if (!graph.ok) console.log(renderDiagnostics(graph.error)); // error[E0202]: ... did you mean `relu`? ...
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  { color = false }: { readonly color?: boolean } = {},
): string {
  return render(diagnostics, { color });
}

/**
 * Gives a diagnostic as plain data, as `--json` prints it: code, message, place with lines and columns counted from 1, hints and fix.
 *
 * @example
 * import { diagnosticJson, parse } from "tgc";
 *
 * const graph = parse("graph g(x: f32[4]) -> (y: f32[4]) { y = rellu(x) }");
 * if (!graph.ok) console.log(JSON.stringify(graph.error.map(diagnosticJson)));
 */
export function diagnosticJson(diagnostic: Diagnostic): DiagnosticJson {
  return jsonOf(diagnostic);
}
