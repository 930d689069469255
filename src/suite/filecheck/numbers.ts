// Numeric blocks of CHECK lines, `[[#%.8X,ADDR:BASE+4]]`: their formats, expressions and values. Values have 64 bits, as in LLVM:
// what does not fit is refused.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";

export type Conversion = "u" | "d" | "x" | "X";

export interface NumberFormat {
  readonly conversion: Conversion;
  /** Digits, at least. */
  readonly precision: number;
  /** `0x` comes first. */
  readonly hasPrefix: boolean;
}

export type NumericExpression =
  | { readonly kind: "literal"; readonly value: bigint }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly operands: readonly NumericExpression[] };

/** `[[#%u,N:EXPR]]`: each part may be left out. */
export interface NumericBlock {
  readonly format: NumberFormat | undefined;
  readonly defines: string | undefined;
  readonly expression: NumericExpression | undefined;
}

export interface NumberValue {
  readonly value: bigint;
  readonly format: NumberFormat;
}

export const plainFormat: NumberFormat = { conversion: "u", precision: 0, hasPrefix: false };

const least = -(2n ** 63n);
const most = 2n ** 64n - 1n;

/** The function of each operator and name. */
const functions: Readonly<Record<string, (a: bigint, b: bigint) => bigint | undefined>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? undefined : a / b),
  max: (a, b) => (a - b > 0n ? a : b),
  min: (a, b) => (a - b < 0n ? a : b),
};

/** `@LINE`, the line of the pattern, is a literal by then. */
export function evaluateNumber(
  expression: NumericExpression,
  lookup: (name: string) => NumberValue | undefined,
): Result<bigint, string> {
  switch (expression.kind) {
    case "literal":
      return ok(expression.value);
    case "variable": {
      const known = lookup(expression.name);
      return known === undefined ? fail(`number ${expression.name} has no value here`) : ok(known.value);
    }
    case "call": {
      const [a, b] = expression.operands.map((operand) => evaluateNumber(operand, lookup));
      if (a === undefined || b === undefined || !a.ok) return a ?? fail("expected two operands");
      if (!b.ok) return b;
      const value = functions[expression.name]?.(a.value, b.value);
      if (value === undefined) return fail("the divisor is 0");
      return value < least || value > most ? fail(`${value} does not fit 64 bits`) : ok(value);
    }
    default:
      return expression satisfies never;
  }
}

/** Every variable of an expression. */
export function variablesOf(expression: NumericExpression | undefined): readonly string[] {
  if (expression === undefined || expression.kind === "literal") return [];
  return expression.kind === "variable" ? [expression.name] : expression.operands.flatMap(variablesOf);
}

/** The format of a block: its own, else that of its variables, which must be one. */
export function formatOf(
  { format, expression }: NumericBlock,
  lookup: (name: string) => NumberValue | undefined,
): Result<NumberFormat, string> {
  if (format !== undefined) return ok(format);
  const formats = variablesOf(expression).flatMap((name) => lookup(name)?.format ?? []);
  const [first] = formats;
  const isOne = formats.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return isOne ? ok(first ?? plainFormat) : fail("its variables have several formats; write one, as in `%u,`");
}

/** A value in its format. Undefined where the format has no such value. */
export function printNumber(value: bigint, { conversion, precision, hasPrefix }: NumberFormat): string | undefined {
  if (value < 0n && conversion !== "d") return undefined;
  const base = conversion === "u" || conversion === "d" ? 10 : 16;
  const lowerDigits = (value < 0n ? -value : value).toString(base).padStart(precision, "0");
  const digits = conversion === "X" ? lowerDigits.toUpperCase() : lowerDigits;
  return `${value < 0n ? "-" : ""}${hasPrefix ? "0x" : ""}${digits}`;
}

/** What a number in a format looks like, as a regular expression. */
export function numberPattern({ conversion, precision, hasPrefix }: NumberFormat): string {
  const digit = { u: "[0-9]", d: "[0-9]", x: "[0-9a-f]", X: "[0-9A-F]" }[conversion];
  const first = digit.replace("0-9", "1-9");
  const digits = precision === 0 ? `${digit}+` : `(${first}${digit}*)?${digit}{${precision}}`;
  return `${conversion === "d" ? "-?" : ""}${hasPrefix ? "0x" : ""}${digits}`;
}

/** The value of a text that a number's pattern matched. */
export function readNumber(text: string, { conversion }: NumberFormat): Result<bigint, string> {
  const isHex = conversion === "x" || conversion === "X";
  const digits = text.replace(/^-/, "").replace(/^0x/, "");
  const size = BigInt(isHex ? `0x${digits}` : digits);
  const value = text.startsWith("-") ? -size : size;
  return value < least || value > most ? fail(`${text} does not fit 64 bits`) : ok(value);
}

/** Changed in place: what is left to read. */
interface Reader {
  rest: string;
  readonly line: number;
  depth: number;
  operands: number;
}

type Parsed = Result<NumericExpression, string>;
const maxDepth = 50;
/** Assumed: no longer ones are written; each is a call when the expression is evaluated. */
const maxOperands = 1000;

