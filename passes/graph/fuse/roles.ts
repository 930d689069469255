// What a node can be for `fuse`, seen alone. Which kernel it gets is decided by epilogue.ts and rows.ts.

import { isFloat } from "../../../ir-spec/base/dtype.ts";
import { type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import { type Graph, makersOf, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind, type OpName } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";

/**
 * - user: stands in a kernel that the user wrote
 * - contraction: a matmul; it takes an epilogue
 * - rows: elementwise, or a fold of the last axis; it joins others over the same rows
 * - cheap: made from nothing but numbers, so that every kernel can have its own copy
 * - view: metadata-only (other strides of the same tensor), or a tensor that is there from the start
 * - alone: everything else
 */
export type Role = "user" | "contraction" | "rows" | "cheap" | "view" | "alone";

const viewOps: ReadonlySet<OpName> = new Set<OpName>([
  "transpose",
  "reshape",
  "slice",
  "split",
  "unsqueeze",
  "squeeze",
  "broadcast_to",
  "constant",
]);

/** The role of each node, indexed as `graph.nodes`. */
export function findRoles(graph: Graph): readonly Role[] {
  const makers = makersOf(graph);
  const roles: Role[] = [];
  for (const node of graph.nodes) {
    const isMadeOfCheap = node.operands.every((operand) => roles[makers[operand] ?? -1] === "cheap");
    roles.push(roleOf(graph, node, isMadeOfCheap));
  }
  return roles;
}

function roleOf(graph: Graph, node: Node, isMadeOfCheap: boolean): Role {
  if (node.kernel !== undefined) return "user";
  if (node.op === "full" || node.op === "iota") return "cheap";
  if (viewOps.has(node.op)) return "view";
  if (node.op === "matmul") return "contraction";
  if (isKind(node.op, "elementwise")) return isMadeOfCheap && !hasFloatResult(graph, node) ? "cheap" : "rows";
  return isLastAxisFold(graph, node) ? "rows" : "alone";
}

/** Masks and indices are cheap; floats may hide an expensive function. */
function hasFloatResult(graph: Graph, node: Node): boolean {
  return node.results.some((result) => isFloat(typeOf(graph, result).dtype));
}

function isLastAxisFold(graph: Graph, node: Node): boolean {
  if (!isKind(node.op, "reduce")) return false;
  const { shape } = typeOf(graph, node.operands[0] as Node["operands"][number]);
  const axes = reducedAxes(node.attrs.axes as readonly number[], shape.length);
  return node.attrs.keepdims === true && axes.length === 1 && axes[0] === shape.length - 1;
}

/** The shape with its last axis folded to 1. */
export function foldedShape(shape: Shape): Shape {
  return shape.length === 0 ? shape : shape.with(-1, 1);
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
