// How the nodes of a chain fall into segments. A segment is what has columns of its own: one or several products, with the row-wise
// nodes that go through their columns; the first one may have no product. A product contracts the columns of a segment before it.
//
//     s = matmul(q, k)                                segment 0: columns are keys
//     e = exp(s - reduce_max(s)); l = reduce_sum(e)
//     y = matmul(e, v) / l                            segment 1: columns are those of v

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type Node, type NodeOf, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { findHidden } from "../../analysis/hidden.ts";
import { findPositions } from "../../analysis/positions.ts";
import { isWideningCast } from "../node-forms.ts";
import { type KernelRegion, readersAmong } from "../region.ts";
import { type MaskContext, maskOf } from "./find-masks.ts";
import { levelsOf, rowShapeOf, type SegmentKey } from "./levels.ts";
import type { ColumnMask } from "./masks.ts";

export interface Segment {
  readonly columns: number;
  readonly products: readonly NodeOf<"matmul">[];
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

interface SegmentContext extends MaskContext {
  readonly levels: ReadonlyMap<ValueId, SegmentKey>;
  readonly makers: ReadonlyMap<ValueId, Node>;
  readonly onDemand: ReadonlySet<Node>;
}

function makeSegment(context: SegmentContext, key: SegmentKey): Segment {
  const { region, levels, onDemand } = context;
  const own = region.nodes.filter((node) => levels.get(node.results[0]) === key);
  const products = own.filter((node) => node.op === "matmul");
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
  const masked = new Set(masks.map(({ result }) => result));
  const unmasked = pieceNodes.filter((node) => !masked.has(node.results[0]));
  return {
    columns: key.columns,
    products,
    masks,
    pieceNodes: withDemanded(context, unmasked),
    rowNodes: rows,
    held,
  };
}

/**
 * Nodes that are run again wherever row-wise nodes read them: casts that change no number, and products with a number of which every
 * reader adds or subtracts one number for each row, as functions do on the way.
 */
export function findOnDemand(graph: Graph, { nodes, outputs }: KernelRegion): ReadonlySet<Node> {
  const numbers = new Set(nodes.filter(({ op }) => op === "full").flatMap(({ results }) => results));
  const stored = new Set(outputs);
  const readersOf = readersAmong(nodes);
  const columnsOf = (value: ValueId): number => typeOf(graph, value).shape.at(-1) ?? 1;
  const isTaken = (reader: Node, value: ValueId): boolean => {
    if (reader.op === "cast" && isWideningCast(graph, reader)) return areTaken(reader.results[0]);
    const other = reader.operands.find((operand) => operand !== value);
    const isSum = reader.op === "sub" || reader.op === "add";
    return isSum && other !== undefined && columnsOf(other) === 1 && !numbers.has(other);
  };
  const areTaken = (value: ValueId): boolean => {
    const readers = readersOf(value);
    return readers.length > 0 && readers.every((reader) => isTaken(reader, value));
  };
  const isMultiple = (node: Node): boolean => {
    const result = node.results[0];
    const isByNumber = node.op === "mul" && node.operands.some((operand) => numbers.has(operand));
    return isByNumber && columnsOf(result) > 1 && areTaken(result);
  };
  const isContracted = (value: ValueId): boolean => readersOf(value).some(({ op }) => op === "matmul");
  return new Set(
    nodes.filter((node) => {
      if (node.results.some((result) => stored.has(result) || isContracted(result))) return false;
      return (node.op === "cast" && isWideningCast(graph, node)) || isMultiple(node);
    }),
  );
}

/** The nodes with those on demand that they read, each before its first reader. */
function withDemanded({ levels, makers, onDemand }: SegmentContext, nodes: readonly Node[]): readonly Node[] {
  const list = new Set<Node>();
  const add = (node: Node): void => {
    if (list.has(node)) return;
    for (const operand of node.operands) {
      const maker = makers.get(operand);
      if (maker !== undefined && (!levels.has(operand) || onDemand.has(maker))) add(maker);
    }
    list.add(node);
  };
  for (const node of nodes) add(node);
  return [...list];
}

interface SegmentNodes {
  readonly products: readonly NodeOf<"matmul">[];
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
  const stored = new Set(region.outputs);
  const onRows = new Set(rows);
  const readersOf = readersAmong(region.nodes);
  const isHeld = (value: ValueId): boolean => {
    if (stored.has(value)) return true;
    return readersOf(value).some((reader) => {
      const result = reader.results[0];
      if (onRows.has(reader)) return true;
      return onDemand.has(reader) ? isHeld(result) : levels.get(result) !== key;
    });
  };
  return made.filter(isHeld);
}
