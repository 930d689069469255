// THE TABLE OF TENSOR FILES: how files of each ending are read.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { ByteSource } from "../import/byte-source.ts";
import { elementRow } from "../import/onnx/elements.ts";
import { noExternal, type ReadExternal, readTensorFile } from "../import/onnx/read-tensor.ts";
import type { ArrayFile, FileArray } from "./array.ts";
import { readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";
import { readSafetensors } from "./safetensors.ts";

/** What is beside a file, which one of ONNX may refer to. */
type ReadFile = (source: ByteSource, external: ReadExternal) => Result<ArrayFile, string>;

/** A file that holds one array: it needs no name. */
const one =
  (read: (source: ByteSource) => Result<FileArray, string>): ReadFile =>
  (source) => {
    const array = read(source);
    return array.ok ? ok(new Map([["", () => array]])) : array;
  };

const formats: ReadonlyMap<string, ReadFile> = new Map<string, ReadFile>([
  ["npy", one(readNpy)],
  ["npz", readNpz],
  ["safetensors", readSafetensors],
  ["pb", (source, external) => one((bytes) => readPb(bytes, external))(source, external)],
]);

/** A tensor of ONNX, as its backend tests hold inputs and outputs. */
function readPb(source: ByteSource, external: ReadExternal): Result<FileArray, string> {
  const tensor = readTensorFile(source, external);
  if (!tensor.ok) return tensor;
  const { element, shape, data } = tensor.value;
  const { kind, reason } = elementRow(element);
  if (kind === "other") return fail(`its elements are ${element}: ${reason ?? ""}`);
  return ok({ elementType: element, kind, shape, values: () => ok(data()) });
}

/** Those that need no other file beside them. */
export type TensorFileFormat = "npy" | "npz" | "safetensors";

const wholeFormats: { readonly [F in TensorFileFormat]: (source: ByteSource) => Result<ArrayFile, string> } = {
  npy: (source) => one(readNpy)(source, noExternal),
  npz: readNpz,
  safetensors: readSafetensors,
};

/** The arrays of a file of a format, by name. */
export function readArraysOf(source: ByteSource, format: TensorFileFormat): Result<ArrayFile, string> {
  const read = Object.hasOwn(wholeFormats, format) ? wholeFormats[format] : undefined;
  return read === undefined ? fail(`there is no format ${format}`) : read(source);
}

/** Endings of files that name their arrays, which a file of weights must. */
const namedFormats: readonly string[] = ["safetensors", "npz"];

/** What a file is called in messages: its ending. */
export function formatOf(file: string): string {
  return file.slice(file.lastIndexOf(".") + 1);
}

/** The same of a file that is read as .npy where its ending says nothing. */
export function readableFormatOf(file: string): string {
  const format = formatOf(file);
  return formats.has(format) ? format : "npy";
}

/** How a file that names its arrays is read; none where its ending is not that of one. */
export function namedReader(file: string): ReadFile | undefined {
  const format = formatOf(file);
  return namedFormats.includes(format) ? formats.get(format) : undefined;
}

export interface OpenTensorFile {
  readonly source: ByteSource;
  readonly external: ReadExternal;
}

export interface Wanted {
  readonly name: string;
  /** Whether the array must have the name, though it is the only one. */
  readonly isNamed: boolean;
}

/** The array of a name, or the only one of a file that holds one. What has another ending is read as .npy. */
export function readArray(
  file: string,
  { source, external }: OpenTensorFile,
  { name, isNamed }: Wanted,
): Result<FileArray, string> {
  const arrays = (formats.get(readableFormatOf(file)) ?? one(readNpy))(source, external);
  if (!arrays.ok) return arrays;
  const [only, ...more] = arrays.value.values();
  const wanted = arrays.value.get(name) ?? (more.length === 0 && !isNamed ? only : undefined);
  return wanted === undefined ? fail(`it has no array ${name}, expected one of ${someOf(arrays.value)}`) : wanted();
}

/** Assumed: more names than this nobody reads. */
const maxNames = 8;

/** Names of arrays, for messages. */
export function someOf(arrays: ArrayFile): string {
  const names = [...arrays.keys()];
  const more = names.length - maxNames;
  return more <= 0 ? names.join(", ") : `${names.slice(0, maxNames).join(", ")} and ${more} more`;
}
