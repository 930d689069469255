// Shrinks programs whose mistakes are found in their text: by the parser, or by the elaboration.

import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import { type ElaborateOptions, formatModule, parseGraphs } from "../../text/index.ts";
import { reportOf, type ShrinkLimits, type ShrinkReport, searchWith } from "./shrink.ts";
import { textReductions } from "./text-reductions.ts";

/** What is wrong with a text before there is a graph. */
export function textDiagnostics(text: string, options: ElaborateOptions): readonly Diagnostic[] {
  const graphs = parseGraphs({ name: "program.tg", text }, options);
  return graphs.ok ? [] : graphs.error;
}

/** Shrinks a text that has a mistake of a code; smaller texts have no mistakes of other codes than the whole one has. */
export async function shrinkText(
  text: string,
  code: string,
  options: ElaborateOptions,
  limits: ShrinkLimits,
): Promise<ShrinkReport | undefined> {
  const codesOf = (candidate: string) =>
    new Set<string>(textDiagnostics(candidate, options).map((found) => found.code));
  const first = codesOf(text);
  if (!first.has(code)) return undefined;
  const isSame = (candidate: string): boolean => {
    const codes = codesOf(candidate);
    return codes.has(code) && [...codes].every((other) => first.has(other));
  };
  const keeps = async (candidate: string): Promise<boolean> => isSame(candidate);
  const found = await searchWith({ start: text, keeps, print: (state) => state, limits }, textReductions(options));
  const formatted = formatModule({ name: "program.tg", text: found.best });
  const isKept = formatted.ok && isSame(formatted.value);
  const best = isKept ? formatted.value : `${found.best.trim()}\n`;
  return { ...reportOf({ ...found, seen: code }, limits), text: best };
}
