// The nodes of a graph partitioned into units: at first one unit per node and one per kernel that the user wrote; `merge`
// makes one of two. Invariant: no path leads from a unit out and back into it, so each can run as one kernel.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { definingNodes, type Graph, type Node, readersOf } from "../../../ir-spec/graph.ts";
import { isPathAround, isPathBetween, makeSpans } from "./paths.ts";
import { findRoles, type Role } from "./roles.ts";
import { factsOfNode, mergeFacts, type UnitFacts } from "./unit-facts.ts";
import { makeUnits, type Unit, type Units } from "./units.ts";

export type { Unit } from "./units.ts";

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
  /** How many nodes it has. */
  readonly sizeOf: (unit: Unit) => number;
  readonly factsOf: (unit: Unit) => UnitFacts;
  /** Units in the order of their first nodes. */
  readonly units: () => readonly Unit[];
  /** The other units whose values a unit reads, in the order of its nodes. */
  readonly sourcesOf: (unit: Unit) => readonly Unit[];
  /** The other units that read its values, in the order of their first nodes. */
  readonly readingUnits: (unit: Unit) => readonly Unit[];
  /** True when a unit can run as one kernel with one whose values it reads: no path leads to it from there through a third. */
  readonly canMerge: (source: Unit, reader: Unit) => boolean;
  /** The same for any number of units: no path leads out of them and back. */
  readonly canMergeAll: (units: ReadonlySet<Unit>) => boolean;
  readonly merge: (a: Unit, b: Unit) => void;
}

export function makePartition(graph: Graph): Partition {
  const definitions = definingNodes(graph);
  const readers = readersOf(graph).map((nodes) => [...new Set(nodes)]);
  const outputs = new Set([...graph.results, ...graph.updates].map((output) => output.value));
  const roles = findRoles(graph);
  const units = makeUnits(graph);
  const facts = factsByUnit(graph, roles, units);
  const spans = makeSpans(graph.nodes.length);
  for (const unit of units.all()) spans.add(units.firstOf(unit), units.lastOf(unit), 1);

  const sourcesOf = (unit: Unit): readonly Unit[] => {
    const sources = new Set<Unit>();
    for (const index of units.members(unit)) {
      for (const operand of (graph.nodes[index] as Node).operands) {
        const definition = definitions[operand];
        if (definition !== undefined) sources.add(units.unitOf(definition));
      }
    }
    sources.delete(unit);
    return [...sources];
  };
  const merge = (a: Unit, b: Unit): void => {
    invariant(a !== b, "a unit is merged with itself");
    facts.set(a, mergeFacts(facts.get(a) as UnitFacts, facts.get(b) as UnitFacts));
    facts.delete(b);
    for (const unit of [a, b]) spans.add(units.firstOf(unit), units.lastOf(unit), -1);
    units.merge(a, b);
    spans.add(units.firstOf(a), units.lastOf(a), 1);
  };
  const inOrder = (some: readonly Unit[]): readonly Unit[] =>
    some.toSorted((a, b) => units.firstOf(a) - units.firstOf(b));
  return {
    graph,
    roles,
    definingNode: (value) => definitions[value],
    readersOf: (value) => readers[value] ?? [],
    isOutput: (value) => outputs.has(value),
    unitOf: units.unitOf,
    members: units.members,
    sizeOf: units.sizeOf,
    factsOf: (unit) => facts.get(unit) as UnitFacts,
    units: () => inOrder(units.all()),
    sourcesOf,
    readingUnits: (unit) => inOrder([...new Set(units.readersOf(unit))]),
    canMerge: (source, reader) => !isPathBetween(units, spans, source, reader),
    canMergeAll: (all) => !isPathAround(units, spans, all),
    merge,
  };
}

function factsByUnit(graph: Graph, roles: readonly Role[], { unitOf }: Units): Map<Unit, UnitFacts> {
  const facts = new Map<Unit, UnitFacts>();
  roles.forEach((role, index) => {
    const own = factsOfNode(graph, role, index);
    const known = facts.get(unitOf(index));
    facts.set(unitOf(index), known === undefined ? own : mergeFacts(known, own));
  });
  return facts;
}
