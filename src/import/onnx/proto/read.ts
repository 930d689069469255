// Reads messages of protobuf's wire format as the table of messages says. A file is read in windows, and the raw data of tensors stay in it,
// so that a model of gigabytes takes as much memory as its nodes. No length, count or depth of the file is trusted: a budget bounds what
// reading may make of it.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { fail, ok, type Result } from "../../../../ir-spec/base/result.ts";
import { type ByteSource, bytesAsSource, sourcePart } from "../../byte-source.ts";
import { fieldsOf, isMessageName, type Message, type MessageName, messageNames } from "./schema.ts";

/** Assumed: graphs in graphs, far deeper than any exporter writes them. */
const maxDepth = 64;
/** Messages of one file, each some hundred bytes in memory. Assumed: ten times the largest published models. */
const maxMessages = 2_000_000;
/** Numbers that are fields of their own and no raw bytes; each is held in 8 bytes. */
const maxNumbers = 2 ** 26;

/** How much of a file is held while it is read; a field that is longer is read from the file by itself (B). */
const defaultWindowBytes = 2 ** 20;
/** A tag and a length, or a number (B). */
const maxHeadBytes = 20;
/** Of a field that is no message and no raw data: lists of numbers of that many bytes are over the budget in any case (B). */
const maxFieldBytes = 10 * maxNumbers;

/** What may still be made of the file; changed in place. */
interface Budget {
  messages: number;
  numbers: number;
}

type Values = Record<string, unknown>;

/** Reads one message, and those in it; the error says what is wrong with the bytes. */
export function readMessage<M extends MessageName>(message: M, bytes: Uint8Array): Result<Message<M>, string> {
  return readMessageAt(message, bytesAsSource(bytes));
}

/** The same of a file, through windows of some bytes. */
export function readMessageAt<M extends MessageName>(
  message: M,
  source: ByteSource,
  windowBytes = defaultWindowBytes,
): Result<Message<M>, string> {
  try {
    const budget: Budget = { messages: maxMessages, numbers: maxNumbers };
    return ok(readFields(message, { source, file: source }, { budget, depth: 0, windowBytes }) as Message<M>);
  } catch (error) {
    // The library throws where bytes end too early or a tag is none.
    return fail(error instanceof Error ? error.message : String(error));
  }
}

interface Place {
  readonly budget: Budget;
  readonly depth: number;
  readonly windowBytes: number;
}

/** A message: its bytes, read in windows, and where they are in the file, which raw data are left in. */
interface Origin {
  readonly source: ByteSource;
  readonly file: ByteSource;
}

function readFields(message: MessageName, { source, file }: Origin, place: Place): Values {
  if (place.depth > maxDepth) throw new Error(`messages are nested more than ${maxDepth} deep`);
  if (--place.budget.messages < 0) throw new Error(`it has more than ${maxMessages} messages`);
  const values: Values = {};
  for (const [name, { many }] of Object.entries(fieldsOf(message))) values[name] = many ? [] : undefined;
  for (let start = 0; start < source.byteLength; ) {
    const end = Math.min(source.byteLength, start + place.windowBytes);
    const isLast = end === source.byteLength;
    start += readWindow(values, { message, bytes: bytesOf(source, start, end), isLast, place, file, start });
  }
  return values;
}

interface Window {
  readonly message: MessageName;
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
  readonly place: Place;
  readonly file: ByteSource;
  /** Where the window begins in the message (B). */
  readonly start: number;
}

/** Reads the fields that lie within a window, and one that is longer than it; gives how far that is. */
function readWindow(values: Values, { message, bytes, isLast, place, file, start }: Window): number {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const mark = reader.pos;
    if (!isLast && mark > 0 && reader.len - mark < maxHeadBytes) return mark;
    const [number, wireType] = reader.tag();
    const field = fieldOf(message, number);
    const { payload, end } =
      wireType === WireType.LengthDelimited ? extentOf(bytes, reader.pos) : { payload: 0, end: 0 };
    if (!isLast && end > reader.len) {
      if (mark > 0) return mark;
      if (start + end > file.byteLength) throw new Error("it ends within a field");
      if (field !== undefined)
        readLong(values, { ...field, wireType, place }, sourcePart(file, start + payload, start + end));
      return end;
    }
    const part = sourcePart(file, start + payload, Math.min(start + end, file.byteLength));
    if (field === undefined) reader.skip(wireType, number);
    else readField(values, { ...field, wireType, place, part }, reader);
  }
  return reader.pos;
}

