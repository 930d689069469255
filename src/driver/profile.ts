// `tgc.profile/1`: what a simulated run says of a graph's time and traffic.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { noSpans } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { graphWork } from "../../passes/analysis/graph-work.ts";
import { runPasses } from "../../passes/run.ts";
import { type GraphFloor, graphFloor } from "../../targets/neuron/graph-floor.ts";
import { machineFacts } from "../../targets/neuron/machines/facts.ts";
import { machineNames } from "../../targets/neuron/machines/index.ts";
import type { EngineReport, KernelReport, ReportUnit, RunReport } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream, StreamTensor } from "../../targets/neuron/stream.ts";
import type { StreamSpans } from "../../targets/neuron/stream-parts.ts";
import { type CompileOptions, graphPipeline, graphToStream, type LoweredStream, passEnv } from "./compile.ts";
import { type EnergyEstimate, energyOf } from "./energy.ts";
import { linesOfKernels } from "./origins.ts";
import { type Target, targetRow } from "./targets.ts";

export interface Traffic {
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Part of both that the program itself does not ask for: on-chip memory was too small. */
  readonly spillBytes: number;
}

export interface KernelProfile extends Omit<KernelReport, "hbm"> {
  readonly hbm: Omit<Traffic, "spillBytes">;
  readonly energyEstimate?: EnergyEstimate;
  /** The part of the run that is accounted to it alone: from the end of the kernels before it to its own. `timeNs` is its whole span. */
  readonly exclusiveNs: number;
  /** The lines of the graph's text that it comes from; absent where there is only a stream. */
  readonly lines?: readonly number[];
  /** A multiply-add counts 2; the most that the array could do for the bytes moved. */
  readonly flopsPerByte: number;
}

/** What the machine could do at most. */
export interface Roofline {
  /** Of the array, in bf16 (flop/s). */
  readonly peakFlops: number;
  readonly hbmBytesPerSecond: number;
}

/** Times below which the run could not be. */
export interface Bound {
  /** The unit with the largest floor among those of the stream: what its instructions keep each unit busy for. */
  readonly kind: ReportUnit;
  readonly floorNs: RunReport["bound"]["floorNs"];
  /** The floor of the graph, launch included: the same for every schedule and fusion. Absent where there is only a stream. */
  readonly graphFloorNs?: number;
  readonly graphFloor?: Omit<GraphFloor, "ns">;
}

/** The fields of `tgc.profile/1`. */
export interface Profile {
  readonly graph: string;
  readonly target: string;
  /** Launch, the exclusive times of all kernels, and end. */
  readonly timeNs: number;
  /** Before the first instruction. */
  readonly launchNs: number;
  /** After the last kernel. */
  readonly endNs: number;
  readonly cycles: number;
  readonly flops: number;
  readonly elementOps: RunReport["elementOps"];
  readonly actions: RunReport["actions"];
  /** Absent where the machine's file does not speak of energy. */
  readonly energyEstimate?: EnergyEstimate;
  readonly mfuPercent: number;
  readonly flopsPerByte: number;
  readonly roofline: Roofline;
  readonly hbm: Traffic;
  readonly dma: RunReport["dma"];
  readonly engines: Readonly<Record<ReportUnit, EngineReport>>;
  readonly sbuf: RunReport["sbuf"];
  readonly psum: RunReport["psum"];
  readonly bound: Bound;
  readonly queues: RunReport["queues"];
  readonly tensors: RunReport["tensors"];
  readonly kernels: readonly KernelProfile[];
}

/** A stream and what its simulated time says. */
export interface TimedStream {
  readonly profile: Profile;
  readonly stream: Stream;
  /** Empty where none was asked for, or it would be too long. */
  readonly trace: RunReport["trace"];
  /** The graph whose nodes the origins of instructions name; absent where there is only a stream. */
  readonly graph?: Graph;
}

/** The same of a graph, with what was made of it on the way. */
export interface TimedGraph extends TimedStream, Pick<LoweredStream, "graph" | "tiles" | "remarks"> {
  readonly graph: Graph;
}

/** The most events that a trace may have. */
interface TraceOptions {
  readonly maxTraceEvents?: number;
}

/** Compiles a graph and simulates its time. */
export function profileGraph(graph: Graph, options: CompileOptions): Result<Profile> {
  const timed = timeGraph(graph, options);
  return timed.ok ? ok(timed.value.profile) : timed;
}

