// Stage 1 -> 2, types: `bf16[T, 3 * D]` with all dimensions known, and values held against a declared type.

import { problem } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { oversize, printType, type TensorType, typesEqual } from "../../ir-spec/base/tensor.ts";
import type { Expr, TypeExpr } from "./ast.ts";
import { type ElaborationPlace, report } from "./context.ts";
import { full, readDtype, toTensor } from "./elaborate-call.ts";
import { elaborateNumber, placeText } from "./elaborate-expr.ts";
import { errorMeaning, type Meaning, tensorMeaning } from "./meaning.ts";
import { dimensionMisfit, dtypeMisfit } from "./numbers.ts";

/** The type that is written; undefined when it has a mistake, which was reported. */
export function readType(place: ElaborationPlace, type: TypeExpr): TensorType | undefined {
  if (type.dtype.name === "") return undefined;
  const dtype = readDtype(place, type.dtype);
  const sizes = type.dims.map((dim) => readDimension(place, dim));
  const shape = sizes.filter((size) => size !== undefined);
  if (dtype === undefined || shape.length < sizes.length) return undefined;
  const excess = oversize(shape);
  if (excess === undefined) return { dtype, shape };
  report(place, problem("E0316", { what: "a tensor of this type", ...excess }), type.span);
  return undefined;
}

export function readDimension(place: ElaborationPlace, expr: Expr): number | undefined {
  const found = elaborateNumber(place, expr);
  if (found === undefined) return undefined;
  const misfit = dimensionMisfit(found, `\`${placeText(expr)}\``);
  if (misfit === undefined) return found.value;
  report(place, misfit, expr.span);
  return undefined;
}

/** What a value and its declaration are called, and where they are. */
export interface Declared {
  readonly name: string;
  readonly type: TypeExpr;
  /** Where the value is given. */
  readonly span: Span;
}

/** Holds a value against its declared type; a number becomes a constant of that type. */
export function checkDeclared(place: ElaborationPlace, meaning: Meaning, { name, type, span }: Declared): Meaning {
  const wanted = readType(place, type);
  if (wanted === undefined || meaning.kind === "error") return errorMeaning;
  if (meaning.kind === "number") {
    const misfit = dtypeMisfit(meaning.value, wanted.dtype);
    if (misfit !== undefined) report(place, misfit, span);
    const made = misfit === undefined ? full(place, meaning.value, wanted.dtype, wanted.shape, span) : undefined;
    return made === undefined ? errorMeaning : tensorMeaning(made);
  }
  const value = toTensor(place, { meaning, span }, undefined);
  if (value === undefined) return errorMeaning;
  const found = place.graph.builder.typeOf(value);
  if (typesEqual(found, wanted)) return tensorMeaning(value);
  const args = { found: printType(found), name, expected: printType(wanted) };
  report(place, problem("E0216", args), span, { notes: [{ text: "declared here", span: type.span }] });
  return tensorMeaning(value);
}
