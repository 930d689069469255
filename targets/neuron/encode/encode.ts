// Stage 6a: a stream's binary image. The image holds the stream's normal form, whole: decode.ts gives it back.
// The parts: number-types.ts and codes.ts (numbers), field-layout.ts (records), tables.ts (all else), header.ts (frame).

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { normalStream } from "../asm/normal-stream.ts";
import type { Stream } from "../stream.ts";
import { type ByteWriter, makeWriter, putBytes, putNumber, writtenBytes } from "./bytes.ts";
import { type Codec, textCodec } from "./codecs.ts";
import { machineFingerprint } from "./hash.ts";
import { frameImage, type SectionContent } from "./header.ts";
import { writeBody } from "./program.ts";
import {
  constantCodec,
  kernelCodec,
  placementCodec,
  queueCodec,
  ringCodec,
  semaphoreCodec,
  type TensorRow,
  tensorCodec,
  titleCodec,
} from "./tables.ts";

/** Encodes a stream for a machine. A value that does not fit its field is reported (E0905), with all others that do not. */
export function encodeStream(stream: Stream, machine: Machine): Result<Uint8Array> {
  return encodeNormal(normalStream(stream), machineFingerprint(machine));
}

/** Encodes a stream that is in its normal form already. */
export function encodeNormal(stream: Stream, fingerprint: string): Result<Uint8Array> {
  const { diagnostics } = makeWriter();
  const section = <T>(op: string, codec: Codec<T>, rows: readonly T[]): SectionContent => {
    const writer: ByteWriter = { ...makeWriter(), diagnostics };
    for (const [index, row] of rows.entries()) codec.write(writer, row, { op: `${op} ${index}`, name: "name" });
    return { bytes: writtenBytes(writer), count: rows.length };
  };
  const { tensors, semaphores, rings, loops, kernels, placements } = stream;
  const sections = {
    stream: section("stream", titleCodec, [stream]),
    tensors: section("tensor", tensorCodec, tensors.map(tensorToRow)),
    constants: section(
      "constant",
      constantCodec,
      tensors.flatMap(({ data }) => data ?? []),
    ),
    semaphores: section("semaphore", semaphoreCodec, semaphores),
    rings: section("ring", ringCodec, rings),
    loops: section("loop", textCodec, loops),
    kernels: section("kernel", kernelCodec, kernels),
    placements: section("place", placementCodec, placements),
    queues: encodeQueues(stream, diagnostics),
  };
  const image = frameImage({ ...makeWriter(), diagnostics }, sections, fingerprint);
  return diagnostics.length > 0 ? fail(diagnostics) : ok(image);
}

function tensorToRow({ name, dtype, role, shape, addressBytes, data }: Stream["tensors"][number]): TensorRow {
  return { name, dtype, role, shape, addressBytes, constants: data === undefined ? 0 : data.length + 1 };
}

/** Each queue: its code, the length of its program in bytes (u32), and the program. */
function encodeQueues({ queues }: Stream, diagnostics: ByteWriter["diagnostics"]): SectionContent {
  const writer: ByteWriter = { ...makeWriter(), diagnostics };
  for (const { queue, body } of queues) {
    const program: ByteWriter = { ...makeWriter(), diagnostics };
    writeBody(program, body);
    queueCodec.write(writer, queue, { op: "queue", name: "name" });
    putNumber(writer, "u32", program.lengthBytes, { op: `queue ${queue}`, name: "length" });
    putBytes(writer, writtenBytes(program));
  }
  return { bytes: writtenBytes(writer), count: queues.length };
}
