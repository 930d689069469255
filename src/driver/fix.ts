// Corrects a program by the fixes that its diagnostics offer, round after round, since later mistakes show when earlier ones are gone.

import type { Diagnostic, Fix } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import { applyFixes, separateFixes } from "../text/apply-fixes.ts";
import { elaborate, parseModule } from "../text/index.ts";
import { readSchedule } from "./schedules.ts";

export interface FixedProgram {
  readonly text: string;
  /** In the order in which they were applied; each has its place in the text of its round. */
  readonly fixes: readonly Fix[];
  /** What is left. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Assumed: whoever makes mistakes behind more than so many others reads what is left. */
const maxRounds = 32;

export function fixProgram(source: Source): FixedProgram {
  const fixes: Fix[] = [];
  let fixed = source;
  let diagnostics = diagnose(fixed);
  for (let round = 0; round < maxRounds; round++) {
    const found = separateFixes(diagnostics);
    if (found.length === 0) break;
    const next = { ...source, text: applyFixes(fixed.text, found) };
    fixes.push(...found);
    fixed = next;
    diagnostics = diagnose(next);
  }
  return { text: fixed.text, fixes, diagnostics };
}

/** All that is wrong with a program and its schedules. */
export function diagnose(source: Source): readonly Diagnostic[] {
  const { module, diagnostics } = parseModule(source);
  if (diagnostics.length > 0) return diagnostics;
  const schedules = module.items.filter((item) => item.kind === "schedule").flatMap((decl) => readSchedule(decl).wrong);
  const hasGraph = module.items.some((item) => item.kind === "graph");
  const graphs = hasGraph ? elaborate(module) : undefined;
  return [...(graphs?.ok === false ? graphs.error : []), ...schedules];
}
