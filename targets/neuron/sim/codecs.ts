// Elements of each dtype in raw bytes: reading a run of them as f64, and writing one with the dtype's rounding.

import { type Dtype, dtypes } from "../../../ir-spec/base/dtype.ts";
import { type Float8, float8Bits, float8Values } from "../../../ir-spec/base/float8.ts";

/** One stretch of memory, seen as each kind of element. */
export interface Bytes {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
}

/** Fresh memory: all bits set, which reads as NaN in every float format and as -1 in signed integers. */
export function makeBytes(lengthBytes: number): Bytes {
  const wordBytes = Float32Array.BYTES_PER_ELEMENT;
  const buffer = new ArrayBuffer(Math.ceil(lengthBytes / wordBytes) * wordBytes);
  return freshBytes(buffer, 0, buffer.byteLength);
}

/** A part of a buffer, in whole words, as fresh memory. */
export function freshBytes(buffer: ArrayBuffer, firstByte: number, lengthBytes: number): Bytes {
  const words = lengthBytes / Float32Array.BYTES_PER_ELEMENT;
  return {
    u8: new Uint8Array(buffer, firstByte, lengthBytes).fill(0xff),
    i8: new Int8Array(buffer, firstByte, lengthBytes),
    u16: new Uint16Array(buffer, firstByte, lengthBytes / Uint16Array.BYTES_PER_ELEMENT),
    i32: new Int32Array(buffer, firstByte, words),
    f32: new Float32Array(buffer, firstByte, words),
  };
}

/** `count` elements, `stride` apart, beginning with element `first` of the memory; `at` is the place in the f64 array. */
export interface ElementRun {
  first: number;
  stride: number;
  count: number;
  at: number;
}

interface Codec {
  readonly read: (from: Bytes, run: ElementRun, to: Float64Array) => void;
  readonly write: (to: Bytes, run: ElementRun, from: Float64Array) => void;
}

/** Scratch for looking at the bits of an f32; written before each read. */
const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

const exponentMask = 0x7f800000;

/** The same for many elements: going through an array, the engine need not wait for each one's bits. */
const chunk = new Float32Array(1024);
const chunkBits = new Uint32Array(chunk.buffer);

/** The upper half of an f32, rounded, ties to even. */
function bf16Bits(bits: number): number {
  if ((bits & exponentMask) === exponentMask) return (bits & 0x7fffff) === 0 ? bits >>> 16 : 0x7fff;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function f16Bits(x: number): number {
  if (Number.isNaN(x)) return 0x7fff;
  const value = dtypes.f16.round(x);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  word[0] = magnitude;
  const bits = wordBits[0]!;
  return sign | ((((bits >>> 23) - 112) << 10) + ((bits >>> 13) & 0x3ff));
}

function f16Value(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const f32Codec: Codec = {
  read: ({ f32 }, { first, stride, count, at }, to) => {
    for (let i = 0; i < count; i++) to[at + i] = f32[first + i * stride]!;
  },
  write: ({ f32 }, { first, stride, count, at }, from) => {
    for (let i = 0; i < count; i++) f32[first + i * stride] = from[at + i]!;
  },
};

const bf16Codec: Codec = {
  read: ({ u16 }, { first, stride, count, at }, to) => {
    for (let done = 0; done < count; done += chunk.length) {
      const size = Math.min(chunk.length, count - done);
      const from = first + done * stride;
      for (let i = 0; i < size; i++) chunkBits[i] = u16[from + i * stride]! << 16;
      for (let i = 0; i < size; i++) to[at + done + i] = chunk[i]!;
    }
  },
  write: ({ u16 }, { first, stride, count, at }, from) => {
    for (let done = 0; done < count; done += chunk.length) {
      const size = Math.min(chunk.length, count - done);
      const to = first + done * stride;
      for (let i = 0; i < size; i++) {
        const x = from[at + done + i]!;
        chunk[i] = x;
        // Not an f32: rounding twice could go wrong.
        if (chunk[i] !== x) chunk[i] = dtypes.bf16.round(x);
      }
      for (let i = 0; i < size; i++) u16[to + i * stride] = bf16Bits(chunkBits[i]!);
    }
  },
};

const f16Codec: Codec = {
  read: ({ u16 }, { first, stride, count, at }, to) => {
    for (let i = 0; i < count; i++) to[at + i] = f16Value(u16[first + i * stride]!);
  },
  write: ({ u16 }, { first, stride, count, at }, from) => {
    for (let i = 0; i < count; i++) u16[first + i * stride] = f16Bits(from[at + i]!);
  },
};

const i32Codec: Codec = {
  read: ({ i32 }, { first, stride, count, at }, to) => {
    for (let i = 0; i < count; i++) to[at + i] = i32[first + i * stride]!;
  },
  write: ({ i32 }, { first, stride, count, at }, from) => {
    for (let i = 0; i < count; i++) i32[first + i * stride] = from[at + i]!;
  },
};

function float8Codec(dtype: Float8): Codec {
  const values = float8Values(dtype);
  return {
    read: ({ u8 }, { first, stride, count, at }, to) => {
      for (let i = 0; i < count; i++) to[at + i] = values[u8[first + i * stride]!]!;
    },
    write: ({ u8 }, { first, stride, count, at }, from) => {
      for (let i = 0; i < count; i++) u8[first + i * stride] = float8Bits(dtype, from[at + i]!);
    },
  };
}

/** A byte that is an integer; writing drops the fraction and wraps, as typed arrays do. */
function byteCodec(view: "i8" | "u8"): Codec {
  return {
    read: (from, { first, stride, count, at }, to) => {
      for (let i = 0; i < count; i++) to[at + i] = from[view][first + i * stride]!;
    },
    write: (to, { first, stride, count, at }, from) => {
      for (let i = 0; i < count; i++) to[view][first + i * stride] = from[at + i]!;
    },
  };
}

const boolCodec: Codec = {
  read: ({ u8 }, { first, stride, count, at }, to) => {
    for (let i = 0; i < count; i++) to[at + i] = u8[first + i * stride] === 0 ? 0 : 1;
  },
  write: ({ u8 }, { first, stride, count, at }, from) => {
    for (let i = 0; i < count; i++) u8[first + i * stride] = from[at + i] === 0 ? 0 : 1;
  },
};

export const codecs: { readonly [D in Dtype]: Codec } = {
  f32: f32Codec,
  bf16: bf16Codec,
  f16: f16Codec,
  f8e4m3: float8Codec("f8e4m3"),
  f8e5m2: float8Codec("f8e5m2"),
  i32: i32Codec,
  i8: byteCodec("i8"),
  u8: byteCodec("u8"),
  bool: boolCodec,
};
