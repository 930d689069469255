// Whether the columns of a segment can come in blocks, so that no whole row has to be on chip: what needs whole rows is then carried
// from block to block.
//
//     m = reduce_max(x); e = exp(x - m); l = reduce_sum(e); y = matmul(e, v)
//     for each block:  m' = max(m, reduce_max(x));  e = exp(x - m');  r = exp(m - m');  l = l r + reduce_sum(e);  y = y r + matmul(e, v)
//
// A statistic of values that depend on no other statistic is carried as it is. Values that are exp(x - m) times such values are
// homogeneous in exp(-m), and so is each sum and product of them: what is carried so far is rescaled where m changes. This is legal
// where m is the maximum of x itself, so that all of them are from 0 to 1, whatever the blocks so far. No product needs to follow: a
// logarithm of a sum of exponentials carries m and l alone. Source: M. Milakov,
// N. Gimelshein, "Online normalizer calculation for softmax", 2018, for sums; here it is any such accumulator, found from the graph.

import { isFloat } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { isWideningCast } from "../node-forms.ts";
import type { KernelRegion } from "../region.ts";
import { findOnDemand, type Segment } from "./segments.ts";

/** A reduction or product over the columns that come in blocks. */
export interface Accumulator {
  readonly result: ValueId;
  readonly op: "max" | "min" | "add";
  /** The column whose exp(-m) it is homogeneous in; undefined where it is carried as it is. */
  readonly shift: ValueId | undefined;
}

export interface RowBlocks {
  /** The segment whose columns come in blocks, by its place among the segments. */
  readonly segment: number;
  readonly columns: number;
  readonly reductions: readonly Accumulator[];
  /** Products of later segments that contract the columns. */
  readonly products: readonly Accumulator[];
  /** Columns that are subtracted before exp, in order. */
  readonly shifts: readonly ValueId[];
  /** The segment's nodes in each block: those before the statistics that `shifts` are made of, what makes `shifts`, and all others. */
  readonly before: readonly Node[];
  readonly between: readonly Node[];
  readonly after: readonly Node[];
  /** Nodes that run once whole rows are through. */
  readonly last: readonly Node[];
}

/** How a value depends on the statistics of its segment's rows. */
type Dependence =
  | { readonly kind: "free" }
  /** A statistic, or a column made of some. */
  | { readonly kind: "statistic" }
  /** x - m, where m is the maximum of x. */
  | { readonly kind: "shifted"; readonly by: ValueId }
  /** exp(x - m), times free values. */
  | { readonly kind: "scaled"; readonly by: ValueId }
  | { readonly kind: "other" };

/** How the longest rows that the region contracts can come in blocks. */
export function findBlocks(graph: Graph, region: KernelRegion, segments: readonly Segment[]): RowBlocks | undefined {
  const found = segments.flatMap((_, at) => blocksOf({ graph, region, segments, at }) ?? []);
  return found.toSorted((a, b) => b.columns - a.columns)[0];
}

interface Place {
  readonly graph: Graph;
  readonly region: KernelRegion;
  readonly segments: readonly Segment[];
  readonly at: number;
}

function blocksOf(place: Place): RowBlocks | undefined {
  const { region, segments, at } = place;
  const segment = segments[at] as Segment;
  const nodes = [...segment.products, ...nodesOf(segment)];
  const own = new Set(nodes.flatMap(({ results }) => results));
  const isWide = (value: ValueId): boolean => columnsOf(place, value) > 1;
  const wide = new Set([...own].filter(isWide));
  const readers = segments
    .slice(at + 1)
    .filter(({ products }) => products.some(({ operands: [lhs] }) => wide.has(lhs as ValueId)));
  const areKept = region.outputs.some((value) => wide.has(value)) || segment.columns < 2;
  if (areKept || !readers.every((reader) => contractsAlone(reader, wide))) return undefined;
  const elsewhere = segments.filter((other) => other !== segment).flatMap(nodesOf);
  if (elsewhere.some(({ operands }) => operands.some((operand) => wide.has(operand)))) return undefined;
  const dependences = dependencesOf(place, nodes);
  const dependenceOf = (value: ValueId): Dependence => dependences.get(value) ?? { kind: "free" };
  const reductions = segment.rowNodes.filter(({ op }) => isKind(op, "reduce"));
  const accumulators = reductions.map((node) => accumulatorOf(place, node, dependenceOf));
  const products = readers.flatMap((reader) => reader.products.map((node) => accumulatorOf(place, node, dependenceOf)));
  const areAll = (list: readonly (Accumulator | undefined)[]): list is readonly Accumulator[] =>
    list.every((accumulator) => accumulator !== undefined);
  if (!areAll(accumulators) || !areAll(products)) return undefined;
  return {
    segment: at,
    columns: segment.columns,
    reductions: accumulators,
    products,
    ...phasesOf(place, segment, { dependenceOf, accumulators: [...accumulators, ...products] }),
  };
}

