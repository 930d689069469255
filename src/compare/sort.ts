// The order of runs in a table, and which belong together.

import type { CompareRun, FittingRun } from "./run.ts";

export const sortOrders = ["given", "time", "traffic"] as const;
export type SortOrder = (typeof sortOrders)[number];

const keys: { readonly [O in SortOrder]: (run: FittingRun) => number } = {
  given: () => 0,
  time: ({ profile }) => profile.timeNs,
  traffic: ({ profile }) => profile.hbm.readBytes + profile.hbm.writeBytes,
};

/** Sorted within equal sizes; what does not fit comes last, ties stay in the order given. */
export function sortRuns(runs: readonly CompareRun[], order: SortOrder): readonly CompareRun[] {
  if (order === "given") return runs;
  const keyOf = (run: CompareRun): number => (run.fits ? keys[order](run) : Number.POSITIVE_INFINITY);
  return groupRuns(runs, dimsText).flatMap((group) => group.toSorted((a, b) => orderOf(keyOf(a), keyOf(b))));
}

const orderOf = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** `M=128, N=256` */
export function dimsText({ dims }: CompareRun): string {
  return Object.entries(dims)
    .map(([name, size]) => `${name}=${size}`)
    .join(", ");
}

/** Runs with the same key, groups in the order of their first one. */
export function groupRuns<R extends CompareRun>(
  runs: readonly R[],
  keyOf: (run: R) => string,
): readonly (readonly R[])[] {
  const groups = new Map<string, R[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(run);
  }
  return [...groups.values()];
}

export const isFitting = (run: CompareRun): run is FittingRun => run.fits;

/** The run that takes the least time, of equal ones the first. */
export function fastestOf(runs: readonly FittingRun[]): FittingRun | undefined {
  let fastest = runs[0];
  for (const run of runs) if (fastest !== undefined && run.profile.timeNs < fastest.profile.timeNs) fastest = run;
  return fastest;
}
