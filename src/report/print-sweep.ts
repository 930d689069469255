// A merged sweep as a person reads it: how many points there are, and the Pareto front with its choices.

import { formatBytes, formatCount, formatNs, formatPj, toThreeDigits } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { type Metric, profileMetrics } from "../metrics/metrics.ts";
import type { SweepResult } from "../sweep/results.ts";
import { left, right, textTable } from "./text-table.ts";

export interface PrintedSweep {
  readonly graph: string;
  /** Where all results are. */
  readonly path: string;
  readonly results: readonly SweepResult[];
  readonly front: readonly SweepResult[];
  readonly metrics: readonly string[];
}

/** Rows of the table; a longer front is in the JSON object. */
const maxRows = 40;

export function printSweep({ graph, path, results, front, metrics }: PrintedSweep): string {
  const fitting = results.filter(({ fits }) => fits).length;
  const shown = front.slice(0, maxRows);
  const fixed = fixedChoices(results);
  const columns = [left("target"), left("schedule"), left("choices"), ...metrics.map(right), right("point")];
  const rows = shown.map((result) => [
    result.target,
    result.schedule,
    choicesOf(result, fixed),
    ...metrics.map((name) => formatMetric(name, result.metrics?.[name])),
    String(result.point),
  ]);
  const title = `${graph}: ${pointsText(results.length)}, ${fitting} of them fit; ${front.length} on the Pareto front of ${metrics.join(", ")}`;
  const more = front.length > maxRows ? `${front.length - maxRows} more, see --json\n` : "";
  return `${showName(title)}\n${textTable(columns, rows)}${more}${showName(`all results: ${path}`)}\n`;
}

/** `1 point` */
export const pointsText = (count: number): string => (count === 1 ? "1 point" : `${count} points`);

/** How the values of a metric are written. */
const formats: { readonly [U in Metric["unit"]]: (value: number) => string } = {
  s: (value) => formatNs(value * 1e9),
  B: formatBytes,
  J: (value) => formatPj(value * 1e12),
  cycles: formatCount,
  flop: formatCount,
  elements: formatCount,
  count: formatCount,
  banks: formatCount,
  "flop/B": toThreeDigits,
  "share of 1": toThreeDigits,
  ratio: toThreeDigits,
};

function formatMetric(name: string, value: number | undefined): string {
  const metric = profileMetrics.find((each) => each.name === name);
  return value === undefined || metric === undefined ? "-" : formats[metric.unit](value);
}

/** `M=128`, `sbufBytesPerPartition=98304`, `y.slots_lhs=3` */
function namedChoices({ dims, set, fields }: SweepResult): readonly string[] {
  const named = [...Object.entries(dims), ...Object.entries(set)].map(([name, value]) => `${name}=${value}`);
  const ofKernels = Object.entries(fields).flatMap(([kernel, own]) =>
    Object.entries(own).map(
      ([name, value]) => `${kernel}.${name}=${typeof value === "object" ? `[${value.join(", ")}]` : value}`,
    ),
  );
  return [...named, ...ofKernels];
}

/** The choices that all points have in common. */
function fixedChoices(results: readonly SweepResult[]): ReadonlySet<string> {
  const [first, ...others] = results;
  let fixed = new Set(first === undefined ? [] : namedChoices(first));
  for (const other of others) {
    if (fixed.size === 0) return fixed;
    const own = new Set(namedChoices(other));
    fixed = new Set([...fixed].filter((choice) => own.has(choice)));
  }
  return fixed;
}

function choicesOf(result: SweepResult, fixed: ReadonlySet<string>): string {
  const varied = namedChoices(result).filter((choice) => !fixed.has(choice));
  return showName(varied.join(" "));
}
