// What a lowering rule gets: one region of the graph (the nodes of one kernel), and how its values lie in HBM.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { EngineCost, StepCost } from "../../ir-spec/cost.ts";
import type { definingNodes, Graph, Node } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import type { BodyBuilder } from "./program-builder.ts";
import type { View } from "./view.ts";

export interface KernelRegion {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Values made here that something outside reads; each has a view already. */
  readonly outputs: readonly ValueId[];
}

export interface LowerContext {
  readonly graph: Graph;
  /** The nodes that read each value, as `readersOf` gives them. */
  readonly readers: readonly (readonly number[])[];
  readonly builder: BodyBuilder;
  readonly machine: Machine;
  readonly engineCost: EngineCost;
  readonly stepCost: StepCost;
  /** The strided view of a value that is in HBM. */
  readonly viewOf: (value: ValueId) => View;
  /** The same where it is not known that the value is there. */
  readonly placeOf: (value: ValueId) => View | undefined;
  /** For each value of the graph that is lowered the index of the node that defines it. */
  readonly makers: ReturnType<typeof definingNodes>;
}

/** Values that the region reads but does not make, in order of first use. */
export function inputsOf(region: KernelRegion): readonly ValueId[] {
  const defined = new Set(region.nodes.flatMap((node) => node.results));
  const inputs = new Set<ValueId>();
  for (const node of region.nodes) {
    for (const operand of node.operands) if (!defined.has(operand)) inputs.add(operand);
  }
  return [...inputs];
}

/** Which of some nodes read a value, each once, in order. */
export function readersAmong(nodes: readonly Node[]): (value: ValueId) => readonly Node[] {
  const readers = new Map<ValueId, Node[]>();
  for (const node of nodes) {
    for (const operand of new Set(node.operands)) {
      const known = readers.get(operand);
      if (known === undefined) readers.set(operand, [node]);
      else known.push(node);
    }
  }
  return (value) => readers.get(value) ?? [];
}

/** Whether a node does nothing but move data, or is data. */
export function movesData({ op }: Node): boolean {
  return isKind(op, "movement") || op === "constant";
}

/** Whether the systolic array computes a node. */
export function isProduct({ op }: Node): boolean {
  return op === "matmul" || op === "conv";
}