/** Reads what is between `[[#` and `]]`; `line` is that of the pattern. */
export function parseNumericBlock(text: string, line: number): Result<NumericBlock, string> {
  const format = /^\s*%(#)?(?:\.(\d{1,3}))?([a-zA-Z]?)\s*(,|$)/.exec(text);
  if (format === null && /^\s*%/.test(text)) return fail("expected a format such as `%u,`, `%d,`, `%x,` or `%.8X,`");
  const made = format === null ? ok(undefined) : makeFormat(format);
  if (!made.ok) return made;
  const afterFormat = text.slice(format?.[0].length ?? 0);
  const definition = /^\s*([^:\s]*)\s*:/.exec(afterFormat);
  const name = definition?.[1];
  if (name !== undefined && !/^\$?[a-zA-Z_]\w*$/.test(name))
    return fail(`expected a name before \`:\`, found \`${name}\``);
  const afterName = afterFormat.slice(definition?.[0].length ?? 0);
  const [constraint = ""] = /^\s*(==)?\s*/.exec(afterName) ?? [];
  const rest = afterName.slice(constraint.length);
  const isEqual = constraint.includes("==");
  if (rest.trim() === "") {
    if (isEqual) return fail("expected an expression after `==`");
    return ok({ format: made.value, defines: name, expression: undefined });
  }
  const reader: Reader = { rest, line, depth: 0, operands: 0 };
  const expression = parseSum(reader);
  if (!expression.ok) return expression;
  if (reader.rest.trim() !== "") return fail(`expected \`+\`, \`-\` or the end, found \`${reader.rest.trim()}\``);
  return ok({ format: made.value, defines: name, expression: expression.value });
}

function makeFormat([, sharp, digits, letter = ""]: RegExpExecArray): Result<NumberFormat, string> {
  const conversion = letter === "" ? "u" : letter;
  if (!isConversion(conversion)) return fail(`expected a format of u, d, x or X, found \`${letter}\``);
  const hasPrefix = sharp !== undefined;
  if (hasPrefix && conversion !== "x" && conversion !== "X") return fail("`#` is for the formats x and X alone");
  return ok({ conversion, precision: Number(digits ?? 0), hasPrefix });
}

function isConversion(letter: string): letter is Conversion {
  return ["u", "d", "x", "X"].includes(letter);
}

/** Operators have one rank: from left to right. */
function parseSum(reader: Reader): Parsed {
  let sum = parseOperand(reader);
  while (sum.ok) {
    const operator = /^\s*([+-])/.exec(reader.rest);
    if (operator === null) return sum;
    reader.rest = reader.rest.slice(operator[0].length);
    const right = parseOperand(reader);
    if (!right.ok) return right;
    sum = ok({ kind: "call", name: operator[1] === "+" ? "add" : "sub", operands: [sum.value, right.value] });
  }
  return sum;
}

function parseOperand(reader: Reader): Parsed {
  if (++reader.operands > maxOperands) return fail(`expected at most ${maxOperands} operands`);
  const word = /^\s*(@LINE\b|0x[0-9a-fA-F]+|-?\d+|\$?[a-zA-Z_]\w*|\()\s*/.exec(reader.rest);
  if (word === null) return fail(`expected a number, a variable, a function or \`(\`, found \`${reader.rest.trim()}\``);
  reader.rest = reader.rest.slice(word[0].length);
  const [, text = ""] = word;
  if (text === "(") return parseNested(reader, [")"]);
  if (text === "@LINE") return ok({ kind: "literal", value: BigInt(reader.line) });
  if (/^-?\d/.test(text)) {
    const value = BigInt(text);
    return value < least || value > most ? fail(`${text} does not fit 64 bits`) : ok({ kind: "literal", value });
  }
  return reader.rest.startsWith("(") ? parseCall(reader, text) : ok({ kind: "variable", name: text });
}

/** An expression and one of the signs after it. */
function parseNested(reader: Reader, ends: readonly string[]): Parsed {
  if (++reader.depth > maxDepth) return fail(`expected at most ${maxDepth} parentheses in each other`);
  const inner = parseSum(reader);
  reader.depth--;
  if (!inner.ok) return inner;
  const [blanks = ""] = /^\s*/.exec(reader.rest) ?? [];
  const end = reader.rest.charAt(blanks.length);
  if (!ends.includes(end)) return fail(`expected \`${ends.join("` or `")}\`, found \`${end}\``);
  reader.rest = reader.rest.slice(blanks.length + 1);
  return inner;
}

function parseCall(reader: Reader, name: string): Parsed {
  if (!Object.hasOwn(functions, name)) {
    const hint = suggest(name, Object.keys(functions)).notes.map(({ text }) => `; ${text}`);
    return fail(`expected one of ${Object.keys(functions).join(", ")}, found \`${name}\`${hint.join("")}`);
  }
  reader.rest = reader.rest.slice(1);
  const first = parseNested(reader, [","]);
  if (!first.ok) return first;
  const second = parseNested(reader, [")"]);
  return second.ok ? ok({ kind: "call", name, operands: [first.value, second.value] }) : second;
}
