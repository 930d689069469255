// Types of StableHLO as tensor types of graphs.
// Source: StableHLO specification, "Types".

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { fail, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import { oversize, type TensorType } from "../../../ir-spec/base/tensor.ts";
import type { FunctionType, MlirType, OpType } from "./ast.ts";

const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ["f32", "f32"],
  ["f64", "f32"],
  ["bf16", "bf16"],
  ["f16", "f16"],
  ["f8E4M3", "f8e4m3"],
  ["f8E5M2", "f8e5m2"],
  ["i64", "i32"],
  ["i32", "i32"],
  ["i8", "i8"],
  ["ui8", "u8"],
  ["i1", "bool"],
]);

/** The sizes, of which one may be `?`, and the element type of `2x3xf32`. */
const shaped = /^((?:\s*[\d?]+\s*x)*)\s*([\w<>.!:]+)\s*$/;

/** The element type as it is written: `i64` of `tensor<2xi64>`. */
export function elementOf({ text }: MlirType): string {
  const inner = /^tensor<([^,>]*)/.exec(text)?.[1] ?? "";
  return shaped.exec(inner)?.[2] ?? "";
}

/** Reads `tensor<2x3xf32>`. */
export function readType({ text: type }: MlirType): Result<TensorType, Problem> {
  const inner = /^tensor<([^<>]*(?:<.*>)?[^<>]*)>$/s.exec(type)?.[1]?.trim();
  if (inner === undefined) return fail(problem("E1542", { type, why: "it is no tensor" }));
  const [contents = ""] = inner.split(",");
  const parts = shaped.exec(contents);
  if (parts === null) return fail(problem("E1542", { type, why: "it is malformed" }));
  const sizes = (parts[1] ?? "").split("x").slice(0, -1);
  if (sizes.some((size) => size.includes("?"))) {
    return fail(problem("E1542", { type, why: "one of its dimensions is not known" }));
  }
  const element = parts[2] ?? "";
  const dtype = dtypes.get(element);
  if (dtype === undefined) return fail(problem("E1542", { type, why: `there is no dtype for ${element}` }));
  const shape = sizes.map(Number);
  const large = oversize(shape);
  if (large !== undefined)
    return fail(problem("E1542", { type, why: `it has ${large.found}, at most ${large.limit}` }));
  return ok({ dtype, shape });
}

/** The types of an operation's results: those after the arrow, or of several without an arrow the last one. */
export function resultTypes(type: OpType, count: number): readonly MlirType[] {
  return type.kind === "function" ? type.outputs : type.types.slice(-count);
}

/** The types of an operation's operands; where one type is written, all have it. */
export function operandTypes(type: OpType | FunctionType, count: number): readonly MlirType[] {
  if ("inputs" in type) return type.inputs;
  const [only] = type.types;
  return only !== undefined && type.types.length === 1 ? Array.from({ length: count }, () => only) : type.types;
}
