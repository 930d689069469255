// Makers of fields, and of the values of what an instruction leaves out: what the rows of the table share.

import type { AttrKind } from "../../../ir-spec/base/attr.ts";
import { type Dtype, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import {
  type AnyArgs,
  type Field,
  type Fields,
  type FieldValue,
  freeSize,
  type Has,
  type OperandField,
  type ResolvedOperand,
  type ValueField,
} from "./define.ts";

/** Dtypes of numbers with a fraction; the systolic array multiplies these. */
export const floatDtypes = ["f32", "bf16", "f16", "f8e4m3", "f8e5m2"] as const satisfies readonly Dtype[];
export const productDtypes = floatDtypes;
/** What the systolic array adds up in PSUM; bf16 where the machine has `peResultBf16`. */
export const resultDtypes = ["f32", "bf16"] as const satisfies readonly Dtype[];

type OperandRole = OperandField["role"];

/** An operand of any dtype on chip. */
export function chipField<const R extends OperandRole>(role: R, summary: string) {
  return { kind: "operand", role, memories: ["sbuf", "psum"], dtypes: dtypeNames, summary } as const;
}

/** An operand in the given memories, of the given dtypes. */
export function operandField<const R extends OperandRole, const M extends readonly Memory[]>(
  role: R,
  memories: M,
  dtypes: readonly Dtype[],
  summary: string,
) {
  return { kind: "operand", role, memories, dtypes, summary } as const;
}

/** A column operand [p, 1] that may be left out. */
export function optionalColumn(summary: string) {
  return { ...chipField("read", summary), optional: true } as const;
}

export function valueField<const A extends AttrKind>(attr: A): ValueField & { readonly attr: A } {
  return { kind: "value", attr };
}

/** What a field that an instruction leaves out stands for: its default, `null` where it has none. */
export function absentValue(field: Exclude<Field, OperandField>): FieldValue {
  if (field.kind === "value") return field.attr.default ?? null;
  return field.kind === "flag" ? false : 0;
}

/** All values of an execution, in the order of the fields: what is given, and what the rest stands for. */
export function completeValues(
  fields: Fields,
  given: Readonly<Record<string, FieldValue | undefined>> = {},
): Readonly<Record<string, FieldValue>> {
  const values: Record<string, FieldValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (field.kind !== "operand") values[name] = given[name] ?? absentValue(field);
  }
  return values;
}

/** An operand of an execution of any row, whose fields make certain that it is there. */
export function operandOf(args: AnyArgs, name: string): ResolvedOperand {
  const operand = args.operands[name];
  invariant(operand !== undefined, `operand ${name} is missing`);
  return operand;
}

/** Elements of each partition of an operand. */
export const elementsOf = <N extends string>(args: Has<N>, name: N): number => freeSize(args.operands[name]);
