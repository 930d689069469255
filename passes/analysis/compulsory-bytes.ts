// The bytes that any program for a graph reads from HBM and writes to it: of each parameter what is read of it, once; results; and
// of states what changes. A lower bound where the part that is read is not known.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape, tensorBytes } from "../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  type Node,
  type NodeOf,
  operandsOf,
  readersOf,
  type StateUpdate,
  typeOf,
} from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";
import { type Box, countUnion, wholeBox } from "./boxes.ts";
import { slicesInto } from "./state-updates.ts";

/** What is read of a value: boxes of it, or all of it, and where neither is known a number of elements that it is at least. */
interface Demand {
  readonly boxes: readonly Box[];
  readonly atLeast: number;
}

/** More boxes than these are not united; the largest represents them. */
const maxBoxes = 300;

export interface CompulsoryBytes {
  readonly read: number;
  readonly write: number;
  /** Of the bytes written those that may be copies of bytes read, which one transfer within HBM reads and writes; at most. */
  readonly copied: number;
}

export function compulsoryBytes(graph: Graph): CompulsoryBytes {
  const context: Context = { graph, readers: readersOf(graph), makers: definingNodes(graph), known: new Map() };
  let read = 0;
  for (const { value } of graph.params) {
    const type = typeOf(graph, value);
    read += countDemand(demandOf(context, value), type.shape) * dtypeBytes(type.dtype);
  }
  for (const { op, results } of graph.nodes) if (op === "constant") read += tensorBytes(typeOf(graph, results[0]));
  const copies = copiesOf(graph);
  const written = [
    ...graph.results.map(({ value }) => ({ value, bytes: tensorBytes(typeOf(graph, value)) })),
    ...graph.updates.map((update) => ({ value: update.value, bytes: updatedBytes(context, update) })),
  ];
  const total = (parts: typeof written): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return { read, write: total(written), copied: total(written.filter(({ value }) => copies.has(value))) };
}

/** Values of which some elements may be those of a tensor in HBM, moved and no more. */
function copiesOf(graph: Graph): ReadonlySet<ValueId> {
  const copies = new Set<ValueId>(graph.params.map(({ value }) => value));
  for (const { op, operands, results } of graph.nodes) {
    const isCopy = op === "constant" || (isKind(op, "movement") && operands.some((operand) => copies.has(operand)));
    if (isCopy) for (const result of results) copies.add(result);
  }
  return copies;
}

interface Context {
  readonly graph: Graph;
  readonly readers: readonly (readonly number[])[];
  readonly makers: readonly (number | undefined)[];
  readonly known: Map<ValueId, Demand>;
}

/** What results of the graph and its nodes read of a value. */
function demandOf(context: Context, value: ValueId): Demand {
  const known = context.known.get(value);
  if (known !== undefined) return known;
  const { graph, readers } = context;
  const demands = [...new Set(readers[value])].map((index) =>
    demandOfReader(context, value, graph.nodes[index] as Node),
  );
  if (graph.results.some((result) => result.value === value)) demands.push(allOf(typeOf(graph, value).shape));
  if (isNewContent(context, value)) demands.push(allOf(typeOf(graph, value).shape));
  const demand = {
    boxes: demands.flatMap(({ boxes }) => boxes),
    atLeast: Math.max(0, ...demands.map(({ atLeast }) => atLeast)),
  };
  context.known.set(value, demand);
  return demand;
}

const allOf = (shape: Shape): Demand => ({ boxes: [wholeBox(shape)], atLeast: 0 });

function demandOfReader(context: Context, value: ValueId, node: Node): Demand {
  const { graph } = context;
  const { shape } = typeOf(graph, value);
  const [result] = node.results as readonly [ValueId];
  switch (node.op) {
    case "slice":
      return sliced(context, value, node);
    case "update_slice":
      return node.operands[0] === value ? beside(demandOf(context, result), node, graph) : allOf(shape);
    case "gather":
      // Several indices may name the same row.
      return node.operands[0] === value ? { boxes: [], atLeast: 1 } : allOf(shape);
    case "split":
    case "reshape":
    case "unsqueeze":
    case "squeeze":
    case "transpose":
      return viewed(context, node, shape);
    default:
      return allOf(shape);
  }
}

