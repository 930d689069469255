// Stage 1 -> 2, calls of ops: operands and attributes are checked against the op's row and become a node.

import { type AttrKind, type AttrValue, describeKind, fitsKind, printAttrValue } from "../../ir-spec/base/attr.ts";
import { type Dtype, dtypeNames, isDtype } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { type Problem, problem } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { type Suggestion, suggest } from "../../ir-spec/base/suggest.ts";
import { type OpName, opDef } from "../../ir-spec/ops/index.ts";
import type { Arg, Expr, Ident } from "./ast.ts";
import { type ElaborationPlace, type Hint, isOver, type Names, oneOf, report } from "./context.ts";
import { attrValueOf, describeMeaning, errorMeaning, type Meaning, tensorMeaning } from "./meaning.ts";
import { dtypeMisfit } from "./numbers.ts";

/** An argument whose expression was elaborated. */
export interface Operand {
  readonly meaning: Meaning;
  readonly span: Span;
}

/** An op with all that it is called with. */
export interface OpCall {
  readonly op: OpName;
  readonly operands: readonly Operand[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
  readonly span: Span;
  readonly names: Names;
}

/** Adds the node of a call; a problem of the op is reported at the operand that it names, else at the call. */
export function callOp(place: ElaborationPlace, call: OpCall): Meaning {
  const { op, attrs, span, names } = call;
  const values = toTensors(place, call);
  if (values === undefined || isOver(place)) return errorMeaning;
  const info = { names: names.map(nameForPrinting), span, kernel: place.kernel };
  const added = place.graph.builder.tryAdd(op, values, attrs, info);
  if (!added.ok) {
    report(place, added.error, blamedSpan(call, added.error), countHint(call, added.error));
    return errorMeaning;
  }
  if (!place.graph.budget.spend("step", span, added.value.length)) return errorMeaning;
  const results = added.value.map(tensorMeaning);
  const [only] = results;
  return results.length === 1 && only !== undefined ? only : { kind: "several", items: results, from: op };
}

/** Names such as `%3` are made by the printer, again each time. */
function nameForPrinting(name: string | undefined): string | undefined {
  return name?.startsWith("%") ? undefined : name;
}

/** A number too many is mostly an attribute whose name was left out. */
function countHint({ op, operands }: OpCall, found: Problem): Hint {
  const [attr] = Object.keys(opDef(op).attrs);
  const isNumber = operands.at(-1)?.meaning.kind === "number";
  if (found.code !== "E0309" || attr === undefined || !isNumber) return {};
  return { notes: [{ text: `attributes are given with their names: \`${attr}=...\`` }] };
}

function blamedSpan(call: OpCall, found: Problem): Span {
  const blamed = String(found.args.operand ?? "");
  const names = opDef(call.op).operands.map((name) => name.replace(/^\.\.\.|\?$/g, ""));
  const index = names.includes(blamed) ? names.indexOf(blamed) : Number.parseInt(blamed, 10);
  return call.operands[index]?.span ?? call.span;
}

/** The operands as values of the graph: numbers take the dtype of the tensors beside them. */
function toTensors(place: ElaborationPlace, call: OpCall): readonly ValueId[] | undefined {
  const { operands } = call;
  if (operands.some(({ meaning }) => meaning.kind === "error")) return undefined;
  const dtypes = operands.flatMap(({ meaning }) =>
    meaning.kind === "tensor" ? [place.graph.builder.typeOf(meaning.id).dtype] : [],
  );
  const dtype = dtypes.find((candidate) => candidate !== "bool");
  const values = operands.map((operand) => toTensor(place, operand, dtype));
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** One operand as a value of the graph; `dtype` is what a number takes. */
export function toTensor(place: ElaborationPlace, operand: Operand, dtype: Dtype | undefined): ValueId | undefined {
  const { meaning, span } = operand;
  if (meaning.kind === "error") return undefined;
  if (meaning.kind === "tensor") return meaning.id;
  if (meaning.kind === "flag") return full(place, meaning.value ? 1 : 0, "bool", [], span);
  if (meaning.kind !== "number") {
    report(place, problem("E0221", { found: describeMeaning(meaning), expected: "a tensor or a number" }), span);
    return undefined;
  }
  if (dtype === undefined) {
    report(place, problem("E0215", { found: meaning.value }), span);
    return undefined;
  }
  const misfit = dtypeMisfit(meaning.value, dtype);
  if (misfit === undefined) return full(place, meaning.value, dtype, [], span);
  report(place, misfit, span);
  return undefined;
}

/** A constant tensor. */
export function full(place: ElaborationPlace, value: number, dtype: Dtype, shape: readonly number[], span: Span) {
  place.graph.budget.spend("step", span);
  const [made] = place.graph.builder.add("full", [], { value, shape, dtype }, { span, kernel: place.kernel });
  return made;
}

/** The attributes of a call of an op; undefined when one of them is wrong, which was reported. */
export function readAttrs(
  place: ElaborationPlace,
  op: OpName,
  args: readonly Arg[],
  elaborate: (expr: Expr) => Meaning,
): Readonly<Record<string, AttrValue>> | undefined {
  const kinds: Readonly<Record<string, AttrKind>> = opDef(op).attrs;
  const attrs: Record<string, AttrValue> = {};
  let isFine = true;
  for (const { name, value } of args) {
    if (name === undefined) continue;
    const kind = Object.hasOwn(kinds, name.name) ? kinds[name.name] : undefined;
    if (kind === undefined) reportUnknownAttr(place, op, { name, value });
    else if (Object.hasOwn(attrs, name.name)) report(place, problem("E0206", { op, name: name.name }), name.span);
    const read = kind === undefined ? undefined : readAttr(place, { op, attr: name.name, kind }, value, elaborate);
    if (read === undefined) isFine = false;
    else attrs[name.name] = read;
  }
  return isFine ? attrs : undefined;
}

/** What people write for an attribute; the first that an op has is meant. */
const otherAttrNames: Readonly<Record<string, readonly string[]>> = {
  ...{ dim: ["axis", "axes"], dims: ["axes", "perm"], axis: ["axes"], axes: ["axis", "perm"], keep_dims: ["keepdims"] },
  ...{ eps: ["epsilon"], dtype: ["to"], causal: ["is_causal"], size: ["shape"], begin: ["starts"], end: ["ends"] },
};

function reportUnknownAttr(
  place: ElaborationPlace,
  op: OpName,
  { name: { name, span }, value }: { readonly name: Ident; readonly value: Expr },
): void {
  const known = Object.keys(opDef(op).attrs);
  const others = Object.hasOwn(otherAttrNames, name) ? otherAttrNames[name] : undefined;
  const meant = others?.find((other) => known.includes(other));
  const near = meant === undefined ? suggest(name, known, span) : suggestAttr(op, meant, { span, value });
  report(place, problem("E0205", { op, name, expected: oneOf(known) }), span, near);
}

/** The attribute that is meant; where it takes a list and one number is given, with a list of it. */
function suggestAttr(
  op: OpName,
  meant: string,
  { span, value }: { readonly span: Span; readonly value: Expr },
): Suggestion {
  const kind = opDef(op).attrs[meant]?.kind;
  const { source, start, end } = value.span;
  const text = source.text.slice(start, end);
  const isOne = (kind === "axes" || kind === "ints") && /^-?\d+$/.test(text);
  if (!isOne) return suggest(meant, [meant], span);
  const replacement = `${meant}=[${text}]`;
  const fix = { span: { ...span, end }, replacement, title: `write \`${replacement}\`` };
  return { notes: [{ text: `did you mean \`${replacement}\`?` }], fix };
}

interface AttrPlace {
  readonly op: OpName;
  readonly attr: string;
  readonly kind: AttrKind;
}

function readAttr(
  place: ElaborationPlace,
  wanted: AttrPlace,
  expr: Expr,
  elaborate: (expr: Expr) => Meaning,
): AttrValue | undefined {
  const { op, attr, kind } = wanted;
  const word = expr.kind === "name" ? bareWord(place, kind, expr.name, expr.span) : undefined;
  if (word !== undefined) return word.value;
  const meaning = elaborate(expr);
  if (meaning.kind === "error") return undefined;
  const value = attrValueOf(meaning);
  if (value !== undefined && fitsKind(kind, value)) return value;
  if (value === undefined && containsTensor(meaning)) {
    report(place, problem("E0214", { found: `\`${attr}\` of ${op}`, expected: describeKind(kind) }), expr.span);
    return undefined;
  }
  const found = value === undefined ? describeMeaning(meaning) : printAttrValue(kind, value);
  const near = kind.kind === "choice" && typeof value === "string" ? suggest(value, kind.choices) : {};
  report(place, problem("E0306", { op, attr, found, expected: describeKind(kind) }), expr.span, near);
  return undefined;
}

function containsTensor(meaning: Meaning): boolean {
  return meaning.kind === "tensor" || (meaning.kind === "list" && meaning.items.some(containsTensor));
}

/** A word that is no name of a value: a dtype, or a choice whose quotes were forgotten. */
function bareWord(
  place: ElaborationPlace,
  kind: AttrKind,
  word: string,
  span: Span,
): { readonly value: AttrValue | undefined } | undefined {
  if (kind.kind === "dtype") return { value: readDtype(place, { name: word, span }) };
  const isUnquoted = kind.kind === "choice" && place.scope.find(word) === undefined;
  if (!isUnquoted) return undefined;
  const isChoice = kind.choices.includes(word);
  const fix = { span, replacement: `"${word}"`, title: `write "${word}"` };
  const wanted = `${describeKind(kind)}, in quotes`;
  report(place, problem("E0221", { found: `the bare word ${word}`, expected: wanted }), span, isChoice ? { fix } : {});
  return { value: undefined };
}

/** What people write for a dtype. */
const otherDtypeNames = new Map<string, Dtype>(
  Object.entries({
    float32: "f32",
    float: "f32",
    float16: "f16",
    half: "f16",
    bfloat16: "bf16",
    float8_e4m3: "f8e4m3",
    float8_e5m2: "f8e5m2",
    int8: "i8",
    uint8: "u8",
    int32: "i32",
    int: "i32",
    boolean: "bool",
    i1: "bool",
  } as const),
);

export function readDtype(place: ElaborationPlace, { name, span }: Ident): Dtype | undefined {
  if (isDtype(name)) return name;
  const meant = otherDtypeNames.get(name.toLowerCase());
  const near = meant === undefined ? suggest(name, dtypeNames, span) : suggest(meant, [meant], span);
  report(place, problem("E0210", { name, expected: dtypeNames.join(", ") }), span, near);
  return undefined;
}
