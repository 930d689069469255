// Writes a tensor as an onnx.TensorProto, with raw data.
// Source: onnx.proto of ONNX 1.22, TensorProto.

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { roundTo } from "../../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../../ir-spec/base/tensor.ts";
import { elementBytes } from "../../write/elements.ts";
import { elementOfDtype, elements, isPlain } from "../elements.ts";
import { fieldsOf } from "./schema.ts";

/** The bytes of a file of one tensor. What ONNX has in no type of the same values is written as f32, which holds them. */
export function writeTensorFile(name: string, { dtype, shape, data }: Tensor): Uint8Array {
  const own = elementOfDtype[dtype];
  const isOwn = isPlain(elements[own]) || dtype === "bool";
  const element = isOwn ? own : "FLOAT";
  const fields = fieldsOf("Tensor");
  const numberOf = (field: string): number => fields[field]?.number ?? 0;
  const writer = new BinaryWriter();
  for (const size of shape) writer.tag(numberOf("dims"), WireType.Varint).int64(BigInt(size));
  writer.tag(numberOf("dataType"), WireType.Varint).int32(elements[element].code);
  writer.tag(numberOf("name"), WireType.LengthDelimited).string(name);
  const bytes = elementBytes(isOwn ? dtype : "f32", isOwn ? data : data.map((x) => roundTo("f32", x)));
  return writer.tag(numberOf("rawData"), WireType.LengthDelimited).bytes(bytes).finish();
}
