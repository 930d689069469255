// The iteration space of a row-wise kernel, and why a region has none: all its values are tensors of one shape, where each reduced
// axis counts with its full size, or are broadcast to it.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { printShape, type Shape } from "../../../ir-spec/base/tensor.ts";
import { type Graph, isOfKind, type Node, type NodeOf, operandsOf, typeOf } from "../../../ir-spec/graph.ts";
import type { OpNameOf } from "../../../ir-spec/ops/index.ts";
import { reducedAxes } from "../../../ir-spec/ops/reduce.ts";
import type { KernelRegion } from "../region.ts";

/** The common shape of all values, each reduced axis at its full size. */
export function iterationSpace(graph: Graph, { nodes }: KernelRegion): Shape {
  const shapes = nodes.flatMap((node) => shapesOf(graph, node));
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return [...new Array(rank).keys()].map((axis) => Math.max(1, ...shapes.map((shape) => sizeAt(shape, axis - rank))));
}

/** What keeps a region from being one row-wise kernel. */
export function rowsObjection(graph: Graph, region: KernelRegion): Problem | undefined {
  const cannot = (why: string): Problem => problem("E0601", { kernel: region.name, why });
  const reductions = region.nodes.filter((node) => isOfKind(node, "reduce"));
  const dropping = reductions.find(({ attrs }) => !attrs.keepdims);
  if (dropping !== undefined && region.nodes.length > 1)
    return cannot(`${dropping.op} drops its axes (keepdims=false)`);
  const axes = new Set(reductions.map((node) => axesFromEnd(graph, node).join()));
  if (axes.size > 1) return problem("E0605", { kernel: region.name });
  const space = iterationSpace(graph, region);
  for (const node of region.nodes) {
    const odd = shapesOf(graph, node).find((shape) => !isIn(shape, space));
    if (odd !== undefined)
      return cannot(`${node.op} has a value of shape ${printShape(odd)}, and the loops run over ${printShape(space)}`);
  }
  const short = reductions.find((node) => {
    const { shape } = typeOf(graph, operandsOf(node).x);
    const reduced = axesFromEnd(graph, node);
    return reduced.length < 1 ? space.length > 0 : reduced.some((axis) => sizeAt(shape, axis) !== space.at(axis));
  });
  if (short === undefined) return undefined;
  const { shape } = typeOf(graph, operandsOf(short).x);
  return cannot(`${short.op} reduces shape ${printShape(shape)}, and the loops run over ${printShape(space)}`);
}

/** The shapes that a node iterates over, or broadcasts; the result of a reduction is as its operand, but for the reduced axes. */
function shapesOf(graph: Graph, node: Node): readonly Shape[] {
  const values = [...node.operands, ...(isOfKind(node, "reduce") ? [] : node.results)];
  return values.map((value) => typeOf(graph, value).shape);
}

/** The size along an axis counted from the end; 1 where the shape has no such axis. */
function sizeAt(shape: Shape, axis: number): number {
  return shape.at(axis) ?? 1;
}

function isIn(shape: Shape, space: Shape): boolean {
  return shape.every((size, index) => size === 1 || size === space.at(index - shape.length));
}

/** The axes that a reduction reduces, counted from the end. */
export function axesFromEnd(graph: Graph, node: NodeOf<OpNameOf<"reduce">>): readonly number[] {
  const rank = typeOf(graph, operandsOf(node).x).shape.length;
  return reducedAxes(node.attrs.axes, rank).map((axis) => axis - rank);
}
