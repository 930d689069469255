// Stage 1 -> 2, expressions: names are looked up, numbers are folded, calls become nodes. After a mistake an expression
// means "error", and what is made of it stays silent.

import { problem } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import { printShape } from "../../ir-spec/base/tensor.ts";
import { isOpName, type OpName, opNames } from "../../ir-spec/ops/index.ts";
import type { CallExpr, Expr, IndexExpr, InfixExpr, InfixOperator, NameExpr, NegateExpr } from "./ast.ts";
import { type ElaborationPlace, isOver, type Names, report } from "./context.ts";
import { callOp, readAttrs } from "./elaborate-call.ts";
import { reportUnknownName } from "./elaborate-names.ts";
import { describeMeaning, errorMeaning, type Meaning, type NumberMeaning, numberMeaning } from "./meaning.ts";
import { foldNumbers } from "./numbers.ts";

/** What an expression means; `names` go to the results of its outermost op. */
export function elaborateExpr(place: ElaborationPlace, expr: Expr, names: Names = []): Meaning {
  if (isOver(place) || !place.graph.budget.spend("expression", expr.span)) return errorMeaning;
  switch (expr.kind) {
    case "number":
      return numberMeaning(expr.value, expr.isInteger);
    case "string":
      return { kind: "string", value: expr.value };
    case "word":
      return wordMeaning(expr.word);
    case "name":
      return lookUp(place, expr);
    case "bracket":
      return elaborateExpr(place, expr.inner, names);
    case "list":
      return elaborateList(place, expr.items);
    case "negate":
      return elaborateNegate(place, expr, names);
    case "infix":
      return elaborateInfix(place, expr, names);
    case "index":
      return elaborateIndex(place, expr, names);
    case "call":
      return elaborateCall(place, expr, names);
    case "error":
      return errorMeaning;
    default:
      return expr satisfies never;
  }
}

function wordMeaning(word: string): Meaning {
  if (word === "true" || word === "false") return { kind: "flag", value: word === "true" };
  if (word === "none") return { kind: "none" };
  return numberMeaning(word === "inf" ? Number.POSITIVE_INFINITY : Number.NaN, false);
}

function lookUp(place: ElaborationPlace, { name, span }: NameExpr): Meaning {
  const binding = place.scope.find(name);
  if (binding !== undefined) return binding.meaning;
  reportUnknownName(place, name, span);
  return errorMeaning;
}

function elaborateList(place: ElaborationPlace, exprs: readonly Expr[]): Meaning {
  const items = exprs.map((item) => elaborateExpr(place, item));
  return items.some((item) => item.kind === "error") ? errorMeaning : { kind: "list", items };
}

function elaborateNegate(place: ElaborationPlace, { operand, span }: NegateExpr, names: Names): Meaning {
  const meaning = elaborateExpr(place, operand);
  if (meaning.kind === "number") return numberMeaning(-meaning.value, meaning.isInteger);
  return callOp(place, { op: "neg", operands: [{ meaning, span: operand.span }], attrs: {}, span, names });
}

const infixOps: Readonly<Record<InfixOperator, OpName>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "<": "less",
  "<=": "less_or_equal",
  ">": "greater",
  ">=": "greater_or_equal",
  "==": "equal",
  "!=": "not_equal",
};

function elaborateInfix(place: ElaborationPlace, expr: InfixExpr, names: Names): Meaning {
  const left = elaborateExpr(place, expr.left);
  const right = elaborateExpr(place, expr.right);
  const { span } = expr;
  if (left.kind === "number" && right.kind === "number") {
    const folded = foldNumbers(expr.operator, left, right);
    if (folded.ok) return folded.value;
    report(place, folded.error, span);
    return errorMeaning;
  }
  const operands = [
    { meaning: left, span: expr.left.span },
    { meaning: right, span: expr.right.span },
  ];
  return callOp(place, { op: infixOps[expr.operator], operands, attrs: {}, span, names });
}

/** A number that must be known when compiling: a dimension, a loop bound, an index. Undefined when it is not. */
export function elaborateNumber(place: ElaborationPlace, expr: Expr): NumberMeaning | undefined {
  const meaning = elaborateExpr(place, expr);
  if (meaning.kind === "number") return meaning;
  if (meaning.kind === "tensor") {
    report(place, problem("E0214", { found: `\`${placeText(expr)}\``, expected: "a number" }), expr.span);
  } else if (meaning.kind !== "error") {
    report(place, problem("E0221", { found: describeMeaning(meaning), expected: "a number" }), expr.span);
  }
  return undefined;
}

