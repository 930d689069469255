// Pipelines as text: `canonicalize,constant-fold{max_elements=64},fuse`, as `--passes` takes it.

import {
  type AttrKind,
  type AttrSpecs,
  type AttrValue,
  attrsEqual,
  completeAttrs,
  describeKind,
  fitsKind,
  printAttrValue,
} from "../ir-spec/base/attr.ts";
import { at, type Diagnostic, fail, ok, type Problem, problem, type Result } from "../ir-spec/base/result.ts";
import type { Source, Span } from "../ir-spec/base/span.ts";
import { suggest } from "../ir-spec/base/suggest.ts";
import { isPassName, type PassName, passDef, passNames } from "./index.ts";
import type { Level, PassStep, Pipeline } from "./pass.ts";

/** A piece of the text and where it is. */
interface Piece {
  readonly text: string;
  readonly span: Span;
}

interface WrittenOption {
  readonly name: Piece;
  readonly value: Piece;
}

interface WrittenStep {
  readonly name: Piece;
  readonly options: readonly WrittenOption[];
}

/**
 * Reads a pipeline that goes from one stage to another. Fails with everything that is wrong: text that cannot be read,
 * unknown passes and options, values of the wrong kind, passes that do not follow each other.
 */
export function parsePipeline<From extends Level, To extends Level>(
  text: string,
  { from, to, sourceName = "--passes" }: { readonly from: From; readonly to: To; readonly sourceName?: string },
): Result<Pipeline<From, To>> {
  const source = { name: sourceName, text };
  const read = readPipeline(source, from);
  if (!read.ok) return read;
  if (read.value.to === to) return ok({ ...read.value, to });
  const end: Span = { source, start: text.length, end: text.length };
  return fail([at(problem("E0506", { found: read.value.to, expected: to }), end)]);
}

/** The same of a pipeline that may end at any stage. */
export function parsePipelineFrom<From extends Level>(text: string, from: From): Result<Pipeline<From, Level>> {
  return readPipeline({ name: "--passes", text }, from);
}

function readPipeline<From extends Level>(source: Source, from: From): Result<Pipeline<From, Level>> {
  const written = readSteps(source);
  if (!written.ok) return written;
  const wrong: Diagnostic[] = [];
  const steps: PassStep[] = [];
  let level: Level = from;
  for (const step of written.value) {
    const name = step.name.text;
    if (!isPassName(name)) {
      wrong.push(unknown(problem("E0501", { name }), step.name, passNames));
      continue;
    }
    const pass = passDef(name);
    if (pass.from !== level) {
      wrong.push(at(problem("E0504", { pass: name, expected: pass.from, found: level }), step.name.span));
    }
    level = pass.to;
    const options = readOptions(name, step.options);
    if (options.ok) steps.push({ name, options: options.value });
    else wrong.push(...options.error);
  }
  return wrong.length > 0 ? fail(wrong) : ok({ from, to: level, steps });
}

/** Prints a pipeline; options with their default value are left out. */
export function printPipeline(steps: readonly PassStep[]): string {
  return steps.map(printStep).join(",");
}

function printStep({ name, options }: PassStep): string {
  const kinds: AttrSpecs = isPassName(name) ? passDef(name).options : {};
  const shown = Object.entries(kinds).flatMap(([option, kind]) => {
    const value = options[option] ?? null;
    const isDefault = attrsEqual({ value }, { value: kind.default ?? null });
    return isDefault ? [] : [`${option}=${printAttrValue(kind, value)}`];
  });
  return shown.length === 0 ? name : `${name}{${shown.join(", ")}}`;
}

const stepPattern = /\s*([A-Za-z][\w-]*)\s*(?:\{([^{}]*)\})?\s*(?:,(?=\s*\S)|$)/dy;
const optionPattern = /\s*(\w+)\s*=\s*(\[[^[\]]*\]|"[^"]*"|[^\s,[\]"]+)\s*(?:,|$)/dy;

