// Rewrites of a chain's nodes that make them cheaper on tiles. Values get new numbers after those of the graph; results keep theirs.
//
//     reduce_max(x * c) = reduce_max(x) * c             c > 0: rounding is monotonic, so that every bit stays
//     reduce_max(widen(x)) = widen(reduce_max(x))
//     where(p, x * c, -inf) = where(p, x, -inf) * c     c > 0, likewise
//     where(p, widen(x), -inf) = widen(where(p, x, -inf))
//     matmul(cast(e * r), v) = matmul(cast(e), v) * r   e = exp(x - reduce_max(x)), r = 1 / reduce_sum(e): the product, in f32 as it
//                                                       leaves the array, need not wait; likewise for e / reduce_sum(e)

import { roundTo } from "../../../ir-spec/base/dtype.ts";
import { type ValueId, valueId } from "../../../ir-spec/base/ids.ts";
import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import type { Graph, Node, NodeOf, ValueInfo } from "../../../ir-spec/graph.ts";
import { isWideningCast } from "../node-forms.ts";
import type { KernelRegion } from "../region.ts";

export interface SimplifiedRegion {
  readonly graph: Graph;
  readonly region: KernelRegion;
}

export function simplifyRegion(graph: Graph, region: KernelRegion): SimplifiedRegion {
  const draft: Draft = { values: [...graph.values], nodes: [...region.nodes], outputs: region.outputs };
  while (rules.some((rule) => draft.nodes.some((node) => rule(draft, node)))) removeDead(draft);
  removeDead(draft);
  return { graph: { ...graph, values: draft.values }, region: { ...region, nodes: draft.nodes } };
}

/** The nodes while they are rewritten. */
interface Draft {
  readonly values: ValueInfo[];
  nodes: Node[];
  readonly outputs: readonly ValueId[];
}

/** Rewrites at a node; false where it does not apply. */
type Rule = (draft: Draft, node: Node) => boolean;

const typeIn = ({ values }: Draft, value: ValueId): TensorType => (values[value] as ValueInfo).type;

function makerOf({ nodes }: Draft, value: ValueId | undefined): Node | undefined {
  return nodes.find((node) => value !== undefined && node.results.includes(value));
}

function readersIn({ nodes }: Draft, value: ValueId): readonly Node[] {
  return nodes.filter((node) => node.operands.includes(value));
}

function freshValue({ values }: Draft, type: TensorType): ValueId {
  return valueId(values.push({ type }) - 1);
}

/** Puts nodes in the place of one, and of those that have defined `moved`. */
function replace(draft: Draft, old: Node, nodes: readonly Node[], moved: readonly ValueId[]): true {
  const { values } = draft;
  const standsFor = [...old.results, ...moved].flatMap((value) => values[value]?.standsFor ?? [value]);
  for (const value of nodes.flatMap(({ results }) => results))
    values[value] = { ...(values[value] as ValueInfo), standsFor };
  draft.nodes = draft.nodes.flatMap((node) => (node === old ? nodes : [node]));
  return true;
}

/** The tensor and the positive number of `x * c`, whatever the order. */
function positiveMultiple(
  draft: Draft,
  value: ValueId | undefined,
): { readonly of: ValueId; readonly factor: ValueId } | undefined {
  const maker = makerOf(draft, value);
  if (maker?.op !== "mul") return undefined;
  const [x, y] = maker.operands as readonly [ValueId, ValueId];
  const isPositive = (operand: ValueId): boolean => {
    const number = makerOf(draft, operand);
    return number?.op === "full" && Number(number.attrs.value) > 0;
  };
  if (isPositive(y)) return { of: x, factor: y };
  return isPositive(x) ? { of: y, factor: x } : undefined;
}

const maximumOfMultiple: Rule = (draft, node) => {
  if (node.op !== "reduce_max") return false;
  const found = positiveMultiple(draft, node.operands[0]);
  const [result] = node.results;
  if (found === undefined || result === undefined) return false;
  const maximum = freshValue(draft, typeIn(draft, result));
  return replace(
    draft,
    node,
    [
      { ...node, operands: [found.of], results: [maximum] },
      { ...node, op: "mul", attrs: {}, operands: [maximum, found.factor], results: [result] },
    ],
    node.operands,
  );
};

/** A maximum in front of a cast that changes no number: it is found as the product leaves PSUM. */
const maximumOfWidened: Rule = (draft, node) => {
  const cast = node.op === "reduce_max" ? makerOf(draft, node.operands[0]) : undefined;
  const [from] = cast?.operands ?? [];
  const [result] = node.results;
  if (cast?.op !== "cast" || from === undefined || result === undefined || !isWideningCast(draft, cast)) return false;
  const { shape } = typeIn(draft, result);
  const maximum = freshValue(draft, { dtype: typeIn(draft, from).dtype, shape });
  const nodes = [
    { ...node, operands: [from], results: [maximum] },
    { ...cast, operands: [maximum], results: [result] },
  ] satisfies readonly Node[];
  return replace(draft, node, nodes, node.operands);
};

