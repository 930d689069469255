// The words after `FileCheck` in a RUN line. Names are LLVM's, with one or two dashes.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import type { Variables } from "./compile-pattern.ts";
import { evaluateNumber, formatOf, parseNumericBlock } from "./numbers.ts";

export interface FileCheckOptions {
  readonly prefixes: readonly string[];
  readonly commentPrefixes: readonly string[];
  readonly implicitCheckNot: readonly string[];
  readonly matchFullLines: boolean;
  readonly strictWhitespace: boolean;
  readonly ignoreCase: boolean;
  readonly enableVarScope: boolean;
  readonly allowEmpty: boolean;
  readonly allowUnusedPrefixes: boolean;
  /** `-DNAME=text` and `-D#%u,NAME=expression`, in order. */
  readonly defines: readonly string[];
}

export interface FileCheckCall {
  /** The file with the CHECK lines. */
  readonly checkFile: string;
  /** The text to check, where it is not what the command printed. */
  readonly inputFile: string | undefined;
  readonly options: FileCheckOptions;
}

export const defaultFileCheckOptions: FileCheckOptions = {
  prefixes: ["CHECK"],
  commentPrefixes: ["COM", "RUN"],
  implicitCheckNot: [],
  matchFullLines: false,
  strictWhitespace: false,
  ignoreCase: false,
  enableVarScope: false,
  allowEmpty: false,
  allowUnusedPrefixes: false,
  defines: [],
};

const flags = {
  "match-full-lines": "matchFullLines",
  "strict-whitespace": "strictWhitespace",
  "ignore-case": "ignoreCase",
  "enable-var-scope": "enableVarScope",
  "allow-empty": "allowEmpty",
  "allow-unused-prefixes": "allowUnusedPrefixes",
} as const;

/** What each option with a value adds to; a value may be a list with commas where LLVM's is one. */
const lists = {
  "check-prefix": { field: "prefixes", isList: true },
  "check-prefixes": { field: "prefixes", isList: true },
  "comment-prefixes": { field: "commentPrefixes", isList: true },
  "implicit-check-not": { field: "implicitCheckNot", isList: false },
} as const;

/** LLVM's options that only change what is printed: a failure here always shows its place. */
const printing: Readonly<Record<string, "flag" | "value">> = {
  v: "flag",
  vv: "flag",
  color: "flag",
  "dump-input": "value",
  "dump-input-context": "value",
  "dump-input-filter": "value",
};

const names = [...Object.keys(flags), ...Object.keys(lists), ...Object.keys(printing), "input-file"];

/** Changed in place while the words are read. */
interface Reading {
  readonly found: Map<string, string[]>;
  readonly files: string[];
}

/** Reads the words after `FileCheck`. */
export function parseFileCheckCall(words: readonly string[]): Result<FileCheckCall, string> {
  const reading: Reading = { found: new Map(), files: [] };
  for (let index = 0; index < words.length; ) {
    const taken = readWord(words, index, reading);
    if (!taken.ok) return taken;
    index += taken.value;
  }
  const [checkFile, ...others] = reading.files;
  if (checkFile === undefined) return fail("FileCheck needs the file with the CHECK lines, as in `| FileCheck %s`");
  if (others.length > 0) return fail(`FileCheck takes one file, found \`${others.join(" ")}\` too`);
  const options = makeOptions(reading.found);
  const wrong = wrongPrefixes(options);
  if (wrong !== undefined) return fail(wrong);
  return ok({ checkFile, inputFile: reading.found.get("input-file")?.at(-1), options });
}

