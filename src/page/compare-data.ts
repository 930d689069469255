// What the page of a comparison shows.

import type { Reason } from "../compare/reasons.ts";
import type { CompareRun, FittingRun } from "../compare/run.ts";
import { dimsText, fastestOf, groupRuns, isFitting } from "../compare/sort.ts";
import { frontOf } from "../metrics/pareto.ts";
import { type CompareTable, compareTable } from "../report/print-compare.ts";
import type { CompareData, Roof, RooflinePoint, TradePoint } from "./page-data.ts";
import { glossaryTexts, roofOf } from "./report-data.ts";

export function compareData(title: string, runs: readonly CompareRun[], reasons: readonly Reason[]): CompareData {
  const { columns, cells } = withoutEmptySizes(compareTable(runs));
  const fitting = runs.filter(isFitting);
  const groupOf = (run: CompareRun): string => [run.target, dimsText(run)].filter((part) => part !== "").join(", ");
  const fastest = new Set(groupRuns(fitting, groupOf).flatMap((group) => fastestOf(group) ?? []));
  const roofs = new Map<string, Roof>(fitting.map(({ profile }) => [profile.target, roofOf(profile)]));
  const points = fitting.map((run, color): RooflinePoint => {
    const { flops, flopsPerByte, timeNs } = run.profile;
    const name = `${run.schedule} on ${groupOf(run)}`;
    return { name, flopsPerByte, flopsPerSecond: (flops / timeNs) * 1e9, isWhole: true, color };
  });
  return {
    kind: "compare",
    title,
    columns,
    runs: runs.map((run, index) => ({
      name: run.schedule,
      group: groupOf(run),
      timeNs: run.fits ? run.profile.timeNs : undefined,
      isFastest: run.fits && fastest.has(run),
      cells: cells[index] ?? [],
      reason: run.fits ? "" : run.reason,
    })),
    reasons: reasons.map(({ text }) => text),
    roofline: { roofs: [...roofs.values()], points: points.filter(({ flopsPerSecond }) => flopsPerSecond > 0) },
    trades: tradesOf(fitting, groupOf),
    glossary: glossaryTexts,
  };
}

function tradesOf(runs: readonly FittingRun[], groupOf: (run: CompareRun) => string): readonly TradePoint[] {
  const valuesOf = ({ profile }: FittingRun) => [profile.timeNs, profile.sbuf.peakBytesPerPartition];
  const front = new Set(groupRuns(runs, groupOf).flatMap((group) => frontOf(group, valuesOf)));
  return runs.map((run, color) => {
    const [timeNs = 0, sbufBytes = 0] = valuesOf(run);
    return { name: `${run.schedule} on ${groupOf(run)}`, color, timeNs, sbufBytes, isOnFront: front.has(run) };
  });
}

/** Where no size is varied there is no column of sizes. */
function withoutEmptySizes({ columns, cells }: CompareTable): CompareTable {
  const sizes = columns.indexOf("sizes");
  if (cells.some((row) => row[sizes] !== "")) return { columns, cells };
  const isKept = (_cell: string, index: number): boolean => index !== sizes;
  return { columns: columns.filter(isKept), cells: cells.map((row) => row.filter(isKept)) };
}
