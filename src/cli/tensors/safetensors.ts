// Safetensors: eight bytes with the header's length, a JSON header that names the tensors, then their elements.
// Source: the safetensors format, README of the reference implementation.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { type ElementType, type FileArray, readElements } from "./array.ts";

const elementTypes: Readonly<Record<string, ElementType>> = {
  F64: "f64",
  F32: "f32",
  F16: "f16",
  BF16: "bf16",
  F8_E4M3: "f8e4m3fn",
  F8_E5M2: "f8e5m2",
  I64: "i64",
  I32: "i32",
  I16: "i16",
  I8: "i8",
  U8: "u8",
  BOOL: "bool",
};

/** Reads all arrays, by name; the error says what is wrong with the file. */
export function readSafetensors(bytes: Uint8Array): Result<ReadonlyMap<string, FileArray>, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.byteLength < 8 ? Number.POSITIVE_INFINITY : Number(view.getBigUint64(0, true));
  if (headerLength > bytes.byteLength - 8) return fail("it ends within its header");
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  if (header === undefined) return fail("its header is not JSON");
  const arrays = new Map<string, FileArray>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const array = readEntry(entry, bytes.subarray(8 + headerLength));
    if (!array.ok) return fail(`${name}: ${array.error}`);
    arrays.set(name, array.value);
  }
  return ok(arrays);
}

function parseHeader(text: string): object | undefined {
  try {
    const header: unknown = JSON.parse(text);
    return typeof header === "object" && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}

function readEntry(entry: unknown, body: Uint8Array): Result<FileArray, string> {
  if (typeof entry !== "object" || entry === null) return fail("it is no object");
  const dtype = "dtype" in entry ? String(entry.dtype) : "missing";
  const shape = "shape" in entry ? wholeNumbers(entry.shape) : undefined;
  const [start, end] = ("data_offsets" in entry ? wholeNumbers(entry.data_offsets) : undefined) ?? [];
  const elementType = elementTypes[dtype];
  if (elementType === undefined) {
    return fail(`its dtype is ${dtype}, wanted one of ${Object.keys(elementTypes).join(", ")}`);
  }
  if (shape === undefined || start === undefined || end === undefined || end > body.byteLength) {
    return fail("its shape or data_offsets are malformed");
  }
  const array = readElements(elementType, shape, body.subarray(start, end));
  return array === undefined ? fail("it has not as many bytes as its shape asks for") : ok(array);
}

function wholeNumbers(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0) ? value : undefined;
}
