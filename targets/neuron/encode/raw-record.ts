// A record as numbers, both ways: head, fields, extension words. It knows no instruction; field-image.ts says what the
// numbers of a field mean.

import { type ByteReader, type ByteWriter, isLost, putNumber, refuseBytes, takeNumber } from "./bytes.ts";
import {
  type Extension,
  type ExtensionKind,
  extensionKindNames,
  extensionKinds,
  extensionParts,
  type FieldImage,
} from "./extensions.ts";
import { type FieldLayout, headParts } from "./field-layout.ts";

/** What every record begins with, but for the number of its extension words. */
export interface RecordHead {
  readonly opcode: number;
  /** Bit i: field i is there. */
  readonly given: number;
  readonly kernel: number;
}

/** What ids in a record can name. */
export interface ImageScope {
  readonly tensors: number;
  readonly semaphores: number;
  readonly rings: number;
  /** The loops around the record. */
  readonly openLoops: readonly number[];
}

/** A field as it was read, with what is needed to refuse it. */
export interface RawField extends FieldImage {
  readonly name: string;
  readonly isGiven: boolean;
  readonly offsetBytes: number;
  /** The instruction's name. */
  readonly op: string;
  readonly scope: ImageScope;
  readonly reader: ByteReader;
}

/** Reports that a field's bytes mean nothing. */
export function refuseField(
  { reader, offsetBytes, op, name }: RawField,
  what: string,
  found: string,
  wanted: string,
): void {
  refuseBytes(reader, offsetBytes, `${what} of ${op}.${name}`, found, wanted);
}

/** Writes a record of which all fields are known as numbers. */
export function writeRecord(
  writer: ByteWriter,
  op: string,
  head: RecordHead,
  fields: readonly (FieldLayout & FieldImage)[],
): void {
  const extensionCount = fields.reduce((sum, { extensions }) => sum + extensions.length, 0);
  const headNumbers = [head.opcode, head.given, head.kernel, extensionCount];
  for (const [at, { name, type }] of headParts.entries()) putNumber(writer, type, headNumbers[at] ?? 0, { op, name });
  for (const { name, parts, numbers } of fields) {
    for (const [at, part] of parts.entries()) {
      putNumber(writer, part.type, numbers[at] ?? 0, { op, name: `${name}.${part.name}` });
    }
  }
  for (const [at, { name, extensions }] of fields.entries()) {
    for (const extension of extensions) writeExtension(writer, { op, name }, at, extension);
  }
}

function writeExtension(
  writer: ByteWriter,
  { op, name }: { readonly op: string; readonly name: string },
  field: number,
  { kind, index, id, number }: Extension,
): void {
  const { code, number: type } = extensionKinds[kind];
  const owner = { op, name: `${name}.${kind}` };
  const numbers = [code, field, index, id, number];
  for (const [at, part] of extensionParts.entries()) {
    putNumber(writer, part.name === "number" ? type : part.type, numbers[at] ?? 0, owner);
  }
}

export interface ReadHead extends RecordHead {
  readonly offsetBytes: number;
  readonly extensionCount: number;
}

export function readHead(reader: ByteReader): ReadHead {
  const offsetBytes = reader.position;
  const [opcode = 0, given = 0, kernel = 0, extensionCount = 0] = headParts.map(({ name, type }) =>
    takeNumber(reader, type, `${name} of a record`),
  );
  return { offsetBytes, opcode, given, kernel, extensionCount };
}

/** Reads what is after the head. */
export function readFields(
  reader: ByteReader,
  scope: ImageScope,
  op: string,
  head: ReadHead,
  layouts: readonly FieldLayout[],
): readonly RawField[] {
  const fixed = layouts.map(({ name, parts }, at) => ({
    name,
    isGiven: ((head.given >> at) & 1) === 1,
    offsetBytes: reader.position,
    numbers: parts.map((part) => takeNumber(reader, part.type, `${part.name} of ${op}.${name}`)),
  }));
  const extensions = layouts.map((): Extension[] => []);
  for (let count = 0; count < head.extensionCount && !isLost(reader); count++)
    readExtension(reader, scope, op, extensions);
  return fixed.map((field, at) => ({ ...field, op, scope, reader, extensions: extensions[at] ?? [] }));
}

/** Reads an extension word and adds it to those of its field. */
function readExtension(reader: ByteReader, scope: ImageScope, op: string, byField: readonly Extension[][]): void {
  const offset = reader.position;
  const what = `an extension word of ${op}`;
  const code = takeNumber(reader, "u8", what);
  const kind = extensionKindNames.find((name) => extensionKinds[name].code === code);
  if (kind === undefined) {
    refuseBytes(reader, offset, what, `kind ${code}`, `at most ${extensionKindNames.length}`);
    return;
  }
  const field = takeNumber(reader, "u8", what);
  const index = takeNumber(reader, "u16", what);
  const id = takeNumber(reader, "u32", what);
  const number = takeNumber(reader, extensionKinds[kind].number, what);
  checkId(reader, scope, kind, id, { offset, what });
  const list = byField[field];
  if (list === undefined) refuseBytes(reader, offset, what, `field ${field}`, `less than ${byField.length}`);
  else list.push({ kind, index, id, number });
}

/** A loop must be around the record, a ring register declared. */
function checkId(
  reader: ByteReader,
  { openLoops, rings }: ImageScope,
  kind: ExtensionKind,
  id: number,
  { offset, what }: { readonly offset: number; readonly what: string },
): void {
  const names = extensionKinds[kind].id;
  if (names === "loop" && !openLoops.includes(id)) {
    const wanted = openLoops.length === 0 ? "none, as there is no loop around it" : `one of ${openLoops.join(", ")}`;
    refuseBytes(reader, offset, what, `loop ${id}`, wanted);
  }
  if (names === "ring" && id >= rings) refuseBytes(reader, offset, what, `ring ${id}`, `less than ${rings}`);
}
