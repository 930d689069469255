// What the page of one program shows: its profile, its run, its stages, and what the passes said.

import {
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatPj,
  toThreeDigits,
} from "../../ir-spec/base/format-numbers.ts";
import { ok, type Result } from "../../ir-spec/base/result.ts";
import { positionOf, type Source } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { energyFields } from "../../ir-spec/machine-energy.ts";
import type { Remark } from "../../passes/pass.ts";
import { type PassEvent, runPasses } from "../../passes/run.ts";
import { reportUnits } from "../../targets/neuron/sim/report.ts";
import { type CompileOptions, graphPipeline, passEnv } from "../driver/compile.ts";
import { energyShares } from "../driver/energy.ts";
import { type Profile, type TimedGraph, type TimedStream, timeGraph } from "../driver/profile.ts";
import { targetRow } from "../driver/targets.ts";
import { glossary } from "../metrics/glossary.ts";
import { summarizePath } from "../trace/critical-path.ts";
import { makeTimeline, maxTraceEvents } from "../trace/timeline.ts";
import { whatIfFaster } from "../trace/what-if.ts";
import { findLints } from "../why/lints/find-lints.ts";
import { graphData } from "./graph-data.ts";
import type {
  EnergyRow,
  EngineTimes,
  Figure,
  KernelSpan,
  MemoryData,
  RemarkRow,
  ReportData,
  RooflinePoint,
  WaitRow,
} from "./page-data.ts";
import { passChanges } from "./pass-changes.ts";
import { stageTexts } from "./stage-texts.ts";
import { timelineData } from "./timeline-data.ts";

export const glossaryTexts: Readonly<Record<string, string>> = Object.fromEntries(
  glossary.map(({ word, text }) => [word, text]),
);

export function reportData(source: Source, graph: Graph, options: CompileOptions): Result<ReportData> {
  const made = timedReport(source, graph, options);
  return made.ok ? ok(made.value.report) : made;
}

/** A report, and the run that it is about. */
export interface TimedReport {
  readonly report: ReportData;
  readonly timed: TimedGraph;
}

export function timedReport(source: Source, graph: Graph, options: CompileOptions): Result<TimedReport> {
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const timed = timeGraph(graph, { ...options, observe, maxTraceEvents });
  if (!timed.ok) return timed;
  const before = unfused(graph, options);
  if (!before.ok) return before;
  return ok({
    timed: timed.value,
    report: makeReport({ source, timed: timed.value, before: before.value, events }, options),
  });
}

/** What a report is made of. */
interface ReportParts {
  readonly source: Source;
  readonly timed: TimedGraph;
  readonly before: Graph;
  readonly events: readonly PassEvent[];
}

function makeReport({ source, timed, before, events }: ReportParts, { target }: CompileOptions): ReportData {
  const { profile, stream, tiles, graph: after, remarks } = timed;
  const { machine } = target;
  return {
    kind: "report",
    title: profile.graph,
    target: profile.target,
    headline: headlineOf(profile),
    timeNs: profile.timeNs,
    figures: figuresOf(profile),
    engines: enginesOf(profile),
    waits: waitsOf(profile),
    whatIf: whatIfFaster(timed, machine).map(({ what, savesNs }) => ({ what, savesNs })),
    lints: findLints(timed, machine),
    energy: energyRows(profile),
    roofline: { roofs: [roofOf(profile)], points: pointsOf(profile) },
    timeline: timelineData(makeTimeline(timed)),
    kernels: kernelsOf(profile),
    memory: memoryOf(timed, machine.psumBanks * machine.psumBankBytesPerPartition),
    tensors: tensorsOf(profile),
    graphs: [graphData("before fusion", before), graphData("after fusion", after)],
    stages: stageTexts({ source, before, after, tiles, stream }),
    passes: passChanges(events),
    remarks: remarks.map(remarkRow),
    path: summarizePath(timed, machine),
    glossary: glossaryTexts,
  };
}

/** The graph in primitives, before it is cut into kernels. */
function unfused(graph: Graph, { target }: CompileOptions): Result<Graph> {
  const passes = targetRow(target.kind).passes.filter((name) => name !== "fuse");
  const ran = runPasses(graphPipeline(passes), graph, { env: passEnv(target) });
  return ran.ok ? ok(ran.value.ir) : ran;
}

/** What bounds the program, in a sentence. */
function headlineOf({ timeNs, bound, target }: Profile): string {
  const boundNs = bound.floorNs[bound.kind];
  const share = formatPercent((100 * boundNs) / timeNs);
  const floor =
    bound.graphFloorNs === undefined
      ? ""
      : `, ${toThreeDigits(timeNs / bound.graphFloorNs)} times the floor of its graph`;
  const why =
    boundNs > 0.8 * timeNs
      ? `It is bound by ${bound.kind}, whose own work takes ${share} of the time.`
      : `The busiest unit, ${bound.kind}, has work for ${share} of the time; the rest is launch, latencies and waiting.`;
  return `${formatNs(timeNs)} on ${target}${floor}. ${why}`;
}