/** Reads one option or file; gives how many words it took. */
function readWord(words: readonly string[], index: number, { found, files }: Reading): Result<number, string> {
  const word = words[index] as string;
  const add = (name: string, value: string): void => {
    found.set(name, [...(found.get(name) ?? []), value]);
  };
  if (!word.startsWith("-")) {
    files.push(word);
    return ok(1);
  }
  if (word.startsWith("-D")) {
    if (!word.includes("=")) return fail(`expected \`-DNAME=text\`, found \`${word}\``);
    add("D", word.slice(2));
    return ok(1);
  }
  const [, name = "", sign, inside = ""] = /^--?([a-z-]+)(=(.*))?$/s.exec(word) ?? [];
  const isFlag = name in flags || printing[name] === "flag";
  if (isFlag) {
    if (inside !== "false") add(name, "");
    return ok(1);
  }
  if (!names.includes(name)) return fail(unknownOption(word, name));
  const value = sign === undefined ? words[index + 1] : inside;
  if (value === undefined || value === "") return fail(`FileCheck's \`${word}\` needs a value`);
  add(name, value);
  return ok(sign === undefined ? 2 : 1);
}

function unknownOption(word: string, name: string): string {
  if (name === "allow-deprecated-dag-overlap")
    return "matches of CHECK-DAG lines never overlap here; leave the option out";
  const hint = suggest(name, names)
    .notes.map(({ text }) => `; ${text}`)
    .join("");
  return `FileCheck has no option \`${word}\`${hint}`;
}

function makeOptions(found: ReadonlyMap<string, readonly string[]>): FileCheckOptions {
  const options: Record<string, unknown> = { ...defaultFileCheckOptions, defines: found.get("D") ?? [] };
  for (const [name, field] of Object.entries(flags)) options[field] = found.has(name);
  const fields = new Map<string, string[]>();
  for (const [name, { field, isList }] of Object.entries(lists)) {
    const values = (found.get(name) ?? []).flatMap((value) => (isList ? value.split(",") : [value]));
    if (values.length > 0) fields.set(field, [...(fields.get(field) ?? []), ...values]);
  }
  return { ...(options as unknown as FileCheckOptions), ...Object.fromEntries(fields) };
}

function wrongPrefixes({ prefixes, commentPrefixes }: FileCheckOptions): string | undefined {
  const all = [...prefixes, ...commentPrefixes];
  const malformed = all.find((prefix) => !/^[a-zA-Z][\w-]*$/.test(prefix));
  if (malformed !== undefined)
    return `a prefix is a letter, then letters, digits, \`_\` and \`-\`; found \`${malformed}\``;
  const twice = all.find((prefix, index) => all.indexOf(prefix) !== index);
  return twice === undefined ? undefined : `the prefix \`${twice}\` is given twice`;
}

/** What the options define before the first line. */
export function definedVariables({ defines }: FileCheckOptions): Result<Variables, string> {
  const variables: Variables = { texts: new Map(), numbers: new Map() };
  for (const define of defines) {
    const sign = define.indexOf("=");
    const [name, value] = [define.slice(0, sign), define.slice(sign + 1)];
    const wrong = define.startsWith("#")
      ? defineNumber(name.slice(1), value, variables)
      : defineText(name, value, variables);
    if (wrong !== undefined) return fail(`-D${define}: ${wrong}`);
  }
  return ok(variables);
}

function defineText(name: string, value: string, { texts }: Variables): string | undefined {
  if (!/^\$?[a-zA-Z_]\w*$/.test(name)) return `expected the name of a variable, found \`${name}\``;
  texts.set(name, value);
  return undefined;
}

function defineNumber(nameAndFormat: string, value: string, { numbers }: Variables): string | undefined {
  const block = parseNumericBlock(`${nameAndFormat}:${value}`, 0);
  if (!block.ok) return block.error;
  const { defines, expression } = block.value;
  if (defines === undefined || expression === undefined) return "expected a name and a number";
  const lookup = (name: string) => numbers.get(name);
  const format = formatOf(block.value, lookup);
  const number = evaluateNumber(expression, lookup);
  if (!number.ok) return number.error;
  if (!format.ok) return format.error;
  numbers.set(defines, { value: number.value, format: format.value });
  return undefined;
}
