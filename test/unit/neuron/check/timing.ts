// A second opinion on what the check says about timing: runs a stream with its queues interleaved at random. A byte holds
// a fingerprint of the value that an execution put there: of the instruction, its iteration, and all the bytes that it
// read. If the outputs' fingerprints differ between two interleavings, the stream depends on timing.

import { dtypeBytes } from "../../../../ir-spec/base/dtype.ts";
import { makeCursor } from "../../../../targets/neuron/check/cursor.ts";
import { resolveArguments } from "../../../../targets/neuron/check/evaluate.ts";
import { makeCheckProgram, type Site } from "../../../../targets/neuron/check/program.ts";
import type { ResolvedArgs, ResolvedOperand } from "../../../../targets/neuron/isa/define.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";

/** Fingerprint of all outputs, or undefined when the queues block. `random` gives numbers in [0, 1). */
export function fingerprint(stream: Stream, random: () => number): number | undefined {
  const program = makeCheckProgram(stream);
  const tokens = stream.semaphores.map(({ initial }) => initial);
  const cursors = stream.queues.map((_program, queue) => makeCursor(program, queue));
  const bytes = new Map<number, number>();
  const held = new Map<number, number>();
  const canStep = (queue: number): boolean => {
    const site = program.sites[cursors[queue]?.site() ?? -1];
    if (site?.token?.kind !== "acquire") return site !== undefined;
    return (tokens[site.token.sem] ?? 0) >= site.token.count;
  };
  for (;;) {
    const ready = [...cursors.keys()].filter(canStep);
    const queue = ready[Math.floor(random() * ready.length)];
    const cursor = cursors[queue ?? -1];
    if (queue === undefined || cursor === undefined) break;
    const site = program.sites[cursor.site()]!;
    if (site.token === undefined) execute(site, resolveArguments(site, cursor.counters), bytes, held);
    else tokens[site.token.sem]! += site.token.kind === "acquire" ? -site.token.count : site.token.count;
    cursor.advance();
  }
  if (cursors.some((cursor) => cursor.site() >= 0)) return undefined;
  const isOutput = (key: number) => stream.tensors[Math.floor(key / memoryKeys) - chipMemories]?.role === "output";
  const written = [...bytes].filter(([key]) => isOutput(key)).sort(([a], [b]) => a - b);
  return written.reduce((sum, [key, value]) => mix(mix(sum, key), value), 0);
}

function execute(site: Site, args: ResolvedArgs, bytes: Map<number, number>, held: Map<number, number>): void {
  const { inst } = site.instruction;
  let value = mixText(held.get(site.queue) ?? 0, inst);
  const writes: number[] = [];
  for (const [name, field] of Object.entries(site.row.fields)) {
    const operand = args.operands[name];
    if (operand === undefined || field.kind !== "operand") continue;
    const keys = keysOf(operand);
    const reads = field.role === "read" || (field.role === "update" && args.values.accumulate === true);
    if (reads) for (const key of keys) value = mix(value, bytes.get(key) ?? 0);
    if (field.role !== "read") writes.push(...keys);
  }
  if (site.row.weights === "load") held.set(site.queue, value);
  for (const [at, key] of writes.entries()) bytes.set(key, mix(value, at));
}

const rowKeys = 2 ** 24;
const memoryKeys = 2 ** 40;
const chipMemories = 2;

/** Numbers of the bytes that an operand touches: of memory or tensor, partition, and byte. */
function keysOf(operand: ResolvedOperand): readonly number[] {
  const unit = dtypeBytes(operand.dtype);
  let offsets = [operand.addressBytes];
  for (const [at, size] of operand.sizes.entries()) {
    const stride = (operand.strides[at] ?? 0) * unit;
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_none, index) => offset + index * stride));
  }
  const memory = operand.memory === "hbm" ? chipMemories + operand.tensor : Number(operand.memory === "psum");
  const rowStep = operand.memory === "hbm" ? operand.partitionStride * unit : rowKeys;
  const keys: number[] = [];
  for (let row = 0; row < operand.partitions; row++) {
    const first = memory * memoryKeys + operand.startPartition * rowKeys + row * rowStep;
    for (const offset of offsets) for (let byte = 0; byte < unit; byte++) keys.push(first + offset + byte);
  }
  return keys;
}

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value ^ (hash >>> 15), 0x2c1b3c6d) + 0x1f35 + value;
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at++) mixed = mix(mixed, text.charCodeAt(at)) | 0;
  return mixed;
}
