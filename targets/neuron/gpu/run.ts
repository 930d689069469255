// Runs a stream itself on WebGPU, whatever graph it came from: control is carried out here, by the walk, and everything
// that touches data is a WGSL kernel of its instruction over buffers that stand for HBM, SBUF and PSUM. Stage 6c.
//
//   walk      loops, addresses, tokens       -> executions in an order that the tokens allow
//   prepare   a rule for each instruction    -> pieces of work: kernel, record, what is read and written
//   schedule  what does not meet may join    -> batches, one dispatch each
//   job       records, buffers, bindings     -> one job for the host

import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import { type Tensor, tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { GpuAdapterInfo, GpuFailure, GpuHost, GpuJob, GpuLimits } from "../../gpu-host/gpu.ts";
import type { Stream } from "../stream.ts";
import { bytesToTensor, checkInputs, initialBytes } from "./host-tensors.ts";
import { makeJob, resultOffsets, resultsName } from "./job.ts";
import { faultMemory } from "./kernel.ts";
import { makeMemoryMap } from "./memory-map.ts";
import { makePreparation, type PossibleFault, prepare } from "./prepare.ts";
import { addWork, batchesOf, makeSchedule } from "./schedule.ts";
import { walkStream } from "./walk.ts";

/** Outputs and states by name; or why the stream cannot be run (`refused`), or why the GPU gave nothing (`failed`). */
export type GpuStreamRun =
  | {
      readonly kind: "done";
      readonly outputs: ReadonlyMap<string, Tensor>;
      readonly adapter: GpuAdapterInfo;
      readonly executions: number;
      readonly dispatches: number;
      readonly compileMs: number;
      readonly executeMs: number;
    }
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "failed"; readonly failure: GpuFailure };

/** What a stream comes to before it runs. */
export interface StreamJob {
  readonly job: GpuJob;
  readonly executions: number;
  readonly faults: readonly PossibleFault[];
}

/** Assumed: what a plan may take of memory, at about half a KiB for each instruction. */
const mostExecutions = 2 ** 19;

type Refused = Extract<GpuStreamRun, { kind: "refused" }>;

const refused = (diagnostics: readonly Diagnostic[]): Refused => ({ kind: "refused", diagnostics });

/** Runs the stream. `inputs` holds the inputs, weights and states by name. */
export async function runStreamOnGpu(
  stream: Stream,
  machine: Machine,
  inputs: ReadonlyMap<string, Tensor>,
  host: GpuHost,
): Promise<GpuStreamRun> {
  const found = await host.describe();
  if (!found.ok) return { kind: "failed", failure: found };
  const made = makeStreamJob(stream, machine, inputs, found.adapter.limits);
  if ("kind" in made) return made;
  const result = await host.run(made.job);
  if (!result.ok) return { kind: "failed", failure: result };
  const faults = describeFaults(made.faults, result.outputs.get(faultMemory));
  if (faults.length > 0) return refused(faults);
  const { adapter, compileMs, executeMs } = result;
  const outputs = readResults(stream, new Uint8Array(result.outputs.get(resultsName) ?? new ArrayBuffer(0)));
  const dispatches = made.job.steps.filter(({ kind }) => kind === "dispatch").length;
  return { kind: "done", outputs, adapter, executions: made.executions, dispatches, compileMs, executeMs };
}

/** The job that runs a stream within an adapter's limits, or why there is none. */
export function makeStreamJob(
  stream: Stream,
  machine: Machine,
  inputs: ReadonlyMap<string, Tensor>,
  limits: GpuLimits,
): StreamJob | Refused {
  if (stream.machine !== machine.name) {
    return refused([at(problem("E1006", { found: stream.machine, wanted: machine.name }), undefined)]);
  }
  const wrongInputs = checkInputs(stream, inputs);
  if (wrongInputs.length > 0) return refused(wrongInputs);
  const map = makeMemoryMap(stream, machine, limits);
  if (!map.ok) return refused(map.error);
  const workgroups = limits.maxComputeWorkgroupsPerDimension;
  const preparation = makePreparation(machine, map.value);
  const schedule = makeSchedule(map.value, machine, workgroups);
  let executions = 0;
  const wrong = walkStream(stream, (execution) => {
    executions += 1;
    if (executions > mostExecutions) return [at(problem("E1011", { limit: mostExecutions }), undefined)];
    const prepared = prepare(preparation, execution);
    if (!prepared.ok) return prepared.error.map((found) => at(found, undefined));
    for (const work of prepared.value) addWork(schedule, work);
    return [];
  });
  if (wrong.length > 0) return refused(wrong);
  const { faults } = preparation;
  const job = makeJob({
    stream,
    map: map.value,
    batches: batchesOf(schedule),
    initial: initialBytes(stream, inputs),
    faults: faults.length,
    limits: { offsetAlignment: limits.minStorageBufferOffsetAlignment, workgroups },
  });
  return { job, executions, faults };
}

function readResults(stream: Stream, bytes: Uint8Array): ReadonlyMap<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  for (const [tensor, offset] of resultOffsets(stream)) {
    const type = stream.tensors[tensor]!;
    outputs.set(type.name, bytesToTensor(type, bytes.subarray(offset, offset + tensorBytes(type))));
  }
  return outputs;
}

/** The first row outside of its table that a kernel reported. */
function describeFaults(faults: readonly PossibleFault[], reported: ArrayBuffer | undefined): readonly Diagnostic[] {
  const words = new Int32Array(reported ?? new ArrayBuffer(0));
  const index = faults.findIndex((_fault, number) => words[number * 2] === 1);
  const fault = faults[index];
  if (fault === undefined) return [];
  const { inst, last } = fault;
  return [at(problem("E1005", { inst, found: words[index * 2 + 1] ?? -1, last }), undefined)];
}
