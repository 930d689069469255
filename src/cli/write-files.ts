// Files out: each is written whole or not at all, keeps its mode and owner, is written through links that lead to it, and is
// never one of the call's inputs.

import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { CliIo } from "./io.ts";
import type { OutFile } from "./outcome.ts";
import { shownName, systemWords, whyOf } from "./system-words.ts";

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

export interface WriteOptions {
  /** Files that were named as inputs, relative to the folder of the call; none of them is overwritten. */
  readonly inputs: readonly string[];
  /** Called before an ordinary file is written. */
  readonly hold?: (() => void) | undefined;
}

/** Writes files, each whole or not at all, in order; nothing is written where one of them is an input. */
export function writeFiles(cwd: string, files: readonly OutFile[], { inputs, hold }: WriteOptions): Result<undefined> {
  const others = files.filter(({ isInPlace }) => isInPlace !== true).map(({ path }) => path);
  const over = findOverwritten(cwd, others, inputs);
  if (over.length > 0) return fail(over);
  for (const { path, content } of files) {
    const why = writeWhole(resolve(cwd, path), content, hold);
    if (why !== undefined) return fail([cannotWrite(path, why)]);
  }
  return ok(undefined);
}

/** The paths that lead out of the folder in which a call may write. */
export function findOutside(
  { cwd, writesWithin }: Pick<CliIo, "cwd" | "writesWithin">,
  paths: readonly string[],
): readonly Diagnostic[] {
  if (writesWithin === undefined) return [];
  const outside = paths.filter((path) => !isWithin(writesWithin, resolve(cwd, path)));
  return outside.map((path) => cannotWrite(path, "it is outside of the folder in which this call may write"));
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(sep)[0] !== "..";
}

/** The inputs among the paths to write. A file is compared as the system knows it, whatever path and links lead to it. */
export function findOverwritten(
  cwd: string,
  paths: readonly string[],
  inputs: readonly string[],
): readonly Diagnostic[] {
  const inputOf = new Map(inputs.map((input) => [systemNumberOf(cwd, input), input]));
  return paths.flatMap((path) => {
    const number = systemNumberOf(cwd, path);
    const input = number === undefined ? undefined : inputOf.get(number);
    return input === undefined ? [] : [at(problem("E1316", { file: shownName(path), input }), undefined)];
  });
}

/** What the system knows an ordinary file by. */
function systemNumberOf(cwd: string, path: string): string | undefined {
  const found = statOf(resolve(cwd, path));
  return found?.isFile() ? `${found.dev} ${found.ino}` : undefined;
}

/** What there is at a path; nothing where it cannot be seen, which reading or writing will report. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    whyOf(error);
    return undefined;
  }
}

/** Writes one file, under another name first, which is then renamed; gives the reason where it cannot. */
export function writeWhole(path: string, content: OutFile["content"], hold?: () => void): string | undefined {
  let unfinished: string | undefined;
  try {
    const place = followLinks(path);
    const found = statSync(place, { throwIfNoEntry: false });
    if (found?.isDirectory()) return "it is a folder";
    // A device or a pipe, such as /dev/null, is written to; a rename would put a file in its place.
    if (found !== undefined && !found.isFile()) {
      writeContent(place, content, "w");
      return undefined;
    }
    if (found !== undefined) accessSync(place, constants.W_OK);
    hold?.();
    unfinished = resolve(dirname(place), `.tgc-${process.pid}.tmp`);
    rmSync(unfinished, { force: true });
    writeContent(unfinished, content, "wx");
    if (found !== undefined) keepOwner(unfinished, found);
    renameSync(unfinished, place);
    return undefined;
  } catch (error) {
    if (unfinished !== undefined) rmSync(unfinished, { force: true });
    return whyNotWritten(error);
  }
}

function writeContent(path: string, content: OutFile["content"], flag: "w" | "wx"): void {
  if (typeof content === "string" || content instanceof Uint8Array) {
    writeFileSync(path, content, { flag });
    return;
  }
  const descriptor = openSync(path, flag);
  try {
    for (const piece of content.pieces()) writeFileSync(descriptor, piece);
  } finally {
    closeSync(descriptor);
  }
}

/** As the system does, so that none is followed for ever. Source: Linux, path_resolution(7). */
const maxLinks = 40;

/** Where the links at a path lead, though there may be no file yet; a rename would replace the link itself. */
function followLinks(path: string): string {
  let place = path;
  for (let count = 0; count < maxLinks; count++) {
    if (!lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return place;
    place = resolve(dirname(place), readlinkSync(place));
  }
  return place;
}

/** Gives a file the mode of the one that it replaces, and the owner where the system lets this user do so. */
function keepOwner(path: string, { uid, gid, mode }: Stats): void {
  const made = statSync(path);
  try {
    if (made.uid !== uid || made.gid !== gid) chownSync(path, uid, gid);
  } catch (error) {
    if (whyOf(error) !== systemWords.EPERM) throw error;
  }
  chmodSync(path, mode & 0o7777);
}

function cannotWrite(file: string, why: string): Diagnostic {
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
