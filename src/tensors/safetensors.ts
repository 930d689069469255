// Safetensors: eight bytes with the header's length, a JSON header that names the tensors, then their elements, without overlaps
// or holes.
// Source: the safetensors format, README of the reference implementation.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { type ByteSource, readPart, viewOf } from "../import/byte-source.ts";
import { type ArrayFile, arrayBytes, arrayOfBytes, type ElementType, type FileArray } from "./array.ts";

const elementTypes: ReadonlyMap<unknown, ElementType> = new Map([
  ["F64", "f64"],
  ["F32", "f32"],
  ["F16", "f16"],
  ["BF16", "bf16"],
  ["F8_E4M3", "f8e4m3fn"],
  ["F8_E5M2", "f8e5m2"],
  ["I64", "i64"],
  ["I32", "i32"],
  ["I16", "i16"],
  ["I8", "i8"],
  ["U64", "u64"],
  ["U32", "u32"],
  ["U16", "u16"],
  ["U8", "u8"],
  ["BOOL", "bool"],
]);

/** Assumed: some 100,000 tensors; the reference implementation takes ten times as much (B). */
const maxHeaderBytes = 10_000_000;

/** A tensor as the header describes it, its places counted from the end of the header (B). */
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Reads which arrays there are, by name; the error says what is wrong with the file. */
export function readSafetensors(source: ByteSource): Result<ArrayFile, string> {
  const length = readPart(source, 0, 8, "header");
  if (!length.ok) return length;
  const headerBytes = Number(viewOf(length.value).getBigUint64(0, true));
  const header = readPart(source, 8, 8 + Math.min(headerBytes, maxHeaderBytes), "header");
  if (!header.ok) return header;
  if (headerBytes > maxHeaderBytes) return fail(`its header has ${headerBytes} B, expected at most ${maxHeaderBytes}`);
  const entries = readHeader(new TextDecoder().decode(header.value));
  if (!entries.ok) return entries;
  const bodyStart = 8 + headerBytes;
  const wrong = findGap(entries.value, source.byteLength - bodyStart);
  if (wrong !== undefined) return fail(wrong);
  return ok(new Map(entries.value.map((entry) => [entry.name, () => readEntry(source, bodyStart, entry)])));
}

function readHeader(text: string): Result<readonly Entry[], string> {
  const header = parseObject(text);
  if (header === undefined) return fail("its header is not a JSON object");
  const wrong = checkKeys(text);
  if (wrong !== undefined) return fail(wrong);
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const entry = describeEntry(name, value);
    if (!entry.ok) return fail(`${name}: ${entry.error}`);
    entries.push(entry.value);
  }
  return ok(entries);
}

function parseObject(text: string): object | undefined {
  try {
    const header: unknown = JSON.parse(text);
    const isObject = typeof header === "object" && header !== null && !Array.isArray(header);
    return isObject ? header : undefined;
  } catch {
    return undefined;
  }
}

/** The header, and in it the tensors. */
const maxObjectDepth = 2;

/** What is wrong with the keys of a text that is JSON. Of equal keys the parser of JSON keeps the last one and says nothing. */
function checkKeys(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (let place = 0; place < text.length; place++) {
    const sign = text[place];
    if (sign === "{") open.push(new Set());
    if (sign === "}") open.pop();
    if (open.length > maxObjectDepth) return "its header nests objects in the tensors";
    if (sign !== '"') continue;
    const end = endOfString(text, place);
    const name: unknown = isKey(text, end) ? JSON.parse(text.slice(place, end)) : undefined;
    if (typeof name === "string" && open.at(-1)?.has(name)) return `its header names ${name} twice`;
    if (typeof name === "string") open.at(-1)?.add(name);
    place = end - 1;
  }
  return undefined;
}

/** One past the quote that closes a string. */
function endOfString(text: string, start: number): number {
  let place = start + 1;
  while (text[place] !== '"') place += text[place] === "\\" ? 2 : 1;
  return place + 1;
}

function isKey(text: string, end: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = end;
  return colon.test(text);
}

function describeEntry(name: string, value: unknown): Result<Entry, string> {
  const fields = new Map<string, unknown>(typeof value === "object" && value !== null ? Object.entries(value) : []);
  const dtype = fields.get("dtype");
  const shape = sizesOf(fields.get("shape"));
  const [start, end, ...more] = sizesOf(fields.get("data_offsets")) ?? [];
  if (typeof dtype !== "string") return fail("its dtype is missing or no string");
  if (shape === undefined || start === undefined || end === undefined || end < start || more.length > 0) {
    return fail("its shape or data_offsets are malformed");
  }
  const elementType = elementTypes.get(dtype);
  if (elementType !== undefined && arrayBytes(elementType, shape) !== end - start) {
    return fail("it has not as many bytes as its shape asks for");
  }
  return ok({ name, dtype, shape, start, end });
}

function sizesOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0) ? value : undefined;
}

/** The tensors fill the file: each begins where the one before ends, and the last one ends with the file. */
function findGap(entries: readonly Entry[], bodyBytes: number): string | undefined {
  let filled = 0;
  for (const { name, start, end } of entries.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < filled) return `${name}: it overlaps the tensor before it`;
    if (start > filled) return `${name}: there are ${start - filled} B before it that belong to no tensor`;
    filled = end;
  }
  if (filled > bodyBytes) return "it ends within its tensors";
  return filled < bodyBytes ? `it has ${bodyBytes - filled} B after its last tensor` : undefined;
}

function readEntry(source: ByteSource, bodyStart: number, entry: Entry): Result<FileArray, string> {
  const { dtype, shape, start, end } = entry;
  const elementType = elementTypes.get(dtype);
  if (elementType === undefined) {
    return fail(`its dtype is ${dtype}, expected one of ${[...elementTypes.keys()].join(", ")}`);
  }
  return ok(arrayOfBytes(elementType, shape, () => source.read(bodyStart + start, bodyStart + end)));
}
