// Why a run takes its time, as a person reads it: what queues waited for, the critical path, and what a faster unit would save.

import { formatCount, formatNs, formatPercent } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Profile } from "../driver/profile.ts";
import type { CriticalPath, KernelPath, PathPart } from "../trace/critical-path.ts";
import type { WhatIf } from "../trace/what-if.ts";
import { left, right, textTable } from "./text-table.ts";

/** Rows and parts that a summary shows; `--why` and JSON have all. */
const shownWaits = 6;
const shownKernels = 8;

/** A part of a kernel's path below this share of it is not worth a word. Assumed. */
const minShare = 0.02;

/** What each queue waited for, the longest first; empty where none waited. */
export function printWaits({ queues, timeNs }: Profile, isWhole: boolean): string {
  const all = queues
    .flatMap(({ queue, waits }) => waits.map((wait) => ({ queue, ...wait })))
    .sort((a, b) => b.ns - a.ns);
  if (all.length === 0) return "";
  const shown = isWhole ? all : all.slice(0, shownWaits);
  const rows = shown.map(({ queue, name, producer, ns }) => [
    queue,
    formatNs(ns),
    formatPercent((100 * ns) / timeNs),
    producer,
    name,
  ]);
  const columns = [left("queue"), right("waited"), right("of time"), left("for"), left("semaphore")];
  return textTable(columns, rows) + restLine(all.slice(shown.length));
}

function restLine(rest: readonly { readonly ns: number }[]): string {
  if (rest.length === 0) return "";
  const ns = rest.reduce((sum, wait) => sum + wait.ns, 0);
  return `${rest.length} more, ${formatNs(ns)} together; \`--why\` lists all\n`;
}

export function printPath({ launchNs, endNs, tokensNs, kernels }: CriticalPath, isWhole: boolean): string {
  const longest = new Set(kernels.toSorted((a, b) => b.ns - a.ns).slice(0, isWhole ? kernels.length : shownKernels));
  const shown = kernels.filter((kernel) => longest.has(kernel));
  const others = kernels.filter((kernel) => !longest.has(kernel));
  const rest = others.reduce((sum, { ns }) => sum + ns, 0);
  const width = Math.max(0, ...shown.map(({ kernel }) => kernel.length));
  const lines = [
    `critical path: launch ${formatNs(launchNs)}, tokens on their way ${formatNs(tokensNs)}, end ${formatNs(endNs)}`,
    ...shown.map(
      (kernel) => `  ${showName(kernel.kernel).padEnd(width)}  ${formatNs(kernel.ns)}: ${printParts(kernel)}`,
    ),
    ...(others.length === 0 ? [] : [`  ${others.length} more kernels, ${formatNs(rest)} together`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** `dma loads w1 9.10 us -> pe 14.0 us (matmul) -> act 3.00 us` */
function printParts({ parts, ns }: KernelPath): string {
  const large = parts.filter((part) => part.ns >= minShare * ns);
  return large.map(printPart).join(" -> ");
}

function printPart({ unit, what, ns, executions }: PathPart): string {
  const times = executions === 1 ? "" : ` (${formatCount(executions)} times)`;
  return `${unit} ${showName(what)} ${formatNs(ns)}${times}`;
}

export function printWhatIfs(found: readonly Pick<WhatIf, "what" | "savesNs">[], timeNs: number): string {
  const rows = found.map(({ what, savesNs }) => [what, formatNs(savesNs), formatPercent((100 * savesNs) / timeNs)]);
  return textTable([left("if twice as fast"), right("saves"), right("of time")], rows);
}
