// The units of a partition as they are merged: which nodes each has, which units each reads, and where it lies in the order of
// the nodes. The smaller of two units is added to the larger one, so that all merges of n nodes take n log n steps.

import { definingNodes, type Graph } from "../../../ir-spec/graph.ts";

/** A unit is named by the index of one of its nodes. */
export type Unit = number;

/** Changed in place by `merge`. */
export interface Units {
  readonly unitOf: (node: number) => Unit;
  /** In no order. */
  readonly all: () => readonly Unit[];
  /** The nodes of a unit in order. */
  readonly members: (unit: Unit) => readonly number[];
  /** How many nodes it has. */
  readonly sizeOf: (unit: Unit) => number;
  readonly firstOf: (unit: Unit) => number;
  readonly lastOf: (unit: Unit) => number;
  /** The other units whose values it reads, in no order; some more than once. */
  readonly sourcesOf: (unit: Unit) => Iterable<Unit>;
  /** The other units that read its values, in no order; some more than once. */
  readonly readersOf: (unit: Unit) => Iterable<Unit>;
  /** Adds the nodes of `b` to `a`. */
  readonly merge: (a: Unit, b: Unit) => void;
}

interface UnitState {
  name: Unit;
  readonly members: number[];
  isSorted: boolean;
  first: number;
  last: number;
  /** Units by the names that they had when they were added. */
  sources: Set<Unit>;
  readers: Set<Unit>;
}

export function makeUnits(graph: Graph): Units {
  const { byNode, states } = startingUnits(graph);
  const stateOf = (unit: Unit): UnitState => byNode[unit] as UnitState;
  const unitOf = (node: number): Unit => stateOf(node).name;
  const merge = (a: Unit, b: Unit): void => {
    const [one, other] = [stateOf(a), stateOf(b)];
    const [large, small] = one.members.length >= other.members.length ? [one, other] : [other, one];
    for (const member of small.members) byNode[member] = large;
    addNodes(large, small);
    large.name = a;
    const others = (known: ReadonlySet<Unit>): readonly Unit[] =>
      [...known].map(unitOf).filter((unit) => unit !== a && unit !== b);
    for (const source of others(small.sources)) large.sources.add(source);
    for (const reader of others(small.readers)) large.readers.add(reader);
    for (const unit of [a, b]) {
      large.sources.delete(unit);
      large.readers.delete(unit);
    }
    states.delete(small);
  };
  return {
    unitOf,
    all: () => [...states].map(({ name }) => name),
    members: (unit) => sorted(stateOf(unit)),
    sizeOf: (unit) => stateOf(unit).members.length,
    firstOf: (unit) => stateOf(unit).first,
    lastOf: (unit) => stateOf(unit).last,
    sourcesOf: (unit) => currentUnits(stateOf(unit).sources, unit, unitOf),
    readersOf: (unit) => currentUnits(stateOf(unit).readers, unit, unitOf),
    merge,
  };
}

function addNodes(large: UnitState, small: UnitState): void {
  large.isSorted = large.isSorted && small.isSorted && large.last < small.first;
  for (const member of small.members) large.members.push(member);
  large.first = Math.min(large.first, small.first);
  large.last = Math.max(large.last, small.last);
}

function sorted(state: UnitState): readonly number[] {
  if (!state.isSorted) state.members.sort((a, b) => a - b);
  state.isSorted = true;
  return state.members;
}

/** Units by their present names, without `self`. */
function* currentUnits(known: ReadonlySet<Unit>, self: Unit, unitOf: Units["unitOf"]): Iterable<Unit> {
  for (const unit of known) {
    const current = unitOf(unit);
    if (current !== self) yield current;
  }
}

/** One unit per kernel of the user's, and one for every other node. */
function startingUnits(graph: Graph): { readonly byNode: UnitState[]; readonly states: Set<UnitState> } {
  const definitions = definingNodes(graph);
  const ofKernel = new Map<number, UnitState>();
  const byNode: UnitState[] = [];
  graph.nodes.forEach(({ kernel, operands }, index) => {
    const state = (kernel === undefined ? undefined : ofKernel.get(kernel)) ?? emptyUnit(index);
    if (kernel !== undefined) ofKernel.set(kernel, state);
    byNode.push(state);
    state.members.push(index);
    state.last = index;
    for (const operand of operands) {
      const source = byNode[definitions[operand] ?? -1];
      if (source === undefined || source === state) continue;
      state.sources.add(source.name);
      source.readers.add(state.name);
    }
  });
  return { byNode, states: new Set(byNode) };
}

function emptyUnit(first: number): UnitState {
  return { name: first, members: [], isSorted: true, first, last: first, sources: new Set(), readers: new Set() };
}
