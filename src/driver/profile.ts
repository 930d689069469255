// `tgc.profile/1`: what a simulated run says of a graph's time and traffic.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { noSpans } from "../../ir-spec/base/span.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { machineNames } from "../../targets/neuron/machines/index.ts";
import type { EngineReport, KernelReport, ReportUnit, RunReport } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream, StreamTensor } from "../../targets/neuron/stream.ts";
import type { StreamSpans } from "../../targets/neuron/stream-parts.ts";
import { type CompileOptions, graphToStream } from "./compile.ts";
import { targetRow } from "./targets.ts";

export interface Traffic {
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Part of both that the program itself does not ask for: on-chip memory was too small. */
  readonly spillBytes: number;
}

export interface KernelProfile extends Omit<KernelReport, "hbm"> {
  readonly hbm: Omit<Traffic, "spillBytes">;
  /** A multiply-add counts 2; the most that the array could do for the bytes moved. */
  readonly flopsPerByte: number;
}

/** The fields of `tgc.profile/1`. */
export interface Profile {
  readonly graph: string;
  readonly target: string;
  readonly timeNs: number;
  readonly cycles: number;
  readonly flops: number;
  readonly mfuPercent: number;
  readonly flopsPerByte: number;
  readonly hbm: Traffic;
  readonly engines: Readonly<Record<ReportUnit, EngineReport>>;
  readonly sbuf: RunReport["sbuf"];
  readonly psum: RunReport["psum"];
  readonly bound: RunReport["bound"];
  readonly queues: RunReport["queues"];
  readonly tensors: RunReport["tensors"];
  readonly kernels: readonly KernelProfile[];
}

/** A stream and what its simulated time says. */
export interface TimedStream {
  readonly profile: Profile;
  readonly stream: Stream;
}

/** Compiles a graph and simulates its time. */
export function profileGraph(graph: Graph, options: CompileOptions): Result<Profile> {
  const timed = timeGraph(graph, options);
  return timed.ok ? ok(timed.value.profile) : timed;
}

export function timeGraph(graph: Graph, options: CompileOptions): Result<TimedStream> {
  const { kind, name, machine } = options.target;
  if (!targetRow(kind).stages.includes("asm")) {
    return fail([at(problem("E1304", { name, wanted: machineNames.join(", ") }), undefined)]);
  }
  const made = graphToStream(graph, options);
  return made.ok ? timeStream(graph.name, made.value.value, machine) : made;
}

/** `name`: what the profile calls the program. */
export function timeStream(
  name: string,
  stream: Stream,
  machine: Machine,
  spanOf: StreamSpans = noSpans,
): Result<TimedStream> {
  const ran = simulate(stream, machine, undefined, { spanOf });
  return ran.ok ? ok({ profile: reportToProfile(name, stream, ran.value.report), stream }) : ran;
}

function reportToProfile(graph: string, stream: Stream, report: RunReport): Profile {
  const { machine, timeNs, cycles, flops, mfuPercent, hbm, engines, sbuf, psum, bound, queues, tensors } = report;
  return {
    graph,
    target: machine,
    timeNs,
    cycles,
    flops,
    mfuPercent,
    flopsPerByte: ratio(flops, hbm.readBytes + hbm.writeBytes),
    hbm: { ...hbm, spillBytes: spillBytes(stream.tensors, report) },
    engines,
    sbuf,
    psum,
    bound,
    queues,
    tensors,
    kernels: report.kernels.map((kernel) => ({
      ...kernel,
      flopsPerByte: ratio(kernel.flops, kernel.hbm.readBytes + kernel.hbm.writeBytes),
    })),
  };
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
