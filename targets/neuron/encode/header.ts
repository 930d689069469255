// The frame of an image: header and section table in front, checksum at the end. IMAGE.md shows it.

import { at, fail, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import {
  type ByteReader,
  type ByteWriter,
  makeReader,
  makeWriter,
  putBytes,
  putNumber,
  refuseBytes,
  takeBytes,
  takeNumber,
  writtenBytes,
} from "./bytes.ts";
import { fnv1a64 } from "./hash.ts";
import { type SectionName, sectionNames } from "./tables.ts";

/** A transfer as text spoils some of these bytes. Source: the idea is that of the PNG signature, W3C PNG, section 5.2. */
export const magic: readonly number[] = [0x89, 0x54, 0x47, 0x43, 0x0d, 0x0a, 0x1a, 0x0a];
/** Grows, from the first release on, when an image of today could be read wrongly or not at all. */
export const formatVersion = 1;

const hashBytes = 8;
const titleBytes = magic.length + 2 + 2 + 4 + hashBytes;
const entryBytes = 16;
const headerBytes = titleBytes + sectionNames.length * entryBytes;
const owner = { op: "image", name: "header" };

/** Where each part of the header is, in front of the section table. */
export const headerFields: readonly (readonly [string, string])[] = [
  ["0 to 7", "magic"],
  ["8 to 9", "format version (`u16`)"],
  ["10 to 11", "number of sections (`u16`)"],
  ["12 to 15", "length of the image in bytes (`u32`)"],
  [
    "16 to 23",
    "fingerprint of the machine: the FNV-1a hash (`u64`) of its numbers as lines `name=value`, sorted by name",
  ],
];

export interface SectionContent {
  readonly bytes: Uint8Array;
  readonly count: number;
}
export type Sections = Readonly<Record<SectionName, SectionContent>>;

/** Puts header and checksum around sections. */
export function frameImage(writer: ByteWriter, sections: Sections, fingerprint: string): Uint8Array {
  const contents = sectionNames.map((name) => sections[name]);
  const sectionBytes = contents.reduce((sum, { bytes }) => sum + bytes.length, 0);
  putBytes(writer, Uint8Array.from(magic));
  putNumber(writer, "u16", formatVersion, owner);
  putNumber(writer, "u16", contents.length, owner);
  putNumber(writer, "u32", headerBytes + sectionBytes + hashBytes, { ...owner, name: "length" });
  putHash(writer, fingerprint);
  let offset = headerBytes;
  for (const [index, { bytes, count }] of contents.entries()) {
    for (const x of [index + 1, offset, bytes.length, count])
      putNumber(writer, "u32", x, { ...owner, name: "section" });
    offset += bytes.length;
  }
  for (const { bytes } of contents) putBytes(writer, bytes);
  putHash(writer, fnv1a64(writtenBytes(writer)));
  return writtenBytes(writer);
}

/** Replaces the checksum of an image by the right one; for tests and tools that change bytes. */
export function sealImage(image: Uint8Array): Uint8Array {
  const writer = makeWriter();
  const content = image.subarray(0, Math.max(0, image.length - hashBytes));
  putBytes(writer, content);
  putHash(writer, fnv1a64(content));
  return writtenBytes(writer);
}

function putHash(writer: ByteWriter, hash: string): void {
  const digits = hash.match(/../g) ?? [];
  putBytes(
    writer,
    Uint8Array.from(digits.reverse(), (pair) => Number.parseInt(pair, 16)),
  );
}

function takeHash(reader: ByteReader, what: string): string {
  const bytes = [...takeBytes(reader, hashBytes, what)].reverse();
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface SectionPlace {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly count: number;
}

export interface Header {
  readonly fingerprint: string;
  readonly sections: Readonly<Record<SectionName, SectionPlace>>;
}

/** Reads the header of an image that is whole: magic, version, length and checksum are right. */
export function readHeader(bytes: Uint8Array): Result<Header> {
  const wrong = checkFrame(bytes);
  if (wrong !== undefined) return fail([at(wrong, undefined)]);
  const reader = makeReader(bytes);
  reader.position = titleBytes - hashBytes;
  const fingerprint = takeHash(reader, "the fingerprint");
  let offset = headerBytes;
  const places = sectionNames.map((name, index): [SectionName, SectionPlace] => {
    wantNumber(reader, index + 1, `the code of section ${name}`);
    wantNumber(reader, offset, `the offset of section ${name}`);
    const lengthBytes = takeNumber(reader, "u32", `the length of section ${name}`);
    const count = takeNumber(reader, "u32", `the number of ${name}`);
    const place = { offsetBytes: offset, lengthBytes, count };
    offset += lengthBytes;
    return [name, place];
  });
  if (offset !== bytes.length - hashBytes) {
    refuseBytes(reader, titleBytes, "the end of the last section", String(offset), String(bytes.length - hashBytes));
  }
  if (reader.found !== undefined) return fail([at(reader.found, undefined)]);
  return ok({ fingerprint, sections: Object.fromEntries(places) as Header["sections"] });
}

/** Reads a number that can be but one. */
function wantNumber(reader: ByteReader, wanted: number, what: string): void {
  const offset = reader.position;
  const found = takeNumber(reader, "u32", what);
  if (found !== wanted) refuseBytes(reader, offset, what, String(found), String(wanted));
}

/** What is wrong with an image as a whole. */
function checkFrame(bytes: Uint8Array): Problem | undefined {
  const start = bytes.subarray(0, magic.length);
  if (hexBytes(start) !== hexBytes(magic)) {
    return problem("E0906", { found: hexBytes(start) || "nothing", expected: hexBytes(magic) });
  }
  const minBytes = headerBytes + hashBytes;
  const reader = makeReader(bytes);
  reader.position = magic.length;
  const version = takeNumber(reader, "u16", "the version");
  if (reader.found === undefined && version !== formatVersion) {
    return problem("E0907", { found: version, expected: formatVersion });
  }
  wantCount(reader);
  const lengthBytes = takeNumber(reader, "u32", "the length");
  if (bytes.length < minBytes) return problem("E0908", { found: bytes.length, expected: `at least ${minBytes}` });
  if (lengthBytes !== bytes.length) return problem("E0908", { found: bytes.length, expected: lengthBytes });
  reader.position = bytes.length - hashBytes;
  const wanted = takeHash(reader, "the checksum");
  const found = fnv1a64(bytes.subarray(0, bytes.length - hashBytes));
  return found === wanted ? reader.found : problem("E0909", { found, expected: wanted });
}

/** The number of sections, which is the same in all images of a version. */
function wantCount(reader: ByteReader): void {
  const offset = reader.position;
  const found = takeNumber(reader, "u16", "the number of sections");
  if (found !== sectionNames.length) {
    refuseBytes(reader, offset, "the number of sections", String(found), String(sectionNames.length));
  }
}

const hexBytes = (bytes: Iterable<number>): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