export function timeGraph(graph: Graph, options: CompileOptions & TraceOptions): Result<TimedGraph> {
  const { kind, name, machine } = options.target;
  if (!targetRow(kind).stages.includes("asm")) {
    return fail([at(problem("E1304", { name, expected: machineNames.join(", ") }), undefined)]);
  }
  const made = graphToStream(graph, options);
  if (!made.ok) return made;
  const timed = timeStream(graph.name, made.value.value, machine, options);
  if (!timed.ok) return timed;
  const floor = floorOfGraph(graph, options.target);
  if (!floor.ok) return floor;
  const { stream, profile, trace } = timed.value;
  const { ns: graphFloorNs, ...graphFloor } = floor.value;
  const { graph: lowered, tiles, remarks } = made.value;
  const lines = linesOfKernels(lowered, stream);
  const kernels = profile.kernels.map((kernel, index) => ({ ...kernel, lines: lines[index] ?? [] }));
  const bound = { ...profile.bound, graphFloorNs, graphFloor };
  return ok({ stream, trace, graph: lowered, tiles, remarks, profile: { ...profile, kernels, bound } });
}

/** The floor of a graph in primitives, before it is cut into kernels. */
function floorOfGraph(graph: Graph, target: Target): Result<GraphFloor> {
  const passes = targetRow(target.kind).passes.filter((name) => name !== "fuse");
  const ran = runPasses(graphPipeline(passes), graph, { env: passEnv(target) });
  return ran.ok ? ok(graphFloor(graphWork(ran.value.ir), target.machine)) : ran;
}

/** `name`: what the profile calls the program. */
export function timeStream(
  name: string,
  stream: Stream,
  machine: Machine,
  { spanOf = noSpans, maxTraceEvents = 0 }: TraceOptions & { readonly spanOf?: StreamSpans } = {},
): Result<TimedStream> {
  const ran = simulate(stream, machine, undefined, { spanOf, trace: maxTraceEvents });
  if (!ran.ok) return ran;
  const { report } = ran.value;
  return ok({ profile: reportToProfile(name, stream, report, machine), stream, trace: report.trace });
}

function reportToProfile(graph: string, stream: Stream, report: RunReport, numbers: Machine): Profile {
  const { machine, timeNs, cycles, flops, elementOps, actions, mfuPercent, hbm, dma, engines } = report;
  const { sbuf, psum, bound, queues, tensors } = report;
  const launchNs = Math.min(numbers.programStartNs, timeNs);
  const { own, lastNs } = exclusiveTimes(report.kernels, launchNs);
  return {
    graph,
    target: machine,
    timeNs,
    launchNs,
    endNs: timeNs - lastNs,
    cycles,
    flops,
    elementOps,
    actions,
    ...energyOf(report, numbers),
    mfuPercent,
    flopsPerByte: ratio(flops, hbm.readBytes + hbm.writeBytes),
    roofline: {
      peakFlops: machineFacts(numbers).peakFlops.bf16 ?? 0,
      hbmBytesPerSecond: numbers.hbmBytesPerSecond,
    },
    hbm: { ...hbm, spillBytes: spillBytes(stream.tensors, report) },
    dma,
    engines,
    sbuf,
    psum,
    bound,
    queues,
    tensors,
    kernels: report.kernels.map((kernel, index) => ({
      ...kernel,
      ...energyOf(kernel, numbers),
      exclusiveNs: own[index] ?? 0,
      flopsPerByte: ratio(kernel.flops, kernel.hbm.readBytes + kernel.hbm.writeBytes),
    })),
  };
}

/** Kernels overlap: each has the time by which it ends later than launch and all kernels before it. */
function exclusiveTimes(
  kernels: RunReport["kernels"],
  launchNs: number,
): { readonly own: readonly number[]; readonly lastNs: number } {
  let lastNs = launchNs;
  const own = kernels.map(({ endNs }) => {
    const ns = Math.max(0, endNs - lastNs);
    lastNs += ns;
    return ns;
  });
  return { own, lastNs };
}

function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

/** Traffic of tensors that the allocation added; those of the graph's own values are no spills. */
function spillBytes(tensors: readonly StreamTensor[], report: RunReport): number {
  const spilled = new Set(tensors.filter(({ name }) => name.startsWith("spill")).map(({ name }) => name));
  const traffic = report.tensors.filter(({ name }) => spilled.has(name));
  return traffic.map(({ readBytes, writeBytes }) => readBytes + writeBytes).reduce((sum, bytes) => sum + bytes, 0);
}