function readSteps(source: Source): Result<readonly WrittenStep[]> {
  const steps: WrittenStep[] = [];
  for (let start = 0; source.text.slice(start).trim() !== ""; ) {
    const found = matchAt(stepPattern, source.text, start);
    if (found === undefined)
      return unreadable(source, start, "a pass, as in `cse` or `constant-fold{max_elements=64}`");
    const options = readWrittenOptions(source, found.indices?.[2]);
    if (!options.ok) return options;
    steps.push({ name: pieceAt(source, found.indices?.[1]), options: options.value });
    start += found[0].length;
  }
  return ok(steps);
}

function readWrittenOptions(source: Source, range: Range | undefined): Result<readonly WrittenOption[]> {
  if (range === undefined) return ok([]);
  const options: WrittenOption[] = [];
  // Cut off after the options, so that the pattern's end is theirs.
  const text = source.text.slice(0, range[1]);
  for (let start = range[0]; text.slice(start).trim() !== ""; ) {
    const found = matchAt(optionPattern, text, start);
    if (found === undefined) return unreadable(source, start, "an option, as in `max_elements=64`");
    options.push({ name: pieceAt(source, found.indices?.[1]), value: pieceAt(source, found.indices?.[2]) });
    start += found[0].length;
  }
  return ok(options);
}

type Range = readonly [start: number, end: number];

function matchAt(pattern: RegExp, text: string, start: number): RegExpExecArray | undefined {
  const own = new RegExp(pattern);
  own.lastIndex = start;
  return own.exec(text) ?? undefined;
}

function pieceAt(source: Source, range: Range | undefined): Piece {
  const [start, end] = range ?? [0, 0];
  return { text: source.text.slice(start, end), span: { source, start, end } };
}

function unreadable(source: Source, from: number, wanted: string): Result<never> {
  const rest = source.text.slice(from);
  const start = from + rest.length - rest.trimStart().length;
  const end = source.text.length;
  return fail([
    at(problem("E0505", { found: `\`${source.text.slice(start)}\``, expected: wanted }), { source, start, end }),
  ]);
}

function unknown(found: Problem, name: Piece, known: readonly string[]): Diagnostic {
  const { notes, fix } = suggest(name.text, known, name.span);
  return at(found, name.span, notes, fix);
}

function readOptions(pass: PassName, written: readonly WrittenOption[]): Result<PassStep["options"]> {
  const kinds = passDef(pass).options;
  const wrong: Diagnostic[] = [];
  const given: Record<string, AttrValue> = {};
  for (const { name, value } of written) {
    const option = name.text;
    const kind = Object.hasOwn(kinds, option) ? kinds[option] : undefined;
    if (kind === undefined) {
      const wanted = Object.keys(kinds).join(", ") || "none";
      wrong.push(unknown(problem("E0502", { option, pass, expected: wanted }), name, Object.keys(kinds)));
      continue;
    }
    if (Object.hasOwn(given, option)) {
      wrong.push(at(problem("E0505", { found: `a second \`${option}\``, expected: "each option once" }), name.span));
    }
    const read = readValue(kind, value.text);
    if (read !== undefined && fitsKind(kind, read)) given[option] = read;
    else
      wrong.push(at(problem("E0503", { pass, option, found: value.text, expected: describeKind(kind) }), value.span));
  }
  return wrong.length > 0 ? fail(wrong) : ok(completeAttrs(kinds, given));
}

/** The value that a text means for a kind, not yet checked; undefined when it means none. */
function readValue(kind: AttrKind, text: string): AttrValue | undefined {
  if (text === "none") return null;
  switch (kind.kind) {
    case "int":
    case "axis":
    case "float":
      return readNumber(text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "ints":
    case "axes":
    case "perm":
    case "floats":
      return readList(text)?.map((item) => readNumber(item) ?? Number.NaN);
    case "names":
      return readList(text)?.map(unquote);
    case "dtype":
    case "choice":
      return unquote(text);
    default:
      return kind satisfies never;
  }
}

function readList(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  const inner = text.slice(1, -1).trim();
  return inner === "" ? [] : inner.split(",").map((item) => item.trim());
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}

function readNumber(text: string): number | undefined {
  if (text === "inf" || text === "-inf") return Number(text.replace("inf", "Infinity"));
  return /^-?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : undefined;
}
