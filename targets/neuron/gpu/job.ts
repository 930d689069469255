// Batches to one job of the WebGPU host: a module for each class, a dispatch for each batch, and one buffer with the
// records of all executions, of which each dispatch sees its own part.

import { invariant } from "../../../ir-spec/base/result.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { GpuBinding, GpuBuffer, GpuJob, GpuModule, GpuStep } from "../../gpu-host/gpu.ts";
import type { Stream } from "../stream.ts";
import { isResult } from "./host-tensors.ts";
import { faultMemory, type Kernel } from "./kernel.ts";
import type { MemoryMap } from "./memory-map.ts";
import { wordBytes } from "./places.ts";
import type { Batch, Chain } from "./schedule.ts";
import { copyOf } from "./snapshot.ts";

const recordsName = "records";
export const resultsName = "results";

/** All bits set: NaN in every float format, as in the simulator's fresh memory. */
const freshWord = 0xffffffff;

export interface JobParts {
  readonly stream: Stream;
  readonly map: MemoryMap;
  readonly batches: readonly Batch[];
  /** By TensorId: what tensors start with. */
  readonly initial: readonly (Uint8Array | undefined)[];
  readonly faults: number;
  readonly limits: { readonly offsetAlignment: number; readonly workgroups: number };
}

/** Where each result lies among the results (B), by TensorId. */
export function resultOffsets(stream: Stream): ReadonlyMap<number, number> {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const [tensor, type] of stream.tensors.entries()) {
    if (!isResult(type)) continue;
    offsets.set(tensor, bytes);
    bytes += wordsOf(tensorBytes(type)) * wordBytes;
  }
  return offsets;
}

const wordsOf = (bytes: number): number => Math.ceil(bytes / wordBytes);

export function makeJob(parts: JobParts): GpuJob {
  const { batches, faults, limits } = parts;
  const records = makeRecords(limits.offsetAlignment);
  const modules = makeModules();
  const steps = batches.flatMap((batch) => stepsOf(batch, records, modules, limits.workgroups));
  const results = resultSteps(parts);
  return {
    modules: modules.list,
    buffers: [
      ...memoryBuffers(parts, usedMemories(steps)),
      { name: recordsName, byteLength: Math.max(wordBytes, records.words.length * wordBytes), init: records.bytes() },
      { name: resultsName, byteLength: Math.max(wordBytes, results.bytes) },
      ...(faults === 0 ? [] : [{ name: faultMemory, byteLength: faults * 2 * wordBytes }]),
    ],
    steps: [...steps, ...results.steps],
    readBack: faults === 0 ? [resultsName] : [resultsName, faultMemory],
  };
}

function usedMemories(steps: readonly GpuStep[]): ReadonlySet<string> {
  return new Set(
    steps.flatMap((step) => (step.kind === "copy" ? [step.src, step.dst] : step.bindings.map(({ buffer }) => buffer))),
  );
}

/** The memories that are used, and those with results; their second buffers too. */
function memoryBuffers({ map, stream, initial }: JobParts, used: ReadonlySet<string>): readonly GpuBuffer[] {
  const buffers: GpuBuffer[] = [];
  for (const [memory, byteLength] of map.bufferBytes) {
    const init = initialPage(map, memory, initial);
    const hasResult = stream.tensors.some((type, tensor) => isResult(type) && map.tensors[tensor]?.memory === memory);
    const start = init === undefined ? {} : { init };
    if (used.has(memory) || hasResult) buffers.push({ name: memory, byteLength, fillWord: freshWord, ...start });
    if (used.has(copyOf(memory))) buffers.push({ name: copyOf(memory), byteLength });
  }
  return buffers;
}

/** The buffer's start, up to the last tensor with a value; what lies between is fresh memory. */
function initialPage(
  { tensors }: MemoryMap,
  memory: string,
  initial: readonly (Uint8Array | undefined)[],
): Uint8Array | undefined {
  const here = tensors.flatMap(({ memory: page, offsetBytes }, tensor) => {
    const bytes = initial[tensor];
    return page === memory && bytes !== undefined ? [{ offsetBytes, bytes }] : [];
  });
  if (here.length === 0) return undefined;
  const page = new Uint8Array(Math.max(...here.map(({ offsetBytes, bytes }) => offsetBytes + bytes.length))).fill(0xff);
  for (const { offsetBytes, bytes } of here) page.set(bytes, offsetBytes);
  return page;
}

