// A second opinion on what the check says about timing: runs a stream with its queues interleaved at random. A byte holds
// a fingerprint of the value that an execution put there: of the instruction, its iteration, and all the bytes that it
// read. If the outputs' fingerprints differ between two interleavings, the stream depends on timing.

import { dtypeBytes } from "../../../../ir-spec/base/dtype.ts";
import { makeCursor } from "../../../../targets/neuron/check/cursor.ts";
import { resolveArguments } from "../../../../targets/neuron/check/evaluate.ts";
import { makeProgram, type Site } from "../../../../targets/neuron/check/program.ts";
import type { ResolvedArgs, ResolvedOperand } from "../../../../targets/neuron/isa/define.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";

/** Fingerprint of all outputs, or undefined when the queues block. `random` gives numbers in [0, 1). */
export function fingerprint(stream: Stream, random: () => number): number | undefined {
  const program = makeProgram(stream);
  const tokens = stream.semaphores.map(({ initial }) => initial);
  const cursors = stream.queues.map((_program, queue) => makeCursor(program, queue));
  const bytes = new Map<string, number>();
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
  const outputs = stream.tensors.flatMap(({ role }, id) => (role === "output" ? [`hbm ${id} `] : []));
  const written = [...bytes].filter(([key]) => outputs.some((prefix) => key.startsWith(prefix)));
  return written.sort(([a], [b]) => (a < b ? -1 : 1)).reduce((sum, [key, value]) => mix(mixText(sum, key), value), 0);
}

function execute(site: Site, args: ResolvedArgs, bytes: Map<string, number>, held: Map<number, number>): void {
  const { inst } = site.instruction;
  let value = mixText(held.get(site.queue) ?? 0, inst);
  const writes: string[] = [];
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

/** Names of the bytes that an operand touches, element by element. */
function keysOf(operand: ResolvedOperand): readonly string[] {
  const unit = dtypeBytes(operand.dtype);
  let offsets = [operand.addressBytes];
  for (const [at, size] of operand.sizes.entries()) {
    const stride = (operand.strides[at] ?? 0) * unit;
    offsets = offsets.flatMap((offset) => Array.from({ length: size }, (_none, index) => offset + index * stride));
  }
  const rows = Array.from({ length: operand.partitions }, (_none, row) => row);
  const rowBytes = operand.partitionStride * unit;
  const memory = operand.memory === "hbm" ? `hbm ${operand.tensor} ` : operand.memory;
  return rows.flatMap((row) =>
    offsets.flatMap((offset) => {
      const place = operand.memory === "hbm" ? "" : `${operand.startPartition + row} `;
      const first = offset + row * rowBytes;
      return Array.from({ length: unit }, (_none, byte) => `${memory}${place}${first + byte}`);
    }),
  );
}

function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value ^ (hash >>> 15), 0x2c1b3c6d) + 0x1f35 + value;
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at++) mixed = mix(mixed, text.charCodeAt(at)) | 0;
  return mixed;
}