/** All of a view is all of what it views; parts of one are counted, not placed. */
function viewed(context: Context, node: Node, shape: Shape): Demand {
  const counts = node.results.map((result) =>
    countDemand(demandOf(context, result), typeOf(context.graph, result).shape),
  );
  const count = counts.reduce((sum, each) => sum + each, 0);
  return count >= elementCount(shape) ? allOf(shape) : { boxes: [], atLeast: count };
}

function sliced(context: Context, value: ValueId, node: NodeOf<"slice">): Demand {
  const { graph } = context;
  const [result] = node.results;
  const ranges = sliceRanges(typeOf(graph, value).shape, node.attrs);
  const { boxes, atLeast } = demandOf(context, result);
  if (ranges.some(({ step }) => step !== 1)) {
    return { boxes: [], atLeast: Math.max(atLeast, countUnion(capped(boxes))) };
  }
  const moved = boxes.map((box) =>
    box.map(({ first, end }, axis) => {
      const start = ranges[axis]?.start ?? 0;
      return { first: first + start, end: end + start };
    }),
  );
  return { boxes: moved, atLeast };
}

/** What is read of a tensor in which a slice is replaced: all but the slice. */
function beside({ boxes, atLeast }: Demand, node: NodeOf<"update_slice">, graph: Graph): Demand {
  const update = elementCount(typeOf(graph, operandsOf(node).update).shape);
  const hole = replacedBox(graph, node);
  return { boxes: boxes.flatMap((box) => cutOut(box, hole)), atLeast: Math.max(0, atLeast - update) };
}

/** The box without the hole, as boxes that do not overlap. */
function cutOut(box: Box, hole: Box): readonly Box[] {
  const isApart = box.some(({ first, end }, axis) => {
    const cut = hole[axis];
    return cut === undefined || cut.end <= first || end <= cut.first;
  });
  if (isApart) return [box];
  const rest: Box[] = [];
  let inner = box;
  for (const [axis, cut] of hole.entries()) {
    const { first, end } = inner[axis] as Box[number];
    if (first < cut.first) rest.push(inner.with(axis, { first, end: cut.first }));
    if (cut.end < end) rest.push(inner.with(axis, { first: cut.end, end }));
    inner = inner.with(axis, { first: Math.max(first, cut.first), end: Math.min(end, cut.end) });
  }
  return rest;
}

function capped(boxes: readonly Box[]): readonly Box[] {
  if (boxes.length <= maxBoxes) return boxes;
  const sizes = boxes.map((box) => countUnion([box]));
  return [boxes[sizes.indexOf(Math.max(...sizes))] as Box];
}

function countDemand({ boxes, atLeast }: Demand, shape: Shape): number {
  return Math.min(elementCount(shape), Math.max(atLeast, countUnion(capped(boxes))));
}

/** Whether a value becomes the whole content of a state that it was not made of by replacing slices. */
function isNewContent({ graph, makers }: Context, value: ValueId): boolean {
  return graph.updates.some((update) => update.value === value && slicesInto(graph, makers, update) === undefined);
}

function updatedBytes({ graph, makers }: Context, update: StateUpdate): number {
  const type = typeOf(graph, update.param);
  const nodes = slicesInto(graph, makers, update);
  if (nodes === undefined) return tensorBytes(type);
  return countUnion(capped(nodes.map((node) => replacedBox(graph, node)))) * dtypeBytes(type.dtype);
}

/** What an `update_slice` replaces. */
function replacedBox(graph: Graph, node: NodeOf<"update_slice">): Box {
  const { starts } = node.attrs;
  return typeOf(graph, operandsOf(node).update).shape.map((size, axis) => {
    const first = starts[axis] as number;
    return { first, end: first + size };
  });
}
