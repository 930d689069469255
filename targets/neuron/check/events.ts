// The executions that touched memory, numbered in the order in which the check ran them: of each its site, the epoch of
// its queue, and the loop indices, so that a message can name the iteration.

import { describeSite } from "./describe.ts";
import type { Counters } from "./evaluate.ts";
import type { Program } from "./program.ts";

export interface Events {
  /** Notes an execution and gives its number. */
  readonly add: (site: number, epoch: number, counters: Counters) => number;
  readonly site: (event: number) => number;
  readonly queue: (event: number) => number;
  readonly epoch: (event: number) => number;
  readonly describe: (event: number) => string;
}

export function makeEvents(program: Program): Events {
  const sites: number[] = [];
  const epochs: number[] = [];
  /** Where an event's loop indices begin in `indices`. */
  const starts: number[] = [];
  const indices: number[] = [];
  const siteOf = (event: number) => program.sites[sites[event]!]!;
  return {
    add: (site, epoch, counters) => {
      sites.push(site);
      epochs.push(epoch);
      starts.push(indices.length);
      for (const loop of program.sites[site]!.loops) indices.push(counters.indices[loop]!);
      return sites.length - 1;
    },
    site: (event) => sites[event]!,
    queue: (event) => siteOf(event).queue,
    epoch: (event) => epochs[event]!,
    describe: (event) => {
      const start = starts[event]!;
      const site = siteOf(event);
      return describeSite(site, program.stream, indices.slice(start, start + site.loops.length));
    },
  };
}
