// Writes weights as a safetensors file: the length of the header, the header in JSON, then the elements, in order.
// Source: the safetensors format, README of the reference implementation.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { float8Bits } from "../../../ir-spec/base/float8.ts";
import { elementCount, type TensorType } from "../../../ir-spec/base/tensor.ts";

export interface WrittenTensor extends TensorType {
  readonly name: string;
  readonly data: () => Float64Array;
}

const formatNames: { readonly [D in Dtype]: string } = {
  f32: "F32",
  bf16: "BF16",
  f16: "F16",
  f8e4m3: "F8_E4M3",
  f8e5m2: "F8_E5M2",
  i32: "I32",
  i8: "I8",
  u8: "U8",
  bool: "BOOL",
};

type Write = (view: DataView, offset: number, x: number) => void;

const writers: { readonly [D in Dtype]: Write } = {
  f32: (view, offset, x) => view.setFloat32(offset, x, true),
  bf16: (view, offset, x) => view.setUint16(offset, f32Bits(x) >>> 16, true),
  f16: (view, offset, x) => view.setUint16(offset, f16Bits(x), true),
  f8e4m3: (view, offset, x) => view.setUint8(offset, float8Bits("f8e4m3", x)),
  f8e5m2: (view, offset, x) => view.setUint8(offset, float8Bits("f8e5m2", x)),
  i32: (view, offset, x) => view.setInt32(offset, x, true),
  i8: (view, offset, x) => view.setInt8(offset, x),
  u8: (view, offset, x) => view.setUint8(offset, x),
  bool: (view, offset, x) => view.setUint8(offset, x),
};

const word = new DataView(new ArrayBuffer(4));

function f32Bits(x: number): number {
  word.setFloat32(0, x);
  return word.getUint32(0);
}

/** The bits of a value of f16. Source: IEEE 754-2019 binary16. */
function f16Bits(x: number): number {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return 0x7e00;
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = (f32Bits(magnitude) >>> 23) - 127;
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 2 ** 10);
}

/** The file's bytes; the elements are values of their dtypes. */
export function writeSafetensors(tensors: readonly WrittenTensor[]): Uint8Array {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const start = end;
    end += elementCount(shape) * dtypeBytes(dtype);
    return [name, { dtype: formatNames[dtype], shape, data_offsets: [start, end] }] as const;
  });
  // The elements begin at a multiple of 8, as the format asks for.
  const plain = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(
    plain.padEnd(plain.length + ((8 - (new TextEncoder().encode(plain).length % 8)) % 8)),
  );
  const bytes = new Uint8Array(8 + header.length + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  let offset = 8 + header.length;
  for (const { dtype, data } of tensors) {
    for (const x of data()) {
      writers[dtype](view, offset, x);
      offset += dtypeBytes(dtype);
    }
  }
  return bytes;
}
