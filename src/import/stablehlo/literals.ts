// Dense literals: one number for all elements, nested lists, or the elements' bytes as hexadecimal digits.
// Source: MLIR Language Reference, "DenseIntOrFPElementsAttr"; a float may be written as the hexadecimal digits of its bits.

import { type Dtype, dtypes, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { bitsToNumber } from "./bits.ts";

/** The elements of a literal: one for all of them, or each. */
export type Literal = { readonly splat: number } | { readonly values: Float64Array };

export interface LiteralType extends TensorType {
  /** As written: of `i64` the dtype is i32. */
  readonly element: string;
}

/** Reads `dense<...>` of a type; the error says what is wrong with it. */
export function readDense(text: string, type: LiteralType): Result<Literal, string> {
  if (!text.startsWith("dense<")) return fail("its bytes are in a resource after the module, which is not read");
  const body = text.slice("dense<".length, -1).trim();
  if (body.startsWith('"')) return readHexBytes(body.slice(1, -1), type);
  if (!body.startsWith("[")) return body === "" ? readList(body, type) : readSplat(body, type);
  return checkBrackets(body, type.shape) ? readList(body, type) : fail("its lists have not the sizes of the type");
}

function readSplat(body: string, type: LiteralType): Result<Literal, string> {
  const splat = readNumber(body, type);
  return typeof splat === "number" ? ok({ splat }) : fail(splat.why);
}

function readList(body: string, type: LiteralType): Result<Literal, string> {
  const count = elementCount(type.shape);
  const words = /[^\s,[\]]+/g;
  // As many numbers as are written, not as the type says, decide how much is allocated.
  const values: number[] = [];
  for (let word = words.exec(body); word !== null; word = words.exec(body)) {
    const value = readNumber(word[0], type);
    if (typeof value !== "number") return fail(value.why);
    values.push(value);
  }
  return values.length === count ? ok({ values: Float64Array.from(values) }) : fail(counts(values.length, count));
}

function counts(found: number, expected: number): string {
  return `it has ${found} numbers, expected ${expected}`;
}

/** Whether lists are nested as deep as the type has dimensions, and each has as many elements as its dimension. */
function checkBrackets(body: string, shape: readonly number[]): boolean {
  const counted: number[] = [];
  const signs = /[[\]]|[^\s,[\]]+/g;
  for (let sign = signs.exec(body); sign !== null; sign = signs.exec(body)) {
    if (sign[0] === "]") {
      if (counted.pop() !== shape[counted.length]) return false;
      continue;
    }
    if (counted.length > 0) counted[counted.length - 1] = (counted.at(-1) ?? 0) + 1;
    if (sign[0] !== "[" && counted.length !== shape.length) return false;
    if (sign[0] === "[") counted.push(0);
    if (counted.length > shape.length) return false;
  }
  return counted.length === 0;
}

const words: ReadonlyMap<string, number> = new Map([
  ["true", 1],
  ["false", 0],
]);

function readNumber(text: string, { element, dtype }: LiteralType): number | { readonly why: string } {
  const word = words.get(text);
  if (word !== undefined) return dtype === "bool" ? word : { why: `${text} is no number` };
  if (/^0x[\da-fA-F]+$/.test(text) && isFloat(dtype)) return numberOfBits(text.slice(2), dtype, element);
  if (!/^[-+]?(0x[\da-fA-F]+|\d+(\.\d*)?([eE][-+]?\d+)?)$/.test(text))
    return { why: `${text.slice(0, 40)} is no number` };
  const value = text.startsWith("-0x") ? -Number(text.slice(1)) : Number(text);
  return checked(value, dtype, element);
}

/** An integer must fit in the dtype, where the file's own type may be wider. */
function checked(value: number, dtype: Dtype, element: string): number | { readonly why: string } {
  if (isFloat(dtype)) return roundTo(dtype, value);
  const { minFinite, maxFinite } = dtypes[dtype];
  const isWithin = Number.isInteger(value) && value >= minFinite && value <= maxFinite;
  return isWithin ? value : { why: `${value} of ${element} does not fit in ${dtype}` };
}

function numberOfBits(digits: string, dtype: Dtype, element: string): number | { readonly why: string } {
  if (element === "f64" && digits.length <= 16) {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(`0x${digits}`));
    return roundTo(dtype, view.getFloat64(0));
  }
  const bits = dtypes[dtype].bytes * 8;
  if (digits.length * 4 > bits) return { why: `0x${digits.slice(0, 40)} has more than ${bits} bits` };
  return bitsToNumber(dtype, Number.parseInt(digits, 16));
}

/** `"0x0000803F..."`: the bytes of all elements, or of one for all. */
function readHexBytes(text: string, type: LiteralType): Result<Literal, string> {
  if (!/^0x[\da-fA-F]*$/.test(text)) return fail("its string is no 0x and hexadecimal digits");
  if (type.dtype === "bool") return fail("its bits may be packed, eight to a byte, or not; expected true and false");
  if (type.element === "f64") return fail("its elements are f64; expected numbers, or f32");
  const width = type.element === "i64" ? 8 : dtypes[type.dtype].bytes;
  const count = elementCount(type.shape);
  const found = (text.length - 2) / 2 / width;
  if (found !== count && found !== 1) return fail(counts(found, count));
  const values = new Float64Array(found);
  for (let index = 0; index < found; index++) {
    const start = 2 + index * width * 2;
    const value = checked(elementAt(text, start, width, type.dtype), type.dtype, type.element);
    if (typeof value !== "number") return fail(value.why);
    values[index] = value;
  }
  return ok(found === 1 ? { splat: values[0] ?? 0 } : { values });
}

/** One element of little-endian bytes. */
function elementAt(text: string, start: number, width: number, dtype: Dtype): number {
  let low = 0;
  let high = 0;
  for (let byte = width - 1; byte >= 0; byte--) {
    const value = Number.parseInt(text.slice(start + byte * 2, start + byte * 2 + 2), 16);
    if (byte >= 4) high = high * 256 + value;
    else low = low * 256 + value;
  }
  return width === 8 ? (high | 0) * 2 ** 32 + low : bitsToNumber(dtype, low);
}