function nodesOf({ pieceNodes, rowNodes }: Segment): readonly Node[] {
  return [...pieceNodes, ...rowNodes];
}

const columnsOf = ({ graph }: Pick<Place, "graph">, value: ValueId): number => typeOf(graph, value).shape.at(-1) ?? 1;

/** Whether all products of a segment contract the columns, and nothing hides elements of them while they are in PSUM. */
function contractsAlone({ products, masks }: Segment, wide: ReadonlySet<ValueId>): boolean {
  return masks.length === 0 && products.every(({ operands: [lhs] }) => wide.has(lhs as ValueId));
}

const accumulated = {
  reduce_max: "max",
  reduce_min: "min",
  reduce_sum: "add",
  reduce_mean: "add",
  matmul: "add",
} as const;

function accumulatorOf(
  { graph }: Place,
  { op, operands, results }: Node,
  dependenceOf: (value: ValueId) => Dependence,
): Accumulator | undefined {
  const [result] = results as readonly [ValueId];
  const how = accumulated[op as keyof typeof accumulated];
  const dependence = dependenceOf(operands[0] as ValueId);
  if (how === undefined || !isFloat(typeOf(graph, result).dtype)) return undefined;
  if (dependence.kind === "free") return { result, op: how, shift: undefined };
  return dependence.kind === "scaled" && how === "add" ? { result, op: how, shift: dependence.by } : undefined;
}

function dependencesOf(place: Place, nodes: readonly Node[]): ReadonlyMap<ValueId, Dependence> {
  const dependences = new Map<ValueId, Dependence>();
  const dependenceOf = (value: ValueId): Dependence => dependences.get(value) ?? { kind: "free" };
  for (const node of place.region.nodes) {
    if (!nodes.includes(node)) continue;
    for (const result of node.results) dependences.set(result, dependenceOfNode(place, node, dependenceOf));
  }
  return dependences;
}

function dependenceOfNode(place: Place, node: Node, dependenceOf: (value: ValueId) => Dependence): Dependence {
  const { op, operands, results } = node;
  const all = operands.map(dependenceOf);
  if (isKind(op, "reduce")) return { kind: "statistic" };
  if (all.every(({ kind }) => kind === "free")) return { kind: "free" };
  if (columnsOf(place, results[0] as ValueId) === 1) return { kind: "statistic" };
  const [first, second] = all;
  if (op === "sub" && first?.kind === "free" && second?.kind === "statistic") {
    const [x, by] = operands as readonly [ValueId, ValueId];
    return isMaximum(place, by, x) ? { kind: "shifted", by } : { kind: "other" };
  }
  if (op === "exp" && first?.kind === "shifted") return { kind: "scaled", by: first.by };
  if (op === "cast" && first?.kind === "shifted" && isWideningCast(place.graph, node)) return first;
  if (op === "cast" && isFloat(typeOf(place.graph, results[0] as ValueId).dtype)) return scaledOf(all);
  return isHomogeneous(place, node) ? scaledOf(all) : { kind: "other" };
}

/** That of the one operand that is not free, where it is scaled. */
function scaledOf(all: readonly Dependence[]): Dependence {
  const [one, ...others] = all.filter(({ kind }) => kind !== "free");
  return one?.kind === "scaled" && others.length === 0 ? one : { kind: "other" };
}

/** Whether the result is homogeneous in whichever operand is not free: a product, a quotient by others, a choice between it and 0. */
function isHomogeneous({ region, graph }: Place, { op, operands }: Node): boolean {
  const isZero = (value: ValueId): boolean => {
    const maker = region.nodes.find(({ results }) => results.includes(value));
    return maker?.op === "full" && Number(maker.attrs.value) === 0;
  };
  if (op === "mul") return true;
  const [, x, y] = operands;
  if (op !== "where" || x === undefined || y === undefined || !isFloat(typeOf(graph, x).dtype)) return false;
  return isZero(x) !== isZero(y);
}

