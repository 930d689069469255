// THE TABLE OF ELEMENT TYPES of ONNX: how each is stored in a file, and the dtype that stands for it in a graph. What is wider than any dtype
// is narrowed where its values fit.
// Source: TensorProto.DataType of onnx.proto, ONNX 1.22.

import { type Dtype, dtypeBytes, dtypes } from "../../../ir-spec/base/dtype.ts";
import { float8Values } from "../../../ir-spec/base/float8.ts";

type NumberField = "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";

/** By a name of its own: the generic one of today's TypeScript would stand in the package's types, which older ones have to read. */
export interface ByteView extends DataView {}

export interface Element {
  /** Its number in files. */
  readonly code: number;
  readonly kind: "float" | "int" | "bool" | "other";
  /** Bits of an element; several of the narrow ones share a byte, the first in the lower bits. */
  readonly bits: number;
  /** The dtype of values in a graph; absent where there is none. */
  readonly dtype?: Dtype;
  /** Least and largest integer. */
  readonly range?: readonly [number, number];
  /** The list of numbers that holds the elements where there are no raw bytes. */
  readonly field?: NumberField;
  /** Reads an element of at least a byte. */
  readonly read?: (view: ByteView, offset: number) => number;
  /** The value of the bits that a number of the list, or a part of a byte, holds; the number itself unless given. */
  readonly decode?: (bits: number) => number;
  /** Why it cannot be imported. */
  readonly reason?: string;
  /** Of floats that no dtype stands for: what their values are, which are held in f32. */
  readonly format?: FloatFormat;
}

/** A float of few bits without infinities; a value is a multiple of 2^(exponent - mantissaBits). */
export interface FloatFormat {
  readonly mantissaBits: number;
  readonly minExponent: number;
  readonly maxFinite: number;
}

function defineElements<const T extends Readonly<Record<string, Element>>>(rows: T): T {
  return rows;
}

const f16Values = (bits: number): number => floatOfBits(bits, { exponentBits: 5, mantissaBits: 10 });
const e5m2 = float8Values("f8e5m2");

