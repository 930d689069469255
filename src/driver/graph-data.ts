// How much a run of a graph with values must hold and compute, found out before anything is allocated for it.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { type Problem, problem } from "../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, typeOf } from "../../ir-spec/graph.ts";
import { maxGraphOperations, maxHeldElements } from "../../ir-spec/limits.ts";
import { opDef } from "../../ir-spec/ops/index.ts";
import { lastReaders } from "../../targets/ref/graph.ts";

/** A check holds each value several times: on each executor, exact, in a sample, and with its errors. */
export const maxCheckedElements = maxHeldElements / 4;

/** It computes each op several times: exact, in a sample, rounded, and its errors; the products of these are most of its time. */
export const maxCheckedOperations = maxGraphOperations / 8;

/** Why a graph cannot be given tensors: its parameters and results alone are too many elements. */
export function findTooMuchToGive(graph: Graph, limit: number = maxHeldElements): Problem | undefined {
  const values = [...graph.params, ...graphOutputs(graph)].map(({ value }) => value);
  const found = values.reduce((sum, value) => sum + elementCount(typeOf(graph, value).shape), 0);
  return tooMany("elements in its parameters and results", found, limit);
}

/** Why the reference cannot run a graph: it holds the values that are still read, of whatever size, all at once. */
export function findTooMuchToHold(graph: Graph, limit: number = maxHeldElements): Problem | undefined {
  return tooMany("elements in values that are held at once", mostHeld(graph), limit);
}

/** Why the reference cannot run a graph: it would take too long. */
export function findTooMuchToCompute(graph: Graph, limit: number = maxGraphOperations): Problem | undefined {
  return tooMany("operations to compute", operationsOf(graph), limit);
}

/** The operations of all nodes, as their rows count them. */
export function operationsOf(graph: Graph): number {
  const typesOf = (values: readonly ValueId[]): readonly TensorType[] => values.map((value) => typeOf(graph, value));
  return graph.nodes.reduce(
    (sum, { op, operands, results, attrs }) => sum + opDef(op).flops(typesOf(operands), typesOf(results), attrs),
    0,
  );
}

function tooMany(what: string, found: number, limit: number): Problem | undefined {
  return found <= limit ? undefined : problem("E1011", { what, found, limit });
}

/** The most elements that are held at once where a value is dropped after its last reader. */
function mostHeld(graph: Graph): number {
  const sizeOf = (values: Iterable<ValueId>): number =>
    [...values].reduce((sum, value) => sum + elementCount(typeOf(graph, value).shape), 0);
  const ended = lastReaders(graph, new Set(graphOutputs(graph).map(({ value }) => value)));
  let held = sizeOf(graph.params.map(({ value }) => value));
  let most = held;
  for (const [index, { results }] of graph.nodes.entries()) {
    held += sizeOf(results);
    most = Math.max(most, held);
    held -= sizeOf(ended.get(index) ?? []);
  }
  return most;
}
