// What a node can be for `fuse`, by itself. Which kernel it gets is decided by epilogue.ts and rows.ts.

import { isFloat } from "../../../ir-spec/base/dtype.ts";
import { type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  isOfKind,
  type Node,
  type NodeOf,
  operandsOf,
  typeOf,
} from "../../../ir-spec/graph.ts";
import { factsOf, isKind, type OpNameOf } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";

/**
 * - user: in a kernel that the user wrote
 * - contraction: a matmul; it takes an epilogue
 * - convolution: it takes an epilogue, and is in no chain
 * - rows: elementwise, or a reduction of the last axis; it merges with others over the same rows
 * - block: a reduction of other axes, or of several; it merges with elementwise nodes and reductions of the same axes, but not with products
 * - rematerialisable: computed from nothing but numbers, so every kernel can have its own copy
 * - view: metadata-only (other strides of the same tensor), or a tensor that is there from the start
 * - standalone: everything else
 */
export type Role =
  | "user"
  | "contraction"
  | "convolution"
  | "rows"
  | "block"
  | "rematerialisable"
  | "view"
  | "standalone";

/** The role of each node, indexed as `graph.nodes`. */
export function findRoles(graph: Graph): readonly Role[] {
  const definitions = definingNodes(graph);
  const roles: Role[] = [];
  for (const node of graph.nodes) {
    const areOperandsRematerialisable = node.operands.every(
      (operand) => roles[definitions[operand] ?? -1] === "rematerialisable",
    );
    roles.push(roleOf(graph, node, areOperandsRematerialisable));
  }
  return roles;
}

function roleOf(graph: Graph, node: Node, areOperandsRematerialisable: boolean): Role {
  if (node.kernel !== undefined) return "user";
  if (node.op === "full" || node.op === "iota") return "rematerialisable";
  if (factsOf(node.op).isView || node.op === "constant") return "view";
  if (node.op === "matmul") return "contraction";
  if (node.op === "conv") return "convolution";
  if (isKind(node.op, "elementwise"))
    return areOperandsRematerialisable && !hasFloatResult(graph, node) ? "rematerialisable" : "rows";
  const reduced = isOfKind(node, "reduce") ? keptAxes(graph, node) : undefined;
  if (reduced === undefined) return "standalone";
  return reduced.join() === lastAxis.join() ? "rows" : "block";
}

/** Masks and indices are rematerialisable; floats may hide an expensive function. */
function hasFloatResult(graph: Graph, node: Node): boolean {
  return node.results.some((result) => isFloat(typeOf(graph, result).dtype));
}

/** Counted from the end. */
export type Axes = readonly number[];

export const lastAxis: Axes = [-1];

/** The axes that a reduction reduces, counted from the end and in order, where it keeps them with size 1. */
export function keptAxes(graph: Graph, node: NodeOf<OpNameOf<"reduce">>): Axes | undefined {
  const rank = typeOf(graph, operandsOf(node).x).shape.length;
  const axes = reducedAxes(node.attrs.axes, rank).map((axis) => axis - rank);
  return node.attrs.keepdims && axes.length > 0 ? axes.toSorted((a, b) => a - b) : undefined;
}

/** The shape with some of its axes reduced to 1. */
export function reducedShape(shape: Shape, axes: Axes): Shape {
  return shape.map((size, axis) => (axes.includes(axis - shape.length) ? 1 : size));
}

/** True when a tensor of shape `from` can be read as one of shape `to` by repeating elements (NumPy rules). */
export function broadcastsTo(from: Shape, to: Shape): boolean {
  if (from.length > to.length) return false;
  const padded = [...new Array<number>(to.length - from.length).fill(1), ...from];
  return shapesEqual(
    to,
    padded.map((size, axis) => (size === 1 ? (to[axis] as number) : size)),
  );
}