/** Source: IEEE 754-2019, the layout of binary formats. */
function floatOfBits(
  bits: number,
  { exponentBits, mantissaBits }: Record<"exponentBits" | "mantissaBits", number>,
): number {
  const sign = (bits >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
  const last = (1 << exponentBits) - 1;
  const bias = last >> 1;
  const exponent = (bits >> mantissaBits) & last;
  const fraction = (bits & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  if (exponent === last) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

const word = new DataView(new ArrayBuffer(4));

function bf16Value(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** Values of the floats of 8 bits or fewer that have no infinities. */
function fewBits(
  code: number,
  {
    bits,
    nan,
    ...format
  }: FloatFormat & { readonly bits: number; readonly nan: ((bits: number) => boolean) | undefined },
) {
  const { mantissaBits, minExponent } = format;
  const decode = (all: number): number => {
    const pattern = all & (2 ** bits - 1);
    if (nan?.(pattern)) return Number.NaN;
    const sign = pattern >> (bits - 1) ? -1 : 1;
    const exponent = (pattern & (2 ** (bits - 1) - 1)) >> mantissaBits;
    const fraction = (pattern & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
    return sign * (exponent === 0 ? fraction * 2 ** minExponent : (1 + fraction) * 2 ** (exponent - 1 + minExponent));
  };
  const read = bits < 8 ? {} : { read: (view: ByteView, at: number) => decode(view.getUint8(at)) };
  return { code, kind: "float", bits, dtype: "f32", field: "int32Data", decode, format, ...read } as const;
}

/** Powers of two; the highest pattern is NaN. */
const powerOfTwo = (bits: number): number => (bits === 255 ? Number.NaN : 2 ** (bits - 127));

/** Two's complement of a few bits. */
const signed = (width: number) => (bits: number) => (bits << (32 - width)) >> (32 - width);
const unsigned = (width: number) => (bits: number) => bits & (2 ** width - 1);

const other = (code: number, bits: number, reason: string) => ({ code, kind: "other", bits, reason }) as const;

// biome-ignore format: one row for each element type
export const elements = defineElements({
  FLOAT:    { code: 1, kind: "float", bits: 32, dtype: "f32", field: "floatData", read: (view, at) => view.getFloat32(at, true) },
  UINT8:    { code: 2, kind: "int", bits: 8, dtype: "u8", range: [0, 255], field: "int32Data", read: (view, at) => view.getUint8(at) },
  INT8:     { code: 3, kind: "int", bits: 8, dtype: "i8", range: [-128, 127], field: "int32Data", read: (view, at) => view.getInt8(at) },
  UINT16:   { code: 4, kind: "int", bits: 16, dtype: "i32", range: [0, 65535], field: "int32Data", read: (view, at) => view.getUint16(at, true) },
  INT16:    { code: 5, kind: "int", bits: 16, dtype: "i32", range: [-32768, 32767], field: "int32Data", read: (view, at) => view.getInt16(at, true) },
  INT32:    { code: 6, kind: "int", bits: 32, dtype: "i32", range: [-(2 ** 31), 2 ** 31 - 1], field: "int32Data", read: (view, at) => view.getInt32(at, true) },
  INT64:    { code: 7, kind: "int", bits: 64, dtype: "i32", range: [-(2 ** 63), 2 ** 63], field: "int64Data", read: (view, at) => Number(view.getBigInt64(at, true)) },
  STRING:   other(8, 0, "the language has no texts"),
  BOOL:     { code: 9, kind: "bool", bits: 8, dtype: "bool", field: "int32Data", read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1), decode: (x) => (x === 0 ? 0 : 1) },
  FLOAT16:  { code: 10, kind: "float", bits: 16, dtype: "f16", field: "int32Data", read: (view, at) => f16Values(view.getUint16(at, true)), decode: f16Values },
  DOUBLE:   { code: 11, kind: "float", bits: 64, dtype: "f32", field: "doubleData", read: (view, at) => view.getFloat64(at, true) },
  UINT32:   { code: 12, kind: "int", bits: 32, dtype: "i32", range: [0, 2 ** 32 - 1], field: "uint64Data", read: (view, at) => view.getUint32(at, true) },
  UINT64:   { code: 13, kind: "int", bits: 64, dtype: "i32", range: [0, 2 ** 64], field: "uint64Data", read: (view, at) => Number(view.getBigUint64(at, true)), decode: (x) => (x < 0 ? x + 2 ** 64 : x) },
  COMPLEX64:  other(14, 64, "the language has no complex numbers"),
  COMPLEX128: other(15, 128, "the language has no complex numbers"),
  BFLOAT16: { code: 16, kind: "float", bits: 16, dtype: "bf16", field: "int32Data", read: (view, at) => bf16Value(view.getUint16(at, true)), decode: bf16Value },
  FLOAT8E4M3FN:   fewBits(17, { bits: 8, mantissaBits: 3, minExponent: -6, maxFinite: 448, nan: (pattern) => (pattern & 0x7f) === 0x7f }),
  FLOAT8E4M3FNUZ: fewBits(18, { bits: 8, mantissaBits: 3, minExponent: -7, maxFinite: 240, nan: (pattern) => pattern === 0x80 }),
  FLOAT8E5M2: { code: 19, kind: "float", bits: 8, dtype: "f8e5m2", field: "int32Data", read: (view, at) => e5m2[view.getUint8(at)]!, decode: (bits) => e5m2[bits & 0xff]! },
  FLOAT8E5M2FNUZ: fewBits(20, { bits: 8, mantissaBits: 2, minExponent: -15, maxFinite: 57344, nan: (pattern) => pattern === 0x80 }),
  UINT4:    { code: 21, kind: "int", bits: 4, dtype: "u8", range: [0, 15], field: "int32Data", decode: unsigned(4) },
  INT4:     { code: 22, kind: "int", bits: 4, dtype: "i8", range: [-8, 7], field: "int32Data", decode: signed(4) },
  FLOAT4E2M1: fewBits(23, { bits: 4, mantissaBits: 1, minExponent: 0, maxFinite: 6, nan: undefined }),
  FLOAT8E8M0: { code: 24, kind: "float", bits: 8, dtype: "f32", field: "int32Data", read: (view, at) => powerOfTwo(view.getUint8(at)), decode: powerOfTwo },
  UINT2:    { code: 25, kind: "int", bits: 2, dtype: "u8", range: [0, 3], field: "int32Data", decode: unsigned(2) },
  INT2:     { code: 26, kind: "int", bits: 2, dtype: "i8", range: [-2, 1], field: "int32Data", decode: signed(2) },
});

export type ElementName = keyof typeof elements;

export function elementRow(name: ElementName): Element {
  return elements[name];
}

const byCode: ReadonlyMap<number, ElementName> = new Map(
  Object.entries(elements).map(([name, { code }]) => [code, name as ElementName]),
);

/** The element type with a number in files, if there is one. */
export function elementByCode(code: number | undefined): ElementName | undefined {
  return code === undefined ? undefined : byCode.get(code);
}

/** The element type that a value has in ONNX where nothing else is said. */
export const elementOfDtype: { readonly [D in Dtype]: ElementName } = {
  f32: "FLOAT",
  bf16: "BFLOAT16",
  f16: "FLOAT16",
  f8e4m3: "FLOAT8E4M3FN",
  f8e5m2: "FLOAT8E5M2",
  i32: "INT32",
  i8: "INT8",
  u8: "UINT8",
  bool: "BOOL",
};

/** Whether raw data hold elements as the dtype that stands for the type does. Of a bool any byte but 0 is true. */
export function isPlain({ kind, bits, dtype, range }: Element): boolean {
  if (dtype === undefined || kind === "bool" || bits !== 8 * dtypeBytes(dtype)) return false;
  const { minFinite, maxFinite } = dtypes[dtype];
  return range === undefined || (range[0] === minFinite && range[1] === maxFinite);
}

/** How many bytes elements of a type take in raw data. */
export function rawBytes({ bits }: Element, count: number): number {
  return Math.ceil((count * bits) / 8);
}

/** The elements of raw data. */
export function readRaw({ bits, read, decode }: Element, bytes: Uint8Array, count: number): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (read !== undefined)
    return Float64Array.from({ length: count }, (_unused, index) => read(view, (index * bits) / 8));
  const perByte = 8 / bits;
  return Float64Array.from({ length: count }, (_unused, index) =>
    decode!(view.getUint8(Math.floor(index / perByte)) >> ((index % perByte) * bits)),
  );
}

/** The elements of a list of numbers; narrow ones share a number as they share a byte. */
export function readNumbers(
  { bits, decode = (x) => x }: Element,
  numbers: readonly number[],
  count: number,
): Float64Array {
  if (bits >= 8) return Float64Array.from({ length: count }, (_unused, index) => decode(numbers[index]!));
  const perNumber = 8 / bits;
  return Float64Array.from({ length: count }, (_unused, index) =>
    decode(numbers[Math.floor(index / perNumber)]! >> ((index % perNumber) * bits)),
  );
}
