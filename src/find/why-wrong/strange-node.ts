// The first node of a graph, of those that a wrong output depends on, that defines a value which another graph does not have, though its
// operands are of those that it has.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { printType, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node } from "../../../ir-spec/graph.ts";
import { differingPlaces } from "../../diff/values/compare.ts";
import type { Tensors } from "../judge.ts";
import { evaluateAll } from "./predict.ts";
import { areKnown, knownValues } from "./statements.ts";

export function strangeNode(right: Graph, wrong: Graph, inputs: Tensors): Node | undefined {
  const rightValues = evaluateAll(right, inputs);
  const known = knownValues(right, rightValues);
  const values = evaluateAll(wrong, inputs);
  const counterparts = counterpartsIn(right, rightValues);
  const causes = new Map<ValueId, Node | undefined>();
  for (const node of wrong.nodes) {
    const inherited = node.operands.map((operand) => causes.get(operand)).find((cause) => cause !== undefined);
    for (const result of node.results) {
      const value = values[result] as Tensor;
      const others = counterparts.get(placeOf(node, value)) ?? [];
      const isOther =
        others.length > 0 && !others.some((other) => differingPlaces(other.data, value.data).length === 0);
      const isStrange = isOther || areKnown(known, value.data) === false;
      causes.set(result, isStrange ? (inherited ?? node) : undefined);
    }
  }
  return graphOutputs(wrong)
    .map(({ value }) => causes.get(value))
    .find((cause) => cause !== undefined);
}

/** Values of the same type that come from the same place of the text. */
function counterpartsIn({ nodes }: Graph, values: readonly Tensor[]): ReadonlyMap<string, readonly Tensor[]> {
  const found = new Map<string, Tensor[]>();
  for (const node of nodes) {
    for (const result of node.results) {
      const value = values[result] as Tensor;
      const place = placeOf(node, value);
      found.set(place, [...(found.get(place) ?? []), value]);
    }
  }
  return found;
}

const placeOf = ({ span }: Node, type: Tensor): string => `${span?.start} ${span?.end} ${printType(type)}`;
