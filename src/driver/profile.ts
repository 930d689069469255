// `tgc.profile/1`: what a simulated run says of a graph's time and traffic.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { machineNames } from "../../targets/neuron/machines/index.ts";
import type { EngineReport, KernelReport, ReportUnit, RunReport } from "../../targets/neuron/sim/report.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream, StreamTensor } from "../../targets/neuron/stream.ts";
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

/** Compiles a graph and simulates its time. */
export function profileGraph(graph: Graph, options: CompileOptions): Result<Profile> {
  const { kind, name } = options.target;
  if (!targetRow(kind).stages.includes("asm")) {
    return fail([at(problem("E1304", { name, wanted: machineNames.join(", ") }), undefined)]);
  }
  const stream = graphToStream(graph, options);
  if (!stream.ok) return stream;
  const ran = simulate(stream.value.value, options.target.machine, undefined);
  return ran.ok ? ok(reportToProfile(graph.name, stream.value.value, ran.value.report)) : ran;
}

export function reportToProfile(graph: string, stream: Stream, report: RunReport): Profile {
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
