// The exact values of walks over one graph or over several that differ in their float dtypes alone: without rounding these have
// the same numbers, so that each is computed once. Walks that go side by side meet at each node; what one of them has computed
// is kept for a few nodes until the others are there.

import { isFloat, roundAllTo } from "../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { findMagnitudes, type Magnitudes } from "./magnitudes.ts";
import { widen, widenAttrs } from "./widen.ts";

export interface ExactValues {
  /** The results of a node for exact operands. */
  readonly evaluate: (graph: Graph, node: Node, operands: readonly Tensor[]) => readonly Tensor[];
  readonly magnitudesOf: (data: Float64Array) => Magnitudes;
}

/** Nodes whose results are kept; walks that are further apart compute them again. */
const keptNodes = 4;

export function makeExactValues(walks: number): ExactValues {
  const numbers = new WeakMap<Float64Array, number>();
  const magnitudes = new WeakMap<Float64Array, Magnitudes>();
  const kept = new Map<string, readonly Float64Array[]>();
  let count = 0;
  const numberOf = ({ data }: Tensor): number => {
    const number = numbers.get(data) ?? count++;
    numbers.set(data, number);
    return number;
  };
  const keep = (key: string, results: readonly Tensor[]): void => {
    kept.set(
      key,
      results.map(({ data }) => data),
    );
    const [oldest] = kept.keys();
    if (kept.size > keptNodes && oldest !== undefined) kept.delete(oldest);
  };
  return {
    evaluate(graph, node, operands) {
      if (isFreeCast(graph, node)) return [{ ...typeOf(graph, node.results[0]!), data: operands[0]!.data }];
      const key = walks === 1 ? undefined : keyOf(graph, node, operands.map(numberOf));
      const known = key === undefined ? undefined : kept.get(key);
      if (known !== undefined) return node.results.map((id, index) => ({ ...typeOf(graph, id), data: known[index]! }));
      const results = evaluateNode(graph, node, operands);
      if (key !== undefined) keep(key, results);
      return results;
    },
    magnitudesOf(data) {
      const found = magnitudes.get(data) ?? findMagnitudes(data);
      magnitudes.set(data, found);
      return found;
    },
  };
}

/** Whether the results are the operands' numbers. */
export function isFreeCast(graph: Graph, { op, operands, results }: Node): boolean {
  return op === "cast" && [...operands, ...results].every((id) => isFloat(typeOf(graph, id).dtype));
}

function keyOf(graph: Graph, node: Node, operands: readonly number[]): string {
  const types = node.results.map((id) => ({ ...typeOf(graph, id), dtype: widen(typeOf(graph, id).dtype) }));
  return JSON.stringify([node.op, widenAttrs(node), operands, types]);
}

/** Integers and bools are rounded in every run: that is what their ops mean. */
function evaluateNode(graph: Graph, node: Node, operands: readonly Tensor[]): readonly Tensor[] {
  const results = node.results.map((id) => makeTensor(typeOf(graph, id)));
  evalOp(node, operands, results);
  for (const { dtype, data } of results) if (!isFloat(dtype)) roundAllTo(dtype, data);
  return results;
}