/** A choice between a tensor and a number. */
interface Choice {
  readonly shown: ValueId;
  readonly number: NodeOf<"full">;
  /** The operands of the same choice of another tensor, and of another number. */
  readonly with: (shown: ValueId, number?: ValueId) => readonly ValueId[];
}

function choiceOf(draft: Draft, { op, operands }: Node): Choice | undefined {
  if (op !== "where") return undefined;
  const [mask, x, y] = operands as readonly [ValueId, ValueId, ValueId];
  const [onTrue, onFalse] = [makerOf(draft, x), makerOf(draft, y)];
  if (onFalse?.op === "full") return { shown: x, number: onFalse, with: (shown, number = y) => [mask, shown, number] };
  if (onTrue?.op === "full") return { shown: y, number: onTrue, with: (shown, number = x) => [mask, number, shown] };
  return undefined;
}

const maskOfMultiple: Rule = (draft, node) => {
  const choice = choiceOf(draft, node);
  const isHidden = Number(choice?.number.attrs.value) === Number.NEGATIVE_INFINITY;
  const found = choice !== undefined && isHidden ? positiveMultiple(draft, choice.shown) : undefined;
  const [result] = node.results;
  if (choice === undefined || found === undefined || result === undefined) return false;
  const { shown, with: chosen } = choice;
  if (typeIn(draft, found.of).shape.join() !== typeIn(draft, shown).shape.join()) return false;
  const masked = freshValue(draft, typeIn(draft, result));
  return replace(
    draft,
    node,
    [
      { ...node, operands: chosen(found.of), results: [masked] },
      { ...node, op: "mul", attrs: {}, operands: [masked, found.factor], results: [result] },
    ],
    [shown],
  );
};

/** A mask in front of a cast that changes no number, so that the masked values stay narrow. */
const maskOfWidened: Rule = (draft, node) => {
  const choice = choiceOf(draft, node);
  const cast = makerOf(draft, choice?.shown);
  const [result] = node.results;
  const [from] = cast?.operands ?? [];
  if (choice === undefined || cast?.op !== "cast" || from === undefined || result === undefined) return false;
  const { shown, number: otherwise, with: chosen } = choice;
  const narrow = typeIn(draft, from);
  const value = Number(otherwise.attrs.value);
  const isWider = isWideningCast(draft, cast) && narrow.dtype !== typeIn(draft, shown).dtype;
  if (!isWider || roundTo(narrow.dtype, value) !== value || typeIn(draft, result).shape.join() !== narrow.shape.join())
    return false;
  const number = freshValue(draft, { dtype: narrow.dtype, shape: [] });
  const masked = freshValue(draft, narrow);
  return replace(
    draft,
    node,
    [
      { ...otherwise, attrs: { ...otherwise.attrs, shape: [], dtype: narrow.dtype }, results: [number] },
      { ...node, operands: chosen(from, number), results: [masked] },
      { ...cast, operands: [masked], results: [result] },
    ],
    [shown, ...otherwise.results],
  );
};

/** Only for the weights of a softmax, which one reader has: they are at most 1 with and without their sum, so that neither overflows. */
const rowFactorAfterProduct: Rule = (draft, node) => {
  if (node.op !== "matmul" || node.attrs.transpose_lhs === true) return false;
  const [lhs, rhs] = node.operands as readonly [ValueId, ValueId];
  const [result] = node.results;
  const cast = makerOf(draft, lhs);
  const product = makerOf(draft, cast?.op === "cast" ? cast.operands[0] : lhs);
  if (result === undefined || (product?.op !== "mul" && product?.op !== "div")) return false;
  const isSole = (value: ValueId | undefined, reader: Node): boolean =>
    value !== undefined && !draft.outputs.includes(value) && readersIn(draft, value).every((other) => other === reader);
  if (!isContractedAlone(draft, lhs) || (cast?.op === "cast" && !isSole(product.results[0], cast))) return false;
  const factor = product.operands.findLast((operand) => isRowFactor(draft, operand, lhs));
  const rest = product.operands.find((operand) => operand !== factor);
  if (factor === undefined || rest === undefined || (product.op === "div" && product.operands[1] !== factor))
    return false;
  if (!isOwnSum(draft, rest, { op: product.op, factor })) return false;
  const moved = { op: product.op, factor, rest };
  return moveFactor(draft, { node, lhs, rhs, result, cast: cast?.op === "cast" ? cast : undefined }, moved);
};

