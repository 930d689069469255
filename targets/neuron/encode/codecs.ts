// Codecs: one declaration that says both how a value is written and how it is read, so that the two cannot differ.
// Image tables (tensors, semaphores, ...) are made of them; see tables.ts.

import { maxNameCharacters } from "../../../ir-spec/limits.ts";
import {
  type ByteReader,
  type ByteWriter,
  isLost,
  type Owner,
  putBytes,
  putNumber,
  refuseBytes,
  refuseValue,
  takeBytes,
  takeNumber,
} from "./bytes.ts";
import { type Codes, codeToName, listCodes } from "./codes.ts";
import type { NumberType } from "./number-types.ts";

export interface Codec<T> {
  readonly write: (writer: ByteWriter, value: T, owner: Owner) => void;
  /** `what` names the thing in messages. */
  readonly read: (reader: ByteReader, what: string) => T;
}

export function numberCodec(type: NumberType): Codec<number> {
  return {
    write: (writer, x, owner) => putNumber(writer, type, x, owner),
    read: (reader, what) => takeNumber(reader, type, what),
  };
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The length in bytes (u32), then UTF-8. A text with half a surrogate pair has no UTF-8 and is refused. */
export const textCodec: Codec<string> = {
  write: (writer, text, owner) => {
    const bytes = textEncoder.encode(text);
    if (text.length > maxNameCharacters) {
      refuseValue(writer, owner, `${text.length} characters`, `at most ${maxNameCharacters}`);
    }
    if (decodeText(bytes) !== text) refuseValue(writer, owner, JSON.stringify(text), "a text of whole characters");
    putNumber(writer, "u32", bytes.length, owner);
    putBytes(writer, bytes);
  },
  read: (reader, what) => {
    const offset = reader.position;
    const lengthBytes = takeNumber(reader, "u32", `the length of ${what}`);
    const text = decodeText(takeBytes(reader, lengthBytes, what));
    if (text.length > maxNameCharacters) {
      refuseBytes(reader, offset, `the length of ${what}`, `${text.length} characters`, `at most ${maxNameCharacters}`);
    }
    return text;
  },
};

/** Bytes that are no UTF-8 give a text that has other bytes, which decode.ts finds. */
const decodeText = (bytes: Uint8Array): string => textDecoder.decode(bytes);

/** One of a closed set of names, as its code (u8). */
export function codeCodec<N extends string>(codes: Codes<N>): Codec<N> {
  return {
    write: (writer, name, owner) => putNumber(writer, "u8", codes[name], owner),
    read: (reader, what) => {
      const offset = reader.position;
      const code = takeNumber(reader, "u8", what);
      const name = codeToName(codes, code);
      if (name === undefined) refuseBytes(reader, offset, what, String(code), `one of ${listCodes(codes)}`);
      return name ?? (Object.keys(codes)[0] as N);
    },
  };
}

/** So many things as the count (u32) says. */
export function listCodec<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    write: (writer, items, owner) => {
      putNumber(writer, "u32", items.length, owner);
      for (const value of items) item.write(writer, value, owner);
    },
    read: (reader, what) => readMany(reader, takeNumber(reader, "u32", `the number of ${what}`), item, what),
  };
}

/** Reads `count` things, fewer when the reader gets lost. */
export function readMany<T>(reader: ByteReader, count: number, item: Codec<T>, what: string): T[] {
  const items: T[] = [];
  while (items.length < count && !isLost(reader)) items.push(item.read(reader, what));
  return items;
}

/** Fields one after the other, in the order of the declaration. */
export function structCodec<T extends object>(fields: { readonly [K in keyof T]: Codec<T[K]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    write: (writer, value, { op }) => {
      for (const name of names) fields[name].write(writer, value[name], { op, name });
    },
    read: (reader, what) => {
      const made: Partial<T> = {};
      for (const name of names) made[name] = fields[name].read(reader, `${name} of ${what}`);
      return made as T;
    },
  };
}
