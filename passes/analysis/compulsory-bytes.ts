// The bytes that any program for a graph reads from HBM and writes to it: of each parameter and constant what is needed of it, once; results; and
// of states what changes. A lower bound where the part that is read is not known.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { tensorBytes } from "../../ir-spec/base/tensor.ts";
import { definingNodes, type Graph, type StateUpdate, typeOf } from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import { countBoxes, countDemand, type demandsOf, replacedBox } from "./demand.ts";
import { slicesInto } from "./state-updates.ts";

export interface CompulsoryBytes {
  readonly read: number;
  readonly write: number;
  /** Of the bytes written those that may be copies of bytes read, which one transfer within HBM reads and writes; at most. */
  readonly copied: number;
}

export function compulsoryBytes(graph: Graph, demands: ReturnType<typeof demandsOf>): CompulsoryBytes {
  const makers = definingNodes(graph);
  let read = 0;
  const constants = graph.nodes.filter(({ op }) => op === "constant").map(({ results }) => results[0]);
  for (const value of [...graph.params.map((param) => param.value), ...constants]) {
    const { dtype, shape } = typeOf(graph, value);
    read += countDemand(demands.get(value), shape) * dtypeBytes(dtype);
  }
  const copies = copiesOf(graph);
  const written = [
    ...graph.results.map(({ value }) => ({ value, bytes: tensorBytes(typeOf(graph, value)) })),
    ...graph.updates.map((update) => ({ value: update.value, bytes: updatedBytes(graph, makers, update) })),
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

function updatedBytes(graph: Graph, makers: ReturnType<typeof definingNodes>, update: StateUpdate): number {
  const type = typeOf(graph, update.param);
  const nodes = slicesInto(graph, makers, update);
  if (nodes === undefined) return tensorBytes(type);
  return countBoxes(nodes.map((node) => replacedBox(graph, node))) * dtypeBytes(type.dtype);
}
