// A unit that many queues share, in a model whose statements are not gone through in the order of time: what comes later in the text but
// earlier in time takes what others left.

export interface SharedTime {
  /** Takes `busyNs` of the unit from a time on, as it is free; gives when it has it all. */
  readonly take: (startNs: number, busyNs: number) => number;
}

/** Time is cut into slots, which have no order within. */
export function makeSharedTime(slotNs: number): SharedTime {
  const taken = new Map<number, number>();
  const takenIn = (slot: number): number => taken.get(slot) ?? 0;
  return {
    take: (startNs, busyNs) => {
      if (busyNs <= 0) return startNs;
      let slot = Math.floor(startNs / slotNs);
      let free = Math.min(slotNs - takenIn(slot), (slot + 1) * slotNs - startNs);
      let left = busyNs;
      while (left > free) {
        if (free > 0) taken.set(slot, takenIn(slot) + free);
        left -= Math.max(0, free);
        slot++;
        free = slotNs - takenIn(slot);
      }
      const before = takenIn(slot);
      taken.set(slot, before + left);
      return Math.max(startNs + busyNs, slot * slotNs + before + left);
    },
  };
}
