// Stages 2 and 3: `Graph`, one tensor program in SSA form. Invariants (verified by verify-graph.ts): every value is a
// parameter or the result of exactly one node; operands are defined before they are used; attributes are complete
// (defaults filled in) and the types are those that the op's `infer` gives; nodes of one kernel are next to each other.

import type { AttrValue } from "./base/attr.ts";
import type { KernelId, ValueId } from "./base/ids.ts";
import type { Span } from "./base/span.ts";
import type { TensorType } from "./base/tensor.ts";
import type { OpName } from "./ops/index.ts";

export interface ValueInfo {
  readonly type: TensorType;
  /** The user's name, for printing only. */
  readonly name?: string;
  readonly span?: Span;
}

/**
 * - input: given at each run
 * - weight: constant at run time, may be re-laid-out at compile time
 * - state: kept between runs and updated in place, such as a KV cache
 */
export type ParamKind = "input" | "weight" | "state";

export interface Param {
  readonly kind: ParamKind;
  readonly name: string;
  readonly value: ValueId;
}

export type Attrs = Readonly<Record<string, AttrValue>>;

export interface Node {
  readonly op: OpName;
  readonly operands: readonly ValueId[];
  readonly attrs: Attrs;
  readonly results: readonly ValueId[];
  /** The kernel that the node belongs to, once `fuse` has run (or the user wrote `kernel name { ... }`). */
  readonly kernel?: KernelId;
  readonly span?: Span;
}

export interface KernelInfo {
  readonly name: string;
}

export interface GraphResult {
  readonly name: string;
  readonly value: ValueId;
}

/** The new content of a `state` parameter after the run. */
export interface StateUpdate {
  readonly param: ValueId;
  readonly value: ValueId;
}

export interface Graph {
  readonly name: string;
  /** Indexed by ValueId. */
  readonly values: readonly ValueInfo[];
  readonly params: readonly Param[];
  /** In an order in which they can run. */
  readonly nodes: readonly Node[];
  /** Indexed by KernelId. */
  readonly kernels: readonly KernelInfo[];
  readonly results: readonly GraphResult[];
  readonly updates: readonly StateUpdate[];
}

export function typeOf(graph: Pick<Graph, "values">, value: ValueId): TensorType {
  return (graph.values[value] as ValueInfo).type;
}

/** Everything that a run gives back: the results, then the states' new contents under the states' names. */
export function graphOutputs(graph: Graph): readonly GraphResult[] {
  const stateName = new Map(graph.params.map((param) => [param.value, param.name]));
  return [
    ...graph.results,
    ...graph.updates.map((update) => ({ name: stateName.get(update.param) ?? "state", value: update.value })),
  ];
}

/** For each value the nodes that read it, in order; an index into `graph.nodes`. */
export function readersOf(graph: Graph): readonly (readonly number[])[] {
  const readers: number[][] = graph.values.map(() => []);
  graph.nodes.forEach((node, index) => {
    for (const operand of node.operands) readers[operand]?.push(index);
  });
  return readers;
}

/** For each value the index of the node that makes it; undefined for parameters. */
export function definingNodes(graph: Graph): readonly (number | undefined)[] {
  const definitions = new Array<number | undefined>(graph.values.length).fill(undefined);
  graph.nodes.forEach((node, index) => {
    for (const result of node.results) definitions[result] = index;
  });
  return definitions;
}
