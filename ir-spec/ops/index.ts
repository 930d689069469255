// THE OP TABLE: every op of the language and of the graph, gathered from one file per kind of op, and the doors through
// which generic code reaches a row.

import type { AttrValue, AttrValues } from "../base/attr.ts";
import { describeKind, fitsKind, printAttrValue } from "../base/attr.ts";
import { fail, ok, type Problem, problem, type Result } from "../base/result.ts";
import { oversize, type TensorType } from "../base/tensor.ts";
import { activationOps } from "./activations.ts";
import { argOps } from "./arg.ts";
import { attentionOps } from "./attention.ts";
import { checkAxes, countAxesFromZero } from "./axes.ts";
import { binaryOps } from "./binary.ts";
import { bitOps } from "./bits.ts";
import { contractOps } from "./contract.ts";
import { convOps } from "./conv.ts";
import type { AnyOpRow, NamedOperands, OpFacts, OpKind } from "./define.ts";
import { functionOps } from "./functions.ts";
import { indexingOps } from "./indexing.ts";
import { integerProductOps } from "./integer-products.ts";
import { movementOps } from "./movement.ts";
import { normalizationOps } from "./normalization.ts";
import { padOps } from "./pad.ts";
import { poolOps } from "./pool.ts";
import { reduceOps } from "./reduce.ts";
import { remainderOps } from "./remainder.ts";
import { rotaryOps } from "./rotary.ts";
import { scanOps } from "./scan.ts";
import { scatterOps } from "./scatter.ts";
import { misfit } from "./shape-rules.ts";
import { slicingOps } from "./slicing.ts";
import { softmaxOps } from "./softmax.ts";
import { sourceOps } from "./source.ts";
import { topKOps } from "./top-k.ts";
import { unaryOps } from "./unary.ts";

export const ops = {
  ...unaryOps,
  ...activationOps,
  ...binaryOps,
  ...bitOps,
  ...reduceOps,
  ...contractOps,
  ...integerProductOps,
  ...movementOps,
  ...slicingOps,
  ...sourceOps,
  ...functionOps,
  ...remainderOps,
  ...padOps,
  ...argOps,
  ...topKOps,
  ...scanOps,
  ...indexingOps,
  ...scatterOps,
  ...poolOps,
  ...convOps,
  ...softmaxOps,
  ...normalizationOps,
  ...rotaryOps,
  ...attentionOps,
} as const;

export type OpName = keyof typeof ops;

/** The names of the ops of one kind: a table `{ [N in OpNameOf<"elementwise">]: ... }` must have a row for each. */
export type OpNameOf<K extends OpKind> = {
  [N in OpName]: (typeof ops)[N]["kind"] extends K ? N : never;
}[OpName];

/** The attributes of an op as its nodes hold them: all of its row. */
export type AttrsOf<N extends OpName> = AttrValues<(typeof ops)[N]["attrs"]>;

/** The attributes as they are given: the defaults of the row may be left out. */
export type GivenAttrs<N extends OpName> = Partial<AttrsOf<N>>;

/** What an op has for each of its operands, by the names in its row. */
export type OperandsOf<N extends OpName, T> = NamedOperands<(typeof ops)[N]["operands"], T>;

/** The names of the ops whose rows say that a fact holds: a table of them must have a row for each. */
export type OpNameWith<F extends keyof OpFacts> = {
  [N in OpName]: NonNullable<(typeof ops)[N]["facts"]> extends { readonly [K in F]: true } ? N : never;
}[OpName];

export const opNames = Object.keys(ops) as readonly OpName[];

export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name);
}

/** The row of an op, for code that treats all ops alike. */
export function opDef(name: OpName): AnyOpRow {
  return ops[name] as unknown as AnyOpRow;
}

/** What holds of an op. */
export function factsOf(name: OpName): OpFacts {
  return opDef(name).facts ?? {};
}

export function isKind<K extends OpKind>(name: OpName, kind: K): name is OpNameOf<K> {
  return opDef(name).kind === kind;
}

/** How many operands an op takes; `most` is infinite where it takes any number. */
export function operandRange(name: OpName): { readonly min: number; readonly max: number } {
  const { operands } = opDef(name);
  const hasRest = operands.some((operand) => operand.startsWith("..."));
  const min = operands.filter((operand) => !operand.endsWith("?")).length;
  return { min, max: hasRest ? Number.POSITIVE_INFINITY : operands.length };
}

/** The name of an operand without the marks that it may be absent or is the rest. */
export function bareName(operand: string): string {
  return operand.replace(/^\.\.\.|\?$/g, "");
}

function checkOperandCount(name: OpName, found: number): Problem | undefined {
  const { min, max } = operandRange(name);
  if (found >= min && found <= max) return undefined;
  const range = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
  return misfit("E0309", { found, expected: min === max ? min : range });
}

function checkAttrs(name: OpName, attrs: Readonly<Record<string, AttrValue>>): Problem | undefined {
  for (const [attr, kind] of Object.entries(opDef(name).attrs)) {
    const value = attrs[attr] ?? null;
    if (fitsKind(kind, value)) continue;
    const wanted = describeKind(kind);
    return value === null
      ? misfit("E0310", { attr, expected: wanted })
      : misfit("E0306", { attr, found: printAttrValue(kind, value), expected: wanted });
  }
  return undefined;
}

/**
 * Types of an op's results, or what does not fit: the number of operands, then the attributes' kinds, then axes, then the
 * rule of the op itself. The attributes must be complete (defaults filled in).
 */
export function inferOp(
  name: OpName,
  types: readonly TensorType[],
  attrs: Readonly<Record<string, AttrValue>>,
): Result<readonly TensorType[], Problem> {
  const kinds = opDef(name).attrs;
  const wrong = checkOperandCount(name, types.length) ?? checkAttrs(name, attrs) ?? checkAxes(kinds, types, attrs);
  const counted = countAxesFromZero(kinds, types, attrs);
  const inferred = wrong === undefined ? opDef(name).infer(types, counted) : fail(wrong);
  if (inferred.ok) return checkSizes(name, inferred.value);
  return fail({ ...inferred.error, args: { op: name, ...inferred.error.args } });
}

function checkSizes(name: OpName, types: readonly TensorType[]): Result<readonly TensorType[], Problem> {
  for (const { shape } of types) {
    const excess = oversize(shape);
    if (excess !== undefined) return fail(problem("E0316", { what: `the result of ${name}`, ...excess }));
  }
  return ok(types);
}
