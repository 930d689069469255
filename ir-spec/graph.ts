// Stages 2 and 3: `Graph`, one tensor program in SSA form. Invariants (verified by verify-graph.ts): every value is a
// parameter or the result of exactly one node; operands are defined before they are used; attributes are complete
// (defaults filled in) and the types are those that the op's `infer` gives; nodes of one kernel are next to each other.

import type { AttrValue } from "./base/attr.ts";
import type { KernelId, ValueId } from "./base/ids.ts";
import type { Span } from "./base/span.ts";
import type { TensorType } from "./base/tensor.ts";
import type { AtLeastOne, OpKind } from "./ops/define.ts";
import {
  type AttrsOf,
  bareName,
  type GivenAttrs,
  isKind,
  type OperandsOf,
  type OpName,
  type OpNameOf,
  opDef,
} from "./ops/index.ts";

export interface ValueInfo {
  readonly type: TensorType;
  /** The user's name, for printing only. */
  readonly name?: string;
  readonly span?: Span;
  /** In a graph that a lowering has rewritten for itself: the values of the graph as it was, in whose place this one is defined. */
  readonly standsFor?: readonly ValueId[];
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

/** One of some ops and its attributes: a test of `op` narrows the type of `attrs`. */
export type UseOf<N extends OpName> = { readonly [M in N]: { readonly op: M; readonly attrs: AttrsOf<M> } }[N];

/** An op applied to values. */
export type CallOf<N extends OpName> = UseOf<N> & { readonly operands: readonly ValueId[] };

/** Puts the parts of a call together. */
export function callOf<N extends OpName>(op: N, operands: readonly ValueId[], attrs: AttrsOf<N>): CallOf<N> {
  return { op, operands, attrs } as unknown as CallOf<N>;
}

/** A node whose op is one of N. */
export type NodeOf<N extends OpName> = CallOf<N> & {
  readonly results: AtLeastOne<ValueId>;
  /** The kernel that the node belongs to, once `fuse` has run (or the user wrote `kernel name { ... }`). */
  readonly kernel?: KernelId;
  readonly span?: Span;
};

export type Call = CallOf<OpName>;

/** A call from which attributes that have a default may be left out. */
export type GivenCall = {
  readonly [N in OpName]: { readonly op: N; readonly operands: readonly ValueId[]; readonly attrs: GivenAttrs<N> };
}[OpName];

export type Node = NodeOf<OpName>;

/** Whether the op of a node or call is one of some. */
export function isOneOf<N extends OpName, C extends { readonly op: OpName }>(
  call: C,
  ops: readonly N[],
): call is C & { readonly op: N } {
  return (ops as readonly OpName[]).includes(call.op);
}

/** Whether the op of a node or call is of a kind. */
export function isOfKind<K extends OpKind, C extends { readonly op: OpName }>(
  call: C,
  kind: K,
): call is C & { readonly op: OpNameOf<K> } {
  return isKind(call.op, kind);
}

/** The operands by the names that the op's row gives them. */
export function operandsOf<N extends OpName>(call: CallOf<N>): OperandsOf<N, ValueId> {
  const named: Record<string, ValueId | readonly ValueId[]> = {};
  for (const [index, operand] of opDef(call.op).operands.entries()) {
    const value = call.operands[index];
    if (operand.startsWith("...")) named[bareName(operand)] = call.operands.slice(index);
    else if (value !== undefined) named[bareName(operand)] = value;
  }
  return named as OperandsOf<N, ValueId>;
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
