// A tensor of an ONNX file: its element type and shape at once, its elements when they are asked for. Raw bytes stay views of the file, and
// external data is read from the file that the reader of files gives.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { elementCount, oversize } from "../../../ir-spec/base/tensor.ts";
import type { ByteSource } from "../byte-source.ts";
import {
  type ElementName,
  elementByCode,
  elementRow,
  elements,
  isPlain,
  rawBytes,
  readNumbers,
  readRaw,
} from "./elements.ts";
import { readMessageAt } from "./proto/read.ts";
import type { Message } from "./proto/schema.ts";
import { refuse } from "./refuse.ts";

/** A tensor whose elements are values of its element type, held as f64; those of 64 bits may have lost their last bits. */
export interface OnnxTensor {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: readonly number[];
  readonly data: () => Float64Array;
  /** The bytes of its elements, where those are as the dtype has them that stands for its element type. */
  readonly stored?: ByteSource;
}

/** Opens a part of a file beside the model. The path is of the file's making: it must not lead out of the model's folder. */
export type ReadExternal = (path: string, offset: number, length: number) => Result<ByteSource, string>;

/** A model that is no file has nothing beside it. */
export const noExternal: ReadExternal = (path) => fail(`its data is in ${path}, and no folder is given`);

/** Reads a file that holds one tensor, such as input_0.pb of the ONNX backend tests. */
export function readTensorFile(source: ByteSource, external: ReadExternal): Result<OnnxTensor, string> {
  const message = readMessageAt("Tensor", source);
  return message.ok ? readTensor(message.value, external) : message;
}

/** What a tensor message holds, or why it is none. */
export function readTensor(message: Message<"Tensor">, external: ReadExternal): Result<OnnxTensor, string> {
  const name = message.name ?? "";
  const element = elementByCode(message.dataType);
  if (element === undefined)
    return fail(`its element type ${message.dataType ?? 0} is none of ${Object.keys(elements).length}`);
  const shape = message.dims;
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined) return fail(`it has a dimension of ${wrong}`);
  const excess = oversize(shape);
  if (excess !== undefined) return fail(`it has ${excess.found}, expected at most ${excess.limit}`);
  const read = elementsOf(message, element, { count: elementCount(shape), external });
  return read.ok ? ok({ name, element, shape, ...read.value }) : read;
}

interface Wanted {
  readonly count: number;
  readonly external: ReadExternal;
}

/** Checks that the elements are there; makes them when they are asked for. */
function elementsOf(
  message: Message<"Tensor">,
  element: ElementName,
  wanted: Wanted,
): Result<Pick<OnnxTensor, "data" | "stored">, string> {
  const row = elementRow(element);
  const { count } = wanted;
  // The elements of what cannot be imported are never asked for.
  if (row.dtype === undefined) return ok({ data: () => new Float64Array(0) });
  const raw = message.dataLocation === 1 ? externalBytes(message, wanted, rawBytes(row, count)) : ok(message.rawData);
  if (!raw.ok) return raw;
  const source = raw.value;
  if (source !== undefined) {
    const found = source.byteLength;
    if (found !== rawBytes(row, count)) return fail(`it has ${found} B of data, expected ${rawBytes(row, count)}`);
    return ok({ data: () => readRaw(row, bytesOf(source), count), ...(isPlain(row) ? { stored: source } : {}) });
  }
  const numbers = row.field === undefined ? [] : message[row.field];
  const expected = row.bits < 8 ? rawBytes(row, count) : count;
  if (numbers.length !== expected) return fail(`it has ${numbers.length} elements, expected ${expected}`);
  return ok({ data: () => readNumbers(row, numbers, count) });
}

/** All bytes of a source; that they are there was seen when it was opened. */
function bytesOf(source: ByteSource): Uint8Array {
  const bytes = source.read(0, source.byteLength);
  return bytes.ok ? bytes.value : refuse(bytes.error);
}

/** Source: external_data of TensorProto: location, offset and length as texts. */
function externalBytes(
  { externalData }: Message<"Tensor">,
  { external }: Wanted,
  bytes: number,
): Result<ByteSource, string> {
  const entries = new Map(externalData.map(({ key, value }) => [key, value ?? ""]));
  const location = entries.get("location");
  if (location === undefined || location === "") return fail("its external data has no location");
  const offset = numberOf(entries.get("offset") ?? "0");
  const length = numberOf(entries.get("length") ?? String(bytes));
  if (offset === undefined || length !== bytes) {
    return fail(`its external data has the length ${entries.get("length")}, expected ${bytes}`);
  }
  return external(location, offset, length);
}

function numberOf(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
