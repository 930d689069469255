// Whether a path leads from one unit to another through a third. It is looked for from both ends, a step here and a step
// there, until they meet or one end has nowhere to go.

import type { Unit, Units } from "./units.ts";

/** Which places between nodes units reach across: they have nodes on both sides. Changed in place. */
export interface Spans {
  /** Counts a unit from its first node to its last one `by` times. */
  readonly add: (first: number, last: number, by: number) => void;
  /** Whether a unit has nodes before a node, and others that are not. */
  readonly isSpanned: (node: number) => boolean;
}

/** A tree of sums (Fenwick 1994) over the differences between neighbouring places. */
export function makeSpans(nodeCount: number): Spans {
  const sums = new Int32Array(nodeCount + 2);
  const change = (place: number, by: number): void => {
    for (let at = place + 1; at < sums.length; at += at & -at) sums[at] = (sums[at] as number) + by;
  };
  const countAt = (place: number): number => {
    let count = 0;
    for (let at = place + 1; at > 0; at -= at & -at) count += sums[at] as number;
    return count;
  };
  return {
    add: (first, last, by) => {
      if (first === last) return;
      change(first + 1, by);
      change(last + 1, -by);
    },
    isSpanned: (node) => countAt(node) !== 0,
  };
}

/** Whether a path leads from `source` to `reader`, which reads its values, through at least one third unit. */
export function isPathBetween(units: Units, { isSpanned }: Spans, source: Unit, reader: Unit): boolean {
  const [first, end] = [units.firstOf(source), units.lastOf(reader) + 1];
  // Where no unit reaches across a place, no path that has passed it comes back.
  const from = isSpanned(first) ? 0 : first;
  const to = isSpanned(end) ? Number.POSITIVE_INFINITY : end;
  const isBetween = (unit: Unit): boolean => units.lastOf(unit) >= from && units.firstOf(unit) < to;
  const below = new Set<Unit>();
  const above = new Set<Unit>();
  const down = search({ start: source, goal: reader, neighbours: units.readersOf, isBetween }, below);
  const up = search({ start: reader, goal: source, neighbours: units.sourcesOf, isBetween }, above);
  for (;;) {
    const [read, written] = [down.next(), up.next()];
    if (read.done === true || written.done === true) return read.value === true || written.value === true;
    if (above.has(read.value) || below.has(written.value)) return true;
  }
}

/** Whether a path leads out of some units and back into them. */
export function isPathAround(units: Units, { isSpanned }: Spans, all: ReadonlySet<Unit>): boolean {
  const first = Math.min(...[...all].map(units.firstOf));
  const end = Math.max(...[...all].map(units.lastOf)) + 1;
  const from = isSpanned(first) ? 0 : first;
  const to = isSpanned(end) ? Number.POSITIVE_INFINITY : end;
  const above = new Set<Unit>();
  for (const unit of all) for (const source of units.sourcesOf(unit)) if (!all.has(source)) above.add(source);
  for (const unit of above) {
    if (units.lastOf(unit) < from || units.firstOf(unit) >= to) continue;
    for (const source of units.sourcesOf(unit)) {
      if (all.has(source)) return true;
      above.add(source);
    }
  }
  return false;
}

interface Search {
  readonly start: Unit;
  readonly goal: Unit;
  readonly neighbours: (unit: Unit) => Iterable<Unit>;
  readonly isBetween: (unit: Unit) => boolean;
}

/** The third units that are found on the way, the nearest first, each added to `found` as well; returns whether the goal is. */
function* search({ start, goal, neighbours, isBetween }: Search, found: Set<Unit>): Generator<Unit, boolean> {
  for (const unit of neighbours(start)) {
    if (unit === goal || found.has(unit) || !isBetween(unit)) continue;
    found.add(unit);
    yield unit;
  }
  for (const near of found) {
    for (const unit of neighbours(near)) {
      if (unit === goal) return true;
      if (found.has(unit) || !isBetween(unit)) continue;
      found.add(unit);
      yield unit;
    }
  }
  return false;
}
