// The nodes of a graph partitioned into units: at first one unit per node and one per kernel that the user wrote; `merge`
// makes one of two. Invariant: no path leads from a unit out and back into it, so each can run as one kernel.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { definingNodes, type Graph, type Node, readersOf } from "../../../ir-spec/graph.ts";
import { findRoles, type Role } from "./roles.ts";

/** A unit is named by the index of one of its nodes. */
export type Unit = number;

export interface Partition {
  readonly graph: Graph;
  readonly roles: readonly Role[];
  /** The index of the node that defines a value; undefined for parameters. */
  readonly definingNode: (value: ValueId) => number | undefined;
  /** The nodes that read a value, each once. */
  readonly readersOf: (value: ValueId) => readonly number[];
  /** True for results of the graph and new contents of states. */
  readonly isOutput: (value: ValueId) => boolean;
  readonly unitOf: (node: number) => Unit;
  /** The nodes of a unit in order. */
  readonly members: (unit: Unit) => readonly number[];
  /** Units in the order of their first nodes. */
  readonly units: () => readonly Unit[];
  /** The other units whose values a unit reads. */
  readonly sourcesOf: (unit: Unit) => readonly Unit[];
  /** True when the two can run as one kernel: no path leads from one to the other through a third. */
  readonly canMerge: (a: Unit, b: Unit) => boolean;
  readonly merge: (a: Unit, b: Unit) => void;
}

export function makePartition(graph: Graph): Partition {
  const definitions = definingNodes(graph);
  const readers = readersOf(graph).map((nodes) => [...new Set(nodes)]);
  const outputs = new Set([...graph.results, ...graph.updates].map((output) => output.value));
  const { unitOf, members } = startingUnits(graph);
  const spans = makeSpans(graph.nodes.length);
  for (const nodes of members.values()) spans.add(nodes, 1);

  const sourcesOf = (unit: Unit): readonly Unit[] => {
    const sources = new Set<Unit>();
    for (const index of members.get(unit) ?? []) {
      for (const operand of (graph.nodes[index] as Node).operands) {
        const definition = definitions[operand];
        if (definition !== undefined) sources.add(unitOf[definition] as Unit);
      }
    }
    sources.delete(unit);
    return [...sources];
  };
  const merge = (a: Unit, b: Unit): void => {
    invariant(a !== b, "a unit is merged with itself");
    const merged = [...(members.get(a) ?? []), ...(members.get(b) ?? [])].sort((left, right) => left - right);
    for (const unit of [a, b]) spans.add(members.get(unit) ?? [], -1);
    spans.add(merged, 1);
    members.delete(b);
    members.set(a, merged);
    for (const index of merged) unitOf[index] = a;
  };
  const units: UnitGraph = { members, sourcesOf, isSpanned: spans.isSpanned };
  return {
    graph,
    roles: findRoles(graph),
    definingNode: (value) => definitions[value],
    readersOf: (value) => readers[value] ?? [],
    isOutput: (value) => outputs.has(value),
    unitOf: (node) => unitOf[node] as Unit,
    members: (unit) => members.get(unit) ?? [],
    units: () => [...members.keys()].sort((a, b) => firstOf(members, a) - firstOf(members, b)),
    sourcesOf,
    canMerge: (a, b) => !reaches(units, a, b) && !reaches(units, b, a),
    merge,
  };
}

/** Which places between nodes units reach across: they have nodes on both sides. Changed in place. */
interface Spans {
  /** Counts a unit of these nodes, in order, `by` times. */
  readonly add: (nodes: readonly number[], by: number) => void;
  /** Whether a unit has nodes before a node, and others that are not. */
  readonly isSpanned: (node: number) => boolean;
}

function makeSpans(nodeCount: number): Spans {
  const counts = new Int32Array(nodeCount);
  return {
    add: (nodes, by) => {
      for (let at = (nodes[0] ?? 0) + 1; at <= (nodes.at(-1) ?? 0); at++) counts[at] = (counts[at] as number) + by;
    },
    isSpanned: (node) => counts[node] !== 0,
  };
}

interface UnitGraph {
  readonly members: ReadonlyMap<Unit, readonly number[]>;
  readonly sourcesOf: Partition["sourcesOf"];
  readonly isSpanned: Spans["isSpanned"];
}

/** Whether `target` is reached from `start` by going from readers to defining nodes, through at least one third unit. */
function reaches({ members, sourcesOf, isSpanned }: UnitGraph, start: Unit, target: Unit): boolean {
  const first = firstOf(members, target);
  // Where no unit reaches across the target's first node, none that ends before that comes to the target.
  const from = isSpanned(first) ? 0 : first;
  const canReach = (unit: Unit): boolean => (members.get(unit)?.at(-1) ?? unit) >= from;
  const open = sourcesOf(start).filter((unit) => unit !== target && canReach(unit));
  const seen = new Set(open);
  for (const unit of open) {
    for (const source of sourcesOf(unit)) {
      if (source === target) return true;
      if (!seen.has(source) && canReach(source)) open.push(source);
      seen.add(source);
    }
  }
  return false;
}

function firstOf(members: ReadonlyMap<Unit, readonly number[]>, unit: Unit): number {
  return members.get(unit)?.[0] ?? unit;
}

/** One unit per kernel of the user's, and one for every other node. */
function startingUnits(graph: Graph): { readonly unitOf: Unit[]; readonly members: Map<Unit, readonly number[]> } {
  const unitOfKernel = new Map<number, Unit>();
  const unitOf = graph.nodes.map(({ kernel }, index) => {
    if (kernel === undefined) return index;
    const unit = unitOfKernel.get(kernel) ?? index;
    unitOfKernel.set(kernel, unit);
    return unit;
  });
  const members = new Map<Unit, number[]>();
  unitOf.forEach((unit, index) => {
    members.set(unit, [...(members.get(unit) ?? []), index]);
  });
  return { unitOf, members };
}
