// Tensor files: valid ones of random arrays, damaged in their headers and bytes, and read for parameters of several types.
import { zipSync } from "fflate";
import { expect } from "vitest";
import { ok } from "../../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import type { Random } from "../../../src/find/fuzz/random-choices.ts";
import type { ByteSource } from "../../../src/import/byte-source.ts";
import { type ArrayFile, arrayToTensor } from "../../../src/tensors/array.ts";
import { readNpy, writeNpy } from "../../../src/tensors/npy.ts";
import { readNpz } from "../../../src/tensors/npz.ts";
import { readSafetensors } from "../../../src/tensors/safetensors.ts";
import { damageBytes, damageText, oddNames } from "./damage.ts";
import { refusal } from "./results.ts";

const types: readonly TensorType[] = [
  { dtype: "f32", shape: [2, 3] },
  { dtype: "bf16", shape: [4] },
  { dtype: "i32", shape: [] },
  { dtype: "bool", shape: [2, 2] },
  { dtype: "i8", shape: [6] },
];

/** A file as the system reads it: what lies outside of it cannot be read, and nothing is read over and over. */
function watched(bytes: Uint8Array): ByteSource {
  let readBytes = 0;
  const read: ByteSource["read"] = (start, end) => {
    expect([start >= 0, end >= start, end <= bytes.length]).toEqual([true, true, true]);
    readBytes += end - start;
    expect(readBytes).toBeLessThanOrEqual(20 * (bytes.length + 100));
    return ok(bytes.subarray(start, end));
  };
  return { byteLength: bytes.length, read };
}

export const validNpy = (): readonly Uint8Array[] => types.map((type) => writeNpy(makeRandomTensor(type, 1, "x")));

export const validNpz = (): readonly Uint8Array[] =>
  ([0, 6] as const).map((level) =>
    zipSync(Object.fromEntries(validNpy().map((bytes, at) => [`w${at}.npy`, bytes])), { level }),
  );

export const validSafetensors = (): readonly Uint8Array[] =>
  types.map((type) => writeSafetensors([type], JSON.stringify));

export function makeNpy(random: Random): Uint8Array {
  const bytes = writeNpy(makeRandomTensor(random.pick(types), random.below(100), "x"));
  if (random.oneIn(3)) return damageBytes(random, bytes);
  const header = new TextDecoder("latin1").decode(bytes.subarray(10, 128));
  return withHeader(bytes, random.oneIn(4) ? damageBytes(random, encode(header)) : encode(damageText(random, header)));
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The .npy with another header, whose length is right if it can be reported. */
function withHeader(bytes: Uint8Array, header: Uint8Array): Uint8Array {
  const length = header.length & 0xffff;
  return Uint8Array.from([...bytes.subarray(0, 8), length & 0xff, length >> 8, ...header, ...bytes.subarray(128)]);
}

export function makeNpz(random: Random): Uint8Array {
  const count = 1 + random.below(3);
  const names = Array.from({ length: count }, (_, index) => (random.oneIn(6) ? random.pick(oddNames) : `w${index}`));
  const level = random.pick([0, 6] as const);
  const files = names.map(
    (name) => [`${name.slice(0, 1000)}.npy`, random.oneIn(3) ? makeNpy(random) : soundNpy(random)] as const,
  );
  const archive = zipSync(Object.fromEntries(files), { level });
  return random.oneIn(5) ? archive : damageBytes(random, archive);
}

function soundNpy(random: Random): Uint8Array {
  return writeNpy(makeRandomTensor(random.pick(types), 0, "x"));
}

export function makeSafetensors(random: Random): Uint8Array {
  const picked = Array.from({ length: 1 + random.below(4) }, () => random.pick(types));
  const bytes = writeSafetensors(picked, (header) => {
    const text = JSON.stringify(header);
    return random.oneIn(8) ? text : damageText(random, text);
  });
  return random.oneIn(4) ? damageBytes(random, bytes) : bytes;
}

const safetensorsSizes = {
  f32: ["F32", 4],
  bf16: ["BF16", 2],
  i32: ["I32", 4],
  bool: ["BOOL", 1],
  i8: ["I8", 1],
} as const;

/** A file of zeros, whose header is what `print` makes of the right one. */
function writeSafetensors(wanted: readonly TensorType[], print: (header: object) => string): Uint8Array {
  const entries: [string, unknown][] = [];
  let place = 0;
  for (const [index, { dtype, shape }] of wanted.entries()) {
    const [name, bytes] = safetensorsSizes[dtype as keyof typeof safetensorsSizes];
    const end = place + elementCount(shape) * bytes;
    entries.push([`w${index}`, { dtype: name, shape, data_offsets: [place, end] }]);
    place = end;
  }
  const text = encode(print(Object.fromEntries(entries)));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...length, ...text, ...new Uint8Array(place)]);
}

export function useNpy(bytes: Uint8Array): string {
  const array = readNpy(watched(bytes));
  return array.ok ? useArrays(new Map([["x", () => array]])) : array.error;
}

export function useNpz(bytes: Uint8Array): string {
  const arrays = readNpz(watched(bytes));
  return arrays.ok ? useArrays(arrays.value) : arrays.error;
}

export function useSafetensors(bytes: Uint8Array): string {
  const arrays = readSafetensors(watched(bytes));
  return arrays.ok ? useArrays(arrays.value) : arrays.error;
}

/** Loads every array for a parameter of every type. */
function useArrays(arrays: ArrayFile): string {
  let fate = "no arrays";
  for (const [name, read] of arrays) {
    for (const type of types) {
      const array = read();
      const tensor = array.ok ? arrayToTensor(name, array.value, type) : undefined;
      if (tensor?.ok) expect(tensor.value.data.length).toBe(elementCount(type.shape));
      if (tensor?.ok === false && "misfit" in tensor.error) refusal([tensor.error.misfit]);
      fate = tensor?.ok ? "taken" : "refused";
      if (tensor?.ok) return fate;
    }
  }
  return fate;
}
