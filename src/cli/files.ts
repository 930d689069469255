// Files in: texts, bytes and parts of large files, with every way in which reading can fail reported as a diagnostic.

import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { ByteSource } from "../import/byte-source.ts";
import { placeToRead } from "./place.ts";
import { isStandardInput, readStandardInput } from "./standard-input.ts";
import { shownName, whyOf } from "./system-words.ts";

/** Past this a file is no program: reading it would only fill the memory. The parser's own limit is lower (B). */
const maxSourceBytes = 32 * 1024 * 1024;

/** Reads a file as bytes; one of more than `maxBytes` is not read at all. */
export function readBytes(cwd: string, file: string, maxBytes: number): Result<Uint8Array> {
  if (isStandardInput(file)) return readInput(file, maxBytes);
  const path = placeToRead(cwd, file);
  try {
    const found = statSync(path);
    if (!found.isFile()) return fail([cannotRead(file, notAFile(found))]);
    if (found.size > maxBytes) {
      return fail([at(problem("E0107", { file, found: found.size, unit: "B", limit: maxBytes }), undefined)]);
    }
    return ok(readFileSync(path));
  } catch (error) {
    return fail([cannotRead(file, whyOf(error))]);
  }
}

function readInput(file: string, maxBytes: number): Result<Uint8Array> {
  const bytes = readStandardInput();
  if (bytes === undefined) return fail([cannotRead("-", "")]);
  const { length: found } = bytes;
  return found <= maxBytes
    ? ok(bytes)
    : fail([at(problem("E0107", { file, found, unit: "B", limit: maxBytes }), undefined)]);
}

/** Opens a file whose parts are read as they are wanted. */
export function openFile(cwd: string, file: string): Result<ByteSource> {
  const path = placeToRead(cwd, file);
  try {
    const found = statSync(path);
    if (!found.isFile()) return fail([cannotRead(file, notAFile(found))]);
    closeSync(openSync(path, "r"));
    return ok({ byteLength: found.size, read: (start, end) => readRange(path, start, end) });
  } catch (error) {
    return fail([cannotRead(file, whyOf(error))]);
  }
}

/** What one call of the system reads at most (B). */
const maxReadBytes = 2 ** 30;

function readRange(path: string, start: number, end: number): Result<Uint8Array, string> {
  const bytes = new Uint8Array(end - start);
  let done = 0;
  try {
    const descriptor = openSync(path, "r");
    try {
      while (done < bytes.length) {
        const count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, maxReadBytes), start + done);
        if (count === 0) return fail("it became shorter while it was read");
        done += count;
      }
    } finally {
      closeSync(descriptor);
    }
    return ok(bytes);
  } catch (error) {
    return fail(whyOf(error));
  }
}

/** Reads a program or another text. */
export function readSource(cwd: string, file: string): Result<Source> {
  const bytes = readBytes(cwd, file, maxSourceBytes);
  return bytes.ok ? sourceOf(file, bytes.value) : bytes;
}

/** The text of a file's bytes. */
export function sourceOf(file: string, bytes: Uint8Array): Result<Source> {
  try {
    return ok({ name: file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) });
  } catch {
    return fail([at(problem("E0106", { file, found: "bytes that are not UTF-8" }), undefined)]);
  }
}

/** Whether there is anything of this name. */
export function fileExists(cwd: string, file: string): boolean {
  try {
    return statSync(placeToRead(cwd, file), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function notAFile(found: Stats): string {
  return found.isDirectory() ? "it is a folder" : "it is no ordinary file but a device or a pipe";
}

function cannotRead(file: string, why: string) {
  const shown = file === "-" ? "standard input is not read" : file === "" ? "its name is empty" : why;
  return at(problem("E1301", { file: shownName(file), why: shown }), undefined);
}
