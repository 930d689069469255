// Reads messages of protobuf's wire format as the table of messages says. Bytes are views of the file, never copies. No length, count or
// depth of the file is trusted: a budget bounds what reading may make of it.

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { fail, ok, type Result } from "../../../../ir-spec/base/result.ts";
import { fieldsOf, isMessageName, type Message, type MessageName, messageNames } from "./schema.ts";

/** Assumed: graphs in graphs, far deeper than any exporter writes them. */
const maxDepth = 64;
/** Messages of one file, each some hundred bytes in memory. Assumed: ten times the largest published models. */
const maxMessages = 2_000_000;
/** Numbers that are fields of their own and no raw bytes; each is held in 8 bytes. */
const maxNumbers = 2 ** 26;

/** What may still be made of the file; changed in place. */
interface Budget {
  messages: number;
  numbers: number;
}

type Values = Record<string, unknown>;

/** Reads one message, and those in it; the error says what is wrong with the bytes. */
export function readMessage<M extends MessageName>(message: M, bytes: Uint8Array): Result<Message<M>, string> {
  try {
    const budget: Budget = { messages: maxMessages, numbers: maxNumbers };
    return ok(readFields(message, bytes, { budget, depth: 0 }) as Message<M>);
  } catch (error) {
    // The library throws where bytes end too early or a tag is none.
    return fail(error instanceof Error ? error.message : String(error));
  }
}

interface Place {
  readonly budget: Budget;
  readonly depth: number;
}

function readFields(message: MessageName, bytes: Uint8Array, place: Place): Values {
  if (place.depth > maxDepth) throw new Error(`messages are nested more than ${maxDepth} deep`);
  if (--place.budget.messages < 0) throw new Error(`it has more than ${maxMessages} messages`);
  const names = namesByNumber.get(message)!;
  const values: Values = {};
  for (const [name, { many }] of Object.entries(fieldsOf(message))) values[name] = many ? [] : undefined;
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const name = names.get(number);
    if (name === undefined) reader.skip(wireType, number);
    else readField(values, { ...fieldsOf(message)[name]!, name, wireType, reader, place });
  }
  return values;
}

const namesByNumber: ReadonlyMap<MessageName, ReadonlyMap<number, string>> = new Map(
  messageNames.map((message) => [
    message,
    new Map(Object.entries(fieldsOf(message)).map(([name, { number }]) => [number, name])),
  ]),
);

interface OpenField {
  readonly name: string;
  readonly kind: string;
  readonly many?: true;
  readonly wireType: WireType;
  readonly reader: BinaryReader;
  readonly place: Place;
}

/** Reads one occurrence of a field into the values, in place. */
function readField(values: Values, field: OpenField): void {
  const { name, kind, many, wireType, reader } = field;
  if (many && isNumeric(kind) && wireType === WireType.LengthDelimited) {
    readPacked(values[name] as number[], field);
    return;
  }
  if (wireType !== wireTypes(kind)) throw new Error(`field ${name} has the wire type ${wireType}`);
  const value = readValue(field, reader);
  if (many) (values[name] as unknown[]).push(value);
  else values[name] = value;
}

function readPacked(list: number[], field: OpenField): void {
  const packed = new BinaryReader(field.reader.bytes());
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

function readValue({ kind, place }: OpenField, reader: BinaryReader): unknown {
  if (isMessageName(kind)) return readFields(kind, reader.bytes(), { ...place, depth: place.depth + 1 });
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
    default:
      return text.decode(reader.bytes());
  }
}
