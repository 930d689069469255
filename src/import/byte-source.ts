// The bytes of a file of tensors or of a model, read in parts: of a large file only what is wanted comes into memory.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";

export interface ByteSource {
  readonly byteLength: number;
  /** The bytes from `start` to before `end`, which lie within; or why they cannot be had. */
  readonly read: (start: number, end: number) => Result<Uint8Array, string>;
}

/** Bytes that are in memory already. */
export function bytesAsSource(bytes: Uint8Array): ByteSource {
  return { byteLength: bytes.byteLength, read: (start, end) => ok(bytes.subarray(start, end)) };
}

/** Reads a part whose bounds were written in a file; `what` names it where it does not lie within. */
export function readPart(source: ByteSource, start: number, end: number, what: string): Result<Uint8Array, string> {
  const isWithin = Number.isSafeInteger(start) && start >= 0 && end >= start && end <= source.byteLength;
  return isWithin ? source.read(start, end) : fail(`it ends within its ${what}`);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A part of a file as a file of its own; its bounds lie within. */
export function sourcePart(source: ByteSource, start: number, end: number): ByteSource {
  return { byteLength: end - start, read: (from, to) => source.read(start + from, start + to) };
}

/** How much of a file is held while it is copied (B). */
const pieceBytes = 8 * 1024 * 1024;

/** The bytes of a file one after the other; throws where one cannot be read, as they were there when it was opened. */
export function* piecesOf(source: ByteSource): Generator<Uint8Array> {
  for (let start = 0; start < source.byteLength; start += pieceBytes) {
    const piece = source.read(start, Math.min(source.byteLength, start + pieceBytes));
    if (!piece.ok) throw new Error(piece.error);
    yield piece.value;
  }
}
