// How the nodes of a chain fall into segments. A segment is what has columns of its own: one or several products, with the row-wise
// nodes that go through their columns; the first one may have no product. A product contracts the columns of a segment before it.
//
//     s = matmul(q, k)                                segment 0: columns are keys
//     e = exp(s - reduce_max(s)); l = reduce_sum(e)
//     y = matmul(e, v) / l                            segment 1: columns are those of v

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant, type Problem, problem } from "../../../ir-spec/base/result.ts";
import { printShape, type Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import { findHidden, type HiddenElements } from "../../analysis/hidden.ts";
import { axesOf, type Condition, findPositions, type Positions } from "../../analysis/positions.ts";
import { isWideningCast } from "../compute-nodes.ts";
import type { KernelRegion } from "../region.ts";
import { type ColumnMask, isExactInF32 } from "./masks.ts";

export interface Segment {
  readonly columns: number;
  readonly products: readonly Node[];
  /** Nodes that can run on a piece of the columns: they need no whole rows. None where there is no product. */
  readonly pieceNodes: readonly Node[];
  /** Nodes that run on whole rows: reductions and what reads them. */
  readonly rowNodes: readonly Node[];
  /** Masks by position that are applied to products in PSUM; they are none of `pieceNodes`. */
  readonly masks: readonly ColumnMask[];
  /** Values made piece by piece of which whole rows are kept: they are stored, reduced, or read by another segment. */
  readonly held: readonly ValueId[];
}

export interface Segments {
  /** Sizes of all dimensions but the columns: batch dimensions, then the rows. */
  readonly rowShape: Shape;
  readonly segments: readonly Segment[];
}

/** Whether a region has products that other nodes of it are between or before, so that it may be a chain. */
export function isChain({ nodes }: KernelRegion): boolean {
  const products = nodes.filter(({ op }) => op === "matmul");
  const made = new Set(nodes.flatMap(({ results }) => results));
  const readsMade = products.some(({ operands }) => operands.some((operand) => made.has(operand)));
  return products.length > 0 && (readsMade || products.length > 1 || nodes.some(({ op }) => isKind(op, "reduce")));
}

/** What keeps a region from being a chain. */
export function chainObjection(graph: Graph, region: KernelRegion): Problem | undefined {
  const cannot = (why: string): Problem => problem("E0601", { kernel: region.name, why });
  const rowShape = rowShapeOf(graph, region);
  const made = new Set(region.nodes.flatMap(({ results }) => results));
  for (const node of region.nodes) {
    const why = nodeObjection(graph, node, { made, rowShape });
    if (why !== undefined) return cannot(why);
  }
  const stray = region.outputs.find((value) => !isOfRows(typeOf(graph, value).shape, rowShape));
  if (stray !== undefined)
    return cannot(`its result ${printShape(typeOf(graph, stray).shape)} has not all of the rows`);
  const { order, levels } = levelsOf(graph, region);
  const isWaiting = [...levels.values()].some((key) => !order.includes(key));
  if (isWaiting) return cannot("its products with different columns wait for each other");
  const late = region.outputs.find((value) => !levels.has(value) && order.length > 0);
  return late === undefined ? undefined : cannot("it stores what no product or reduction of it needs");
}

interface RegionRows {
  readonly made: ReadonlySet<ValueId>;
  readonly rowShape: Shape;
}

function nodeObjection(graph: Graph, node: Node, { made, rowShape }: RegionRows): string | undefined {
  const { op, operands, results, attrs } = node;
  const shape = typeOf(graph, results[0] as ValueId).shape;
  if (op === "matmul") {
    if (made.has(operands[1] as ValueId)) return "a matmul's right operand is made by the same kernel";
    if (attrs.transpose_lhs === true && made.has(operands[0] as ValueId))
      return "a matmul contracts rows of the same kernel";
    return isOfRows(shape, rowShape) ? undefined : `its matmuls have different rows: ${printShape(shape)}`;
  }
  if (op === "full" || op === "iota") return undefined;
  if (isKind(op, "reduce")) {
    const operand = typeOf(graph, operands[0] as ValueId).shape;
    const axes = reducedAxes(attrs.axes as readonly number[], operand.length);
    const isLast = axes.length === 1 && axes[0] === operand.length - 1 && attrs.keepdims === true;
    if (!isLast) return `${op} does not reduce the last axis alone, with keepdims`;
    return isOfRows(operand, rowShape) ? undefined : `${op} has other rows than its matmuls`;
  }
  return isKind(op, "elementwise") ? undefined : `${op} is neither a matmul nor row-wise`;
}

/** Whether a shape has all rows, and columns. */
function isOfRows(shape: Shape, rowShape: Shape): boolean {
  return shape.slice(0, -1).join() === rowShape.join();
}

function rowShapeOf(graph: Graph, { nodes }: KernelRegion): Shape {
  const product = nodes.find(({ op }) => op === "matmul");
  invariant(product !== undefined, "a chain has a product");
  return typeOf(graph, product.results[0] as ValueId).shape.slice(0, -1);
}

/** Segments by key, in order, and the key of each value that belongs to one. Others are made where they are read. */
interface Levels {
  readonly order: readonly SegmentKey[];
  readonly levels: ReadonlyMap<ValueId, SegmentKey>;
}

interface SegmentKey {
  /** How many products are before its own. */
  readonly level: number;
  readonly columns: number;
}

/**
 * A product is one level above what it contracts; a row-wise node is where its highest operand is. What is made of operands from
 * outside alone, of numbers and positions, and casts that change no number, belong to no segment.
 */
function levelsOf(graph: Graph, { nodes }: KernelRegion): Levels {
  const order: SegmentKey[] = [];
  const levels = new Map<ValueId, SegmentKey>();
  const makers = new Map(nodes.flatMap((node) => node.results.map((result) => [result, node] as const)));
  const keyOf = (level: number, columns: number): SegmentKey => {
    const known = order.find((key) => key.level === level && key.columns === columns);
    if (known !== undefined) return known;
    const key = { level, columns };
    order.push(key);
    return key;
  };
  const columnsOf = (value: ValueId): number => typeOf(graph, value).shape.at(-1) ?? 1;
  /** A value that a product or reduction needs as a whole gets a segment, even if it is made of operands from outside alone. */
  const settle = (value: ValueId): SegmentKey => {
    const known = levels.get(value);
    if (known !== undefined) return known;
    const key = keyOf(0, columnsOf(value));
    levels.set(value, key);
    return key;
  };
  for (const node of nodes) {
    const [result] = node.results as readonly [ValueId];
    const [first] = node.operands;
    if (node.op === "matmul") {
      const isMade = makers.has(first as ValueId);
      levels.set(result, keyOf(isMade ? settle(first as ValueId).level + 1 : 0, columnsOf(result)));
    } else if (isKind(node.op, "reduce")) {
      const operand = first as ValueId;
      const known = levels.get(operand);
      levels.set(result, known ?? keyOf(0, columnsOf(operand)));
    } else {
      const keys = node.operands.flatMap((operand) => levels.get(operand) ?? []);
      if (keys.length === 0) continue;
      const top = keys.reduce((a, b) => (b.level > a.level || (b.level === a.level && b.columns > a.columns) ? b : a));
      const columns = columnsOf(result);
      levels.set(result, columns === 1 ? top : keyOf(top.level, columns));
    }
  }
  return { order: inOrder(order, levels, nodes), levels };
}

/** Each segment after those whose values it reads; those that wait for each other are left out. */
function inOrder(
  keys: readonly SegmentKey[],
  levels: ReadonlyMap<ValueId, SegmentKey>,
  nodes: readonly Node[],
): readonly SegmentKey[] {
  const sources = new Map(keys.map((key) => [key, new Set<SegmentKey>()]));
  for (const { operands, results } of nodes) {
    const own = levels.get(results[0] as ValueId);
    for (const operand of operands) {
      const source = levels.get(operand);
      if (own !== undefined && source !== undefined && source !== own) sources.get(own)?.add(source);
    }
  }
  const left = new Set(keys.toSorted((a, b) => a.level - b.level));
  const order: SegmentKey[] = [];
  const isReady = (key: SegmentKey): boolean => [...(sources.get(key) ?? [])].every((source) => !left.has(source));
  for (let next = [...left].find(isReady); next !== undefined; next = [...left].find(isReady)) {
    left.delete(next);
    order.push(next);
  }
  return order;
}

export function segmentsOf(graph: Graph, region: KernelRegion): Segments {
  const { order, levels } = levelsOf(graph, region);
  const alone: Graph = { ...graph, nodes: region.nodes, results: [], updates: [] };
  const context: SegmentContext = {
    positions: findPositions(alone),
    hidden: findHidden(alone),
    graph,
    region,
    levels,
    onDemand: findOnDemand(graph, region),
    makers: new Map(region.nodes.flatMap((node) => node.results.map((result) => [result, node] as const))),
  };
  return { rowShape: rowShapeOf(graph, region), segments: order.map((key) => makeSegment(context, key)) };
}

interface SegmentContext {
  readonly positions: Positions;
  readonly hidden: HiddenElements;
  readonly graph: Graph;
  readonly region: KernelRegion;
  readonly levels: ReadonlyMap<ValueId, SegmentKey>;
  readonly makers: ReadonlyMap<ValueId, Node>;
  readonly onDemand: ReadonlySet<Node>;
}

function makeSegment(context: SegmentContext, key: SegmentKey): Segment {
  const { region, levels, onDemand } = context;
  const own = region.nodes.filter((node) => levels.get(node.results[0] as ValueId) === key);
  const products = own.filter(({ op }) => op === "matmul");
  const rowWise = own.filter(({ op }) => op !== "matmul");
  const onRows = new Set<ValueId>();
  const rowNodes: Node[] = [];
  const pieceNodes: Node[] = [];
  for (const node of rowWise) {
    const needsRows =
      products.length === 0 || isKind(node.op, "reduce") || node.operands.some((operand) => onRows.has(operand));
    if (needsRows) for (const result of node.results) onRows.add(result);
    if (onDemand.has(node)) continue;
    (needsRows ? rowNodes : pieceNodes).push(node);
  }
  const rows = withDemanded(context, rowNodes);
  const draft = { products, pieceNodes, rows };
  const held = heldBy(context, key, draft);
  const masks = pieceNodes.flatMap((node) => maskOf(context, node, { ...draft, held }) ?? []);
  const unmasked = pieceNodes.filter((node) => masks.every(({ result }) => node.results[0] !== result));
  return {
    columns: key.columns,
    products,
    masks,
    pieceNodes: withDemanded(context, unmasked),
    rowNodes: rows,
    held,
  };
}

/** A node that replaces elements of a product, which nothing else reads, by a number where positions say so. */
function maskOf(
  context: SegmentContext,
  node: Node,
  segment: SegmentNodes & { readonly held: readonly ValueId[] },
): ColumnMask | undefined {
  const { region, positions, graph } = context;
  const [result] = node.results;
  if (node.op !== "where" || result === undefined || !segment.held.includes(result)) return undefined;
  const [by, x, y] = node.operands as readonly [ValueId, ValueId, ValueId];
  const condition = positions.conditionOf(by);
  const [onTrue, onFalse] = [positions.numberOf(x), positions.numberOf(y)];
  const number = onFalse ?? onTrue;
  if (condition === undefined || number === undefined) return undefined;
  const product = onFalse === undefined ? y : x;
  const isSole = region.nodes.every((reader) => reader === node || !reader.operands.includes(product));
  const isProduct = segment.products.some(({ results }) => results[0] === product);
  const { shape } = typeOf(graph, product);
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  const isPlain = axesOf(condition).every((axis) => axis <= 1) && isExactInF32(condition, rows, columns);
  if (!isSole || !isProduct || !isPlain || segment.held.includes(product)) return undefined;
  const visible: Condition = onFalse === undefined ? { kind: "not", of: condition } : condition;
  return { product, result, visible, constant: number, isSkipped: isSkippable(context, result, segment) };
}

/** Whether masked columns change no result: maxima ignore them, sums and products read zeros, and no rows are kept beside them. */
function isSkippable(
  { graph, hidden, region }: SegmentContext,
  masked: ValueId,
  { products, rows }: SegmentNodes,
): boolean {
  const visible = hidden.visibleOf(masked);
  if (visible === undefined || hidden.constantOf(masked) !== Number.NEGATIVE_INFINITY || products.length > 1)
    return false;
  const isHidden = (value: ValueId): boolean => hidden.visibleOf(value) === visible;
  const isColumn = (value: ValueId): boolean => (typeOf(graph, value).shape.at(-1) ?? 1) === 1;
  const wide = rows.flatMap(({ results }) => results.filter((result) => !isColumn(result)));
  if (!wide.every(isHidden) || region.outputs.some(isHidden)) return false;
  const neutral: Readonly<Record<string, number>> = { reduce_max: Number.NEGATIVE_INFINITY, reduce_sum: 0, matmul: 0 };
  return region.nodes.every((node) => {
    const read = node.operands.filter(isHidden);
    if (read.length === 0 || node.results.every(isHidden)) return true;
    const constant = neutral[node.op];
    return constant !== undefined && read.every((value) => hidden.constantOf(value) === constant);
  });
}

/**
 * Nodes that are run again wherever row-wise nodes read them: casts that change no number, and products with a number of which every
 * reader adds or subtracts one number for each row, as functions do on the way.
 */
function findOnDemand(graph: Graph, { nodes, outputs }: KernelRegion): ReadonlySet<Node> {
  const numbers = new Set(nodes.filter(({ op }) => op === "full").flatMap(({ results }) => results));
  const columnsOf = (value: ValueId): number => typeOf(graph, value).shape.at(-1) ?? 1;
  const isTaken = (reader: Node, value: ValueId): boolean => {
    const other = reader.operands.find((operand) => operand !== value);
    const isSum = reader.op === "sub" || reader.op === "add";
    return isSum && other !== undefined && columnsOf(other) === 1 && !numbers.has(other);
  };
  const isMultiple = (node: Node): boolean => {
    const result = node.results[0] as ValueId;
    const readers = nodes.filter(({ operands }) => operands.includes(result));
    const isByNumber = node.op === "mul" && node.operands.some((operand) => numbers.has(operand));
    return (
      isByNumber && columnsOf(result) > 1 && readers.length > 0 && readers.every((reader) => isTaken(reader, result))
    );
  };
  const isContracted = (value: ValueId): boolean =>
    nodes.some(({ op, operands }) => op === "matmul" && operands.includes(value));
  return new Set(
    nodes.filter((node) => {
      if (node.results.some((result) => outputs.includes(result) || isContracted(result))) return false;
      return (node.op === "cast" && isWideningCast(graph, node)) || isMultiple(node);
    }),
  );
}

/** The nodes with those on demand that they read, each before its first reader. */
function withDemanded({ levels, makers, onDemand }: SegmentContext, nodes: readonly Node[]): readonly Node[] {
  const list: Node[] = [];
  const add = (node: Node): void => {
    if (list.includes(node)) return;
    for (const operand of node.operands) {
      const maker = makers.get(operand);
      if (maker !== undefined && (!levels.has(operand) || onDemand.has(maker))) add(maker);
    }
    list.push(node);
  };
  for (const node of nodes) add(node);
  return list;
}

interface SegmentNodes {
  readonly products: readonly Node[];
  readonly pieceNodes: readonly Node[];
  readonly rows: readonly Node[];
}

function heldBy(
  context: SegmentContext,
  key: SegmentKey,
  { products, pieceNodes, rows }: SegmentNodes,
): readonly ValueId[] {
  const { region, levels, onDemand } = context;
  const made = [...products, ...pieceNodes].flatMap(({ results }) => results);
  const isHeld = (value: ValueId): boolean => {
    if (region.outputs.includes(value)) return true;
    const readers = region.nodes.filter(({ operands }) => operands.includes(value));
    return readers.some((reader) => {
      const result = reader.results[0] as ValueId;
      if (rows.includes(reader)) return true;
      return onDemand.has(reader) ? isHeld(result) : levels.get(result) !== key;
    });
  };
  return made.filter(isHeld);
}
