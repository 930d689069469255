// Values that are stored right into a slice of the `concat` that reads them, so that nothing is copied.
//
//     y = concat(a, b, axis=1)      the kernels of a and b store into y

import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { Shape } from "../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  graphOutputs,
  type Node,
  type NodeOf,
  readersOf,
  typeOf,
} from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import type { LowerStep } from "./plan-regions.ts";

/** A slice of another value. */
export interface SliceOf {
  readonly whole: ValueId;
  readonly starts: readonly number[];
  readonly shape: Shape;
}

/** For each value that a row-wise kernel makes for one concat alone, perhaps with axes of size 1 put in, the slice where it goes. */
export function slicesOfConcats(graph: Graph, steps: readonly LowerStep[]): ReadonlyMap<ValueId, SliceOf> {
  const readers = readersOf(graph);
  const kept = new Set(graphOutputs(graph).map(({ value }) => value));
  const made = new Set(
    steps.flatMap((step) => (step.kind === "region" && isRowWise(step.region.nodes) ? step.region.outputs : [])),
  );
  const makers = definingNodes(graph);
  const isForOne = (value: ValueId): boolean => readers[value]?.length === 1 && !kept.has(value);
  /** The value that an operand is, without the views that only put in axes of size 1. */
  const sourceOf = (value: ValueId): ValueId => {
    const node = graph.nodes[makers[value] ?? -1];
    const inner = node?.op === "unsqueeze" && isForOne(value) ? node.operands[0] : undefined;
    return inner === undefined ? value : sourceOf(inner);
  };
  const slices = new Map<ValueId, SliceOf>();
  for (const step of steps) {
    const [node, ...others] = step.kind === "region" ? step.region.nodes : [];
    if (node?.op !== "concat" || others.length > 0) continue;
    for (const [operand, slice] of operandSlices(graph, node)) {
      const value = sourceOf(operand);
      if (made.has(value) && isForOne(value)) slices.set(value, slice);
    }
  }
  return slices;
}

function isRowWise(nodes: readonly Node[]): boolean {
  return nodes.every(({ op }) => isKind(op, "elementwise") || isKind(op, "reduce") || isKind(op, "source"));
}

function operandSlices(
  graph: Graph,
  { operands, results, attrs }: NodeOf<"concat">,
): readonly (readonly [ValueId, SliceOf])[] {
  const [whole] = results;
  const { axis } = attrs;
  let start = 0;
  return operands.map((value) => {
    const { shape } = typeOf(graph, value);
    const starts = shape.map((_size, dim) => (dim === axis ? start : 0));
    start += shape[axis] as number;
    return [value, { whole, starts, shape }] as const;
  });
}
