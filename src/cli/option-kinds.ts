// The kinds of a command's options and arguments. A kind owns the TypeScript type, the reading of its text and its words
// for the help; the command table (specs.ts) is made of them.

import { maxDimension } from "../../ir-spec/base/tensor.ts";

/** Which of its values name files to read: all, or those that end in .json. */
type Reads = "files" | "json files";

interface Option<K extends string> {
  readonly kind: K;
  readonly summary: string;
  readonly reads?: Reads;
  /** One letter: `o` for `-o`. */
  readonly short?: string;
  /**
   * Names a folder to write to, the command's output, or another file. Where several files are given, the first two name a folder that gets
   * one for each of them, and so does the last without its ending: `t.json` is `t/mlp.json` then.
   */
  readonly writes?: "folder" | "output" | "file";
}
/** Given or not. */
export type FlagOption = Option<"flag">;
/** A text; `value` names it in the help. */
export interface TextOption extends Option<"text"> {
  readonly value: string;
  /** An empty text means something. */
  readonly isEmptyTaken?: true;
  /** What a text must look like, and how that is said. */
  readonly form?: { readonly pattern: RegExp; readonly wanted: string };
  readonly default?: string;
}
/** An integer of at least `min`. */
export interface IntegerOption extends Option<"integer"> {
  readonly value: string;
  readonly min: number;
  readonly default?: number;
}
export interface ChoiceOption<C extends string> extends Option<"choice"> {
  readonly value: string;
  readonly choices: readonly C[];
  readonly default?: C;
}
/** `name=text`, may be given many times. */
export interface PairsOption extends Option<"pairs"> {
  readonly value: string;
}
/** `name=number`, may be given many times. */
export interface SizesOption extends Option<"sizes"> {
  readonly value: string;
}

/** `name=number,number,...`, may be given many times. */
export interface SizeListsOption extends Option<"size lists"> {
  readonly value: string;
}
/** `name=number`, where the number may have a fraction or an exponent; may be given many times. */
export interface NumbersOption extends Option<"numbers"> {
  readonly value: string;
}

/** Several words after the option, or none; undefined where it is not given. */
export interface NamesOption extends Option<"names"> {
  readonly value: string;
}

export type OptionSpec =
  | FlagOption
  | TextOption
  | IntegerOption
  | ChoiceOption<string>
  | PairsOption
  | SizesOption
  | SizeListsOption
  | NumbersOption
  | NamesOption;

export interface ArgSpec {
  readonly summary: string;
  /** `each`: files, folders and `-`; the command is called for each file by itself. */
  readonly takes: "one" | "optional" | "many" | "any" | "each";
  readonly reads?: Reads;
  /** How the files of a folder end that are taken, without the dot. */
  readonly endings?: readonly string[];
}

export interface Pair<T> {
  readonly name: string;
  readonly value: T;
}

type Defaulted<O, T> = O extends { readonly default: unknown } ? T : T | undefined;

/** The TypeScript type of an option's value. */
export type OptionValue<O> = O extends { readonly kind: "flag" }
  ? boolean
  : O extends { readonly kind: "text" }
    ? Defaulted<O, string>
    : O extends { readonly kind: "integer" }
      ? Defaulted<O, number>
      : O extends { readonly kind: "choice"; readonly choices: readonly (infer C)[] }
        ? Defaulted<O, C>
        : O extends { readonly kind: "pairs" }
          ? readonly Pair<string>[]
          : O extends { readonly kind: "sizes" | "numbers" }
            ? readonly Pair<number>[]
            : O extends { readonly kind: "size lists" }
              ? readonly Pair<readonly number[]>[]
              : O extends { readonly kind: "names" }
                ? readonly string[] | undefined
                : never;

export type ArgValue<A> = A extends { readonly takes: "many" | "any" }
  ? readonly string[]
  : A extends { readonly takes: "optional" }
    ? string | undefined
    : string;

