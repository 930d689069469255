// `tgc.tune/1` as a person reads it: what was found, kernel by kernel.

import { formatNs } from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Tuned, TunedKernel } from "../tune/tune-graph.ts";
import { left, right, textTable } from "./text-table.ts";

export function printTune(tuned: Tuned): string {
  const { heuristic, best, tried, simulated, kernels } = tuned;
  const { graph, target, timeNs } = best.profile;
  const before = heuristic.profile.timeNs;
  const gain = timeNs < before ? `, ${percent(before, timeNs)} less` : ": nothing faster was found";
  const head = `${showName(graph)} on ${showName(target)}: ${formatNs(before)} -> ${formatNs(timeNs)}${gain}`;
  const headings = ["heuristic", "best", "less", "tried", "simulated"].map(right);
  const table = textTable([left("kernel"), ...headings, left("taken")], kernels.map(kernelRow));
  return `${head}; ${tried} schedules tried, ${simulated} simulated\n\n${table}`;
}

const percent = (before: number, after: number): string => `${((100 * (before - after)) / before).toFixed(1)} %`;

function kernelRow({ kernel, found, isKept }: TunedKernel): readonly string[] {
  const { startNs, timeNs } = found;
  const times = [startNs, timeNs].map((time) => (time === undefined ? "-" : formatNs(time)));
  const less = startNs === undefined || timeNs === undefined ? "-" : percent(startNs, timeNs);
  const counts = [String(found.tried.length), String(found.simulated)];
  return [showName(kernel.name), ...times, less, ...counts, isKept ? "yes" : "no"];
}
