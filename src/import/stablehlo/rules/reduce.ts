// StableHLO's reductions with one operation, in the form `applies stablehlo.add` or with a region of one operation.
// Source: StableHLO specification, "reduce".

import { type Dtype, dtypes, isFloat } from "../../../../ir-spec/base/dtype.ts";
import type { OpName } from "../../../../ir-spec/ops/index.ts";
import { dtypeOf, emit, type OpContext, refuse, type Value } from "../context.ts";
import { intsAttr } from "../read-attrs.ts";
import { elementwise, materialise, plain } from "../values.ts";
import type { OpRules } from "./rule.ts";

interface Reducer {
  readonly op: OpName;
  /** The same of two values. */
  readonly pair: OpName;
  /** The number that changes nothing. */
  readonly neutral: (dtype: Dtype) => number;
}

const lowest = (dtype: Dtype) => (isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtypes[dtype].minFinite);
const highest = (dtype: Dtype) => (isFloat(dtype) ? Number.POSITIVE_INFINITY : dtypes[dtype].maxFinite);

const reducers: ReadonlyMap<string, Reducer> = new Map([
  ["add", { op: "reduce_sum", pair: "add", neutral: () => 0 }],
  ["multiply", { op: "reduce_prod", pair: "mul", neutral: () => 1 }],
  ["maximum", { op: "reduce_max", pair: "max", neutral: lowest }],
  ["minimum", { op: "reduce_min", pair: "min", neutral: highest }],
]);

/** Of bools a sum is a logical or, as the largest is, and a product a logical and. */
const boolReducers: ReadonlyMap<string, string> = new Map([
  ["or", "maximum"],
  ["add", "maximum"],
  ["maximum", "maximum"],
  ["and", "minimum"],
  ["multiply", "minimum"],
  ["minimum", "minimum"],
]);

/** The name of the operation that a reduction applies; none where its region does something else. */
function appliedOp({ op }: OpContext): string | undefined {
  const [region] = op.regions;
  if (region === undefined) return withoutDialect(op.words[op.words.indexOf("applies") + 1]);
  const [only, end, ...more] = region.ops;
  const isPair = region.args.length === 2 && only?.operands.length === 2 && more.length === 0;
  const names = new Set(only?.operands.map(({ name }) => name));
  const takesBoth = region.args.every(({ name }) => names.has(name));
  const isReturned = end?.operands.length === 1 && end.operands[0]?.name === only?.results[0]?.name;
  return isPair && takesBoth && isReturned ? withoutDialect(only.name) : undefined;
}

function withoutDialect(name: string | undefined): string | undefined {
  return name?.slice(name.lastIndexOf(".") + 1);
}

function reduce(context: OpContext): readonly Value[] {
  const [x, initial] = context.operands as readonly [Value, Value];
  if (context.operands.length !== 2) {
    refuse(context, "it reduces several tensors together");
    return [x];
  }
  const isBool = dtypeOf(context, x) === "bool";
  const applied = appliedOp(context) ?? "";
  const reducer = reducers.get(isBool ? (boolReducers.get(applied) ?? "") : applied);
  if (reducer === undefined) {
    refuse(context, `it applies something other than one of ${[...reducers.keys()].join(", ")}`);
    return [x];
  }
  const axes = intsAttr(context, "dimensions");
  const value = isBool ? elementwise(context, "cast", [x], { to: "i32" }) : x;
  const start = isBool ? elementwise(context, "cast", [initial], { to: "i32" }) : initial;
  const reduced = reduceAxes(context, value, axes, reducer);
  const isNeutral = context.importer.splats.get(initial.base) === reducer.neutral(dtypeOf(context, x));
  const total = isNeutral ? reduced : elementwise(context, reducer.pair as "add", [reduced, start], {});
  return [isBool ? elementwise(context, "cast", [total], { to: "bool" }) : total];
}

function reduceAxes(context: OpContext, value: Value, axes: readonly number[], { op }: Reducer): Value {
  if (axes.length === 0) return value;
  const operand = materialise(context, value);
  const base = emit(context, op as "reduce_sum", [operand], { axes, keepdims: false });
  context.importer.reductions.set(base, { op, operand, axes });
  return plain(context, base);
}

export const reduceRules: OpRules = { reduce: { operands: 2, isVariadic: true, apply: reduce } };
