// Writing and reading bytes. The writer collects what does not fit and continues; the reader is lost after its first
// mistake and gives zeros from there on, so that its callers need no checks of their own: what they build is thrown away.

import { printNumber } from "../../../ir-spec/base/attr.ts";
import { at, type Diagnostic, type Problem, problem } from "../../../ir-spec/base/result.ts";
import { type NumberType, numberRow } from "./number-types.ts";

/** Whose number is written: an instruction or a declaration, and its field. */
export interface Owner {
  readonly op: string;
  readonly name: string;
}

export interface ByteWriter {
  buffer: Uint8Array;
  /** Of the buffer. */
  view: DataView;
  lengthBytes: number;
  readonly diagnostics: Diagnostic[];
}

const firstCapacityBytes = 1024;

export function makeWriter(): ByteWriter {
  const buffer = new Uint8Array(firstCapacityBytes);
  return { buffer, view: new DataView(buffer.buffer), lengthBytes: 0, diagnostics: [] };
}

/** What has been written so far. */
export function writtenBytes({ buffer, lengthBytes }: ByteWriter): Uint8Array {
  return buffer.slice(0, lengthBytes);
}

/** Makes room for some bytes and gives their place. */
function grow(writer: ByteWriter, bytes: number): number {
  const place = writer.lengthBytes;
  writer.lengthBytes += bytes;
  if (writer.lengthBytes > writer.buffer.length) {
    const larger = new Uint8Array(2 * writer.lengthBytes);
    larger.set(writer.buffer.subarray(0, place));
    writer.buffer = larger;
    writer.view = new DataView(larger.buffer);
  }
  return place;
}

/** Writes a number; one that does not fit is reported, and a zero stands for it. */
export function putNumber(writer: ByteWriter, type: NumberType, x: number, owner: Owner): void {
  const row = numberRow(type);
  const place = grow(writer, row.bytes);
  if (row.fits(x)) row.write(writer.view, place, x);
  else {
    refuseValue(writer, owner, printNumber(x), row.wanted);
    row.write(writer.view, place, 0);
  }
}

export function putBytes(writer: ByteWriter, bytes: Uint8Array): void {
  const place = grow(writer, bytes.length);
  writer.buffer.set(bytes, place);
}

/** Reports a value that an image cannot hold. */
export function refuseValue(writer: ByteWriter, { op, name }: Owner, found: string, wanted: string): void {
  writer.diagnostics.push(at(problem("E0905", { op, name, found, expected: wanted }), undefined));
}

export interface ByteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  /** Nothing is read from here on: where the section ends. */
  endBytes: number;
  /** The first mistake; the reader is lost where there is one. */
  found: Problem | undefined;
}

export function makeReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, position: 0, endBytes: bytes.length, found: undefined };
}

/** Reads a number; 0 when the reader is lost. */
export function takeNumber(reader: ByteReader, type: NumberType, what: string): number {
  const row = numberRow(type);
  const place = takePlace(reader, row.bytes, what);
  if (isLost(reader)) return 0;
  const x = row.read(reader.view, place);
  if (row.fits(x)) return x;
  refuseBytes(reader, place, what, printNumber(x), row.wanted);
  return 0;
}

/** Reads some bytes; none when the reader is lost. */
export function takeBytes(reader: ByteReader, bytes: number, what: string): Uint8Array {
  const place = takePlace(reader, bytes, what);
  return isLost(reader) ? new Uint8Array(0) : reader.bytes.subarray(place, place + bytes);
}

/** Passes some bytes and gives their place. */
function takePlace(reader: ByteReader, bytes: number, what: string): number {
  const place = reader.position;
  const left = reader.endBytes - place;
  if (bytes > left) refuseBytes(reader, place, what, `${left} bytes before the end`, `${bytes} bytes`);
  else reader.position += bytes;
  return place;
}

/** Reports what cannot be at an offset, unless the reader is lost already, and loses it. */
export function refuseBytes(reader: ByteReader, offset: number, what: string, found: string, wanted: string): void {
  reader.found ??= problem("E0910", { offset, what, found, expected: wanted });
}

export function isLost(reader: ByteReader): boolean {
  return reader.found !== undefined;
}
