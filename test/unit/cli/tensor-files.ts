// Tensor files in memory, made as NumPy and others write them, and read back.

import { bytesAsSource } from "../../../src/import/byte-source.ts";
import type { FileArray } from "../../../src/tensors/array.ts";
import { readNpy as readNpySource } from "../../../src/tensors/npy.ts";
import { readNpz as readNpzSource } from "../../../src/tensors/npz.ts";
import { readSafetensors as readSafetensorsSource } from "../../../src/tensors/safetensors.ts";

export const readNpy = (bytes: Uint8Array) => readNpySource(bytesAsSource(bytes));
export const readNpz = (bytes: Uint8Array) => readNpzSource(bytesAsSource(bytes));
export const readSafetensors = (bytes: Uint8Array) => readSafetensorsSource(bytesAsSource(bytes));

export const value = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

export const elementsOf = ({ values }: FileArray): readonly number[] => [...value(values())];

export const bytesOf = (array: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(array.buffer);

/** A .npy as NumPy writes it. */
export const npy = (descr: string, shape: string, elements: Uint8Array, order = "False"): Uint8Array => {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const head = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, text.length & 0xff, text.length >> 8];
  return Uint8Array.from([...head, ...new TextEncoder().encode(text), ...elements]);
};

/** A safetensors file of a header and its elements. */
export const safetensors = (header: unknown, elements: Uint8Array): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + elements.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(elements, 8 + text.length);
  return bytes;
};
