// What each pass changed of the program's text, as a page shows it.

import { isPassName, passDef } from "../../passes/index.ts";
import { printPipeline } from "../../passes/pipeline-text.ts";
import type { AnyIr, PassEvent } from "../../passes/run.ts";
import { lineChanges } from "../report/line-changes.ts";
import { printIr } from "../report/print-passes.ts";
import type { PassChange } from "./page-data.ts";

/** More changed lines of one pass are not read. */
const maxLines = 400;

/** The changes of the passes, in order. Programs that several passes share are printed once. */
export function passChanges(events: readonly PassEvent[]): readonly PassChange[] {
  const texts = new Map<AnyIr["ir"], string>();
  const textOf = (program: AnyIr): string => {
    const text = texts.get(program.ir) ?? printIr(program);
    texts.set(program.ir, text);
    return text;
  };
  return events.map((event) => passChange(event, textOf));
}

function passChange({ step, before, after, isChanged }: PassEvent, textOf: (program: AnyIr) => string): PassChange {
  const isNewStage = before.level !== after.level;
  const hasLines = isChanged && !isNewStage;
  const all = hasLines ? (lineChanges(textOf(before), textOf(after)) ?? []) : [];
  const summary = isPassName(step.name) ? passDef(step.name).summary : "";
  const lines = all.slice(0, maxLines);
  return { pass: printPipeline([step]), summary, isNewStage, lines, leftOut: all.length - lines.length };
}
