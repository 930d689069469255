// Batches to parts of a job of the WebGPU host: a module for each class, a dispatch for each batch, and one buffer with the
// records of a part's executions, of which each dispatch sees its own piece.

import { invariant } from "../../../ir-spec/base/result.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { GpuBinding, GpuBuffer, GpuCopy, GpuModule, GpuPart, GpuStep } from "../../gpu-host/gpu.ts";
import type { Stream } from "../stream.ts";
import { isResult } from "./host-tensors.ts";
import { faultMemory, faultWords, type Kernel } from "./kernel.ts";
import type { MemoryMap } from "./memory-map.ts";
import { wordBytes } from "./places.ts";
import type { Batch } from "./schedule.ts";
import { originalOf } from "./snapshot.ts";

export const resultsName = "results";

/** All bits set: NaN in every float format, as in the simulator's fresh memory. */
const freshWord = 0xffffffff;

export interface PartsOptions {
  readonly stream: Stream;
  readonly map: MemoryMap;
  /** By TensorId: what tensors start with. */
  readonly initial: readonly (Uint8Array | undefined)[];
  /** How many instructions may report a row. */
  readonly faults: number;
  readonly limits: { readonly offsetAlignment: number; readonly workgroups: number };
}

/** What parts share: what the device has already. Grows in place. */
export interface PartMaker extends PartsOptions {
  readonly modules: Map<Kernel, string>;
  readonly buffers: Set<string>;
  records: { readonly name: string; readonly byteLength: number };
}

export function makePartMaker(options: PartsOptions): PartMaker {
  return { ...options, modules: new Map(), buffers: new Set(), records: { name: "", byteLength: 0 } };
}

/** A part that runs batches. */
export function makePart(maker: PartMaker, batches: readonly Batch[]): GpuPart {
  const tables = batches.map(tablesOf);
  const { words, starts } = layOut(tables, maker.limits.offsetAlignment / wordBytes);
  const recordBuffers = provideRecords(maker, words.byteLength);
  const modules: GpuModule[] = [];
  const steps = batches.map((batch, index): GpuStep => {
    const { kernel } = batch;
    const records = (tables[index] ?? []).map(
      ({ length }, table): Omit<GpuBinding, "group" | "binding"> => ({
        buffer: maker.records.name,
        byteOffset: starts[index]![table]! * wordBytes,
        byteLength: length * wordBytes,
      }),
    );
    const memories = kernel.memories.map((buffer) => ({ buffer }));
    const bindings = [...records, ...memories].map((bound, binding) => ({ group: 0, binding, ...bound }));
    const workgroups = workgroupsOf(batch, maker.limits.workgroups);
    return {
      kind: "dispatch",
      module: provideModule(maker, kernel, modules),
      entryPoint: "main",
      bindings,
      workgroups,
    };
  });
  const memoryBuffers = provideMemories(maker, new Set(batches.flatMap(({ kernel }) => kernel.memories)));
  const writes = [{ buffer: maker.records.name, bytes: new Uint8Array(words.buffer) }];
  return { modules, buffers: [...recordBuffers, ...memoryBuffers], writes, steps };
}

