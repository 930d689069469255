// `tgc.diff/1` as a person reads it: the verdict and how it is known, figures, and what differs, kernel by kernel.

import pc from "picocolors";
import { formatBytes, formatCount, formatNs, toThreeDigits } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { ChangedLine, NormalChange } from "../diff/normal/change.ts";
import {
  type DiffReport,
  type Figure,
  growthPercent,
  type ValueDifference,
  type ValuesFinding,
  type Verdict,
} from "../diff/report.ts";
import { left, right, textTable } from "./text-table.ts";

type Colors = ReturnType<typeof pc.createColors>;

export interface DiffNames {
  readonly before: string;
  readonly after: string;
}

/** Lines of changes that are printed; the JSON object has all. */
const maxPrintedLines = 120;

/** The whole report; the text ends with a line break. */
export function printDiff(report: DiffReport, { before, after }: DiffNames, color: boolean): string {
  const colors = pc.createColors(color);
  const title = `${showName(before)} -> ${showName(after)}: ${paintVerdict(colors, report.verdict)}, ${tellVerdict(report)}\n`;
  const parts = [
    title,
    printFindings(report),
    hasMoved(report) ? `\n${printFigures(report.figures)}` : "",
    printChanges(report.changes, colors),
  ];
  return parts.join("");
}

/** Figures of programs that differ in looks alone are of interest only where they moved all the same. */
function hasMoved({ verdict, figures }: DiffReport): boolean {
  const isInteresting = verdict === "performance" || figures.some(({ before, after }) => before !== after);
  return isInteresting && figures.length > 0;
}

function tellVerdict({ verdict, values }: DiffReport): string {
  return verdict === "meaning" ? (otherThanValues[values.kind] ?? verdictWords.meaning) : verdictWords[verdict];
}

const otherThanValues: Readonly<Partial<Record<ValuesFinding["kind"], string>>> = {
  interface: "another interface",
  hazard: "values that depend on timing",
  undecided: "nothing shows that the values are equal",
};

const verdictWords: Readonly<Record<Verdict, string>> = {
  same: "the files are equal",
  cosmetic: "names, numbers and the order of what is independent",
  performance: "the same values in another way",
  meaning: "other values",
};

function paintVerdict(colors: Colors, verdict: Verdict): string {
  const paint = { same: colors.green, cosmetic: colors.green, performance: colors.yellow, meaning: colors.red };
  return colors.bold(paint[verdict](verdict));
}

function printFindings({ values, renamed, withoutFigures, otherSchedule, target }: DiffReport): string {
  const lines = [
    ...tellValues(values),
    ...renamed.map(({ before, after }) => `renamed: ${before} is ${after}`),
    ...(otherSchedule === true ? ["schedule: another one"] : []),
    ...(withoutFigures === undefined ? [] : [`figures: none, as ${withoutFigures} (${target})`]),
  ];
  return lines.map((line) => `  ${showName(line)}\n`).join("");
}

function tellValues(values: ValuesFinding): readonly string[] {
  switch (values.kind) {
    case "identical":
    case "proven":
      return [`values: proven equal, as ${values.why}`];
    case "tested":
      return [`values: no difference found on ${values.inputs.length} inputs: ${values.inputs.join("; ")}`];
    case "undecided":
      return [`values: not compared: ${values.why}`];
    case "interface":
      return values.mismatches.map((mismatch) => `interface: ${mismatch}`);
    case "refused":
    case "hazard":
      return [`values: ${values.why}`];
    case "differ":
      return tellDifference(values.difference, values.parting);
    default:
      return values satisfies never;
  }
}

function tellDifference(
  difference: ValueDifference,
  parting: Extract<ValuesFinding, { kind: "differ" }>["parting"],
): readonly string[] {
  const { inputs, seed, output, index, before, after, differingElements, elements, maxUlp, isRounding } = difference;
  const size = maxUlp === undefined ? "" : `, by ${toThreeDigits(maxUlp)} ulp at most`;
  return [
    `values: ${output}[${index.join(", ")}] is ${before} before and ${after} after`,
    `differ: ${formatCount(differingElements)} of ${formatCount(elements)} elements of ${output}${size}`,
    `inputs: ${inputs} (seed ${seed})`,
    ...(isRounding ? ["rounding: no difference on integers for which nothing is rounded"] : []),
    ...(parting === undefined
      ? []
      : [`parting: ${parting.why}`, `  before  ${parting.before}`, `  after   ${parting.after}`]),
  ];
}

function printFigures(figures: readonly Figure[]): string {
  const columns = [left("  figure"), right("before"), right("after"), right("change")];
  const rows = figures.map((figure) => [
    `  ${figure.name}`,
    formatFigure(figure, figure.before),
    formatFigure(figure, figure.after),
    formatGrowth(growthPercent(figure)),
  ]);
  return textTable(columns, rows);
}

function formatFigure({ unit }: Figure, value: number): string {
  if (unit === "ns") return formatNs(value);
  return unit === "B" ? formatBytes(value) : formatCount(value);
}

function formatGrowth(percent: number): string {
  if (percent === 0) return "";
  const text = Number.isFinite(percent) ? `${toThreeDigits(Math.abs(percent))}%` : "new";
  return `${percent > 0 ? "+" : "-"}${text}`;
}

function printChanges(changes: readonly NormalChange[], colors: Colors): string {
  const lines = changes.flatMap(({ section, lines: changed }) => [
    "",
    colors.bold(showName(section)),
    ...changed.map(painted),
  ]);
  function painted({ sign, text }: ChangedLine): string {
    const line = `${sign} ${showName(text)}`;
    if (sign === " ") return colors.dim(line);
    return sign === "-" ? colors.red(line) : colors.green(line);
  }
  const shown = lines.slice(0, maxPrintedLines);
  const more = lines.length - shown.length;
  return `${shown.join("\n")}${shown.length > 0 ? "\n" : ""}${more > 0 ? `\n${more} more lines; \`--json\` has all\n` : ""}`;
}
