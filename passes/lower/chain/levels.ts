// Which values of a region belong together as the columns of one segment, in what order the segments come, and why a region has none.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant, type Problem, problem } from "../../../ir-spec/base/result.ts";
import { printShape, type Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, isOfKind, type Node, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import type { KernelRegion } from "../region.ts";

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
  const { op } = node;
  const { shape } = typeOf(graph, node.results[0]);
  if (op === "matmul") {
    const { lhs, rhs } = operandsOf(node);
    if (made.has(rhs)) return "a matmul's right operand is made by the same kernel";
    if (node.attrs.transpose_lhs && made.has(lhs)) return "a matmul contracts rows of the same kernel";
    return isOfRows(shape, rowShape) ? undefined : `its matmuls have different rows: ${printShape(shape)}`;
  }
  if (op === "full" || op === "iota") return undefined;
  if (isOfKind(node, "reduce")) {
    const operand = typeOf(graph, operandsOf(node).x).shape;
    const axes = reducedAxes(node.attrs.axes, operand.length);
    const isLast = axes.length === 1 && axes[0] === operand.length - 1 && node.attrs.keepdims;
    if (!isLast) return `${op} does not reduce the last axis alone, with keepdims`;
    return isOfRows(operand, rowShape) ? undefined : `${op} has other rows than its matmuls`;
  }
  return isKind(op, "elementwise") ? undefined : `${op} is neither a matmul nor row-wise`;
}

/** Whether a shape has all rows, and columns. */
function isOfRows(shape: Shape, rowShape: Shape): boolean {
  return shape.slice(0, -1).join() === rowShape.join();
}

export function rowShapeOf(graph: Graph, { nodes }: KernelRegion): Shape {
  const product = nodes.find(({ op }) => op === "matmul");
  invariant(product !== undefined, "a chain has a product");
  return typeOf(graph, product.results[0]).shape.slice(0, -1);
}

/** Segments by key, in order, and the key of each value that belongs to one. Others are made where they are read. */
export interface Levels {
  readonly order: readonly SegmentKey[];
  readonly levels: ReadonlyMap<ValueId, SegmentKey>;
}

export interface SegmentKey {
  /** How many products are before its own. */
  readonly level: number;
  readonly columns: number;
}

/**
 * A product is one level above what it contracts; a row-wise node is where its highest operand is. What is made of operands from
 * outside alone, of numbers and positions, and casts that change no number, belong to no segment.
 */
export function levelsOf(graph: Graph, { nodes }: KernelRegion): Levels {
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
    const own = levels.get(results[0]);
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
