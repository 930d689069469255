// Elements of tensors as bytes, little-endian, as safetensors and the raw data of ONNX hold them.

import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { float8Bits } from "../../../ir-spec/base/float8.ts";

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

/** The bytes of elements that are values of their dtype. */
export function elementBytes(dtype: Dtype, data: Float64Array): Uint8Array {
  const write = writers[dtype];
  const width = dtypeBytes(dtype);
  const bytes = new Uint8Array(data.length * width);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < data.length; index++) write(view, index * width, data[index]!);
  return bytes;
}

/** Elements of which the bytes are made at once. */
const pieceElements = 2 ** 20;

/** The same in pieces, so that the bytes are never all in memory. */
export function* elementPieces(dtype: Dtype, data: Float64Array): Generator<Uint8Array> {
  for (let start = 0; start < data.length; start += pieceElements) {
    yield elementBytes(dtype, data.subarray(start, start + pieceElements));
  }
}
