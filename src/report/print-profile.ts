// `tgc.profile/1` as a person reads it: totals, the roofline, engines, and kernels.

import {
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatPj,
  toThreeDigits,
} from "../../ir-spec/base/format-numbers.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { FusionMode } from "../../ir-spec/fusion-mode.ts";
import { energyFields } from "../../ir-spec/machine-energy.ts";
import { reportUnits } from "../../targets/neuron/sim/report.ts";
import { energyShares } from "../driver/energy.ts";
import type { KernelProfile, Profile } from "../driver/profile.ts";
import { left, right, textTable } from "./text-table.ts";

/** The whole report, with more of its parts before the schedule; the text ends with a line break. */
export function printProfile(profile: Profile, more: readonly string[] = []): string {
  const { graph, kernels } = profile;
  const hasSchedule = kernels.some(({ schedule }) => schedule !== "");
  const parts = [
    printTotals(profile),
    printEngines(profile),
    printKernels(profile),
    ...more.filter((part) => part !== ""),
  ];
  if (hasSchedule) parts.push(printSchedule(graph, kernels));
  parts.push(legend);
  return parts.join("\n");
}

/** Those of its words that say less to a newcomer than they seem to. */
const legend =
  "`tgc explain WORD` says what a word means: floor, bound, busy, waiting, idle, span, 'of peak', intensity\n";

function printTotals(profile: Profile): string {
  const { graph, target, timeNs, cycles, flops, elementOps, mfuPercent, hbm, sbuf, psum } = profile;
  const rows = [
    ["time", `${formatNs(timeNs)}, ${formatCount(cycles)} PE cycles`],
    ...floorRows(profile),
    [
      "work",
      `${formatCount(flops)} flops of products, ${formatPercent(mfuPercent)} of the array's peak; ${formatCount(elementOps)} elements on other engines`,
    ],
    [
      "HBM",
      `${formatBytes(hbm.readBytes)} read, ${formatBytes(hbm.writeBytes)} written, ${formatBytes(hbm.spillBytes)} of it spills`,
    ],
    [
      "intensity",
      `${toThreeDigits(profile.flopsPerByte)} flops of products per byte, ${toThreeDigits(elementsPerByte(profile))} elements`,
    ],
    [
      "SBUF",
      `${formatBytes(sbuf.peakBytesPerPartition)} of ${formatBytes(sbuf.capacityBytesPerPartition)} per partition`,
    ],
    ["PSUM", `${psum.peakBanks} of ${psum.capacityBanks} banks`],
    ...energyRows(profile),
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(([name = "", text = ""]) => `  ${name.padEnd(width)}  ${text}`);
  return `${showName(graph)} on ${showName(target)}\n${lines.join("\n")}\n`;
}

/** Shares below this are not worth a word. Assumed. */
const minEnergyShare = 0.005;

function energyRows({ energyEstimate }: Profile): readonly (readonly string[])[] {
  if (energyEstimate === undefined || energyEstimate.totalPj === 0) return [];
  const shares = energyShares(energyEstimate).filter(({ share }) => share >= minEnergyShare);
  const parts = shares.map(({ key, share }) => `${energyFields[key].word} ${formatPercent(100 * share)}`);
  return [["energy", `${formatPj(energyEstimate.totalPj)} by a rough estimate: ${parts.join(", ")}`]];
}

function elementsPerByte({ elementOps, hbm }: Profile): number {
  const bytes = hbm.readBytes + hbm.writeBytes;
  return bytes === 0 ? 0 : elementOps / bytes;
}

/** What no program for the graph could be below, where the graph is known; and what this stream could not be below. */
function floorRows({ timeNs, bound }: Profile): readonly (readonly string[])[] {
  const { graphFloorNs, graphFloor } = bound;
  const times = (ns: number): string => `the time is ${toThreeDigits(timeNs / ns)} times that`;
  const boundNs = bound.floorNs[bound.kind];
  const stream = `${formatNs(boundNs)} for this stream, set by ${bound.kind}: ${times(boundNs)}`;
  if (graphFloorNs === undefined || graphFloor === undefined) return [["bound", stream]];
  const { kind, launchNs } = graphFloor;
  const graph = `${formatNs(graphFloorNs)} for the graph, set by ${kind}, ${formatNs(launchNs)} of it launch: ${times(graphFloorNs)}`;
  return [
    ["floor", graph],
    ["bound", stream],
  ];
}

function printEngines({ engines, bound }: Profile): string {
  const rows = reportUnits.map((unit) => {
    const { busyNs, waitingNs, idleNs, activePercent, instructions } = engines[unit];
    const times = [bound.floorNs[unit], busyNs, waitingNs, idleNs].map(formatNs);
    return [unit, formatPercent(activePercent), ...times, formatCount(instructions)];
  });
  const columns = ["active", "floor", "busy", "waiting", "idle", "instructions"].map(right);
  return textTable([left("engine"), ...columns], rows);
}

/** Launch, kernels and end: the first column of times adds up to the whole. */
function printKernels({ kernels, launchNs, endNs }: Profile): string {
  const beside = (name: string, ns: number): readonly string[] => [
    name,
    formatNs(ns),
    ...new Array<string>(7).fill(""),
  ];
  const rows = [beside("(launch)", launchNs), ...kernels.map(kernelRow), beside("(end)", endNs)];
  const numbers = ["time", "span", "bound", "of peak", "read", "written", "flops/B"].map(right);
  return textTable([left("kernel"), ...numbers, left("ops")], rows);
}

function kernelRow(kernel: KernelProfile): readonly string[] {
  return [
    kernel.name,
    formatNs(kernel.exclusiveNs),
    formatNs(kernel.timeNs),
    kernel.bound.kind,
    formatPercent(kernel.mfuPercent),
    formatBytes(kernel.hbm.readBytes),
    formatBytes(kernel.hbm.writeBytes),
    toThreeDigits(kernel.flopsPerByte),
    kernel.ops.join(" "),
  ];
}

/** What was chosen, as a schedule: in the program or in a file of its own it gives the same stream again. */
export function printSchedule(
  graph: string,
  kernels: readonly { readonly name: string; readonly schedule: string }[],
  { name = "chosen", fusion }: { readonly name?: string; readonly fusion?: FusionMode | undefined } = {},
): string {
  const scheduled = kernels.filter(({ schedule }) => schedule !== "");
  const all = fusion === undefined ? "" : `  kernel * { fuse=${fusion} }\n`;
  const lines = scheduled.map(
    ({ name: kernel, schedule }) => `  kernel ${showName(kernel)} { ${showName(schedule)} }\n`,
  );
  return `schedule ${name} for ${showName(graph)} {\n${all}${lines.join("")}}\n`;
}
