// What a command gives back: the text for people, the data for `--json`, files to write, and the exit code. Only run.ts
// prints and writes.

import { type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { printHex } from "../report/hex-dump.ts";
import type { CliIo, RunTgc } from "./io.ts";

/** A large file's bytes are made while they are written. */
export interface PiecewiseContent {
  readonly pieces: () => Iterable<Uint8Array>;
}

export interface OutFile {
  /** As the user gave it, relative to the folder of the call. */
  readonly path: string;
  readonly content: string | Uint8Array | PiecewiseContent;
  /** It is an input on purpose. */
  readonly isInPlace?: true;
}

export interface Outcome {
  /** 1 when mistakes or differences were found. */
  readonly exitCode: 0 | 1;
  /** For stdout. */
  readonly text: string;
  /** The same with colours, for a terminal; what it has from files must have gone through `showName`. */
  readonly colored?: string;
  /** For stderr: remarks, times. */
  readonly log?: string;
  /** For stderr, where they do not stop the command: what it found wrong with a part of its work. */
  readonly findings?: readonly Diagnostic[];
  /** For stderr and the JSON object: what is odd about a program, and stops nothing. */
  readonly warnings?: readonly Diagnostic[];
  /** The fields of the JSON object, without `schema` and `ok`. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly files?: readonly OutFile[];
}

/** Diagnostics stop a command: they are printed, and the exit code is 1. */
export type CommandResult = Result<Outcome>;

/** What a command may use of the world. */
export interface CommandContext {
  readonly io: CliIo;
  readonly nowMs: () => number;
  /** The command itself, for `tgc test`. */
  readonly tgc: RunTgc;
}

/** A command that found nothing wrong. */
export function done(text: string, json: Outcome["json"], more: Partial<Outcome> = {}): CommandResult {
  return ok({ exitCode: 0, text, json, ...more });
}

export function stop(diagnostics: readonly Diagnostic[]): CommandResult {
  return fail(diagnostics);
}

/** A line for stderr; it may hold names from files. */
export function noteLine(text: string): string {
  return `note: ${showName(text)}\n`;
}

/** Text to a file where one is named, else to stdout. */
export function textTo(
  path: string | undefined,
  text: string,
  json: Outcome["json"],
  more: Partial<Outcome> = {},
): CommandResult {
  if (path === undefined) return done(text, json, more);
  return done("", { ...json, path }, { ...more, files: [...(more.files ?? []), { path, content: text }] });
}

/** Text as `textTo` does it; an image to the file that is named, and to stdout in hexadecimal. `json` gets the text. */
export function contentTo(
  path: string | undefined,
  content: string | Uint8Array,
  json: Outcome["json"],
  more: Partial<Outcome> = {},
): CommandResult {
  const text = typeof content === "string" ? content : printHex(content);
  if (path === undefined || typeof content === "string") return textTo(path, text, { ...json, text }, more);
  return done("", { ...json, text, path }, { ...more, files: [...(more.files ?? []), { path, content }] });
}
