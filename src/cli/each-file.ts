// A call with several files, folders and `-` becomes a call for each file, with an output of its own.

import { basename, dirname, extname, join, relative } from "node:path";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { CommandSpec } from "./command-spec.ts";
import { listFolder } from "./list-folder.ts";
import type { OptionSpec } from "./option-kinds.ts";
import type { RawGiven } from "./parse-argv.ts";
import { placeToRead } from "./place.ts";
import { standardInputName } from "./standard-input.ts";
import { shownName, whyOf } from "./system-words.ts";
import { findOverwritten, statOf } from "./write-files.ts";

/** One of the calls that a call stands for. */
export interface FileCall {
  /** The file that it is about. */
  readonly file: string;
  readonly given: RawGiven;
  /** Those that its outputs are written into; made where they are missing. */
  readonly folders: readonly string[];
}

/** Either the call as it is, or one for each of several files. */
export type Calls =
  | { readonly kind: "one"; readonly call: Omit<FileCall, "file"> }
  | { readonly kind: "each"; readonly calls: readonly FileCall[] };

/** A file that was named, or one of a folder that was, with its path below that. */
interface Input {
  readonly file: string;
  readonly below?: string;
}

/** The calls for the files of one; a folder without a file, and outputs of one name, are mistakes. */
export function callsOf(cwd: string, spec: CommandSpec, given: RawGiven): Result<Calls> {
  const [name, arg] = Object.entries(spec.args).find(([, { takes }]) => takes === "each") ?? [];
  if (name === undefined || arg === undefined) return ok({ kind: "one", call: { given, folders: [] } });
  const words = given.args[name] as readonly string[];
  const inputs = expandFiles(cwd, words, arg.endings ?? []);
  if (!inputs.ok) return inputs;
  const [first] = inputs.value;
  const isOne = words.length === 1 && first?.below === undefined;
  // A folder that one file's outputs go into is there, or not: it is that folder all the same.
  const isFolder = ({ writes, path }: WrittenPath) => !isOne || (writes !== "folder" && isFolderName(cwd, path));
  const calls = inputs.value.map((input) => fileCall(spec, given, { name, input, isFolder }));
  const [only] = calls;
  if (isOne && only !== undefined) return ok({ kind: "one", call: only });
  const outputs = calls.flatMap((call) => writtenPaths(spec, call.given).map(({ path }) => path));
  const files = calls.map(({ file }) => file);
  // Each call sees to its own file alone, but what it writes may be the file of a later one.
  const wrong = [...findClashes(spec, calls), ...findOverwritten(cwd, outputs, files)];
  return wrong.length > 0 ? fail(wrong) : ok({ kind: "each", calls });
}

/** Files as they are named, those of folders in the order of their names, and `-`. */
export function expandFiles(
  cwd: string,
  words: readonly string[],
  endings: readonly string[],
): Result<readonly Input[]> {
  const wrong: Diagnostic[] = [];
  const inputs = words.flatMap((word): readonly Input[] => {
    if (word === "-") return [{ file: standardInputName() }];
    if (!isFolderName(cwd, word)) return [{ file: word }];
    const found = filesBelow(cwd, word, endings);
    if (found.ok && found.value.length > 0) return found.value.map((below) => ({ file: join(word, below), below }));
    const expected = endings.map((ending) => `.${ending}`).join(", ");
    wrong.push(...(found.ok ? [at(problem("E1320", { folder: word, expected }), undefined)] : found.error));
    return [];
  });
  return wrong.length > 0 ? fail(wrong) : ok(inputs);
}

function filesBelow(cwd: string, folder: string, endings: readonly string[]): Result<readonly string[]> {
  try {
    const place = placeToRead(cwd, folder);
    const files = listFolder(place).filter((name) => endings.includes(extname(name).slice(1)));
    return ok(files.map((file) => relative(place, file)).sort());
  } catch (error) {
    return fail([at(problem("E1301", { file: shownName(folder), why: whyOf(error) }), undefined)]);
  }
}

/** Whether a folder of that name is there, or the name can only be one. */
function isFolderName(cwd: string, name: string): boolean {
  if (name === "") return false;
  if (name.endsWith("/")) return true;
  return statOf(placeToRead(cwd, name))?.isDirectory() === true;
}

interface WrittenPath {
  readonly name: string;
  readonly writes: NonNullable<OptionSpec["writes"]>;
  readonly path: string;
}

/** The options that are given and name something to write. */
function writtenPaths(spec: CommandSpec, given: RawGiven): readonly WrittenPath[] {
  return Object.entries(spec.options).flatMap(([name, { writes }]): readonly WrittenPath[] => {
    const path = given.options[name];
    return writes === undefined || typeof path !== "string" ? [] : [{ name, writes, path }];
  });
}

interface Naming {
  readonly name: string;
  readonly input: Input;
  /** Whether an option that names something to write names a folder for the file's own. */
  readonly isFolder: (option: WrittenPath) => boolean;
}

function fileCall(spec: CommandSpec, given: RawGiven, { name, input, isFolder }: Naming): FileCall {
  const { file, below } = input;
  const path = below ?? basename(file).replace(/^<stdin>/, "stdin");
  const ending = extname(path);
  const stem = stemOf(path);
  const outputEnding = spec.outputEnding?.(given.options, ending.slice(1)) ?? "txt";
  const written = writtenPaths(spec, given).filter(isFolder);
  const own = written.map(({ name: option, writes, path: folder }) => {
    const kept = writes === "file" ? extname(folder) : "";
    const suffix = writes === "output" ? `.${outputEnding}` : kept;
    return [option, `${join(folder.slice(0, folder.length - kept.length), stem)}${suffix}`] as const;
  });
  const options = { ...given.options, ...Object.fromEntries(own) };
  const args = { ...given.args, [name]: file };
  return { file, given: { args, options }, folders: own.map(([, out]) => dirname(out)) };
}

/** A path without its ending, for names of outputs: of one such as `...tg` that would be another folder, so it stays whole. */
function stemOf(path: string): string {
  const stem = path.slice(0, path.length - extname(path).length);
  return /^\.+$/.test(basename(stem)) ? path : stem;
}

/** Two results never take the same place. */
function findClashes(spec: CommandSpec, calls: readonly FileCall[]): readonly Diagnostic[] {
  const takenBy = new Map<string, string>();
  return calls.flatMap(({ file, given }) =>
    writtenPaths(spec, given).flatMap(({ path }): readonly Diagnostic[] => {
      const other = takenBy.get(path);
      takenBy.set(path, file);
      return other === undefined ? [] : [at(problem("E1321", { path, first: other, second: file }), undefined)];
    }),
  );
}
