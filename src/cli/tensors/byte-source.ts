// The bytes of a tensor file, read in parts: of a large file only what is wanted comes into memory.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";

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