function bytesOf(source: ByteSource, start: number, end: number): Uint8Array {
  const bytes = source.read(start, end);
  if (!bytes.ok) throw new Error(bytes.error);
  return bytes.value;
}

/** Where a field with a length begins and ends, the length being at a place. */
function extentOf(bytes: Uint8Array, place: number): { readonly payload: number; readonly end: number } {
  const length = new BinaryReader(bytes.subarray(place));
  const count = length.uint32();
  const payload = place + length.pos;
  return { payload, end: payload + count };
}

const namesByNumber: ReadonlyMap<MessageName, ReadonlyMap<number, string>> = new Map(
  messageNames.map((message) => [
    message,
    new Map(Object.entries(fieldsOf(message)).map(([name, { number }]) => [number, name])),
  ]),
);

function fieldOf(message: MessageName, number: number): Pick<OpenField, "name" | "kind" | "many"> | undefined {
  const name = namesByNumber.get(message)?.get(number);
  return name === undefined ? undefined : { ...fieldsOf(message)[name]!, name };
}

interface OpenField {
  readonly name: string;
  readonly kind: string;
  readonly many?: true;
  readonly wireType: WireType;
  readonly place: Place;
  /** What a field with a length holds, in the file. */
  readonly part: ByteSource;
}

/** Reads one occurrence of a field into the values, in place. */
function readField(values: Values, field: OpenField, reader: BinaryReader): void {
  const { name, kind, many, wireType } = field;
  if (many && isNumeric(kind) && wireType === WireType.LengthDelimited) {
    readPacked(values[name] as number[], field, reader.bytes());
    return;
  }
  if (wireType !== wireTypes(kind)) throw new Error(`field ${name} has the wire type ${wireType}`);
  setField(values, field, readValue(field, reader));
}

/** Reads a field that is longer than a window: of a message and of raw data only what is needed. */
function readLong(values: Values, field: Omit<OpenField, "part">, part: ByteSource): void {
  const { kind, place } = field;
  if (kind === "stored") setField(values, field, part);
  else if (isMessageName(kind)) setField(values, field, readFields(kind, { source: part, file: part }, deeper(place)));
  else {
    if (part.byteLength > maxFieldBytes) throw new Error(`field ${field.name} has ${part.byteLength} B`);
    const bytes = bytesOf(part, 0, part.byteLength);
    if (field.many && isNumeric(kind)) readPacked(values[field.name] as number[], { ...field, part }, bytes);
    else setField(values, field, kind === "bytes" ? bytes : text.decode(bytes));
  }
}

function setField(values: Values, { name, many }: Pick<OpenField, "name" | "many">, value: unknown): void {
  if (many) (values[name] as unknown[]).push(value);
  else values[name] = value;
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 };
}

function readPacked(list: number[], field: OpenField, bytes: Uint8Array): void {
  const packed = new BinaryReader(bytes);
  while (packed.pos < packed.len) list.push(readValue(field, packed) as number);
}

function isNumeric(kind: string): boolean {
  return kind === "int" || kind === "float" || kind === "double";
}

function wireTypes(kind: string): WireType {
  if (kind === "int") return WireType.Varint;
  if (kind === "float") return WireType.Bit32;
  return kind === "double" ? WireType.Bit64 : WireType.LengthDelimited;
}

const text = new TextDecoder();

function readValue({ kind, place, part }: OpenField, reader: BinaryReader): unknown {
  if (isMessageName(kind))
    return readFields(kind, { source: bytesAsSource(reader.bytes()), file: part }, deeper(place));
  if (isNumeric(kind) && --place.budget.numbers < 0)
    throw new Error(`it has more than ${maxNumbers} numbers in fields`);
  switch (kind) {
    case "int":
      return Number(reader.int64());
    case "float":
      return reader.float();
    case "double":
      return reader.double();
    case "bytes":
      return reader.bytes();
    case "stored":
      reader.bytes();
      return part;
    default:
      return text.decode(reader.bytes());
  }
}
