// How much of SBUF and PSUM is in use over time: what kernels occupy, each from its first instruction to its last result.

import type { Placement } from "../../targets/neuron/stream.ts";
import type { Timeline } from "./timeline.ts";

export interface MemoryUse {
  readonly fromNs: number;
  /** Per partition. */
  readonly sbufBytes: number;
  readonly psumBytes: number;
}

/** In order of time; what is in use holds until the next entry. */
export function memoryUse({ profile, stream }: Pick<Timeline, "profile" | "stream">): readonly MemoryUse[] {
  const spans = profile.kernels.map(({ startNs, endNs }, kernel) => ({ kernel, startNs, endNs }));
  const placements = spans.map(({ kernel }) => stream.placements.filter((place) => place.kernel === kernel));
  const times = [...new Set([0, ...spans.flatMap(({ startNs, endNs }) => [startNs, endNs])])].sort((a, b) => a - b);
  return times.map((fromNs) => {
    const live = spans.filter(({ startNs, endNs }) => startNs <= fromNs && fromNs < endNs);
    const places = live.flatMap(({ kernel }) => placements[kernel] ?? []);
    return { fromNs, sbufBytes: coveredBytes(places, "sbuf"), psumBytes: coveredBytes(places, "psum") };
  });
}

/** Bytes that at least one of the places covers. */
function coveredBytes(places: readonly Placement[], memory: Placement["memory"]): number {
  const ranges = places
    .filter((place) => place.memory === memory)
    .map(({ addressBytes, slotBytes, slots }) => [addressBytes, addressBytes + slotBytes * slots] as const)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  let until = 0;
  for (const [from, to] of ranges) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
}
