// Makes nodes of the graph by ops of the op table. What is known is computed by the ops' own reference meaning, so that subgraphs that compute
// shapes leave nothing in the graph.

import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import { dtypeBytes, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, makeTensor, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { callOf } from "../../../ir-spec/graph.ts";
import { type GraphBuilder, nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { bareName, inferOp, type OpName, opDef } from "../../../ir-spec/ops/index.ts";
import { findPositionMask, mayBeMask, type PositionMask, writePositionMask } from "../position-mask.ts";
import { shortest } from "../shortest.ts";
import { elementRow, readRaw } from "./elements.ts";
import { cleanName } from "./names.ts";
import { refuse } from "./refuse.ts";
import {
  countOf,
  elementFor,
  isKnown,
  type KnownValue,
  noInputs,
  roundElements,
  tensorOf,
  type Value,
} from "./values.ts";

/** What nodes are made with; the graph builder and the names grow in place. */
export interface Maker {
  readonly builder: GraphBuilder;
  /** A weight that the graph needs: gives its parameter; one without a name is called after its use. */
  readonly weight: (value: KnownValue, use: string) => ValueId;
  /** Ids of known values that the graph holds already. */
  readonly emitted: Map<Value, ValueId>;
}

type Attrs = Readonly<Record<string, AttrValue>>;

/** Elements of integers that are computed when importing. Assumed: far more than shapes have, and computed at once. */
const maxFoldedInts = 2 ** 20;

/** The same of floats: what is made of weights stays in the text, and the weights keep their names. */
const maxFoldedFloats = 256;

/** Elements up to which a known value stands in the text; larger ones are weights. */
const maxWritten = 64;

/** Applies an op that has one result. */
export function makeOp(maker: Maker, op: OpName, operands: readonly Value[], attrs: Attrs = {}): Value {
  return makeOps(maker, op, operands, attrs)[0]!;
}

/** Applies an op; a problem of its shape rule becomes the reason why the node cannot be imported. */
export function makeOps(maker: Maker, op: OpName, operands: readonly Value[], attrs: Attrs = {}): readonly Value[] {
  const inputs = joinInputs(operands);
  if (operands.every(isKnown)) {
    const folded = foldOp(op, operands, attrs);
    if (folded !== undefined) return folded.map((value) => ({ ...value, inputs }));
  }
  const ids = operands.map((operand, place) => idOf(maker, operand, useOf(op, place)));
  const added = maker.builder.tryAdd(op, ids, attrs);
  if (!added.ok) return refuse(errorMessage(added.error.code, { op, ...added.error.args }));
  return added.value.map((id) => {
    const type = maker.builder.typeOf(id);
    return { ...type, element: elementFor(type.dtype, operands[0]), id, inputs };
  });
}

/** The inputs that any of the values depends on. */
export function joinInputs(values: readonly Value[]): ReadonlySet<string> {
  const some = values.filter(({ inputs }) => inputs.size > 0);
  if (some.length < 2) return some[0]?.inputs ?? noInputs;
  return new Set(some.flatMap(({ inputs }) => [...inputs]));
}

function foldOp(op: OpName, operands: readonly KnownValue[], attrs: Attrs): readonly Value[] | undefined {
  const types = operands.map(({ dtype, shape }): TensorType => ({ dtype, shape }));
  const complete = nodeAttrs(op, types, attrs);
  const inferred = inferOp(op, types, complete);
  if (!inferred.ok) return refuse(errorMessage(inferred.error.code, { op, ...inferred.error.args }));
  if (![...types, ...inferred.value].every(isFoldable)) return undefined;
  const compute = foldedOnce(op, operands, { types: inferred.value, attrs: complete });
  const recipe = operands.length === 0 ? { recipe: callOf(op, [], complete) } : {};
  return inferred.value.map((type, index) => {
    const element = elementFor(type.dtype, operands[0]);
    return { ...type, ...recipe, element, inputs: noInputs, known: () => compute()[index]! };
  });
}

function isFoldable({ dtype, shape }: TensorType): boolean {
  return elementCount(shape) <= (isFloat(dtype) ? maxFoldedFloats : maxFoldedInts);
}

/** Weights are large and often only moved, so that what becomes of them is computed where somebody asks for it. */
function foldedOnce(
  op: OpName,
  operands: readonly KnownValue[],
  { types, attrs }: { readonly types: readonly TensorType[]; readonly attrs: Attrs },
): () => readonly Float64Array[] {
  let results: readonly Float64Array[] | undefined;
  return () => {
    if (results !== undefined) return results;
    const outputs = types.map(makeTensor);
    opDef(op).eval(operands.map(tensorOf), attrs, outputs);
    results = outputs.map(({ dtype, data }) => roundElements(elementFor(dtype, operands[0]), dtype, data));
    return results;
  };
}

/** What an operand is for: `gather_indices`. */
function useOf(op: OpName, place: number): string {
  const { operands } = opDef(op);
  return `${op}_${bareName(operands[Math.min(place, operands.length - 1)] ?? "x")}`;
}

/** The place of a value in the graph; a known one gets a node, or a parameter where it is large. `use` says what it is for. */
export function idOf(maker: Maker, value: Value, use: string): ValueId {
  if (value.id !== undefined) return value.id;
  const known = maker.emitted.get(value);
  if (known !== undefined) return known;
  const id = emit(maker, value as KnownValue, use);
  maker.emitted.set(value, id);
  return id;
}

function emit(maker: Maker, value: KnownValue, use: string): ValueId {
  const { dtype, shape } = value;
  if (shape.includes(0)) refuse("a tensor without elements is no value of a graph");
  if (value.recipe !== undefined) return maker.builder.add(value.recipe.op, [], value.recipe.attrs)[0];
  const mask = maskOf(value);
  if (mask !== undefined) return writePositionMask(maker.builder, value, mask, cleanName(value.weight ?? use, use));
  const count = countOf(value);
  const isWeight = value.weight !== undefined && isFloat(dtype) && count > 1;
  if (isWeight) return maker.weight(value, use);
  const data = value.known();
  checkFits(value, data);
  const [first = 0] = data;
  if (data.every((x) => Object.is(x, first))) {
    return maker.builder.add("full", [], { value: shortest(first, dtype), shape, dtype })[0];
  }
  if (count > maxWritten) return maker.weight(value, use);
  const values = Array.from(data, (x) => shortest(x, dtype));
  return maker.builder.add("constant", [], { values, shape, dtype }, { names: [use] })[0];
}

/** What a known value is by position; of a large file of floats only what begins as such a mask does is read. */
function maskOf({ known, ...value }: KnownValue): PositionMask | undefined {
  if (!mayBeMask(value)) return undefined;
  const first = known.stored?.read(0, dtypeBytes(value.dtype));
  if (first?.ok && readRaw(elementRow(value.element), first.value, 1)[0] !== 0) return undefined;
  return findPositionMask(value, known());
}

/** Integers of 64 bits are held in 32, so they must fit there. */
export function checkFits({ dtype, element }: Pick<Value, "dtype" | "element">, data: Float64Array): void {
  if (isFloat(dtype)) return;
  const outside = data.find((x) => roundTo(dtype, x) !== x);
  if (outside !== undefined) refuse(`a constant ${element} of ${outside} does not fit ${dtype}`);
}
