// Intervals that overlap, such as transfers of one queue, in lanes in which they do not.

interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

/** For each interval, which come in order of their starts, the first lane that is free again. */
export function assignLanes(intervals: readonly Interval[]): readonly number[] {
  const freeNs: number[] = [];
  return intervals.map(({ startNs, endNs }) => {
    const free = freeNs.findIndex((ns) => ns <= startNs);
    const lane = free < 0 ? freeNs.length : free;
    freeNs[lane] = endNs;
    return lane;
  });
}
