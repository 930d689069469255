// StableHLO's constants, and indices along an axis.
// Source: StableHLO specification, "constant", "iota".

import { problem } from "../../../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../../../ir-spec/base/tensor.ts";
import { findPositionMask, mayBeMask, writePositionMask } from "../../position-mask.ts";
import type { MlirAttr } from "../ast.ts";
import { emit, failOp, type OpContext, placeholder, refuse, resultType, takeName, type Value } from "../context.ts";
import { readDense } from "../literals.ts";
import { findAttr, intAttr } from "../read-attrs.ts";
import { elementOf, resultTypes } from "../types.ts";
import { plain, repeated } from "../values.ts";
import { type OpRules, rule } from "./rule.ts";

/** Constants of more numbers become weights: a text of them is nothing to read. */
const maxWritten = 64;

function literalOf(context: OpContext): MlirAttr | undefined {
  return context.op.literals.find((literal) => literal.kind === "dense") ?? findAttr(context, "value");
}

const constant = rule(0, (context) => {
  const type = resultType(context);
  const literal = literalOf(context);
  const written = resultTypes(context.op.type, 1)[0];
  if (literal?.kind !== "dense" || written === undefined) {
    refuse(context, "its value is no dense literal");
    return plain(context, placeholder(context.importer, type));
  }
  const read = readDense(literal.text, { ...type, element: elementOf(written) });
  if (!read.ok) {
    failOp(context, problem("E1546", { type: written.text, why: read.error }), literal.span);
    return plain(context, placeholder(context.importer, type));
  }
  if ("splat" in read.value) return splat(context, read.value.splat, type);
  const { values } = read.value;
  const [first] = values;
  return first !== undefined && values.every((value) => Object.is(value, first))
    ? splat(context, first, type)
    : array(context, values, type);
});

function splat(context: OpContext, value: number, { dtype, shape }: TensorType): Value {
  const base = emit(context, "full", [], { value, shape: [], dtype });
  context.importer.splats.set(base, value);
  return repeated(base, shape);
}

function array(context: OpContext, values: Float64Array, type: TensorType): Value {
  const { importer, name } = context;
  const mask = mayBeMask(type) ? findPositionMask(type, values) : undefined;
  if (mask !== undefined) return plain(context, writePositionMask(importer.builder, type, mask, name));
  if (elementCount(type.shape) > maxWritten) {
    const weight = takeName(importer, name ?? "constant");
    importer.weights.set(weight, { ...type, data: values });
    return plain(context, importer.builder.param("weight", weight, type));
  }
  const base = emit(context, "constant", [], { values: [...values], ...type });
  importer.constants.set(base, values);
  return plain(context, base);
}

/** Counts along one axis; the others repeat, so they have size 1 in the graph. */
const iota = rule(0, (context) => {
  const { dtype, shape } = resultType(context);
  const axis = intAttr(context, "dim", "iota_dimension");
  if (shape[axis] === undefined) refuse(context, `it has no axis ${axis}`);
  const base = emit(context, "iota", [], {
    shape: shape.map((size, index) => (index === axis ? size : 1)),
    axis: shape[axis] === undefined ? 0 : axis,
    dtype,
  });
  return { base, axes: shape.map((_size, index) => index), shape };
});

export const sourceRules: OpRules = { constant, iota };