function figuresOf(profile: Profile): readonly Figure[] {
  const { timeNs, cycles, bound, mfuPercent, hbm, dma, sbuf, psum, flops, elementOps, flopsPerByte } = profile;
  const { graphFloorNs = 0 } = bound;
  return [
    { label: "time", value: formatNs(timeNs), note: `${formatCount(cycles)} PE cycles`, term: "floor" },
    {
      label: "of the floor",
      value: `${toThreeDigits(graphFloorNs === 0 ? 0 : timeNs / graphFloorNs)} x`,
      note: `graph's floor ${formatNs(graphFloorNs)}`,
      term: "floor",
    },
    { label: "bound", value: bound.kind, note: `work for ${formatNs(bound.floorNs[bound.kind])}`, term: "bound" },
    { label: "array", value: formatPercent(mfuPercent), note: "of its peak for bf16", term: "mfu" },
    {
      label: "work",
      value: `${formatCount(flops)} flops`,
      note: `${formatCount(elementOps)} elements elsewhere`,
      term: "work",
    },
    {
      label: "HBM traffic",
      value: formatBytes(hbm.readBytes + hbm.writeBytes),
      note: `${formatBytes(hbm.spillBytes)} of it spills`,
      term: "traffic",
    },
    { label: "intensity", value: toThreeDigits(flopsPerByte), note: "flops per byte", term: "intensity" },
    { label: "DMA row", value: formatBytes(Math.round(dma.averageRowBytes)), note: "on average", term: "dma row" },
    {
      label: "SBUF",
      value: formatBytes(sbuf.peakBytesPerPartition),
      note: `of ${formatBytes(sbuf.capacityBytesPerPartition)} per partition`,
      term: "sbuf",
    },
    { label: "PSUM", value: `${psum.peakBanks} banks`, note: `of ${psum.capacityBanks}`, term: "psum" },
    ...energyFigure(profile),
  ];
}

function energyRows({ energyEstimate }: Profile): readonly EnergyRow[] {
  if (energyEstimate === undefined) return [];
  return energyShares(energyEstimate).map(({ key, pj, share }) => {
    const { word, summary } = energyFields[key];
    return { word, summary, pj, share };
  });
}

function energyFigure({ energyEstimate }: Profile): readonly Figure[] {
  if (energyEstimate === undefined) return [];
  const [first] = energyShares(energyEstimate);
  const note = first === undefined ? "" : `${formatPercent(100 * first.share)} of it ${energyFields[first.key].word}`;
  return [{ label: "energy (estimate)", value: formatPj(energyEstimate.totalPj), note, term: "energy estimate" }];
}

function enginesOf({ engines, bound }: Profile): readonly EngineTimes[] {
  return reportUnits.map((unit) => ({ unit, floorNs: bound.floorNs[unit], ...engines[unit] }));
}

function waitsOf({ queues }: Profile): readonly WaitRow[] {
  const waits = queues.flatMap(({ queue, waits: own }) =>
    own.map(({ name: semaphore, producer, ns }) => ({ queue, producer, semaphore, ns })),
  );
  return waits.sort((a, b) => b.ns - a.ns);
}

export const roofOf = ({ target, roofline }: Profile) => ({
  name: target,
  peakFlops: roofline.peakFlops,
  bytesPerSecond: roofline.hbmBytesPerSecond,
});

/** The whole program and its kernels; those without products have no place in the picture. */
function pointsOf(profile: Profile): readonly RooflinePoint[] {
  const parts = [...profile.kernels, { ...profile, name: "whole program" }];
  const points = parts.map(({ name, flops, flopsPerByte, timeNs }, color) => {
    const isWhole = color === profile.kernels.length;
    return { name, color, isWhole, flopsPerByte, flopsPerSecond: (flops / timeNs) * 1e9 };
  });
  return points.filter(({ flopsPerSecond, flopsPerByte }) => flopsPerSecond > 0 && flopsPerByte > 0);
}

function kernelsOf({ kernels }: Profile): readonly KernelSpan[] {
  return kernels.map(({ name, ops, schedule, startNs, endNs, exclusiveNs, bound, lines = [] }) => {
    return { name, ops: ops.join(" "), schedule, startNs, endNs, exclusiveNs, bound: bound.kind, lines };
  });
}

function memoryOf({ profile, stream }: TimedStream, psumBytes: number): MemoryData {
  return { sbufBytes: profile.sbuf.capacityBytesPerPartition, psumBytes, places: stream.placements };
}

function tensorsOf({ tensors }: Profile): ReportData["tensors"] {
  const moved = tensors.filter(({ readBytes, writeBytes }) => readBytes + writeBytes > 0);
  return moved.toSorted((a, b) => b.readBytes + b.writeBytes - (a.readBytes + a.writeBytes));
}

export function remarkRow({ kind, pass, text, span }: Remark): RemarkRow {
  return { kind, pass, text, ...(span && { line: positionOf(span.source, span.start).line }) };
}
