// THE RECORD LAYOUT: which numbers are in an instruction's record, by the kind of its fields. A record is a head, then
// the fields in the order of the instruction's row, each at a fixed place whether it is given or not, then the extension
// words that the head counts (extensions.ts). Rows of the instruction table say nothing about bits.

import type { AttrKind } from "../../../ir-spec/base/attr.ts";
import type { Field } from "../isa/define.ts";
import { type InstName, instDef, instNames } from "../isa/index.ts";
import { type NumberType, numberTypes } from "./number-types.ts";

/** One number of a field. */
export interface Part {
  readonly name: string;
  readonly type: NumberType;
}

/** A field as it is in a record. */
export interface FieldLayout {
  readonly name: string;
  readonly parts: readonly Part[];
}

const part = (name: string, type: NumberType): Part => ({ name, type });

/** What every record begins with. Bit i of `given` says that field i is there; a kernel is an index. */
export const headParts: readonly Part[] = [
  part("opcode", "u16"),
  part("given", "u16"),
  part("kernel", "u16"),
  part("extensions", "u16"),
];

/** Most fields that a row may have: the bits of `given`. */
export const maxFields = 16;

/** Dimensions of an operand that are in the record itself; further ones are extension words. */
export const inlineDims = 2;

/** Sizes are the largest ones; borders, loops and ring registers are extension words. */
export const operandParts: readonly Part[] = [
  part("memory", "u8"),
  part("dtype", "u8"),
  part("dimensions", "u16"),
  part("start_partition", "u16"),
  part("partitions", "u16"),
  part("tensor", "u32"),
  part("address", "i64"),
  ...Array.from({ length: inlineDims }, (_unused, dim) => [
    part(`stride${dim}`, "i32"),
    part(`size${dim}`, "u32"),
  ]).flat(),
];

/** An integer has 64 bits and a float is kept as f64, since the stream holds f64: what is read is what was written. */
const valueParts: { readonly [K in AttrKind["kind"]]: readonly Part[] } = {
  int: [part("value", "i64")],
  axis: [part("value", "i64")],
  float: [part("value", "f64")],
  bool: [part("value", "u32")],
  dtype: [part("code", "u32")],
  choice: [part("index", "u32")],
  ints: [part("count", "u32")],
  axes: [part("count", "u32")],
  perm: [part("count", "u32")],
  floats: [part("count", "u32")],
  names: [part("count", "u32")],
};

/** The numbers of a field, by its kind. */
export function partsOf(field: Field): readonly Part[] {
  switch (field.kind) {
    case "operand":
      return operandParts;
    case "value":
      return valueParts[field.attr.kind];
    case "flag":
      return [part("when", "u32")];
    case "sem":
      return [part("sem", "u32")];
    case "affine":
      return [part("constant", "i64")];
    default:
      return field satisfies never;
  }
}

const fieldsByInst: ReadonlyMap<InstName, readonly FieldLayout[]> = new Map(
  instNames.map((inst) => [
    inst,
    Object.entries(instDef(inst).fields).map(([name, field]) => ({ name, parts: partsOf(field) })),
  ]),
);

/** The fields of an instruction's record, in order. */
export function fieldsOf(inst: InstName): readonly FieldLayout[] {
  return fieldsByInst.get(inst) ?? [];
}

/** The fields of the record that stands for a loop's head; `advance` has ring registers in extension words alone. */
export const loopFields = [
  { name: "loop", parts: [part("loop", "u32")] },
  { name: "trips", parts: [part("size", "u32")] },
  { name: "advance", parts: [] },
] as const satisfies readonly FieldLayout[];

/** Where one number is in a record. */
export interface PlacedPart extends Part {
  readonly field: string;
  readonly offsetBytes: number;
  readonly bytes: number;
}

/** Places the parts of fields one after the other. */
export function placeParts(fields: readonly FieldLayout[], startBytes = 0): readonly PlacedPart[] {
  const placed: PlacedPart[] = [];
  let offsetBytes = startBytes;
  for (const { name: field, parts } of fields) {
    for (const { name, type } of parts) {
      const { bytes } = numberTypes[type];
      placed.push({ field, name, type, offsetBytes, bytes });
      offsetBytes += bytes;
    }
  }
  return placed;
}

/** The fixed part of an instruction's record: head and fields, with the place of every number. */
export function recordLayout(inst: InstName): readonly PlacedPart[] {
  return placeParts([{ name: "head", parts: headParts }, ...fieldsOf(inst)]);
}

/** The length of what is at the beginning of every record of an instruction (B). */
export function fixedBytes(inst: InstName): number {
  const last = recordLayout(inst).at(-1);
  return last === undefined ? 0 : last.offsetBytes + last.bytes;
}
