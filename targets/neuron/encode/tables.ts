// The sections of an image after its header, in their order, and what one row of each holds: both ways in one.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { TensorRole } from "../../../ir-spec/tile.ts";
import type { Placement, QueueName, Ring, Semaphore, StreamKernel } from "../stream.ts";
import { putNumber, refuseBytes, refuseValue, takeNumber } from "./bytes.ts";
import { type Codec, codeCodec, listCodec, numberCodec, structCodec, textCodec } from "./codecs.ts";
import { codeToQueue, dtypeCodes, memoryCodes, queueToCode, roleCodes } from "./codes.ts";

/** What a row of each section holds. A section's code is its place, counted from 1; sections are only added at the end. */
export const sections = {
  stream: "name (text), machine (text); one row",
  tensors:
    "name (text), dtype (u8), role (u8), shape (u32 count, u32 each), address in bytes (i64), constants (u32: 0 none, else 1 + their number)",
  constants: "an element of a tensor's data (f64), tensor by tensor",
  semaphores: "name (text), producer and consumer (queues, u16 each), tokens at the start (u32)",
  rings: "name (text), slots (u32)",
  loops: "name (text)",
  kernels: "name (text), ops (u32 count, texts), schedule (text)",
  placements:
    "name (text), memory (u8), kernel (u32), partitions (u32), address and length of a slot in bytes (i64 each), slots (u32)",
  queues: "queue (u16), length of its program in bytes (u32), its program",
} as const;

export type SectionName = keyof typeof sections;
export const sectionNames = Object.keys(sections) as readonly SectionName[];

const u32 = numberCodec("u32");
const bytes = numberCodec("i64");

/** A queue's name as its code (u16). */
export const queueCodec: Codec<QueueName> = {
  write: (writer, queue, owner) => {
    const code = queueToCode(queue);
    if (code === undefined) refuseValue(writer, owner, queue, "pe, act, dve, pool, sp, dma0, dma1, ...");
    putNumber(writer, "u16", code ?? 0, owner);
  },
  read: (reader, what) => {
    const offset = reader.position;
    const code = takeNumber(reader, "u16", what);
    const queue = codeToQueue(code);
    if (queue === undefined) refuseBytes(reader, offset, what, String(code), "the code of a queue");
    return queue ?? "sp";
  },
};

/** A stream's names. */
export const titleCodec = structCodec<{ readonly name: string; readonly machine: string }>({
  name: textCodec,
  machine: textCodec,
});

/** A tensor; its elements are among the constants. */
export interface TensorRow {
  readonly name: string;
  readonly dtype: Dtype;
  readonly role: TensorRole;
  readonly shape: readonly number[];
  readonly addressBytes: number;
  /** 0: it has no data; else one more than the elements that it takes from the constants, tensor by tensor. */
  readonly constants: number;
}

export const tensorCodec = structCodec<TensorRow>({
  name: textCodec,
  dtype: codeCodec(dtypeCodes),
  role: codeCodec(roleCodes),
  shape: listCodec(u32),
  addressBytes: bytes,
  constants: u32,
});

/** One element of a constant; f64, as in the stream, so that no dtype's rounding can change it. */
export const constantCodec = numberCodec("f64");

export const semaphoreCodec = structCodec<Semaphore>({
  name: textCodec,
  producer: queueCodec,
  consumer: queueCodec,
  initial: u32,
});

export const ringCodec = structCodec<Ring>({ name: textCodec, slots: u32 });

export const kernelCodec = structCodec<StreamKernel>({
  name: textCodec,
  ops: listCodec(textCodec),
  schedule: textCodec,
});

const chipMemories = { sbuf: memoryCodes.sbuf, psum: memoryCodes.psum };

export const placementCodec = structCodec<Placement>({
  name: textCodec,
  memory: codeCodec<"sbuf" | "psum">(chipMemories),
  kernel: u32,
  partitions: u32,
  addressBytes: bytes,
  slotBytes: bytes,
  slots: u32,
});
