// A suite's result as a person reads it, and as `--json` gives it.

import pc from "picocolors";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { GoldenOutput } from "../suite/golden.ts";
import { hasPassed, type SuiteResult, type SuiteTest } from "../suite/suite-result.ts";
import { diagnosticJson, renderDiagnostic } from "./diagnostics.ts";
import { printDiff } from "./print-diff.ts";
import { printTextDiff } from "./print-text-diff.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface SuitePrinting {
  readonly color: boolean;
  /** Names the tests that passed, too. */
  readonly isVerbose: boolean;
}

/** The failures, each with what is wrong, then how many there are; the text ends with a line break. */
export function printSuite(suite: SuiteResult, { color, isVerbose }: SuitePrinting): string {
  const colors = pc.createColors(color);
  const shown = suite.tests.filter((test) => isVerbose || !hasPassed(test) || hasTolerated(test));
  const rest = suite.diagnostics.map((found) => `${renderDiagnostic(found, { color })}\n`);
  return [...shown.map((test) => printTest(test, colors, color)), ...rest, printCounts(suite, colors)].join("");
}

/** A difference that the test lets pass. */
function hasTolerated({ outputs }: SuiteTest): boolean {
  return outputs.some(({ found, wanted }) => wanted !== undefined && found !== wanted);
}

function printTest(test: SuiteTest, colors: Colors, color: boolean): string {
  const { name, description, diagnostics, outputs } = test;
  const isPassed = hasPassed(test);
  const mark = isPassed ? colors.green("pass") : colors.bold(colors.red("FAIL"));
  const what = description === undefined ? "" : colors.dim(`: ${showName(description)}`);
  const title = `${mark} ${colors.bold(showName(name))}${what}\n`;
  const tolerated = hasTolerated(test)
    ? "  its output differs by what FAIL-ON lets pass; `--bless` takes it over\n"
    : "";
  if (isPassed) return `${title}${tolerated}`;
  const found = diagnostics.map((each) => renderDiagnostic(each, { color }));
  const differences = outputs.map((output) => printOutput(output, color)).filter((text) => text !== "");
  return `${[title.trimEnd(), ...found.map((text) => text.trimEnd()), ...differences].join("\n")}\n\n`;
}

/** What changed in an output: as lines, and where both are programs what that means. */
export function printOutput({ path, found, wanted, report }: GoldenOutput, color: boolean): string {
  if (wanted === found) return "";
  const names = { before: path, after: "output" };
  const lines = printTextDiff({ before: wanted ?? "", after: found, names }, color).trimEnd();
  return report === undefined ? lines : `${lines}\n\n${printDiff({ ...report, changes: [] }, names, color).trimEnd()}`;
}

function printCounts({ tests, diagnostics }: SuiteResult, colors: Colors): string {
  const passed = tests.filter(hasPassed).length;
  const failed = tests.length - passed;
  if (tests.length === 0 && diagnostics.length === 0) return "no test to run\n";
  const mistakes = diagnostics.length === 1 ? "1 mistake" : `${diagnostics.length} mistakes`;
  const parts = [
    ...(failed === 0 ? [] : [colors.bold(colors.red(`${failed} failed`))]),
    colors.green(`${passed} passed`),
    ...(diagnostics.length === 0 ? [] : [colors.red(`${mistakes} in the suite`)]),
  ];
  return `${parts.join(", ")}\n`;
}

/** The fields of `tgc.test/1`. */
export function suiteJson({ tests, diagnostics }: SuiteResult) {
  const passed = tests.filter(hasPassed).length;
  return {
    passed,
    failed: tests.length - passed,
    tests: tests.map((test) => ({
      name: test.name,
      ...(test.description === undefined ? {} : { description: test.description }),
      status: hasPassed(test) ? "passed" : "failed",
      diagnostics: test.diagnostics.map(diagnosticJson),
      outputs: test.outputs.map(outputJson),
    })),
    diagnostics: diagnostics.map(diagnosticJson),
  };
}

function outputJson(output: GoldenOutput) {
  const { path, command, found, wanted, report } = output;
  const status = wanted === undefined ? "missing" : found === wanted ? "same" : "differs";
  return {
    expected: path,
    command,
    status,
    ...(report === undefined ? {} : { verdict: report.verdict }),
    ...(status === "same" ? {} : { diff: printOutput(output, false) }),
  };
}
