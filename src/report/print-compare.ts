// `tgc.compare/1` as a person reads it: one table, in which what differs from the fastest run is marked, and why that one wins.

import {
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatPj,
  toThreeDigits,
} from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Reason } from "../compare/reasons.ts";
import type { CompareRun, FittingRun } from "../compare/run.ts";
import { dimsText, fastestOf, groupRuns, isFitting } from "../compare/sort.ts";
import type { Profile } from "../driver/profile.ts";
import { left, right, textTable } from "./text-table.ts";

interface Figure {
  readonly heading: string;
  readonly value: (profile: Profile) => number | undefined;
  readonly format: (value: number) => string;
  /** Left out where no run has it. */
  readonly isOptional?: true;
}

const active = (unit: "pe" | "act" | "dve" | "pool" | "dma"): Figure => ({
  heading: unit,
  value: ({ engines }) => engines[unit].activePercent,
  format: formatPercent,
});

const allInstructions = ({ engines }: Profile): number =>
  Object.values(engines)
    .map(({ instructions }) => instructions)
    .reduce((sum, count) => sum + count, 0);

const allFigures: readonly Figure[] = [
  { heading: "time", value: ({ timeNs }) => timeNs, format: formatNs },
  {
    heading: "x floor",
    value: ({ bound, timeNs }) => (bound.graphFloorNs === undefined ? undefined : timeNs / bound.graphFloorNs),
    format: toThreeDigits,
  },
  active("pe"),
  active("act"),
  active("dve"),
  active("pool"),
  active("dma"),
  { heading: "HBM", value: ({ hbm }) => hbm.readBytes + hbm.writeBytes, format: formatBytes },
  { heading: "DMA row", value: ({ dma }) => Math.round(dma.averageRowBytes), format: formatBytes },
  { heading: "SBUF", value: ({ sbuf }) => sbuf.peakBytesPerPartition, format: formatBytes },
  { heading: "PSUM", value: ({ psum }) => psum.peakBanks, format: String },
  { heading: "instructions", value: allInstructions, format: formatCount },
  {
    heading: "energy (estimate)",
    value: ({ energyEstimate }) => energyEstimate?.totalPj,
    format: formatPj,
    isOptional: true,
  },
];

/** Without optional ones that no run has. */
function figuresOf(runs: readonly CompareRun[]): readonly Figure[] {
  const profiles = runs.filter(isFitting).map(({ profile }) => profile);
  return allFigures.filter(
    ({ isOptional, value }) => !isOptional || profiles.some((profile) => value(profile) !== undefined),
  );
}

/** Figures within this part of each other are called equal. Assumed. */
const tolerance = 0.005;

/** `+` or `-` where a figure is more or less than the fastest run's. */
function markOf(value: number, fastest: number | undefined): string {
  if (fastest === undefined || Math.abs(value - fastest) <= tolerance * Math.max(Math.abs(value), Math.abs(fastest))) {
    return " ";
  }
  return value > fastest ? "+" : "-";
}

export function printCompare(graph: string, runs: readonly CompareRun[], reasons: readonly Reason[]): string {
  const hasDims = groupRuns(runs, dimsText).length > 1;
  const { columns, cells } = compareTable(runs);
  const hasReason = runs.some(({ fits }) => !fits);
  const aligned = columns.map((heading, index) => (index < 5 ? left(heading) : right(`${heading} `)));
  const shown = [...aligned, ...(hasReason ? [left("does not fit")] : [])].filter((_column, at) => at !== 3 || hasDims);
  const rows = runs.map((run, index) => {
    const own = [...(cells[index] ?? []), ...(hasReason ? [run.fits ? "" : run.reason] : [])];
    return own.filter((_cell, at) => at !== 3 || hasDims);
  });
  const legend = "* the fastest of its target and sizes; + and -: more and less than that one\n";
  const [sizes = ""] = runs.map(dimsText);
  const title = hasDims || sizes === "" ? graph : `${graph}, ${sizes}`;
  return [`${showName(title)}\n${textTable(shown, rows)}${legend}`, ...printReasons(reasons, hasDims)].join("\n");
}

export interface CompareTable {
  readonly columns: readonly string[];
  /** A row for each run; what it has no figure for is empty. */
  readonly cells: readonly (readonly string[])[];
}

/** The fastest run is marked in the first column. */
export function compareTable(runs: readonly CompareRun[]): CompareTable {
  const fastest = fastestByGroup(runs);
  const figures = figuresOf(runs);
  const cells = runs.map((run) => {
    const best = fastest.get(groupKey(run));
    const name = [best === run ? "*" : "", run.schedule, run.target, dimsText(run)];
    if (!run.fits) return [...name, "", ...figures.map(() => "")];
    return [...name, run.profile.bound.kind, ...figures.map((figure) => cell(figure, run, best))];
  });
  return { columns: ["", "schedule", "target", "sizes", "bound", ...figures.map(({ heading }) => heading)], cells };
}

const groupKey = (run: CompareRun): string => `${run.target} ${dimsText(run)}`;

function fastestByGroup(runs: readonly CompareRun[]): ReadonlyMap<string, FittingRun> {
  const groups = groupRuns(runs.filter(isFitting), groupKey);
  return new Map(
    groups.flatMap((group) => {
      const fastest = fastestOf(group);
      return fastest === undefined ? [] : [[groupKey(fastest), fastest] as const];
    }),
  );
}

function cell({ value, format }: Figure, { profile }: FittingRun, best: FittingRun | undefined): string {
  const own = value(profile);
  if (own === undefined) return " ";
  return `${format(own)}${markOf(own, best && value(best.profile))}`;
}

function printReasons(reasons: readonly Reason[], hasDims: boolean): readonly string[] {
  if (reasons.length === 0) return [];
  const line = ({ text, faster }: Reason): string => `${showName((hasDims ? sizesOf(faster.dims) : "") + text)}\n`;
  return [reasons.map(line).join("")];
}

function sizesOf(dims: CompareRun["dims"]): string {
  const words = Object.entries(dims).map(([name, size]) => `${name}=${size}`);
  return words.length === 0 ? "" : `${words.join(", ")}: `;
}
