// A pattern and what variables hold -> a regular expression, and the way back: what a match defines.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { nearest } from "../../../ir-spec/base/suggest.ts";
import { type RegexNode, textNode } from "../regex/nodes.ts";
import { parseRegex } from "../regex/parse.ts";
import { compileRegex, type RegexProgram } from "../regex/program.ts";
import {
  evaluateNumber,
  formatOf,
  type NumberFormat,
  type NumberValue,
  numberPattern,
  printNumber,
  readNumber,
} from "./numbers.ts";
import type { PatternMistake, PatternPart } from "./pattern.ts";

/** What variables hold; changed in place as lines match. */
export interface Variables {
  readonly texts: Map<string, string>;
  readonly numbers: Map<string, NumberValue>;
}

/** How a pattern is laid over lines. */
export interface PatternOptions {
  readonly ignoreCase: boolean;
  /** The match must be the whole line, but for blanks around it unless they count. */
  readonly fullLine: "no" | "but for blanks" | "strictly";
}

/** A capture of a match: the variable that it defines, and for a number its format. */
interface Capture {
  readonly name: string;
  readonly format: NumberFormat | undefined;
}

export interface CompiledPattern {
  readonly program: RegexProgram;
  /** By slot. */
  readonly captures: readonly Capture[];
  /** What variables were replaced with, in words. */
  readonly replaced: readonly string[];
}

/** Changed in place while the parts of a pattern become an expression. */
interface Building {
  readonly variables: Variables;
  readonly captures: Capture[];
  readonly replaced: string[];
}

export function compilePattern(
  parts: readonly PatternPart[],
  variables: Variables,
  { ignoreCase, fullLine }: PatternOptions,
): Result<CompiledPattern, PatternMistake> {
  const building: Building = { variables, captures: [], replaced: [] };
  const nodes: RegexNode[] = [];
  for (const part of parts) {
    const node = partNode(part, building);
    if (!node.ok) return fail({ offset: "offset" in part ? part.offset : 0, why: node.error });
    nodes.push(node.value);
  }
  const program = compileRegex({ kind: "sequence", parts: laidOver(nodes, fullLine) }, ignoreCase);
  if (!program.ok) return fail({ offset: 0, why: program.error });
  return ok({ program: program.value, captures: building.captures, replaced: building.replaced });
}

const blanks: RegexNode = {
  kind: "repeat",
  part: {
    kind: "set",
    set: {
      ranges: [
        [32, 32],
        [9, 9],
      ],
      isNegated: false,
    },
  },
  min: 0,
  max: Number.POSITIVE_INFINITY,
};

function laidOver(nodes: readonly RegexNode[], fullLine: PatternOptions["fullLine"]): readonly RegexNode[] {
  if (fullLine === "no") return nodes;
  const around = fullLine === "strictly" ? [] : [blanks];
  return [{ kind: "line start" }, ...around, ...nodes, ...around, { kind: "line end" }];
}

/** The expression of a part; captures and replacements are added to `building`. */
function partNode(part: PatternPart, building: Building): Result<RegexNode, string> {
  const { variables, captures, replaced } = building;
  switch (part.kind) {
    case "text":
      return ok(textNode(part.text));
    case "regex":
      return ok(part.node);
    case "define":
      if (variables.numbers.has(part.name)) return fail(`${part.name} is a number already; expected another name`);
      captures.push({ name: part.name, format: undefined });
      return ok({ kind: "capture", slot: captures.length - 1, part: part.node });
    case "use": {
      const slot = captures.findLastIndex(({ name, format }) => name === part.name && format === undefined);
      if (slot >= 0) return ok({ kind: "again", slot });
      const held = variables.texts.get(part.name);
      if (held === undefined) return fail(noValue(part.name, variables));
      replaced.push(`${part.name} = ${held}`);
      return ok(textNode(held));
    }
    case "number":
      return numberNode(part, building);
    default:
      return part satisfies never;
  }
}

function noValue(name: string, { texts, numbers }: Variables): string {
  if (numbers.has(name)) return `${name} is a number; write \`[[#${name}]]\``;
  const [near] = nearest(name, texts.keys());
  return `variable ${name} has no value here${near === undefined ? "" : `; did you mean \`${near}\`?`}`;
}

function numberNode(
  { block }: Extract<PatternPart, { kind: "number" }>,
  { variables, captures, replaced }: Building,
): Result<RegexNode, string> {
  const lookup = (name: string) => variables.numbers.get(name);
  const format = formatOf(block, lookup);
  if (!format.ok) return format;
  const { defines, expression } = block;
  if (defines !== undefined && variables.texts.has(defines))
    return fail(`${defines} is a text already; expected another name`);
  const inner = expression === undefined ? anyNumber(format.value) : undefined;
  const value = expression === undefined ? undefined : evaluateNumber(expression, lookup);
  if (value !== undefined && !value.ok) return value;
  const text = value === undefined ? undefined : printNumber(value.value, format.value);
  if (value !== undefined && text === undefined) return fail(`${value.value} is negative; its format has no sign`);
  if (text !== undefined) replaced.push(`the number is ${text}`);
  const node = inner ?? textNode(text ?? "");
  if (defines === undefined) return ok(node);
  captures.push({ name: defines, format: format.value });
  return ok({ kind: "capture", slot: captures.length - 1, part: node });
}

function anyNumber(format: NumberFormat): RegexNode | undefined {
  const node = parseRegex(numberPattern(format));
  return node.ok ? node.value : undefined;
}

/** Takes over what a match defines; `variables` are changed in place. */
export function defineCaptured(
  { captures }: CompiledPattern,
  found: ReadonlyMap<number, string>,
  variables: Variables,
): Result<undefined, string> {
  for (const [slot, { name, format }] of captures.entries()) {
    const text = found.get(slot) ?? "";
    if (format === undefined) {
      variables.texts.set(name, text);
      continue;
    }
    const value = readNumber(text, format);
    if (!value.ok) return value;
    variables.numbers.set(name, { value: value.value, format });
  }
  return ok(undefined);
}