/** A tensor times a positive number, casts that change no number left out. */
interface Multiple {
  readonly of: ValueId;
  readonly factor: number;
}

/** Whether a column is the maximum of each row of `x`. */
function isMaximum(place: Place, column: ValueId, x: ValueId): boolean {
  const maximum = multipleOf(place, column);
  const reduction = place.region.nodes.find(({ op, results }) => op === "reduce_max" && results.includes(maximum.of));
  if (reduction === undefined) return false;
  const reduced = multipleOf(place, reduction.operands[0] as ValueId);
  const wide = multipleOf(place, x);
  return reduced.of === wide.of && reduced.factor * maximum.factor === wide.factor;
}

function multipleOf(place: Place, value: ValueId): Multiple {
  const { region, graph } = place;
  const makerOf = (of: ValueId): Node | undefined => region.nodes.find(({ results }) => results.includes(of));
  const maker = makerOf(value);
  if (maker?.op === "cast" && isWideningCast(graph, maker)) return multipleOf(place, maker.operands[0] as ValueId);
  if (maker?.op !== "mul") return { of: value, factor: 1 };
  const numberOf = (operand: ValueId): number => {
    const number = makerOf(operand);
    return number?.op === "full" ? Number(number.attrs.value) : 0;
  };
  const [a, b] = maker.operands as readonly [ValueId, ValueId];
  const [own, by] = numberOf(b) > 0 ? [a, numberOf(b)] : [b, numberOf(a)];
  if (by <= 0) return { of: value, factor: 1 };
  const inner = multipleOf(place, own);
  return { of: inner.of, factor: inner.factor * by };
}

interface Dependences {
  readonly dependenceOf: (value: ValueId) => Dependence;
  readonly accumulators: readonly Accumulator[];
}

type Phases = Pick<RowBlocks, "shifts" | "before" | "between" | "after" | "last">;

/** Which of the segment's nodes on rows run when. What several phases read, and costs nothing or runs on columns, runs in each. */
function phasesOf(place: Place, { rowNodes }: Segment, { dependenceOf, accumulators }: Dependences): Phases {
  const onDemand = findOnDemand(place.graph, place.region);
  const kindOf = ({ results }: Node): Dependence["kind"] => dependenceOf(results[0] as ValueId).kind;
  const isReduction = ({ op }: Node): boolean => isKind(op, "reduce");
  const isFree = (node: Node): boolean => kindOf(node) === "free";
  const isShared = (node: Node): boolean =>
    isFree(node) && (onDemand.has(node) || columnsOf(place, node.results[0] as ValueId) === 1);
  const shiftOf = (node: Node): ValueId | undefined =>
    accumulators.find(({ result }) => result === node.results[0])?.shift;
  const shifts = [...new Set(accumulators.flatMap(({ shift }) => shift ?? []))];
  const withNeeded = (roots: readonly Node[], isAllowed: (node: Node) => boolean): readonly Node[] => {
    const needed = new Set(roots);
    for (const node of rowNodes.toReversed()) {
      const isRead = [...needed].some(({ operands }) => node.results.some((result) => operands.includes(result)));
      if (isRead && isAllowed(node)) needed.add(node);
    }
    return rowNodes.filter((node) => needed.has(node));
  };
  const isOnStatistics = (node: Node): boolean => kindOf(node) === "statistic" && !isReduction(node);
  const onColumns = (node: Node): boolean => isOnStatistics(node) || isShared(node);
  const firsts = rowNodes.filter((node) =>
    isReduction(node) ? shiftOf(node) === undefined : isFree(node) && !isShared(node),
  );
  const lasts = rowNodes.filter((node) =>
    isReduction(node) ? shiftOf(node) !== undefined : kindOf(node) === "scaled" || kindOf(node) === "shifted",
  );
  const makers = rowNodes.filter(({ results }) => results.some((result) => shifts.includes(result)));
  return {
    shifts,
    before: withNeeded(firsts, isShared),
    between: withNeeded(makers.filter(isOnStatistics), onColumns),
    after: withNeeded(lasts, isShared),
    last: withNeeded(rowNodes.filter(isOnStatistics), onColumns),
  };
}
