// Operand <-> numbers, in the order of the operand's layout in field-layout.ts. An operand on chip has no tensor and one
// in HBM no partitions: what an operand has not is 0.

import { ringId, tensorId } from "../../../ir-spec/base/ids.ts";
import type { Address, Operand, OperandDim } from "../stream.ts";
import { codeToName, dtypeCodes, listCodes, memoryCodes } from "./codes.ts";
import {
  type Extension,
  extensionsOf,
  extensionsToExtent,
  extensionsToTerms,
  type FieldImage,
  limitToExtensions,
  termsToExtensions,
} from "./extensions.ts";
import { inlineDims } from "./field-layout.ts";
import { type RawField, refuseField } from "./raw-record.ts";

export function operandToImage(operand: Operand): FieldImage {
  const { memory, dtype, address, dims } = operand;
  const isChip = operand.memory !== "hbm";
  const place = isChip ? [operand.startPartition, operand.partitions.max, 0] : [0, 0, operand.tensor];
  const inline = Array.from({ length: inlineDims }, (_unused, dim) => [
    dims[dim]?.stride ?? 0,
    dims[dim]?.size.max ?? 0,
  ]);
  return {
    numbers: [memoryCodes[memory], dtypeCodes[dtype], dims.length, ...place, address.base.constant, ...inline.flat()],
    extensions: [
      ...termsToExtensions(address.base.terms),
      ...address.rings.map(({ ring, scale }): Extension => ({ kind: "ring", index: 0, id: ring, number: scale })),
      ...(isChip ? limitToExtensions(operand.partitions, 0) : []),
      ...dims.flatMap(dimToExtensions),
    ],
  };
}

function dimToExtensions({ stride, size }: OperandDim, dim: number): readonly Extension[] {
  const further: Extension = { kind: "dim", index: dim, id: size.max, number: stride };
  return [...(dim < inlineDims ? [] : [further]), ...limitToExtensions(size, dim + 1)];
}

export function imageToOperand(raw: RawField): Operand {
  const { numbers, extensions } = raw;
  const [
    memoryCode = 0,
    dtypeCode = 0,
    dimCount = 0,
    startPartition = 0,
    partitions = 0,
    tensor = 0,
    base = 0,
    ...inline
  ] = numbers;
  const memory = codeToName(memoryCodes, memoryCode);
  const dtype = codeToName(dtypeCodes, dtypeCode);
  if (memory === undefined) refuseField(raw, "memory", String(memoryCode), `one of ${listCodes(memoryCodes)}`);
  if (dtype === undefined) refuseField(raw, "dtype", String(dtypeCode), `one of ${listCodes(dtypeCodes)}`);
  const rings = extensionsOf(extensions, "ring").map(({ id, number }) => ({ ring: ringId(id), scale: number }));
  const address: Address = { base: { constant: base, terms: extensionsToTerms(extensions) }, rings };
  const common = { dtype: dtype ?? "f32", address, dims: readDims(raw, dimCount, inline) };
  if (memory === "sbuf" || memory === "psum") {
    return { memory, startPartition, partitions: extensionsToExtent(partitions, extensions, 0), ...common };
  }
  if (tensor >= raw.scope.tensors) refuseField(raw, "tensor", String(tensor), `less than ${raw.scope.tensors}`);
  return { memory: "hbm", tensor: tensorId(tensor), ...common };
}

/** The dimensions: the first from the record itself, further ones from extension words. */
function readDims(raw: RawField, count: number, inline: readonly number[]): OperandDim[] {
  const dims: OperandDim[] = [];
  for (let dim = 0; dim < count; dim++) {
    const [further] = extensionsOf(raw.extensions, "dim", dim);
    if (dim >= inlineDims && further === undefined) {
      refuseField(raw, `dimension ${dim}`, "nothing", "an extension word");
      return dims;
    }
    const stride = dim < inlineDims ? inline[2 * dim] : further?.number;
    const max = dim < inlineDims ? inline[2 * dim + 1] : further?.id;
    dims.push({ stride: stride ?? 0, size: extensionsToExtent(max ?? 0, raw.extensions, dim + 1) });
  }
  return dims;
}
