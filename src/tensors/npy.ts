// NumPy's .npy: a header in the syntax of a Python dictionary, then the elements.
// Source: NumPy documentation, "NPY format" (numpy.lib.format), versions 1.0 to 3.0.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { type ByteSource, readPart, viewOf } from "../import/byte-source.ts";
import { arrayBytes, arrayOfBytes, type ElementType, type FileArray } from "./array.ts";

const magic = "\x93NUMPY";

/** `descr` of the header -> element type; all little-endian or of one byte. */
const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ["<f8", "f64"],
  ["<f4", "f32"],
  ["<f2", "f16"],
  ["<i8", "i64"],
  ["<i4", "i32"],
  ["<i2", "i16"],
  ["<u8", "u64"],
  ["<u4", "u32"],
  ["<u2", "u16"],
  ["|i1", "i8"],
  ["|u1", "u8"],
  ["|b1", "bool"],
]);

/** Bytes of the header's length, by version; the layout is otherwise the same. */
const lengthBytes: ReadonlyMap<string, 2 | 4> = new Map([
  ["1.0", 2],
  ["2.0", 4],
  ["3.0", 4],
]);

/** What version 1.0 can have; later ones are for records of many fields, which are not read (B). */
const maxHeaderBytes = 0xffff;

/** Reads the header of one array; the error says what is wrong with the file. */
export function readNpy(source: ByteSource): Result<FileArray, string> {
  const beginning = source.read(0, Math.min(12, source.byteLength));
  if (!beginning.ok) return beginning;
  const head = new TextDecoder("latin1").decode(beginning.value);
  if (!head.startsWith(magic)) return fail("it does not begin with \\x93NUMPY");
  if (head.length < 12) return fail("it ends within its header");
  const version = `${beginning.value[6]}.${beginning.value[7]}`;
  const width = lengthBytes.get(version);
  if (width === undefined) return fail(`its version is ${version}, expected ${[...lengthBytes.keys()].join(", ")}`);
  const view = viewOf(beginning.value);
  const headerBytes = width === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > maxHeaderBytes) return fail(`its header has ${headerBytes} B, expected at most ${maxHeaderBytes}`);
  const start = 8 + width + headerBytes;
  const header = readPart(source, 8 + width, start, "header");
  const described = header.ok ? readDictionary(new TextDecoder().decode(header.value)) : header;
  if (!described.ok) return described;
  const { elementType, shape } = described.value;
  const isComplete = arrayBytes(elementType, shape) === source.byteLength - start;
  if (!isComplete) return fail("it has not as many bytes as its shape asks for");
  return ok(arrayOfBytes(elementType, shape, () => source.read(start, source.byteLength)));
}

const entryPattern = /\s*(?:'(\w+)'|"(\w+)")\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\sL,]*\))\s*(?:,|$)/y;

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: these three keys, each once. */
function readDictionary(text: string): Result<Described, string> {
  const inner = /^\{([^{}]*)\}\s*$/.exec(text)?.[1]?.trimEnd();
  const wanted = "its header is no dictionary of descr, fortran_order and shape";
  if (inner === undefined) return fail(wanted);
  const values = new Map<string, string>();
  const pattern = new RegExp(entryPattern);
  while (pattern.lastIndex < inner.length) {
    const [, name, other, value = ""] = pattern.exec(inner) ?? [];
    const key = name ?? other;
    if (key === undefined || values.has(key)) return fail(wanted);
    values.set(key, value);
  }
  const [descr, order, sizes] = ["descr", "fortran_order", "shape"].map((key) => values.get(key));
  const isComplete = values.size === 3 && /^["']/.test(descr ?? "") && /^[TF]/.test(order ?? "");
  if (!isComplete || descr === undefined || !sizes?.startsWith("(")) return fail(wanted);
  return describe(descr.slice(1, -1), order === "True", sizes.slice(1, -1));
}

interface Described {
  readonly elementType: ElementType;
  readonly shape: readonly number[];
}

function describe(descr: string, isFortran: boolean, sizes: string): Result<Described, string> {
  const elementType = elementTypes.get(descr);
  if (elementType === undefined) {
    return fail(`its elements are ${descr}, expected one of ${[...elementTypes.keys()].join(", ")}`);
  }
  const words = sizes.split(",").flatMap((size) => (size.trim() === "" ? [] : [size.trim().replace(/L$/, "")]));
  const shape = words.map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN));
  if (!shape.every((size) => Number.isSafeInteger(size))) return fail(`its shape is (${sizes})`);
  if (isFortran && shape.length > 1) return fail("it is in Fortran order, expected C order");
  return ok({ elementType, shape });
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