interface Records {
  readonly words: number[];
  /** Adds words at an offset that may be bound; returns their binding. */
  readonly add: (words: readonly number[]) => Pick<GpuBinding, "buffer" | "byteOffset" | "byteLength">;
  readonly bytes: () => Uint8Array;
}

function makeRecords(offsetAlignment: number): Records {
  const words: number[] = [];
  return {
    words,
    add: (more) => {
      while ((words.length * wordBytes) % offsetAlignment !== 0) words.push(0);
      const byteOffset = words.length * wordBytes;
      for (const word of more) words.push(word);
      return { buffer: recordsName, byteOffset, byteLength: more.length * wordBytes };
    },
    bytes: () => new Uint8Array(Uint32Array.from(words).buffer),
  };
}

interface Modules {
  readonly list: GpuModule[];
  readonly nameOf: (kernel: Kernel) => string;
}

function makeModules(): Modules {
  const names = new Map<Kernel, string>();
  const list: GpuModule[] = [];
  return {
    list,
    nameOf: (kernel) => {
      const known = names.get(kernel);
      if (known !== undefined) return known;
      const name = `${kernel.name}_${list.length}`;
      names.set(kernel, name);
      list.push({ name, wgsl: kernel.wgsl });
      return name;
    },
  };
}

function stepsOf(batch: Batch, records: Records, modules: Modules, mostWorkgroups: number): readonly GpuStep[] {
  if (batch.kind === "snapshots") {
    return batch.snapshots.map(({ memory, copy, firstWord, words }) => {
      const start = firstWord * wordBytes;
      const ends = { src: memory, srcByteOffset: start, dst: copy, dstByteOffset: start };
      return { kind: "copy", ...ends, byteLength: words * wordBytes };
    });
  }
  const { kernel } = batch;
  const tables =
    batch.kind === "launches"
      ? [records.add(batch.launches.flatMap(({ record }) => record))]
      : chainTables(batch.chains).map((table) => records.add(table));
  const memories = kernel.memories.map((buffer) => ({ buffer }));
  const bindings = [...tables, ...memories].map((bound, binding) => ({ group: 0, binding, ...bound }));
  const workgroups = workgroupsOf(batch, mostWorkgroups);
  return [{ kind: "dispatch", module: modules.nameOf(kernel), entryPoint: "main", bindings, workgroups }];
}

/** The records of the chains, each with the range of its links, and those of the links. */
function chainTables(chains: readonly Chain[]): readonly [readonly number[], readonly number[]] {
  let firstLink = 0;
  const ofChains = chains.flatMap(({ start, links }) => {
    const record = [...start.record, firstLink, links.length];
    firstLink += links.length;
    return record;
  });
  return [ofChains, chains.flatMap(({ links }) => links.flat())];
}

function workgroupsOf(batch: Exclude<Batch, { kind: "snapshots" }>, most: number): readonly [number, number, number] {
  if (batch.kind === "launches") {
    const needed = Math.max(...batch.launches.map(({ workgroups }) => workgroups));
    return [Math.min(needed, most), batch.launches.length, 1];
  }
  const sizes = batch.chains.map(({ start }) => start.workgroups);
  return [Math.max(...sizes.map(([x]) => x)), Math.max(...sizes.map(([, y]) => y)), batch.chains.length];
}

/** Copies each result out of its buffer. */
function resultSteps({ stream, map }: JobParts): { readonly steps: readonly GpuStep[]; readonly bytes: number } {
  let bytes = 0;
  const steps = [...resultOffsets(stream)].map(([tensor, dstByteOffset]): GpuStep => {
    const type = stream.tensors[tensor];
    const place = map.tensors[tensor];
    invariant(type !== undefined && place !== undefined, `the stream has no tensor ${tensor}`);
    const byteLength = wordsOf(tensorBytes(type)) * wordBytes;
    bytes = dstByteOffset + byteLength;
    const src = { src: place.memory, srcByteOffset: place.offsetBytes };
    return { kind: "copy", ...src, dst: resultsName, dstByteOffset, byteLength };
  });
  return { steps, bytes };
}
