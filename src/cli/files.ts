// Files in and out: sources are read as text, with every way in which that can fail told as a diagnostic; files are
// written whole or not at all.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { OutFile } from "./outcome.ts";
import type { ByteSource } from "./tensors/byte-source.ts";

/** Past this a file is no program: reading it would only fill the memory. The parser's own limit is lower (B). */
const maxSourceBytes = 32 * 1024 * 1024;

/** What the system calls a mistake, in words. */
const systemWords: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  ENOTDIR: "a part of its path is no folder",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links go round in a circle",
  EEXIST: "a file of that name is there already",
  ENOSPC: "the disk is full",
  EROFS: "the file system cannot be written to",
};

/** The reason of a failed file operation; other errors are bugs and go on. */
function whyOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return systemWords[error.code] ?? error.message;
  }
  throw error;
}

/** Reads a file as bytes; one of more than `maxBytes` is not read at all. */
export function readBytes(cwd: string, file: string, maxBytes = Number.POSITIVE_INFINITY): Result<Uint8Array> {
  const path = resolve(cwd, file);
  try {
    const found = statSync(path);
    if (!found.isFile()) return fail([cannotRead(file, "it is a folder, or no ordinary file")]);
    if (found.size > maxBytes) {
      return fail([at(problem("E0107", { file, found: found.size, unit: "B", limit: maxBytes }), undefined)]);
    }
    return ok(readFileSync(path));
  } catch (error) {
    return fail([cannotRead(file, whyOf(error))]);
  }
}

/** Opens a file whose parts are read as they are wanted. */
export function openFile(cwd: string, file: string): Result<ByteSource> {
  const path = resolve(cwd, file);
  try {
    const found = statSync(path);
    if (!found.isFile()) return fail([cannotRead(file, "it is a folder, or no ordinary file")]);
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
  if (!bytes.ok) return bytes;
  try {
    return ok({ name: file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.value) });
  } catch {
    return fail([at(problem("E0106", { file, found: "bytes that are not UTF-8" }), undefined)]);
  }
}

function cannotRead(file: string, why: string) {
  const isStdin = file === "-";
  return at(problem("E1301", { file: shownName(file), why: isStdin ? "standard input is not read" : why }), undefined);
}

/** A name in a message; an empty one would not be seen. */
function shownName(file: string): string {
  return file === "" ? '""' : file;
}

/** Names that Windows keeps for devices, whatever ending follows. */
const deviceNames = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The name of a file for a name that a program gives: no folder, nothing hidden, never empty, and different for different names. What is
 * not a letter, digit, `_`, `-` or `.` of ASCII is written as in addresses of the web.
 *
 *     y -> y        ../evil -> %2E.%2Fevil
 */
export function fileNameOf(name: string): string {
  if (name === "") return "%";
  const escaped = [...new TextEncoder().encode(name)].map((byte) => {
    const sign = String.fromCharCode(byte);
    return /[\w.-]/.test(sign) ? sign : percentOf(byte);
  });
  const isSpecial = name.startsWith(".") || deviceNames.test(name);
  return isSpecial ? [percentOf(name.charCodeAt(0)), ...escaped.slice(1)].join("") : escaped.join("");
}

const percentOf = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/**
 * Writes files, each whole or not at all: under another name first, which is then renamed. `hold` is called before an
 * ordinary file is written.
 */
export function writeFiles(cwd: string, files: readonly OutFile[], hold?: () => void): Result<undefined> {
  for (const { path, content } of files) {
    const why = writeWhole(resolve(cwd, path), content, hold);
    if (why !== undefined) return fail([cannotWrite(path, why)]);
  }
  return ok(undefined);
}

/** Writes one file; gives the reason where it cannot. */
export function writeWhole(path: string, content: string | Uint8Array, hold?: () => void): string | undefined {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) return "it is a folder";
    // A device or a pipe, such as /dev/null, is written to; a rename would put a file in its place.
    if (found !== undefined && !found.isFile()) {
      writeFileSync(path, content);
      return undefined;
    }
    hold?.();
    writeFileSync(unfinished, content);
    renameSync(unfinished, path);
    return undefined;
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    return whyNotWritten(error);
  }
}

function cannotWrite(file: string, why: string) {
  return at(problem("E1302", { file: shownName(file), why }), undefined);
}

/** What is missing where a new file cannot be made is the folder. */
function whyNotWritten(error: unknown): string {
  const why = whyOf(error);
  return why === systemWords.ENOENT ? "there is no such folder" : why;
}

/** Makes the folder that will hold a file, for `--out DIR`. */
export function makeFolder(cwd: string, folder: string): Result<undefined> {
  try {
    makeMissing(resolve(cwd, folder));
    return ok(undefined);
  } catch (error) {
    return fail([cannotWrite(folder, whyNotWritten(error))]);
  }
}

/** One folder after the other: Node's recursive form never ends in a file system that refuses new entries as not found. */
function makeMissing(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) mkdirSync(path);
    return;
  }
  makeMissing(dirname(path));
  mkdirSync(path);
}
