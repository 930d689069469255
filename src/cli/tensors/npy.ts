// NumPy's .npy: a header in the syntax of a Python dictionary, then the elements.
// Source: NumPy documentation, "NPY format" (numpy.lib.format), versions 1.0 to 3.0.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { type ElementType, type FileArray, readElements } from "./array.ts";

const magic = "\x93NUMPY";

/** `descr` of the header -> element type; all little-endian or of one byte. */
const elementTypes: Readonly<Record<string, ElementType>> = {
  "<f8": "f64",
  "<f4": "f32",
  "<f2": "f16",
  "<i8": "i64",
  "<i4": "i32",
  "<i2": "i16",
  "|i1": "i8",
  "|u1": "u8",
  "|b1": "bool",
};

/** Reads one array; the error says what is wrong with the file. */
export function readNpy(bytes: Uint8Array): Result<FileArray, string> {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 12));
  if (!head.startsWith(magic)) return fail("it does not begin with \\x93NUMPY");
  const isFirstVersion = bytes[6] === 1;
  if (bytes.byteLength < 12) return fail("it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerStart = isFirstVersion ? 10 : 12;
  const headerLength = isFirstVersion ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(headerStart, headerStart + headerLength));
  const descr = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const shapeText = /'shape': *\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || shapeText === undefined) return fail("its header is incomplete");
  const elementType = elementTypes[descr];
  if (elementType === undefined)
    return fail(`its elements are ${descr}, wanted one of ${Object.keys(elementTypes).join(", ")}`);
  const shape = shapeText.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number(size)]));
  if (order === "True" && shape.length > 1) return fail("it is in Fortran order, wanted C order");
  const array = readElements(elementType, shape, bytes.subarray(headerStart + headerLength));
  return array === undefined ? fail("it has not as many bytes as its shape asks for") : ok(array);
}

interface Writer {
  readonly descr: string;
  readonly bytes: number;
  readonly write: (view: DataView, byteOffset: number, x: number) => void;
}

const asF32: Writer = { descr: "<f4", bytes: 4, write: (view, offset, x) => view.setFloat32(offset, x, true) };

/** NumPy knows neither bf16 nor floats of 8 bits; those and f16 are written as f32, which holds them exactly. */
const writers: { readonly [D in Dtype]: Writer } = {
  f32: asF32,
  bf16: asF32,
  f16: asF32,
  f8e4m3: asF32,
  f8e5m2: asF32,
  i8: { descr: "|i1", bytes: 1, write: (view, offset, x) => view.setInt8(offset, x) },
  u8: { descr: "|u1", bytes: 1, write: (view, offset, x) => view.setUint8(offset, x) },
  i32: { descr: "<i4", bytes: 4, write: (view, offset, x) => view.setInt32(offset, x, true) },
  bool: { descr: "|b1", bytes: 1, write: (view, offset, x) => view.setUint8(offset, x) },
};

/** A tensor as the bytes of an .npy file. */
export function writeNpy({ dtype, shape, data }: Tensor): Uint8Array {
  const writer = writers[dtype];
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${writer.descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The elements begin at a multiple of 64 bytes, as the format asks for; the header ends with a line break.
  const headerLength = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + headerLength + data.length * writer.bytes);
  const view = new DataView(bytes.buffer);
  bytes.set(Uint8Array.from(`${magic}\x01\x00`, (character) => character.charCodeAt(0)));
  view.setUint16(8, headerLength, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(headerLength - 1)}\n`), 10);
  const start = 10 + headerLength;
  for (let index = 0; index < data.length; index++) writer.write(view, start + index * writer.bytes, data[index]!);
  return bytes;
}