/** The last part, which gathers the results; and the names of the buffers to read back. */
export function makeLastPart(maker: PartMaker): { readonly part: GpuPart; readonly readBack: readonly string[] } {
  const { stream, map, buffers: known } = maker;
  const results = resultSteps(stream, map);
  const hasFaults = known.has(faultMemory);
  const memories = provideMemories(maker, new Set(results.steps.map(({ src }) => src)));
  const buffers = [...memories, { name: resultsName, byteLength: Math.max(wordBytes, results.bytes) }];
  const readBack = hasFaults ? [resultsName, faultMemory] : [resultsName];
  return { part: { modules: [], buffers, steps: results.steps }, readBack };
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

/** The buffers of memories that the device does not have yet. */
function provideMemories(maker: PartMaker, memories: ReadonlySet<string>): readonly GpuBuffer[] {
  const { map, initial, faults, buffers: known } = maker;
  const missing = [...memories].filter((memory) => !known.has(memory));
  for (const memory of missing) known.add(memory);
  return missing.map((name): GpuBuffer => {
    if (name === faultMemory) return { name, byteLength: faults * faultWords * wordBytes };
    const byteLength = map.bufferBytes.get(originalOf(name));
    invariant(byteLength !== undefined, `there is no memory ${name}`);
    if (name !== originalOf(name)) return { name, byteLength: byteLength / (map.versions[originalOf(name)] ?? 1) };
    const init = initialPage(map, name, initial);
    return { name, byteLength, fillWord: freshWord, ...(init === undefined ? {} : { init }) };
  });
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

/** A larger buffer for records where the one that is there does not do. */
function provideRecords(maker: PartMaker, byteLength: number): readonly GpuBuffer[] {
  if (byteLength <= maker.records.byteLength) return [];
  const name = `records${maker.buffers.size}`;
  maker.buffers.add(name);
  maker.records = { name, byteLength: 2 ** Math.ceil(Math.log2(byteLength)) };
  return [maker.records];
}

/** The module of a class; a new one is added. */
function provideModule({ modules: known }: PartMaker, kernel: Kernel, added: GpuModule[]): string {
  const name = known.get(kernel) ?? `${kernel.name}_${known.size}`;
  if (!known.has(kernel)) added.push({ name, wgsl: kernel.wgsl });
  known.set(kernel, name);
  return name;
}

/** The tables that a batch's kernel reads: the records of launches, or those of chains and of their links. */
function tablesOf({ kernel, records, members, links, chainOfLink }: Batch): readonly Uint32Array[] {
  const ofMembers = records.array.subarray(0, records.count);
  if (!kernel.hasChains) return [ofMembers];
  const linkWords = links.count / chainOfLink.count;
  const ends = new Uint32Array(members);
  for (let link = 0; link < chainOfLink.count; link++) ends[chainOfLink.array[link]!]! += 1;
  let first = 0;
  for (let chain = 0; chain < members; chain++) {
    const tail = (chain + 1) * (records.count / members) - 2;
    ofMembers[tail] = first;
    ofMembers[tail + 1] = ends[chain]!;
    first += ends[chain]!;
    ends[chain] = ofMembers[tail]!;
  }
  const sorted = new Uint32Array(links.count);
  for (let link = 0; link < chainOfLink.count; link++) {
    const at = ends[chainOfLink.array[link]!]!++;
    sorted.set(links.array.subarray(link * linkWords, (link + 1) * linkWords), at * linkWords);
  }
  return [ofMembers, sorted];
}

/** Tables one after the other, each at a multiple of the alignment (words), and where each begins. */
function layOut(tables: readonly (readonly Uint32Array[])[], alignment: number) {
  let count = 0;
  const starts = tables.map((ofBatch) =>
    ofBatch.map((table) => {
      const start = Math.ceil(count / alignment) * alignment;
      count = start + table.length;
      return start;
    }),
  );
  const words = new Uint32Array(count);
  tables.forEach((ofBatch, batch) => {
    ofBatch.forEach((table, index) => {
      words.set(table, starts[batch]![index]);
    });
  });
  return { words, starts };
}

function workgroupsOf({ kernel, columns, rows, members }: Batch, max: number): readonly [number, number, number] {
  return kernel.hasChains ? [columns, rows, members] : [Math.min(columns, max), members, 1];
}

/** Copies each result out of its buffer. */
function resultSteps(stream: Stream, map: MemoryMap): { readonly steps: readonly GpuCopy[]; readonly bytes: number } {
  let bytes = 0;
  const steps = [...resultOffsets(stream)].map(([tensor, dstByteOffset]): GpuCopy => {
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
