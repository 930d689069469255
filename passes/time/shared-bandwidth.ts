// What several queues share, such as the bandwidth of all DMA engines: who asks for it later in time may be looked at first, and takes what
// is left over there.

/** When it is taken: the beginnings and ends of spans that do not touch, in order. Changed in place. */
export interface Bandwidth {
  readonly fromNs: number[];
  readonly toNs: number[];
}

export const makeBandwidth = (): Bandwidth => ({ fromNs: [], toNs: [] });

/** Takes the bandwidth for `busyNs` from `startNs` on, as it is free; returns when that is done. */
export function reserve({ fromNs, toNs }: Bandwidth, startNs: number, busyNs: number): number {
  let first = toNs.length;
  while (first > 0 && toNs[first - 1]! >= startNs) first--;
  // Spans that it fills up to, or continues, become one with it.
  let next = first;
  let openNs = startNs;
  let left = busyNs;
  while (next < fromNs.length && left > fromNs[next]! - openNs) {
    left -= Math.max(0, fromNs[next]! - openNs);
    openNs = toNs[next]!;
    next++;
  }
  const endNs = openNs + left;
  const begin = next > first ? Math.min(startNs, fromNs[first]!) : startNs;
  fromNs.splice(first, next - first, begin);
  toNs.splice(first, next - first, endNs);
  return endNs;
}
