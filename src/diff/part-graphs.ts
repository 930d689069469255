// Where two graphs part that give different values for one input: from an output that differs back through operands that differ, to
// the first pair of statements that make different values of the same ones.

import { attrsEqual } from "../../ir-spec/base/attr.ts";
import { type ValueId, valueId } from "../../ir-spec/base/ids.ts";
import { type Tensor, typesEqual } from "../../ir-spec/base/tensor.ts";
import { definingNodes, type Graph, graphOutputs, type Node } from "../../ir-spec/graph.ts";
import { nameValues, printNode } from "../../ir-spec/print-graph.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { hashNodes } from "./normal/normal-graph.ts";
import type { Parting } from "./report.ts";
import { differingPlaces, type NamedTensors } from "./values/compare.ts";

/** A graph that has run, with all of its values. */
interface RunGraph {
  readonly graph: Graph;
  readonly values: ReadonlyMap<ValueId, Tensor>;
  readonly definitions: readonly (number | undefined)[];
  /** What each value is computed as, parameters left out. */
  readonly hashes: ReadonlyMap<ValueId, string>;
  readonly known: ReadonlySet<string>;
  readonly names: readonly string[];
}

function runAll(graph: Graph, inputs: NamedTensors): RunGraph {
  const all = graph.values.map((_value, index) => ({ name: String(index), value: valueId(index) }));
  const tensors = runGraph({ ...graph, results: all, updates: [] }, inputs, { rounding: true });
  const nodeHashes = hashNodes(graph);
  const hashes = graph.nodes.flatMap(({ results }, index) =>
    results.map((value, position) => [value, `${nodeHashes[index]}.${position}`] as const),
  );
  return {
    graph,
    values: new Map([...tensors].map(([name, tensor]) => [valueId(Number(name)), tensor])),
    definitions: definingNodes(graph),
    hashes: new Map(hashes),
    known: new Set(hashes.map(([, hash]) => hash)),
    names: nameValues(graph),
  };
}

/** `output` has this name in both graphs, which take the same inputs. */
export function partGraphs(before: Graph, after: Graph, inputs: NamedTensors, output: string): Parting | undefined {
  const [a, b] = [runAll(before, inputs), runAll(after, inputs)];
  const outputOf = (graph: Graph): ValueId | undefined =>
    [...graphOutputs(graph), ...graph.params].find(({ name }) => name === output)?.value;
  const [start, other] = [outputOf(before), outputOf(after)];
  if (start === undefined || other === undefined) return undefined;
  return partValues(a, b, start, other);
}

function partValues(a: RunGraph, b: RunGraph, start: ValueId, other: ValueId): Parting {
  let [x, y] = [start, other];
  for (;;) {
    const [node, opposite] = [nodeOf(a, x), nodeOf(b, y)];
    const describe = (why: string): Parting => ({ before: printValue(a, x), after: printValue(b, y), why });
    if (node === undefined || opposite === undefined) return describe("another value is taken");
    if (node.op !== opposite.op) return describe("another op");
    if (!attrsEqual(node.attrs, opposite.attrs)) return describe("other attributes");
    if (node.operands.length !== opposite.operands.length) return describe("another number of operands");
    const at = node.operands.findIndex((operand, index) => isOther(a, b, operand, opposite.operands[index] as ValueId));
    const [next, nextOther] = [node.operands[at], opposite.operands[at]];
    if (next === undefined || nextOther === undefined) return describe("another result of the same operands");
    const isMixedUp = isKnownTo(a, b, nextOther) || isKnownTo(b, a, next);
    if (isMixedUp) return describe(`operand ${at + 1} is another value`);
    [x, y] = [next, nextOther];
  }
}

function nodeOf({ graph, definitions }: RunGraph, value: ValueId): Node | undefined {
  const index = definitions[value];
  return index === undefined ? undefined : graph.nodes[index];
}

function isOther(a: RunGraph, b: RunGraph, x: ValueId, y: ValueId): boolean {
  const [tensor, other] = [a.values.get(x), b.values.get(y)];
  if (tensor === undefined || other === undefined || !typesEqual(tensor, other)) return true;
  return differingPlaces(tensor.data, other.data).length > 0;
}

/** Whether a value of `b` is one that `a` computes too, but elsewhere; of parameters that is certain. */
function isKnownTo(a: RunGraph, b: RunGraph, value: ValueId): boolean {
  const hash = b.hashes.get(value);
  return hash === undefined || a.known.has(hash);
}

function printValue(run: RunGraph, value: ValueId): string {
  const node = nodeOf(run, value);
  return node === undefined ? (run.names[value] ?? "") : printNode(run.graph, node, run.names);
}
