// The sections of an image behind its header, in their order, and what one row of each holds: both ways in one.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { TensorRole } from "../../../ir-spec/tile.ts";
import type { Placement, QueueName, Ring, Semaphore, StreamKernel } from "../stream.ts";
import { putNumber, refuseBytes, refuseValue, takeNumber } from "./bytes.ts";
import { type Codec, codeCodec, listCodec, numberCodec, structCodec, textCodec } from "./codecs.ts";
import { codeToQueue, dtypeCodes, memoryCodes, queueToCode, roleCodes } from "./codes.ts";

/** The code of a section is its place in this list, counted from 1. Sections are only added at the end. */
export const sectionNames = [
  "stream",
  "tensors",
  "constants",
  "semaphores",
  "rings",
  "loops",
  "kernels",
  "placements",
  "queues",
] as const;

export type SectionName = (typeof sectionNames)[number];

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

/** A tensor; its elements stand among the constants. */
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
