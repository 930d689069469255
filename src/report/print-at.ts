// `tgc explain --at` as a person reads it.

import { formatCount, formatNs, formatPercent } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { AtKernel, AtReport, PassEffect } from "../why/at/explain-at.ts";
import { left, right, textTable } from "./text-table.ts";

/** Statements that are printed of one pass or kernel; JSON has all. */
const mostShown = 12;

export function printAt(report: AtReport): string {
  const { place, graph, target, ops, passes, kernels, timeNs, pathNs } = report;
  const path =
    pathNs === undefined
      ? ""
      : `, ${formatNs(pathNs)} of it on the critical path (${formatPercent((100 * pathNs) / timeNs)})`;
  const head = [
    `${place} in graph ${graph} on ${target}: ${formatCount(ops.length)} op${ops.length === 1 ? "" : "s"}`,
    ...shortened(ops.map(({ text, line, column }) => `${line}:${column}  ${text}`)),
    `the program takes ${formatNs(timeNs)}${path}`,
  ];
  const parts = [linesText(head), ...passes.map(printEffect), ...kernels.map((kernel) => printKernel(kernel, timeNs))];
  if (kernels.length === 0) parts.push("no kernel: nothing of it is left to do, or it only views other tensors\n");
  return parts.join("\n");
}

const linesText = (lines: readonly string[]): string => lines.map((line) => `${showName(line)}\n`).join("");

function shortened(lines: readonly string[]): readonly string[] {
  const rest = lines.length - mostShown;
  const shown = lines.slice(0, mostShown).map((line) => `  ${line}`);
  return rest > 0 ? [...shown, `  ${rest} more`] : shown;
}

function printEffect({ pass, before, after, remarks }: PassEffect): string {
  const marked = [...shortened(before).map((line) => `-${line}`), ...shortened(after).map((line) => `+${line}`)];
  return linesText([`pass ${pass}`, ...marked, ...shortened([...new Set(remarks)])]);
}

function printKernel({ name, ops, schedule, exclusiveNs, statements, instructions }: AtKernel, timeNs: number): string {
  const title = `kernel ${name} (${ops.join(", ")}): ${formatNs(exclusiveNs)}, ${formatPercent((100 * exclusiveNs) / timeNs)} of the time`;
  const rows = instructions.map(({ unit, inst, written, executed, ns, pathNs }) => [
    ...["", unit, inst],
    ...[formatCount(written), formatCount(executed), formatNs(ns), formatNs(pathNs)],
    formatPercent((100 * pathNs) / timeNs),
  ]);
  const columns = [
    ...[left(""), left("unit"), left("instruction"), right("in the text"), right("executed")],
    ...[right("time"), right("on the path"), right("of all")],
  ];
  const lines = [title, ...(schedule === "" ? [] : [`  schedule ${schedule}`]), ...shortened(statements)];
  return linesText(lines) + (rows.length === 0 ? "" : textTable(columns, rows));
}
