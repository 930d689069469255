// An array as a tensor file holds it: its element type by the file's own name, its shape, and its values as f64; and how
// it becomes a tensor of a wanted type.

import { isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import {
  elementCount,
  printShape,
  printType,
  shapesEqual,
  type Tensor,
  type TensorType,
} from "../../ir-spec/base/tensor.ts";
import { viewOf } from "../import/byte-source.ts";

/** Element types that files may have; more than the language has. */
export type ElementType =
  | "f64"
  | "f32"
  | "f16"
  | "bf16"
  | "f8e4m3fn"
  | "f8e5m2"
  | "i64"
  | "i32"
  | "i16"
  | "i8"
  | "u64"
  | "u32"
  | "u16"
  | "u8"
  | "bool";

/** An array of a file, whose elements are not read yet. */
export interface FileArray {
  /** As messages call it; files may have more types than the language. */
  readonly elementType: string;
  readonly kind: "float" | "int" | "bool";
  readonly shape: readonly number[];
  /** Reads the row-major elements, of which there are as many as the shape says, into an array of its own. */
  readonly values: () => Result<Float64Array, string>;
}

/** The arrays of a file by name; what is wrong with one is reported when it is asked for. */
export type ArrayFile = ReadonlyMap<string, () => Result<FileArray, string>>;

type Reader = (view: DataView, byteOffset: number) => number;

export const elementReaders: {
  readonly [E in ElementType]: {
    readonly bytes: number;
    readonly kind: "float" | "int" | "bool";
    readonly read: Reader;
  };
} = {
  f64: { bytes: 8, kind: "float", read: (view, offset) => view.getFloat64(offset, true) },
  f32: { bytes: 4, kind: "float", read: (view, offset) => view.getFloat32(offset, true) },
  f16: { bytes: 2, kind: "float", read: (view, offset) => f16ToNumber(view.getUint16(offset, true)) },
  bf16: { bytes: 2, kind: "float", read: (view, offset) => bf16ToNumber(view.getUint16(offset, true)) },
  f8e4m3fn: { bytes: 1, kind: "float", read: (view, offset) => f8e4m3fnToNumber(view.getUint8(offset)) },
  f8e5m2: { bytes: 1, kind: "float", read: (view, offset) => f16ToNumber(view.getUint8(offset) << 8) },
  i64: { bytes: 8, kind: "int", read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  i32: { bytes: 4, kind: "int", read: (view, offset) => view.getInt32(offset, true) },
  i16: { bytes: 2, kind: "int", read: (view, offset) => view.getInt16(offset, true) },
  i8: { bytes: 1, kind: "int", read: (view, offset) => view.getInt8(offset) },
  u64: { bytes: 8, kind: "int", read: (view, offset) => Number(view.getBigUint64(offset, true)) },
  u32: { bytes: 4, kind: "int", read: (view, offset) => view.getUint32(offset, true) },
  u16: { bytes: 2, kind: "int", read: (view, offset) => view.getUint16(offset, true) },
  u8: { bytes: 1, kind: "int", read: (view, offset) => view.getUint8(offset) },
  bool: { bytes: 1, kind: "bool", read: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1) },
};

/** Source: IEEE 754-2019 binary16. */
function f16ToNumber(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction * 2 ** -10) * 2 ** (exponent - 15);
}

/** Source: OCP 8-bit Floating Point Specification 1.0, E4M3: no infinities; the highest pattern is NaN. (E5M2 is the upper half of f16.) */
function f8e4m3fnToNumber(bits: number): number {
  const sign = bits < 128 ? 1 : -1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = (bits & 7) / 8;
  if ((bits & 0x7f) === 0x7f) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -6 : sign * (1 + fraction) * 2 ** (exponent - 7);
}

/** A bf16 is the upper half of an f32. */
function bf16ToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** How many bytes the elements of an array take; no exact number where no file could hold them. */
export function arrayBytes(elementType: ElementType, shape: readonly number[]): number {
  return elementCount(shape) * elementReaders[elementType].bytes;
}

/** An array whose elements lie in a row, as many as its shape says. */
export function arrayOfBytes(
  elementType: ElementType,
  shape: readonly number[],
  bytes: () => Result<Uint8Array, string>,
): FileArray {
  const { kind, read, bytes: elementBytes } = elementReaders[elementType];
  const values = (): Result<Float64Array, string> => {
    const found = bytes();
    if (!found.ok) return found;
    const view = viewOf(found.value);
    const data = new Float64Array(elementCount(shape));
    for (let index = 0; index < data.length; index++) data[index] = read(view, index * elementBytes);
    return ok(data);
  };
  return { elementType, kind, shape, values };
}

/** The array as a tensor of a parameter's type: the same shape, the same kind of number, every integer in range. */
export function arrayToTensor(name: string, array: FileArray, type: TensorType): Result<Tensor, ArrayProblem> {
  const { elementType, kind, shape } = array;
  const found = `${elementType}${printShape(shape)}`;
  const wantedKind = isFloat(type.dtype) ? "float" : type.dtype === "bool" ? "bool" : "int";
  if (kind !== wantedKind || !shapesEqual(shape, type.shape)) return fail({ misfit: misfit(name, found, type) });
  const values = array.values();
  if (!values.ok) return fail({ unreadable: values.error });
  const data = values.value;
  for (let index = 0; index < data.length; index++) {
    const x = data[index]!;
    const rounded = roundTo(type.dtype, x);
    if (kind === "int" && x !== rounded) return fail({ misfit: misfit(name, `${found} with ${x} at ${index}`, type) });
    data[index] = rounded;
  }
  return ok({ ...type, data });
}

/** Why an array is no tensor of a type: it is another one, or its elements cannot be read. */
export type ArrayProblem = { readonly misfit: Diagnostic } | { readonly unreadable: string };

function misfit(name: string, found: string, type: TensorType): Diagnostic {
  return at(problem("E1307", { name, found, expected: printType(type) }), undefined);
}
