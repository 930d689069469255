// What rows kernels ask about the nodes of a unit, kept for each unit as units are merged, so that no question goes through
// all nodes again: the distinct iteration spaces of its nodes, and whether all of them are row-wise.

import { type Shape, shapesEqual } from "../../../ir-spec/base/tensor.ts";
import { type Graph, isOfKind, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { isKind } from "../../../ir-spec/ops/index.ts";
import { type Axes, keptAxes, lastAxis, type Role, reducedShape } from "./roles.ts";

/** An iteration space of nodes of a unit. */
interface NodeSpace {
  readonly shape: Shape;
  /** The axes that a reduction reduces; none for other nodes. */
  readonly reduced: Axes;
  /** The first node that has it. */
  readonly first: number;
}

export interface UnitFacts {
  /** Whether all nodes are row-wise, over the last axis. */
  readonly areRows: boolean;
  /** The same over any axes. */
  readonly areBlocks: boolean;
  /** Whether one of them is a reduction. */
  readonly hasReduction: boolean;
  /** In the order of their first nodes. */
  readonly spaces: readonly NodeSpace[];
}

export function factsOfNode(graph: Graph, role: Role, index: number): UnitFacts {
  const node = graph.nodes[index] as Node;
  const isReduction = isOfKind(node, "reduce");
  const reduced = isReduction ? (keptAxes(graph, node) ?? lastAxis) : [];
  const spaces = [{ shape: ownSpace(graph, node), reduced, first: index }];
  const areRows = role === "rows";
  return { areRows, areBlocks: areRows || role === "block", hasReduction: isReduction, spaces };
}

export function mergeFacts(a: UnitFacts, b: UnitFacts): UnitFacts {
  const spaces: NodeSpace[] = [];
  for (const space of [...a.spaces, ...b.spaces].sort((one, other) => one.first - other.first))
    if (!spaces.some((known) => isSameSpace(known, space))) spaces.push(space);
  return {
    areRows: a.areRows && b.areRows,
    areBlocks: a.areBlocks && b.areBlocks,
    hasReduction: a.hasReduction || b.hasReduction,
    spaces,
  };
}

const isSameSpace = (a: NodeSpace, b: NodeSpace): boolean =>
  a.reduced.join() === b.reduced.join() && shapesEqual(a.shape, b.shape);

/** The iteration space of the rows nodes of some units, or undefined when they have none in common. */
export function commonSpace(units: readonly UnitFacts[]): Shape | undefined {
  const spaces = units.flatMap((unit) => unit.spaces);
  const reductions = spaces.filter(({ reduced }) => reduced.length > 0);
  const axes = reductions[0]?.reduced ?? lastAxis;
  const isWhole = ({ shape }: NodeSpace): boolean => !shapesEqual(shape, reducedShape(shape, axes));
  const space = (spaces.find(isWhole) ?? spaces[0])?.shape;
  const areAlike = reductions.every(({ reduced }) => reduced.join() === axes.join());
  if (space === undefined || !areAlike) return undefined;
  const fits = spaces.every(
    ({ shape, reduced }) =>
      shapesEqual(shape, space) || (reduced.length === 0 && shapesEqual(shape, reducedShape(space, axes))),
  );
  return fits ? space : undefined;
}

/** The elements that a node goes through: those of its operand for a reduction, else those of its result. */
export function ownSpace(graph: Graph, node: Node): Shape {
  const [value] = isKind(node.op, "reduce") ? node.operands : node.results;
  return value === undefined ? [] : typeOf(graph, value).shape;
}
