// Runs a stream itself on WebGPU, whatever graph it came from: control is carried out here, by the walk, and everything
// that touches data is a WGSL kernel of its instruction over buffers that stand for HBM, SBUF and PSUM. Stage 6c.
//
//   walk      loops, tokens                 -> executions in an order that the tokens allow
//   plan      addresses, shapes, legality   -> pieces of work: kernel, record, what is read and written
//   schedule  what does not meet may join   -> batches, one dispatch each
//   parts     records, buffers, bindings    -> parts of one job for the host
//
// The stream is planned and run part by part, so that its length costs time alone; while the GPU runs one part, the next one
// is planned. The buffers stay on the device from the first part to the last.

import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import { noSpans, type Span } from "../../../ir-spec/base/span.ts";
import { type Tensor, tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type {
  GpuAdapterInfo,
  GpuFailure,
  GpuHost,
  GpuLimits,
  GpuPart,
  GpuPartResult,
  GpuSession,
} from "../../gpu-host/gpu.ts";
import { checkMadeFor } from "../made-for.ts";
import type { Instruction, Stream } from "../stream.ts";
import { findTooMuchData, findUnbounded } from "../stream-bounds.ts";
import type { StreamSpans } from "../stream-parts.ts";
import { bytesToTensor, checkInputs, initialBytes } from "./host-tensors.ts";
import { faultMemory, faultWords } from "./kernel.ts";
import { makeMemoryMap } from "./memory-map.ts";
import { makeLastPart, makePart, makePartMaker, resultOffsets, resultsName } from "./parts.ts";
import { faultingSites, makePlan, planExecution } from "./plan.ts";
import { takeBatches } from "./schedule.ts";
import { makeWalk, sitesOf, walkOn } from "./walk.ts";

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

/** What is known when all parts of a stream are made. */
export interface StreamEnd {
  readonly kind: "planned";
  readonly executions: number;
  readonly dispatches: number;
  readonly readBack: readonly string[];
  /** The instructions that may report a row, by number. */
  readonly faults: readonly Instruction[];
}

/** Assumed: words of records in a part, enough that its dispatches are worth their start. */
const maxRecordWords = 2 ** 20;

type Refused = Extract<GpuStreamRun, { kind: "refused" }>;

const refused = (diagnostics: readonly Diagnostic[]): Refused => ({ kind: "refused", diagnostics });

/** Runs the stream. `inputs` holds the inputs, weights and states by name; `spanOf` finds the places of diagnostics. */
export async function runStreamOnGpu(
  stream: Stream,
  machine: Machine,
  inputs: ReadonlyMap<string, Tensor>,
  { host, spanOf = noSpans }: { readonly host: GpuHost; readonly spanOf?: StreamSpans },
): Promise<GpuStreamRun> {
  const found = await host.describe();
  if (!found.ok) return { kind: "failed", failure: found };
  const parts = streamParts(stream, machine, inputs, { limits: found.adapter.limits, spanOf });
  const first = parts.next();
  if (first.done === true && first.value.kind === "refused") return first.value;
  const session = await host.open();
  if (!session.ok) return { kind: "failed", failure: session };
  const ran = await runParts(session, parts, first);
  if (ran.kind === "failed") return ran;
  const result = await session.finish(ran.kind === "planned" ? ran.readBack : []);
  if (ran.kind === "refused") return ran;
  if (!result.ok) return { kind: "failed", failure: result };
  const faults = describeFaults(ran.faults, result.outputs.get(faultMemory), spanOf);
  if (faults.length > 0) return refused(faults);
  const { adapter, compileMs, executeMs } = result;
  const { executions, dispatches } = ran;
  const outputs = readResults(stream, new Uint8Array(result.outputs.get(resultsName) ?? new ArrayBuffer(0)));
  return { kind: "done", outputs, adapter, executions, dispatches, compileMs, executeMs };
}

/** Runs one part after the other; each is planned while the one before it runs. */
async function runParts(
  session: GpuSession,
  parts: StreamParts,
  first: IteratorResult<GpuPart, StreamEnd | Refused>,
): Promise<StreamEnd | Refused | { readonly kind: "failed"; readonly failure: GpuFailure }> {
  let running: Promise<GpuPartResult> = Promise.resolve({ ok: true });
  for (let next = first; ; next = parts.next()) {
    const before = await running;
    if (!before.ok) return { kind: "failed", failure: before };
    if (next.done === true) return next.value;
    running = session.run(next.value);
    // The part is on its way before the next one is planned, which leaves no time for messages.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

export type StreamParts = Generator<GpuPart, StreamEnd | Refused>;

/** The parts of the job that runs a stream within an adapter's limits; in the end what they come to, or why it is refused. */
export function* streamParts(
  stream: Stream,
  machine: Machine,
  inputs: ReadonlyMap<string, Tensor>,
  { limits, spanOf = noSpans }: { readonly limits: GpuLimits; readonly spanOf?: StreamSpans },
): StreamParts {
  const [unbounded] = findUnbounded(stream, machine);
  if (unbounded !== undefined) return refused([at(unbounded.found, unbounded.part && spanOf(unbounded.part))]);
  const tooMuch = findTooMuchData(stream);
  if (tooMuch !== undefined) return refused([at(tooMuch, undefined)]);
  const wrong = [...checkMadeFor(stream, machine), ...checkInputs(stream, inputs)];
  if (wrong.length > 0) return refused(wrong);
  const map = makeMemoryMap(stream, machine, limits);
  if (!map.ok) return refused(map.error);
  const workgroups = limits.maxComputeWorkgroupsPerDimension;
  const walk = makeWalk(stream);
  const sites = sitesOf(walk);
  const plan = makePlan(sites, { machine, map: map.value, limits });
  const faults = faultingSites(sites).map(({ instruction }) => instruction);
  const maker = makePartMaker({
    ...{ stream, map: map.value, initial: initialBytes(stream, inputs), faults: faults.length },
    limits: { offsetAlignment: limits.minStorageBufferOffsetAlignment, workgroups },
  });
  let dispatches = 0;
  for (let state: ReturnType<typeof walkOn> = "paused"; state === "paused"; ) {
    state = walkOn(walk, (site, registers) => {
      const wrong = planExecution(plan, site, registers);
      if (wrong.length > 0) return located(wrong, spanOf(site.instruction));
      return plan.schedule.words >= maxRecordWords ? "pause" : "continue";
    });
    if (state !== "paused" && state !== "ended") return refused(state);
    const batches = takeBatches(plan.schedule);
    dispatches += batches.length;
    if (batches.length > 0) yield makePart(maker, batches);
  }
  const { part, readBack } = makeLastPart(maker);
  yield part;
  return { kind: "planned", executions: plan.executions, dispatches, readBack, faults };
}

/** Diagnostics of an instruction, at its place. */
function located(found: readonly Diagnostic[], span: Span | undefined): readonly Diagnostic[] {
  return span === undefined ? found : found.map((diagnostic) => ({ ...diagnostic, span }));
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
function describeFaults(
  faults: readonly Instruction[],
  reported: ArrayBuffer | undefined,
  spanOf: StreamSpans,
): readonly Diagnostic[] {
  const words = new Int32Array(reported ?? new ArrayBuffer(0));
  const index = faults.findIndex((_fault, number) => words[number * faultWords] === 1);
  const fault = faults[index];
  if (fault === undefined) return [];
  const [found = -1, last = -1] = words.subarray(index * faultWords + 1);
  return [at(problem("E1005", { inst: fault.inst, found, last }), spanOf(fault))];
}