/** The expression as written, shortened, for messages. */
export function placeText({ span }: Expr): string {
  const written = span.source.text.slice(span.start, span.end).replace(/\s+/g, " ");
  return written.length > 40 ? `${written.slice(0, 37)}...` : written;
}

/** `w[i, j]` picks from the leading dimensions: a slice of one element each, which are then dropped. */
function elaborateIndex(place: ElaborationPlace, expr: IndexExpr, names: Names): Meaning {
  const base = elaborateExpr(place, expr.base);
  const indices = expr.indices.map((index) => elaborateNumber(place, index)?.value);
  if (base.kind === "error" || indices.some((index) => index === undefined)) return errorMeaning;
  if (base.kind !== "tensor") {
    report(place, problem("E0221", { found: describeMeaning(base), expected: "a tensor to index" }), expr.base.span);
    return errorMeaning;
  }
  const { shape } = place.graph.builder.typeOf(base.id);
  const picked = indices as readonly number[];
  if (!indicesFit(place, expr, shape, picked)) return errorMeaning;
  const { span } = expr;
  const attrs = { starts: picked, ends: picked.map((index) => index + 1), axes: picked.map((_, axis) => axis) };
  const operands = [{ meaning: base, span: expr.base.span }];
  const sliced = callOp(place, { op: "slice", operands, attrs, span, names: [] });
  const kept = { shape: shape.slice(picked.length) };
  return callOp(place, { op: "reshape", operands: [{ meaning: sliced, span }], attrs: kept, span, names });
}

function indicesFit(
  place: ElaborationPlace,
  expr: IndexExpr,
  shape: readonly number[],
  picked: readonly number[],
): boolean {
  const name = placeText(expr.base);
  if (picked.length === 0 || picked.length > shape.length) {
    report(place, problem("E0225", { found: picked.length, name, rank: shape.length }), expr.span);
    return false;
  }
  const axis = picked.findIndex((index, at) => !Number.isInteger(index) || index < 0 || index >= (shape[at] ?? 0));
  if (axis < 0) return true;
  const size = shape[axis] as number;
  const args = { index: picked[axis] as number, name, axis, size, last: size - 1 };
  const notes = [{ text: `\`${name}\` has shape ${printShape(shape)}` }];
  report(place, problem("E0218", args), (expr.indices[axis] as Expr).span, { notes });
  return false;
}

function elaborateCall(place: ElaborationPlace, call: CallExpr, names: Names): Meaning {
  const { name, span } = call.callee;
  checkArgOrder(place, call);
  const def = place.graph.defs.get(name);
  if (def !== undefined) return place.graph.inline(place, call, def, names);
  if (isOpName(name)) return elaborateOpCall(place, call, name, names);
  report(place, problem("E0202", { name }), span, suggestCallee(place, name, span));
  // The arguments may hold mistakes of their own.
  for (const arg of call.args) if (arg.name === undefined) elaborateExpr(place, arg.value);
  return errorMeaning;
}

/** What people write for an op. */
const otherOpNames = new Map<string, OpName>(
  Object.entries({
    layer_norm: "layer_normalization",
    layernorm: "layer_normalization",
    rms_norm: "rms_normalization",
    rmsnorm: "rms_normalization",
    sum: "reduce_sum",
    mean: "reduce_mean",
    maximum: "max",
    minimum: "min",
    concatenate: "concat",
    rope: "rotary_embedding",
    swish: "silu",
    dot: "matmul",
    constant: "full",
    permute: "transpose",
    view: "reshape",
  } as const),
);

function suggestCallee(place: ElaborationPlace, name: string, span: CallExpr["span"]) {
  const meant = otherOpNames.get(name.toLowerCase());
  if (meant !== undefined) return suggest(meant, [meant], span);
  return suggest(name, [...opNames, ...place.graph.defs.keys()], span);
}

function checkArgOrder(place: ElaborationPlace, { args }: CallExpr): void {
  const firstNamed = args.findIndex((arg) => arg.name !== undefined);
  const late = args.find((arg, index) => arg.name === undefined && firstNamed >= 0 && index > firstNamed);
  const attr = args[firstNamed]?.name?.name;
  if (late !== undefined && attr !== undefined) report(place, problem("E0111", { attr }), late.value.span);
}

function elaborateOpCall(place: ElaborationPlace, call: CallExpr, op: OpName, names: Names): Meaning {
  const operands = call.args
    .filter((arg) => arg.name === undefined)
    .map(({ value }) => ({ meaning: elaborateExpr(place, value), span: value.span }));
  const attrs = readAttrs(place, op, call.args, (expr) => elaborateExpr(place, expr));
  if (attrs === undefined) return errorMeaning;
  return callOp(place, { op, operands, attrs, span: call.span, names });
}
