// An output and its expected file: equal, or by how much they differ. Programs that can be read back get the verdict of `tgc diff`.

import { at, type Diagnostic, type Note, problem } from "../../ir-spec/base/result.ts";
import { failsOn } from "../diff/fail-on.ts";
import type { DiffReport } from "../diff/report.ts";
import type { RunLine } from "./run-line.ts";
import { compareTexts } from "./verdict.ts";

/** What a RUN line printed, beside what was expected. */
export interface GoldenOutput {
  /** The expected file, from the folder of the test. */
  readonly path: string;
  readonly command: string;
  readonly found: string;
  /** Absent where there is no such file. */
  readonly wanted: string | undefined;
  /** What the difference means, where both are programs. */
  readonly report?: DiffReport;
}

interface Golden {
  readonly run: RunLine;
  readonly output: string;
  readonly path: string;
  readonly wanted: string | undefined;
}

interface ComparedGolden {
  readonly output: GoldenOutput;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compares; without `failOn` every character counts. */
export function compareGolden(
  { run, output: found, path, wanted }: Golden,
  failOn: string | undefined,
): ComparedGolden {
  const output: GoldenOutput = { path, command: run.text, found, wanted };
  if (wanted === undefined) {
    const lines = found.split("\n").length - 1;
    const printed = found === "" ? "nothing" : lines === 1 ? "1 line" : `${lines} lines`;
    return { output, diagnostics: [at(problem("E1405", { command: run.text, found: printed, file: path }), run.span)] };
  }
  if (found === wanted) return { output, diagnostics: [] };
  const report = compareTexts(wanted, found);
  if (failOn !== undefined && report !== undefined && !failsOn(report, failOn)) {
    return { output: { ...output, report }, diagnostics: [] };
  }
  const notes: readonly Note[] = report === undefined ? [] : [{ text: `as \`tgc diff\` says: ${report.verdict}` }];
  const diagnostics = [at(problem("E1406", { command: run.text, file: path }), run.span, notes)];
  return { output: report === undefined ? output : { ...output, report }, diagnostics };
}
