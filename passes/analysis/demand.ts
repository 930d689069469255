// What the results of a graph need of each value: boxes of its elements, propagated from the readers to what they read. A lower bound, for
// any program that computes each needed element as the graph says: where places are lost, only a number of elements is kept.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  isOfKind,
  type Node,
  type NodeOf,
  operandsOf,
  typeOf,
} from "../../ir-spec/graph.ts";
import { permutationOf } from "../../ir-spec/ops/movement.ts";
import { reducedAxes } from "../../ir-spec/ops/reduce.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";
import { type Box, countUnion, movedBox, reshapedBox, sharedBox, wholeBox, withoutBox } from "./boxes.ts";
import { slicesInto } from "./state-updates.ts";

/** What is needed of a value: boxes of it, and where places are not known a number of elements that it is at least. */
export interface Demand {
  readonly boxes: readonly Box[];
  readonly atLeast: number;
}

const none: Demand = { boxes: [], atLeast: 0 };
const allOf = (shape: Shape): Demand => ({ boxes: [wholeBox(shape)], atLeast: 0 });

/** More boxes than these are not united; the largest represents them. */
const maxBoxes = 300;

/** Elements of a value that are needed. */
export function countDemand({ boxes, atLeast }: Demand = none, shape: Shape): number {
  return Math.min(elementCount(shape), Math.max(atLeast, countUnion(capped(boxes))));
}

/** Elements in at least one of the boxes; fewer where they are too many to unite. */
export function countBoxes(boxes: readonly Box[]): number {
  return countUnion(capped(boxes));
}

export function largestBox(boxes: readonly Box[]): Box | undefined {
  const counts = boxes.map((box) => countUnion([box]));
  return boxes[counts.indexOf(Math.max(...counts))];
}

function capped(boxes: readonly Box[]): readonly Box[] {
  const largest = boxes.length > maxBoxes ? largestBox(boxes) : undefined;
  return largest === undefined ? boxes : [largest];
}

/** The demands of all values of a graph, by value. */
export function demandsOf(graph: Graph): ReadonlyMap<ValueId, Demand> {
  const demands = new Map<ValueId, Demand>();
  const shapeOf = (value: ValueId): Shape => typeOf(graph, value).shape;
  const add = (value: ValueId, more: Demand): void => {
    demands.set(value, united(demands.get(value) ?? none, more, shapeOf(value)));
  };
  const makers = definingNodes(graph);
  for (const { value } of graph.results) add(value, allOf(shapeOf(value)));
  for (const update of graph.updates) {
    // Of a state in which slices are replaced those are needed; any other content is new as a whole.
    const nodes = slicesInto(graph, makers, update);
    const replaced = nodes?.map((node) => replacedBox(graph, node));
    add(update.value, replaced === undefined ? allOf(shapeOf(update.value)) : { boxes: replaced, atLeast: 0 });
  }
  for (const node of graph.nodes.toReversed()) {
    const results = node.results.map((result) => demands.get(result) ?? none);
    if (results.every(({ boxes, atLeast }) => boxes.length === 0 && atLeast === 0)) continue;
    for (const [index, operand] of node.operands.entries())
      add(operand, demandOfOperand({ graph, node, results }, index));
  }
  return demands;
}

/** Both; boxes that make up the whole are one. */
function united(one: Demand, other: Demand, shape: Shape): Demand {
  const boxes = capped([...one.boxes, ...other.boxes]);
  const atLeast = Math.max(one.atLeast, other.atLeast);
  const isWhole = boxes.length > 0 && countUnion(boxes) === elementCount(shape);
  return { boxes: isWhole ? [wholeBox(shape)] : boxes, atLeast };
}

/** A node, and what is needed of its results. */
export interface Reader<N extends Node = Node> {
  readonly graph: Graph;
  readonly node: N;
  readonly results: readonly Demand[];
}

/** What a node needs of an operand for what is needed of its results. */
export function demandOfOperand({ graph, node, results }: Reader, index: number): Demand {
  const shape = typeOf(graph, node.operands[index] as ValueId).shape;
  const [needed = none] = results;
  const whole = typeOf(graph, node.results[0]).shape;
  const needsAll = results.every((demand, at) => isWhole(demand, typeOf(graph, node.results[at] as ValueId).shape));
  if (isOfKind(node, "elementwise") || node.op === "broadcast_to") {
    return projected(needed, whole, shape);
  }
  if (isOfKind(node, "reduce")) return reduced(needed, node.attrs, shape);
  switch (node.op) {
    case "matmul":
      return factors({ graph, node, results }, index);
    case "slice":
      return sliced(needed, node, shape);
    case "update_slice":
      return index === 0 ? beside(needed, replacedBox(graph, node)) : inside(needed, replacedBox(graph, node), whole);
    case "concat":
      return inside(needed, partBox(graph, { parts: node.operands, index, axis: node.attrs.axis }), whole);
    case "split":
      return parts({ graph, node, results });
    case "transpose":
      return mapped(needed, (box) => transposed(box, permutationOf(node.attrs.perm, shape.length)));
    case "reshape":
    case "unsqueeze":
    case "squeeze":
      return mapped(needed, (box) => reshapedBox(box, whole, shape));
    case "gather":
      // Several indices may name the same row.
      return index === 1 && needsAll ? allOf(shape) : { boxes: [], atLeast: 1 };
    default:
      return needsAll ? allOf(shape) : { boxes: [], atLeast: 1 };
  }
}

function isWhole({ boxes }: Demand, shape: Shape): boolean {
  return countBoxes(boxes) === elementCount(shape);
}

