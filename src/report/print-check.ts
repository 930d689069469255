// `tgc.check/1` as a person reads it: one line for each comparison, and what differs in words.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { printType } from "../../ir-spec/base/tensor.ts";
import type { CheckedOutput, CheckReport } from "../driver/check.ts";
import type { Comparison } from "../driver/compare.ts";
import { left, right, textTable } from "./text-table.ts";

/** The whole report; the text ends with a line break. */
export function printCheck(report: CheckReport): string {
  const rows = report.outputs.flatMap((output) => output.comparisons.map((comparison) => rowOf(output, comparison)));
  const columns = [left("output"), left("executor"), left("dtypes"), left("agrees")];
  const numbers = ["largest error", "bound there", "ulp"].map(right);
  const absent = report.executors
    .filter(({ reason }) => reason !== undefined)
    .map(({ name, precise, reason }) => `${name} (${dtypesOf(precise)}): ${showName(reason ?? "")}\n`);
  const differences = report.outputs.flatMap(({ name, comparisons }) =>
    comparisons.filter(({ agree }) => !agree).map((comparison) => describe(name, comparison)),
  );
  const verdict = report.agree ? "all executors agree with ref" : "executors differ from ref";
  const title = `${showName(report.graph)} on ${showName(report.target)}: ${verdict}\n\n`;
  const table = textTable([...columns, ...numbers], rows);
  return [title + table, ...[[...absent, ...differences].join("")].filter((text) => text !== "")].join("\n");
}

function dtypesOf(precise: boolean): string {
  return precise ? "f32" : "own";
}

function rowOf(output: CheckedOutput, comparison: Comparison): readonly string[] {
  const { b, precise, agree, maxAbsError, bound, maxUlp } = comparison;
  const numbers = [maxAbsError, bound, maxUlp].map((x) => printNumber(Number(x.toPrecision(3))));
  return [`${output.name}: ${printType(output)}`, b, dtypesOf(precise), agree ? "yes" : "NO", ...numbers];
}

function describe(output: string, { b, precise, reason, worst }: Comparison): string {
  const where =
    worst === undefined
      ? ""
      : `; the worst is element ${worst.index}: found ${printNumber(worst.found)}, expected ${printNumber(worst.wanted)} within ${printNumber(worst.bound)}`;
  return `${showName(output)} of ${b} (${dtypesOf(precise)}): ${reason}${where}\n`;
}
