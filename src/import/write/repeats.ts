// Blocks of nodes that a graph repeats one after the other, such as the layers of a model: equal but for the values that they read from outside.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { definingNodes, type Graph, type Node, readersOf } from "../../../ir-spec/graph.ts";

/** A block that is there several times. */
export interface Repeat {
  /** The nodes of each iteration, by index, in order. */
  readonly iterations: readonly (readonly number[])[];
  /** What is read from outside, for each iteration. */
  readonly inputs: readonly (readonly ValueId[])[];
  /** What is read outside, for each iteration. */
  readonly outputs: readonly (readonly ValueId[])[];
}

/** Assumed: shorter blocks are as easy to read where they are written out. */
const minLength = 6;

/** Distances that are tried, the most frequent first, and places at which a block may begin. */
const maxPeriods = 16;
const maxStarts = 64;

/** What the search knows of a graph. */
interface Search {
  readonly graph: Graph;
  /** The nodes that are looked at, by index. */
  readonly nodes: readonly number[];
  /** What has to be equal of each of them. */
  readonly keys: readonly string[];
  /** For each value its place among these nodes. */
  readonly places: ReadonlyMap<ValueId, number>;
  readonly readers: readonly (readonly number[])[];
  readonly outputs: ReadonlySet<ValueId>;
  readonly isNumber: (value: ValueId) => boolean;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The repeated blocks, in order; none overlap. `keyOf` says what has to be equal of two nodes, and `isNumber` which values are written as numbers.
 * Nodes that depend on no parameter are constants, which are read from outside.
 */
export function findRepeats(
  graph: Graph,
  keyOf: (node: Node, index: number) => string,
  isNumber: (value: ValueId) => boolean,
): readonly Repeat[] {
  const nodes = dependentNodes(graph);
  const at = (index: number): Node => graph.nodes[index] as Node;
  const places = new Map(nodes.flatMap((index, place) => at(index).results.map((value) => [value, place] as const)));
  const outputs = new Set([...graph.results, ...graph.updates].map(({ value }) => value));
  const keys = nodes.map((index) => keyOf(at(index), index));
  const search: Search = { graph, nodes, keys, places, readers: readersOf(graph), outputs, isNumber };
  return searchRange(search, { from: 0, to: nodes.length });
}

/** The nodes that a parameter decides on. */
function dependentNodes(graph: Graph): readonly number[] {
  const definitions = definingNodes(graph);
  const depends = new Array<boolean>(graph.nodes.length).fill(false);
  for (const [index, { operands }] of graph.nodes.entries()) {
    depends[index] = operands.some((operand) => {
      const definition = definitions[operand];
      return definition === undefined || depends[definition] === true;
    });
  }
  return [...graph.nodes.keys()].filter((index) => depends[index]);
}

interface Found extends Range {
  readonly repeat: Repeat;
  /** Nodes that need not be written. */
  readonly saved: number;
}

function searchRange(search: Search, range: Range): readonly Repeat[] {
  const found = periodsOf(search, range)
    .flatMap((period) => runsOf(search, range, period).flatMap((run) => bestStart(search, run, period) ?? []))
    .reduce(
      (best: Found | undefined, next) => (best === undefined || next.saved > best.saved ? next : best),
      undefined,
    );
  if (found === undefined) return [];
  const { from, to, repeat } = found;
  return [...searchRange(search, { ...range, to: from }), repeat, ...searchRange(search, { ...range, from: to })];
}

/** Distances at which equal nodes follow each other. */
function periodsOf({ keys }: Search, { from, to }: Range): readonly number[] {
  const last = new Map<string, number>();
  const counts = new Map<number, number>();
  for (let place = from; place < to; place++) {
    const key = keys[place] as string;
    const before = last.get(key);
    last.set(key, place);
    if (before === undefined || place - before < minLength) continue;
    counts.set(place - before, (counts.get(place - before) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([, a], [, b]) => b - a);
  return byCount.slice(0, maxPeriods).map(([period]) => period);
}

/** Where nodes equal those a period later, for a period or more. */
function runsOf({ keys }: Search, { from, to }: Range, period: number): readonly Range[] {
  const runs: Range[] = [];
  let start = from;
  for (let place = from; place <= to - period; place++) {
    if (place < to - period && keys[place] === keys[place + period]) continue;
    if (place - start >= period) runs.push({ from: start, to: place });
    start = place + 1;
  }
  return runs;
}

/** The block of a run: with as many iterations as are connected alike, and the fewest values shared with what is around it. */
function bestStart(search: Search, run: Range, period: number): Found | undefined {
  const most = Math.floor((run.to - run.from) / period) + 1;
  for (let count = most; count >= 2; count--) {
    const found = startOf(search, run, period, count);
    if (found !== undefined) return found;
  }
  return undefined;
}

function startOf(search: Search, { from, to }: Range, period: number, count: number): Found | undefined {
  const lastStart = Math.min(to + period - count * period, from + maxStarts);
  let best: Found | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (let start = from; start <= lastStart; start++) {
    const repeat = repeatAt(search, start, period, count);
    const shared = (repeat?.inputs[0]?.length ?? 0) + (repeat?.outputs[0]?.length ?? 0);
    if (repeat === undefined || shared >= fewest) continue;
    fewest = shared;
    best = { from: start, to: start + count * period, repeat, saved: period * (count - 1) };
  }
  return best;
}

/** The block at a place; undefined where its iterations are connected differently. */
function repeatAt(search: Search, start: number, period: number, count: number): Repeat | undefined {
  const { graph, nodes, places, isNumber } = search;
  const starts = Array.from({ length: count }, (_unused, iteration) => start + iteration * period);
  const iterations = starts.map((from) => nodes.slice(from, from + period));
  const nodeAt = (iteration: number, place: number): Node =>
    graph.nodes[iterations[iteration]?.[place] as number] as Node;
  const inputs = new Map<string, readonly ValueId[]>();
  for (let place = 0; place < period; place++) {
    for (const slot of nodeAt(0, place).operands.keys()) {
      const values = starts.map((_from, iteration) => nodeAt(iteration, place).operands[slot] as ValueId);
      const inside = values.map((value, iteration) =>
        insidePlace(places.get(value), starts[iteration] as number, period),
      );
      if (inside.some((other) => other !== inside[0])) return undefined;
      if (inside[0] === undefined && !isNumber(values[0] as ValueId)) inputs.set(values.join(), values);
    }
  }
  const returned = returnedResults(search, iterations);
  return {
    iterations,
    inputs: starts.map((_from, iteration) => [...inputs.values()].map((values) => values[iteration] as ValueId)),
    outputs: starts.map((_from, iteration) =>
      returned.map(([place, result]) => nodeAt(iteration, place).results[result] as ValueId),
    ),
  };
}

/** A place counted from an iteration's first; undefined outside of it. */
function insidePlace(place: number | undefined, start: number, period: number): number | undefined {
  return place === undefined || place < start || place >= start + period ? undefined : place - start;
}

/** The results that some iteration's surroundings read: place in the block, and number of the result. */
function returnedResults(
  { graph, readers, outputs }: Search,
  iterations: readonly (readonly number[])[],
): readonly (readonly [place: number, result: number])[] {
  const found = new Map<string, readonly [number, number]>();
  for (const nodes of iterations) {
    const own = new Set(nodes);
    for (const [place, index] of nodes.entries()) {
      for (const [result, value] of (graph.nodes[index] as Node).results.entries()) {
        const isReturned = outputs.has(value) || (readers[value] ?? []).some((reader) => !own.has(reader));
        if (isReturned) found.set(`${place} ${result}`, [place, result]);
      }
    }
  }
  return [...found.values()].sort(([a, i], [b, j]) => a - b || i - j);
}
