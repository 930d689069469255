// The reference interpreter of graphs: runs each node's `eval` in order. It fixes what a graph means.

import { isFloat, roundAllTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { makeTensor, printType, type Tensor, typesEqual } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { evalOp } from "./eval.ts";

export interface RunOptions {
  /** Whether each result is rounded to its float dtype; integers and bools always are. */
  readonly rounding: boolean;
}

/**
 * Runs a verified graph on one tensor per parameter, by name, and gives back the results and the states' new contents,
 * by name. A value is dropped after its last reader has run.
 */
export function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, Tensor>,
  options: RunOptions,
): ReadonlyMap<string, Tensor> {
  const live = new Map<ValueId, Tensor>(
    graph.params.map(({ name, value }) => [value, inputOf(graph, inputs, name, value)]),
  );
  const outputs = graphOutputs(graph);
  const lastReader = lastReaders(graph, new Set(outputs.map((output) => output.value)));
  graph.nodes.forEach((node, index) => {
    for (const [position, tensor] of runNode(graph, node, live, options).entries()) {
      live.set(node.results[position] as ValueId, tensor);
    }
    for (const value of lastReader.get(index) ?? []) live.delete(value);
  });
  return new Map(outputs.map(({ name, value }) => [name, live.get(value) as Tensor]));
}

function inputOf(graph: Graph, inputs: ReadonlyMap<string, Tensor>, name: string, value: ValueId): Tensor {
  const tensor = inputs.get(name);
  invariant(tensor !== undefined, `no tensor is given for parameter ${name}`);
  const wanted = typeOf(graph, value);
  invariant(typesEqual(tensor, wanted), `parameter ${name} is ${printType(tensor)}, expected ${printType(wanted)}`);
  return tensor;
}

/** Runs one node; its operands are in `live`. */
function runNode(graph: Graph, node: Node, live: ReadonlyMap<ValueId, Tensor>, options: RunOptions): readonly Tensor[] {
  const operands = node.operands.map((operand) => live.get(operand) as Tensor);
  const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
  evalOp(node, operands, results);
  for (const result of results) {
    if (options.rounding || !isFloat(result.dtype)) roundAllTo(result.dtype, result.data);
  }
  return results;
}

/** For each node the values that nothing reads after it; the kept ones are never listed. */
export function lastReaders(graph: Graph, kept: ReadonlySet<ValueId>): ReadonlyMap<number, readonly ValueId[]> {
  const last = new Map<ValueId, number>();
  graph.nodes.forEach((node, index) => {
    for (const value of [...node.results, ...node.operands]) last.set(value, index);
  });
  const ended = new Map<number, ValueId[]>();
  for (const [value, index] of last) {
    if (!kept.has(value)) ended.set(index, [...(ended.get(index) ?? []), value]);
  }
  return ended;
}
