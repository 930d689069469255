// NumPy's .npz: a zip archive with one .npy for each array.
// Source: NumPy documentation, numpy.savez.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { ByteSource } from "../import/byte-source.ts";
import type { ArrayFile, FileArray } from "./array.ts";
import { readNpy } from "./npy.ts";
import { readZip, zipEntrySource } from "./zip.ts";

/** Reads which arrays there are; nothing of an array is unpacked before it is asked for. */
export function readNpz(source: ByteSource): Result<ArrayFile, string> {
  const entries = readZip(source);
  if (!entries.ok) return entries;
  const arrays = new Map<string, () => Result<FileArray, string>>();
  for (const entry of entries.value) {
    const name = entry.name.replace(/\.npy$/, "");
    if (arrays.has(name)) return fail(`it has two arrays ${name}`);
    arrays.set(name, () => readNpy(zipEntrySource(source, entry)));
  }
  return ok(arrays);
}