/** Boxes moved one by one; those that do not move to a box count without a place. */
function mapped({ boxes, atLeast }: Demand, move: (box: Box) => Box | undefined): Demand {
  const moved = boxes.map(move).filter((box) => box !== undefined);
  const least = moved.length === boxes.length ? atLeast : Math.max(atLeast, countBoxes(boxes));
  return { boxes: moved, atLeast: least };
}

function transposed(box: Box, perm: readonly number[]): Box {
  const moved = [...box];
  for (const [axis, from] of perm.entries()) moved[from] = box[axis] as Box[number];
  return moved;
}

/** What is needed of an operand that repeats up to the result's shape. */
function projected({ boxes, atLeast }: Demand, from: Shape, shape: Shape): Demand {
  const repeats = elementCount(from) / elementCount(shape);
  const skipped = from.length - shape.length;
  const project = (box: Box): Box =>
    shape.map((size, axis) => (size === 1 ? { first: 0, end: 1 } : (box[axis + skipped] as Box[number])));
  return { boxes: boxes.map(project), atLeast: Math.ceil(atLeast / repeats) };
}

/** All along the reduced axes for each element that is needed. */
function reduced({ boxes, atLeast }: Demand, attrs: NodeOf<"reduce_sum">["attrs"], shape: Shape): Demand {
  const axes = reducedAxes(attrs.axes, shape.length);
  const grown = (box: Box): Box => {
    const kept = attrs.keepdims ? box : [...box];
    let next = 0;
    return shape.map((size, axis) => {
      const isReduced = axes.includes(axis);
      const at = attrs.keepdims ? axis : isReduced ? -1 : next++;
      return isReduced ? { first: 0, end: size } : (kept[at] as Box[number]);
    });
  };
  const each = axes.reduce((product, axis) => product * (shape[axis] as number), 1);
  return { boxes: boxes.map(grown), atLeast: atLeast * each };
}

/** Rows of lhs, or columns of rhs, for the elements that are needed of their product. */
function factors({ graph, node, results }: Reader<NodeOf<"matmul">>, index: number): Demand {
  const [{ boxes, atLeast } = none] = results;
  const [result, operand] = [node.results[0], node.operands[index] as ValueId].map(
    (value) => typeOf(graph, value).shape,
  ) as [Shape, Shape];
  const isTransposed = index === 0 ? node.attrs.transpose_lhs : node.attrs.transpose_rhs;
  const rank = operand.length;
  const contracted = (index === 0) === isTransposed ? rank - 2 : rank - 1;
  const own = index === 0 ? result.length - 2 : result.length - 1;
  const k = operand[contracted] as number;
  const project = (box: Box): Box =>
    operand.map((size, axis) => {
      if (axis === contracted) return { first: 0, end: k };
      if (axis >= rank - 2) return box[own] as Box[number];
      return size === 1 ? { first: 0, end: 1 } : (box[axis + result.length - rank] as Box[number]);
    });
  const sharing = (elementCount(result) * k) / elementCount(operand);
  return { boxes: boxes.map(project), atLeast: Math.ceil(atLeast / sharing) * k };
}

function sliced({ boxes, atLeast }: Demand, node: NodeOf<"slice">, shape: Shape): Demand {
  const ranges = sliceRanges(shape, node.attrs);
  if (ranges.some(({ step }) => step !== 1)) return { boxes: [], atLeast: Math.max(atLeast, countBoxes(boxes)) };
  const starts = ranges.map(({ start }) => start);
  return { boxes: boxes.map((box) => movedBox(box, starts)), atLeast };
}

/** What is needed of a tensor in which a slice is replaced: all but the slice. */
function beside({ boxes, atLeast }: Demand, hole: Box): Demand {
  return {
    boxes: boxes.flatMap((box) => withoutBox(box, hole)),
    atLeast: Math.max(0, atLeast - countUnion([hole])),
  };
}

/** What is needed of a part of a tensor of shape `whole`; of what is needed without a place as much as possible lies elsewhere. */
function inside({ boxes, atLeast }: Demand, part: Box, whole: Shape): Demand {
  const starts = part.map(({ first }) => -first);
  const cut = boxes.map((box) => sharedBox(box, part)).filter((box) => box !== undefined);
  const elsewhere = elementCount(whole) - countUnion([part]);
  return { boxes: cut.map((box) => movedBox(box, starts)), atLeast: Math.max(0, atLeast - elsewhere) };
}

function partBox(
  graph: Graph,
  { parts: all, index, axis }: { readonly parts: readonly ValueId[]; readonly index: number; readonly axis: number },
): Box {
  const sizes = all.map((value) => typeOf(graph, value).shape[axis] as number);
  const start = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
  const { shape } = typeOf(graph, all[index] as ValueId);
  return shape.map((size, at) => (at === axis ? { first: start, end: start + size } : { first: 0, end: size }));
}

function parts({ graph, node, results }: Reader<NodeOf<"split">>): Demand {
  const moved = results.map(({ boxes, atLeast }, index) => {
    const part = partBox(graph, { parts: node.results, index, axis: node.attrs.axis });
    const starts = part.map(({ first }) => first);
    return { boxes: boxes.map((box) => movedBox(box, starts)), atLeast: Math.max(atLeast, countBoxes(boxes)) };
  });
  return {
    boxes: moved.flatMap(({ boxes }) => boxes),
    atLeast: moved.reduce((sum, { atLeast }) => sum + atLeast, 0),
  };
}

/** What an `update_slice` replaces. */
export function replacedBox(graph: Graph, node: NodeOf<"update_slice">): Box {
  const { starts } = node.attrs;
  return typeOf(graph, operandsOf(node).update).shape.map((size, axis) => {
    const first = starts[axis] as number;
    return { first, end: first + size };
  });
}
