// Writes weights as a safetensors file: the length of the header, the header in JSON, then the elements, in order.
// Source: the safetensors format, README of the reference implementation.

import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { elementCount, type TensorType } from "../../../ir-spec/base/tensor.ts";

export interface WrittenTensor extends TensorType {
  readonly name: string;
  /** The bytes of its elements, made piece by piece when they are written. */
  readonly pieces: () => Iterable<Uint8Array>;
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

/** The file's bytes, piece by piece: large tensors are never held whole. */
export function* safetensorsPieces(tensors: readonly WrittenTensor[]): Generator<Uint8Array> {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape }) => {
    const start = end;
    end += elementCount(shape) * dtypeBytes(dtype);
    return [name, { dtype: formatNames[dtype], shape, data_offsets: [start, end] }] as const;
  });
  // The elements begin at a multiple of 8, as the format asks for.
  const plain = JSON.stringify(Object.fromEntries(entries));
  const lacking = (8 - (new TextEncoder().encode(plain).length % 8)) % 8;
  const header = new TextEncoder().encode(plain + " ".repeat(lacking));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  yield length;
  yield header;
  for (const { pieces } of tensors) yield* pieces();
}
