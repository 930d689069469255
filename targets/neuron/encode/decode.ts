// Binary image -> stream. An image is read only if it is whole, made of known parts, and just what encode.ts makes of the
// stream that it holds; so every image means one stream, and bytes without meaning are never skipped.

import { at, fail, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { normalStream } from "../asm/normal-stream.ts";
import type { QueueProgram, Stream, StreamTensor } from "../stream.ts";
import { type ByteReader, isLost, makeReader, refuseBytes, takeNumber } from "./bytes.ts";
import { type Codec, readMany, textCodec } from "./codecs.ts";
import { encodeNormal } from "./encode.ts";
import { machineFingerprint } from "./hash.ts";
import { type Header, readHeader } from "./header.ts";
import { readBody } from "./program.ts";
import type { ImageScope } from "./raw-record.ts";
import {
  constantCodec,
  kernelCodec,
  placementCodec,
  queueCodec,
  ringCodec,
  type SectionName,
  semaphoreCodec,
  type TensorRow,
  tensorCodec,
  titleCodec,
} from "./tables.ts";

export interface DecodeOptions {
  /** The machine that is to run it; an image for other numbers is refused (E0911). */
  readonly machine?: Machine;
}

/** Decodes an image; the diagnostics have codes E0906 to E0911 and name the offset in the file. */
export function decodeStream(image: Uint8Array, { machine }: DecodeOptions = {}): Result<Stream> {
  const header = readHeader(image);
  if (!header.ok) return header;
  const reader = makeReader(image);
  const stream = readStream(reader, header.value);
  if (reader.found !== undefined) return fail([at(reader.found, undefined)]);
  const wrong = findOddity(stream, image, header.value) ?? findOtherMachine(stream, header.value, machine);
  return wrong === undefined ? ok(stream) : fail([at(wrong, undefined)]);
}

function readStream(reader: ByteReader, header: Header): Stream {
  const section = <T>(name: SectionName, codec: Codec<T>): readonly T[] => readSection(reader, header, name, codec);
  const [title] = section("stream", titleCodec);
  const rows = section("tensors", tensorCodec);
  const tensors = rowsToTensors(rows, section("constants", constantCodec));
  const semaphores = section("semaphores", semaphoreCodec);
  const rings = section("rings", ringCodec);
  const loops = section("loops", textCodec);
  const kernels = section("kernels", kernelCodec);
  const placements = section("placements", placementCodec);
  const counts = { tensors: tensors.length, semaphores: semaphores.length, rings: rings.length };
  const queues = section("queues", programCodec({ ...counts, openLoops: [] }));
  const names = title ?? { name: "", machine: "" };
  return { ...names, tensors, loops, semaphores, rings, kernels, placements, queues };
}

/** Reads the rows of a section, which must fill it. */
function readSection<T>(reader: ByteReader, { sections }: Header, name: SectionName, codec: Codec<T>): readonly T[] {
  const { offsetBytes, lengthBytes, count } = sections[name];
  if (isLost(reader)) return [];
  reader.position = offsetBytes;
  reader.endBytes = offsetBytes + lengthBytes;
  const rows = readMany(reader, count, codec, name);
  const left = reader.endBytes - reader.position;
  if (left > 0) refuseBytes(reader, reader.position, `the end of section ${name}`, `${left} more bytes`, "none");
  return rows;
}

function rowsToTensors(rows: readonly TensorRow[], constants: readonly number[]): readonly StreamTensor[] {
  let used = 0;
  return rows.map(({ constants: taken, ...tensor }) => {
    if (taken === 0) return tensor;
    const data = constants.slice(used, used + taken - 1);
    used += data.length;
    return { ...tensor, data };
  });
}

/** A queue, for reading alone: what can be named in its program is known when the tables before it have been read. */
function programCodec(scope: ImageScope): Codec<QueueProgram> {
  return {
    write: () => {},
    read: (reader) => {
      const queue = queueCodec.read(reader, "the name of a queue");
      const offset = reader.position;
      const lengthBytes = takeNumber(reader, "u32", `the length of queue ${queue}`);
      const sectionEnd = reader.endBytes;
      const programEnd = reader.position + lengthBytes;
      if (programEnd > sectionEnd) {
        refuseBytes(reader, offset, `the end of queue ${queue}`, `${programEnd}`, `at most ${sectionEnd}`);
      }
      reader.endBytes = Math.min(programEnd, sectionEnd);
      const body = readBody(reader, scope);
      reader.endBytes = sectionEnd;
      return { queue, body };
    },
  };
}

/** The first byte that is not what the stream's own image has there. */
function findOddity(stream: Stream, image: Uint8Array, { fingerprint, sections }: Header): Problem | undefined {
  for (const { names, what, section } of [
    { names: stream.tensors.map(({ name }) => name), what: "tensors", section: sections.tensors },
    { names: stream.loops, what: "loops", section: sections.loops },
  ]) {
    const second = findSecond(names);
    const offset = section.offsetBytes;
    if (second !== undefined) {
      return problem("E0910", { offset, what: `a name of the ${what}`, found: `${second} twice`, expected: "once" });
    }
  }
  const again = encodeNormal(normalStream(stream), fingerprint);
  if (!again.ok) return again.error[0];
  const offset = image.findIndex((byte, index) => byte !== again.value[index]);
  if (offset < 0 && again.value.length === image.length) return undefined;
  const [found, wanted] = [image[offset], again.value[offset]].map((byte) => String(byte ?? "nothing"));
  return problem("E0910", {
    offset,
    what: "a byte",
    found: found ?? "",
    expected: `${wanted}, as its stream is encoded`,
  });
}

/** The first name that is in a list for the second time. */
function findSecond(names: readonly string[]): string | undefined {
  const met = new Set<string>();
  for (const name of names) {
    if (met.has(name)) return name;
    met.add(name);
  }
  return undefined;
}

function findOtherMachine(stream: Stream, header: Header, machine: Machine | undefined): Problem | undefined {
  if (machine === undefined) return undefined;
  const fingerprint = machineFingerprint(machine);
  if (header.fingerprint === fingerprint) return undefined;
  // Machines of one name are distinguished by their numbers.
  const isSameName = stream.machine === machine.name;
  const describe = (name: string, numbers: string): string =>
    isSameName ? `\`${name}\` with numbers of fingerprint ${numbers}` : `\`${name}\``;
  const found = describe(stream.machine, header.fingerprint);
  return problem("E0911", { found, expected: describe(machine.name, fingerprint) });
}
