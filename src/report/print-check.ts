// `tgc.check/1` as a person reads it: one line for each comparison, and what differs in words.

import { printNumber } from "../../ir-spec/base/attr.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { printType } from "../../ir-spec/base/tensor.ts";
import type { CheckedOutput, CheckReport } from "../driver/check.ts";
import type { Comparison } from "../driver/compare.ts";
import { left, right, textTable } from "./text-table.ts";

/** The whole report; the text ends with a line break. */
export function printCheck(report: CheckReport): string {
  const rows = report.outputs.flatMap((output) => [
    ...output.comparisons.map((comparison) => rowOf(output, comparison, dtypesOf(comparison.precise))),
    ...exactComparisons(report, output.name).map((comparison) => rowOf(output, comparison, "exact")),
  ]);
  const columns = [left("output"), left("executor"), left("dtypes"), left("agrees")];
  const numbers = ["largest error", "bound there", "ulp"].map(right);
  const differences = report.outputs.flatMap(({ name, comparisons }) => [
    ...comparisons.map((comparison) => describe(name, comparison, dtypesOf(comparison.precise))),
    ...exactComparisons(report, name).map((comparison) => describe(name, comparison, "exact")),
  ]);
  const verdict = report.agree ? "all executors agree with ref" : "executors differ from ref";
  const title = `${showName(report.graph)} on ${showName(report.target)}: ${verdict}\n\n`;
  const table = textTable([...columns, ...numbers], rows);
  return [
    title + table,
    ...[[...tellAbsences(report), ...differences, ...tellExact(report)].join("")].filter((text) => text !== ""),
  ].join("\n");
}

function dtypesOf(precise: boolean): string {
  return precise ? "f32" : "own";
}

function exactComparisons({ exact }: CheckReport, output: string): readonly Comparison[] {
  return exact?.outputs.find(({ name }) => name === output)?.comparisons ?? [];
}

/** Which inputs the exact run had, and what it leaves out and why. */
function tellExact({ exact }: CheckReport): readonly string[] {
  if (exact === undefined) return [];
  const left = exact.outputs.flatMap(({ name, inexact, isNotFinite = false }) => {
    const why = isNotFinite ? "gives NaN or an infinity" : "rounds";
    return inexact === undefined ? [] : [`no exact run of ${showName(name)}: ${inexact} ${why}\n`];
  });
  return exact.inputs === null ? left : [`exact: ${exact.inputs}; every bit is compared\n`, ...left];
}

/** Why executors did not run: a reason that several have is given once. */
function tellAbsences({ executors, exact }: CheckReport): readonly string[] {
  const statuses = [
    ...executors.map((status) => ({ ...status, run: dtypesOf(status.precise) })),
    ...(exact?.executors ?? []).map((status) => ({ ...status, run: "exact" })),
  ];
  const reasons = new Set(statuses.flatMap(({ reason }) => reason ?? []));
  return [...reasons].map((reason) => {
    const absent = statuses.filter((status) => status.reason === reason);
    const names = [...new Set(absent.map(({ name }) => name))].map((name) => {
      const runs = absent.filter((status) => status.name === name).map(({ run }) => run);
      return `${name} (${runs.join(", ")})`;
    });
    return `${names.join(", ")}: ${showName(reason)}\n`;
  });
}

function rowOf(output: CheckedOutput, comparison: Comparison, run: string): readonly string[] {
  const { b, agree, maxAbsError, bound, maxUlp } = comparison;
  const numbers = [maxAbsError, bound, maxUlp].map((x) => printNumber(Number(x.toPrecision(3))));
  return [`${output.name}: ${printType(output)}`, b, run, agree ? "yes" : "NO", ...numbers];
}

/** What differs, or what could not be judged; nothing where all elements agree. */
function describe(output: string, comparison: Comparison, run: string): string {
  const { b, agree, reason, worst, uncheckedElements } = comparison;
  if (agree && uncheckedElements === 0) return "";
  if (agree) {
    return `${showName(output)} of ${b} (${run}): unchecked elements: ${uncheckedElements}, as f32 may overflow on the way to them\n`;
  }
  const where =
    worst === undefined
      ? ""
      : `; the worst is element ${worst.index}: found ${printNumber(worst.found)}, expected ${printNumber(worst.wanted)} within ${printNumber(worst.bound)}`;
  return `${showName(output)} of ${b} (${run}): ${reason}${where}\n`;
}
