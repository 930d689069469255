// Vector clocks: who has seen what of whom.
//
// Each queue counts its releases; the count is the queue's epoch, and all that it does between two releases belongs to
// one epoch. A queue's clock holds, for every queue, the last epoch of it that is known to be finished. A token carries
// the clock of its producer at the release, together with the producer's epoch; the one who takes the token joins it
// into its own clock (maximum by component). Then epoch e of queue a happened before the present of queue b exactly if
// clock(b)[a] >= e. The tokens that a semaphore starts with carry the start: a clock of zeros.
//
// Worlds: to learn which tokens are needed, the same run can keep further clocks, world w being the order without the tokens
// of one link (links.ts): its acquires join nothing, and its releases hand out the start, as what is left for the next link
// are tokens of an earlier one. World 0 is the stream as it is. One vector holds all worlds, one after the other.

import type { Stream } from "../stream.ts";

export interface Clocks {
  /** All queues, by number. */
  readonly queues: readonly number[];
  /** Present epoch of a queue. */
  readonly epoch: (queue: number) => number;
  /** Hands out tokens; `without` is the world that is without them, if there is one. */
  readonly release: (queue: number, sem: number, tokens: number, without: number | undefined) => void;
  /** Takes tokens, oldest first, and joins their clocks. */
  readonly acquire: (queue: number, sem: number, tokens: number, without: number | undefined) => void;
  readonly tokens: (sem: number) => number;
  /** Numbers in the clocks of tokens that nobody has taken yet, and what else is kept of these. */
  readonly waitingClocks: () => number;
  /** Whether what queue `earlier` did in `epoch` happened before the present of queue `later`, in the given world. */
  readonly isOrdered: (earlier: number, epoch: number, later: number, world: number) => boolean;
}

/** Tokens that were released together. */
interface Batch {
  tokens: number;
  readonly clock: Int32Array | undefined;
}

interface Fifo {
  readonly batches: Batch[];
  head: number;
  tokens: number;
}

/** What an array and its batch take besides the clock's numbers, in numbers of 4 bytes. Source: measured, some 200 bytes. */
const batchLength = 48;

const waitingBatches = ({ batches, head }: Fifo): number => batches.length - head;

/** Clocks of all queues at the start, in world 0 and as many others as are asked for. */
export function makeClocks(stream: Stream, otherWorlds: number): Clocks {
  const queues = stream.queues.length;
  const worlds = 1 + otherWorlds;
  const clocks = stream.queues.map(() => new Int32Array(queues * worlds));
  const epochs = new Int32Array(queues).fill(1);
  const clockLength = queues * worlds + batchLength;
  const fifos = stream.semaphores.map(({ initial }): Fifo => {
    const batches: Batch[] = initial > 0 ? [{ tokens: initial, clock: undefined }] : [];
    return { batches, head: 0, tokens: initial };
  });

  let waiting = clockLength * fifos.filter(({ batches }) => batches.length > 0).length;
  const release: Clocks["release"] = (queue, sem, tokens, without) => {
    const clock = clocks[queue]!.slice();
    for (let world = 0; world < worlds; world++) clock[world * queues + queue] = epochs[queue]!;
    if (without !== undefined) clock.fill(0, without * queues, (without + 1) * queues);
    epochs[queue]!++;
    const fifo = fifos[sem]!;
    fifo.batches.push({ tokens, clock });
    fifo.tokens += tokens;
    waiting += clockLength;
  };
  const acquire: Clocks["acquire"] = (queue, sem, tokens, without = worlds) => {
    const fifo = fifos[sem]!;
    const before = waitingBatches(fifo);
    const last = takeTokens(fifo, tokens);
    waiting -= (before - waitingBatches(fifo)) * clockLength;
    if (last === undefined) return;
    const clock = clocks[queue]!;
    const skippedFrom = without * queues;
    for (let at = 0; at < clock.length; at++) {
      const isSkipped = at >= skippedFrom && at < skippedFrom + queues;
      if (!isSkipped && last[at]! > clock[at]!) clock[at] = last[at]!;
    }
  };
  return {
    queues: [...stream.queues.keys()],
    release,
    acquire,
    epoch: (queue) => epochs[queue]!,
    tokens: (sem) => fifos[sem]!.tokens,
    waitingClocks: () => waiting,
    isOrdered: (earlier, epoch, later, world) =>
      earlier === later || clocks[later]![world * queues + earlier]! >= epoch,
  };
}

/** Removes tokens, oldest first. The clock of the last one covers the others: one queue released them all, in order. */
function takeTokens(fifo: Fifo, tokens: number): Int32Array | undefined {
  let left = tokens;
  let clock: Int32Array | undefined;
  while (left > 0) {
    const batch = fifo.batches[fifo.head];
    if (batch === undefined) break;
    const taken = Math.min(left, batch.tokens);
    clock = batch.clock;
    batch.tokens -= taken;
    fifo.tokens -= taken;
    left -= taken;
    if (batch.tokens === 0) fifo.head++;
  }
  dropTaken(fifo);
  return clock;
}

/** Forgets batches that are used up, now and then, so that a long run needs little memory. */
function dropTaken(fifo: Fifo): void {
  if (fifo.head * 2 <= fifo.batches.length) return;
  fifo.batches.splice(0, fifo.head);
  fifo.head = 0;
}
