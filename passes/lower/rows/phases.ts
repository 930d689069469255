// Rows that do not fit on chip are worked on in pieces, once for each phase: what hangs on no reduction, then what hangs on one, and so
// on. A reduction folds each piece, and the pieces' results at the end of its phase; what a later phase needs of the columns is loaded
// and computed again.
//
//     softmax     ->     the largest of each piece; the sum of exp of each piece; exp again, scaled and stored

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { type Graph, isOfKind, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import type { KernelRegion } from "../region.ts";
import { axesFromEnd } from "./iteration-space.ts";

export interface Phase {
  /** Nodes that are computed for each piece, in order; the reductions that this phase finishes among them. */
  readonly nodes: readonly Node[];
  readonly reductions: readonly Node[];
  /** Results of the kernel that each piece stores a part of. */
  readonly stored: readonly ValueId[];
  /** Nodes of one number for each row, which come after the pieces. */
  readonly after: readonly Node[];
}

export interface Phases {
  /** Nodes of one number for each row that hang on no reduction. */
  readonly before: readonly Node[];
  readonly phases: readonly Phase[];
}

export function phasesOf(graph: Graph, region: KernelRegion): Phases {
  const { makers, isColumn, count, columnsAt, rootsAt } = rootsOfPhases(graph, region);
  const phases = [...new Array(count).keys()].map((phase): Phase => {
    const { reductions, stored } = rootsAt(phase);
    const roots = new Set([...reductions, ...stored.map((value) => makers.get(value) as Node)]);
    return { nodes: closureOf(region, makers, isColumn, roots), reductions, stored, after: columnsAt(phase + 1) };
  });
  return { before: columnsAt(0), phases };
}

/** How many phases go over the rows. */
export function countPasses(graph: Graph, region: KernelRegion): number {
  const { count, rootsAt } = rootsOfPhases(graph, region);
  const goesOverRows = (phase: number): boolean => {
    const { reductions, stored } = rootsAt(phase);
    return reductions.length + stored.length > 0;
  };
  return [...new Array(count).keys()].filter(goesOverRows).length;
}

/** What each phase is for. */
function rootsOfPhases(graph: Graph, region: KernelRegion) {
  const makers = new Map(region.nodes.flatMap((node) => node.results.map((result) => [result, node] as const)));
  const isWide = widthsOf(graph, region);
  const phaseOf = new Map<Node, number>();
  const phaseAt = (value: ValueId): number => {
    const node = makers.get(value);
    return node === undefined ? 0 : (phaseOf.get(node) as number) + (isKind(node.op, "reduce") ? 1 : 0);
  };
  for (const node of region.nodes) phaseOf.set(node, Math.max(0, ...node.operands.map(phaseAt)));
  const last = Math.max(0, ...region.nodes.flatMap(({ results }) => results.map(phaseAt)));
  const isColumn = (node: Node): boolean =>
    !isKind(node.op, "reduce") && !isWide(node.results[0]) && node.op !== "full";
  const columnsAt = (phase: number): readonly Node[] =>
    region.nodes.filter((node) => isColumn(node) && phaseOf.get(node) === phase);
  const rootsAt = (phase: number) => ({
    reductions: region.nodes.filter((node) => isKind(node.op, "reduce") && phaseOf.get(node) === phase),
    stored: region.outputs.filter((value) => isWide(value) && phaseAt(value) === phase),
  });
  return { makers, isColumn, count: last + 1, columnsAt, rootsAt };
}

/** The nodes that the roots need for a piece: those of whole rows, and numbers. */
function closureOf(
  { nodes }: KernelRegion,
  makers: ReadonlyMap<ValueId, Node>,
  isColumn: (node: Node) => boolean,
  roots: ReadonlySet<Node>,
): readonly Node[] {
  const needed = new Set(roots);
  for (const node of nodes.toReversed()) {
    if (!needed.has(node)) continue;
    for (const operand of node.operands) {
      const maker = makers.get(operand);
      if (maker !== undefined && !isKind(maker.op, "reduce") && !isColumn(maker)) needed.add(maker);
    }
  }
  return nodes.filter((node) => needed.has(node));
}

/** Whether a value has a number for each column: it is counted, or one of its operands has. */
function widthsOf(graph: Graph, region: KernelRegion): (value: ValueId) => boolean {
  const axes = new Set(region.nodes.flatMap((node) => (isOfKind(node, "reduce") ? axesFromEnd(graph, node) : [])));
  const counted = new Set(region.nodes.flatMap(({ op, results }) => (op === "iota" ? results : [])));
  const wide = new Set<ValueId>(counted);
  const hasColumns = (value: ValueId): boolean =>
    [...axes].some((axis) => (typeOf(graph, value).shape.at(axis) ?? 1) > 1);
  for (const { op, operands, results } of region.nodes) {
    const isMap = !isKind(op, "reduce") && op !== "full";
    if (isMap && (operands.some((operand) => wide.has(operand)) || results.some(hasColumns))) {
      for (const result of results) wide.add(result);
    }
  }
  return (value) => wide.has(value);
}