/** `-o, --output <path>` */
export function optionFlags(name: string, option: OptionSpec): string {
  const long = `--${kebab(name)}`;
  const both = option.short === undefined ? long : `-${option.short}, ${long}`;
  if (option.kind === "names") return `${both} [${option.value}...]`;
  return option.kind === "flag" ? both : `${both} <${option.value}>`;
}

/** `printAfterAll` -> `print-after-all` */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What an option is before anything is given. */
export function initialValue(option: OptionSpec): unknown {
  switch (option.kind) {
    case "flag":
      return false;
    case "names":
      return undefined;
    case "pairs":
    case "sizes":
    case "size lists":
    case "numbers":
      return [];
    case "text":
    case "integer":
    case "choice":
      return option.default;
    default:
      return option satisfies never;
  }
}

/** The files that a value of an argument or option names as inputs. */
export function filesRead({ reads }: Pick<ArgSpec, "reads">, given: unknown): readonly string[] {
  if (reads === undefined) return [];
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  const words = values.map((value) => (isPair(value) ? value.value : value)).filter((word) => typeof word === "string");
  if (reads === "json files") return words.filter((word) => word.endsWith(".json"));
  // `--schedule file.tg#name`
  return words.flatMap((word) => (word.includes("#") ? [word, word.slice(0, word.indexOf("#"))] : [word]));
}

function isPair(value: unknown): value is Pair<unknown> {
  return typeof value === "object" && value !== null && "value" in value;
}

/** Whether an option may be given more than once. */
export function isRepeatable(option: OptionSpec): boolean {
  const { kind } = option;
  return kind === "flag" || kind === "names" || Array.isArray(initialValue(option));
}

/** Reads one occurrence of an option; a text that does not fit is answered with what was wanted. */
export function readOption(
  option: Exclude<OptionSpec, FlagOption>,
  text: string,
  before: unknown,
): { readonly value: unknown } | { readonly wanted: string } {
  switch (option.kind) {
    case "text":
      if (option.form?.pattern.test(text) === false) return { wanted: option.form.wanted };
      return text === "" && option.isEmptyTaken !== true ? { wanted: `a ${option.value}` } : { value: text };
    case "integer": {
      const number = readInteger(text);
      const fits = number !== undefined && number >= option.min;
      return fits ? { value: number } : { wanted: `an integer from ${option.min} to ${Number.MAX_SAFE_INTEGER}` };
    }
    case "choice":
      return option.choices.includes(text) ? { value: text } : { wanted: `one of ${option.choices.join(", ")}` };
    case "names":
      return { value: [...(Array.isArray(before) ? before : []), text] };
    case "pairs":
    case "sizes":
    case "size lists":
    case "numbers":
      return readPair(option, text, Array.isArray(before) ? before : []);
    default:
      return option satisfies never;
  }
}

type PairOption = PairsOption | SizesOption | SizeListsOption | NumbersOption;

/** How the right side of each kind of pair is read, and what it is besides the form of the whole. */
const rightSides: { readonly [K in PairOption["kind"]]: { read: (text: string) => unknown; words: string } } = {
  pairs: { read: (text) => text, words: "" },
  sizes: { read: readInteger, words: ` with an integer up to ${maxDimension}, as in T=256` },
  "size lists": { read: readIntegers, words: ` with integers up to ${maxDimension}, as in T=128,256` },
  numbers: { read: readNumber, words: " with a number, as in dmaEngines=32" },
};

function readPair(
  option: PairOption,
  text: string,
  before: readonly Pair<unknown>[],
): { readonly value: unknown } | { readonly wanted: string } {
  const sign = text.indexOf("=");
  const name = text.slice(0, Math.max(sign, 0));
  const right = text.slice(sign + 1);
  const { read, words } = rightSides[option.kind];
  const value = read(right);
  if (sign < 1 || right === "" || value === undefined) return { wanted: `${option.value}${words}` };
  if (before.some((pair) => pair.name === name)) return { wanted: `\`${name}\` once` };
  return { value: [...before, { name, value }] };
}

function readIntegers(text: string): readonly number[] | undefined {
  const numbers = text.split(",").map(readInteger);
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}

function readNumber(text: string): number | undefined {
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function readInteger(text: string): number | undefined {
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
