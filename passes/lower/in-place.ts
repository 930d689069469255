// Updates of states in place: where the old content of a state is read no more, a slice of it is replaced in the state's own memory, and
// nothing is copied, neither to a new tensor nor back at the end.
//
//     keys = update_slice(keys, k, starts=[0, 7, 0])      writes k alone

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { definingNodes, type Graph, type Node, operandsOf } from "../../ir-spec/graph.ts";
import { slicesInto } from "../analysis/state-updates.ts";
import type { LowerStep } from "./plan-regions.ts";

/** For each result of an update in place the value whose memory it takes over. */
export function inPlaceUpdates(graph: Graph, steps: readonly LowerStep[]): ReadonlyMap<ValueId, ValueId> {
  const makers = definingNodes(graph);
  const reads = readsBySource(graph, steps, makers);
  const stepOf = new Map(steps.flatMap((step, index) => nodesOf(step).map((node) => [node, index] as const)));
  const taken = new Map<ValueId, ValueId>();
  for (const update of graph.updates) {
    const contents = [update.param];
    for (const node of slicesInto(graph, makers, update) ?? []) {
      const { x: whole } = operandsOf(node);
      const [result] = node.results;
      const step = stepOf.get(node) ?? 0;
      const isReadLater = contents.some((content) =>
        reads.get(content)?.some(({ by, at }) => by !== node && at >= step),
      );
      // What is written must not itself lie in the memory that is written to.
      const isMoved = contents.some((content) =>
        reads.get(content)?.some(({ by, operand }) => by === node && operand > 0),
      );
      if (isReadLater || isMoved) break;
      taken.set(result, whole);
      contents.push(result);
    }
  }
  return taken;
}

/** One reading of a value, or of a view of it. */
interface Read {
  /** Undefined: it is read at the end, to be a result or the content of another state. */
  readonly by: Node | undefined;
  readonly operand: number;
  readonly at: number;
}

/** The readings of each value that is no view itself, those of its views among them. */
function readsBySource(
  graph: Graph,
  steps: readonly LowerStep[],
  makers: ReturnType<typeof definingNodes>,
): ReadonlyMap<ValueId, readonly Read[]> {
  const sources = new Map<ValueId, ValueId>();
  const sourceOf = (value: ValueId): ValueId => sources.get(value) ?? value;
  const reads = new Map<ValueId, Read[]>();
  const note = (value: ValueId, read: Read): void => {
    const source = sourceOf(value);
    reads.set(source, [...(reads.get(source) ?? []), read]);
  };
  for (const [at, step] of steps.entries()) {
    if (step.kind === "view") {
      const { x } = operandsOf(step.node);
      for (const result of step.node.results) sources.set(result, sourceOf(x));
      // A view that strides cannot express is copied here.
      note(x, { by: step.node, operand: 0, at });
    } else
      for (const by of nodesOf(step))
        for (const [operand, value] of by.operands.entries()) note(value, { by, operand, at });
  }
  const atEnd: Read = { by: undefined, operand: 0, at: steps.length };
  for (const { value } of graph.results) note(value, atEnd);
  for (const update of graph.updates) if (slicesInto(graph, makers, update) === undefined) note(update.value, atEnd);
  return reads;
}

function nodesOf(step: LowerStep): readonly Node[] {
  return step.kind === "region" ? step.region.nodes : [step.node];
}