/** Whether nothing but products contracts rows. */
function isContractedAlone(draft: Draft, rows: ValueId): boolean {
  const readers = readersIn(draft, rows);
  const contracts = ({ op, operands, attrs }: Node): boolean =>
    op === "matmul" && operands[0] === rows && operands[1] !== rows && attrs.transpose_lhs !== true;
  return !draft.outputs.includes(rows) && readers.every(contracts);
}

/** What multiplies or divides each row. */
interface RowFactor {
  readonly op: "mul" | "div";
  readonly factor: ValueId;
}

interface ScaledProduct {
  readonly node: Node;
  readonly lhs: ValueId;
  readonly rhs: ValueId;
  readonly result: ValueId;
  readonly cast: Node | undefined;
}

function moveFactor(
  draft: Draft,
  { node, lhs, rhs, result, cast }: ScaledProduct,
  { op, factor, rest }: RowFactor & { readonly rest: ValueId },
): true {
  const type = typeIn(draft, result);
  const wide: TensorType = { ...type, dtype: "f32" };
  // The division rounds less than the product does, so that the inverse is as good.
  const by = op === "mul" ? factor : freshValue(draft, typeIn(draft, factor));
  const known = cast && draft.nodes.find((other) => isCastOf(draft, other, rest, typeIn(draft, lhs)));
  const unscaled = cast === undefined ? rest : (known?.results[0] ?? freshValue(draft, typeIn(draft, lhs)));
  const isWide = type.dtype === "f32";
  const [product, scaled] = [freshValue(draft, wide), isWide ? result : freshValue(draft, wide)];
  const { span, kernel } = node;
  const base = { ...(span === undefined ? {} : { span }), ...(kernel === undefined ? {} : { kernel }) };
  const inverse: readonly Node[] =
    op === "mul" ? [] : [{ ...base, op: "reciprocal", attrs: {}, operands: [factor], results: [by] }];
  const rounded: readonly Node[] = isWide
    ? []
    : [{ ...base, op: "cast", attrs: { to: type.dtype }, operands: [scaled], results: [result] }];
  const made: readonly Node[] = [
    ...(cast === undefined || known !== undefined ? [] : [{ ...cast, operands: [rest], results: [unscaled] as const }]),
    { ...node, operands: [unscaled, rhs], results: [product] },
    ...inverse,
    { ...base, op: "mul", attrs: {}, operands: [product, by], results: [scaled] },
    ...rounded,
  ];
  return replace(draft, node, made, [lhs, ...(cast?.operands ?? [])]);
}

function isCastOf(draft: Draft, { op, operands, results }: Node, value: ValueId, { dtype }: TensorType): boolean {
  return op === "cast" && operands[0] === value && typeIn(draft, results[0] as ValueId).dtype === dtype;
}

/** Whether an operand, in f32, is one number for each row of `rows`. */
function isRowFactor(draft: Draft, operand: ValueId, rows: ValueId): boolean {
  const { shape, dtype } = typeIn(draft, operand);
  const full = typeIn(draft, rows).shape;
  const isColumn = shape.length === full.length && shape.at(-1) === 1 && full.at(-1) !== 1;
  return isColumn && dtype === "f32" && makerOf(draft, operand) !== undefined;
}

/** Whether rows are divided by reduce_sum(rows), and the rows are exp(x - reduce_max(x)): from 0 to 1, and 1 somewhere. */
function isOwnSum(draft: Draft, rows: ValueId, { op: by, factor }: RowFactor): boolean {
  const operandOf = (value: ValueId | undefined, op: Node["op"]): ValueId | undefined => {
    const maker = makerOf(draft, value);
    return maker?.op === op ? maker.operands[0] : undefined;
  };
  const difference = makerOf(draft, operandOf(rows, "exp"));
  if (difference?.op !== "sub") return false;
  const [x, maximum] = difference.operands;
  const isShifted = operandOf(maximum, "reduce_max") === x;
  const sum = by === "div" ? factor : operandOf(factor, "reciprocal");
  return isShifted && operandOf(sum, "reduce_sum") === rows;
}

/** The first one is for rows as they were written; the others change them. */
const rules: readonly Rule[] = [
  rowFactorAfterProduct,
  maximumOfWidened,
  maximumOfMultiple,
  maskOfMultiple,
  maskOfWidened,
];

/** Drops nodes whose results nobody reads. */
function removeDead(draft: Draft): void {
  const needed = new Set<ValueId>(draft.outputs);
  const kept: Node[] = [];
  for (const node of draft.nodes.toReversed()) {
    if (!node.results.some((value) => needed.has(value))) continue;
    for (const operand of node.operands) needed.add(operand);
    kept.push(node);
  }
  draft.nodes = kept.reverse();
}
