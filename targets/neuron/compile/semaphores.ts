// Hands out semaphores. Kernels run one after the other in each queue, and each leaves its semaphores with as many tokens
// as it found; so a later kernel takes the same ones again, for the same two queues and the same number of initial tokens.
//
// Where a machine has too few, kernels also share semaphores of different numbers of initial tokens, the smallest of which
// counts: with fewer tokens to begin with a queue waits for a slot that was freed later than it had to, and never for one that
// comes later in the program. So such a stream is right, and may be slower.

import type { QueueName, Semaphore } from "../stream.ts";

/** Between which queues, with how many tokens at the start, and what for. */
export interface WantedSemaphore {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  readonly initial: number;
  readonly names: readonly string[];
}

export interface SemaphorePool {
  readonly startKernel: () => void;
  /** A semaphore that the current kernel has not used yet. */
  readonly inKernel: (wanted: WantedSemaphore) => number;
  /** The one semaphore for the order of whole kernels between two queues. */
  readonly betweenKernels: (producer: QueueName, consumer: QueueName) => number;
  readonly semaphores: () => readonly Semaphore[];
}

/** Whether kernels share a semaphore where they want the same initial tokens, or wherever they can. */
export type Sharing = "same tokens" | "any tokens";

/** Names of more buffers than these are not told. */
const maxNames = 3;

interface SharedSemaphore {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  initial: number;
  readonly names: string[];
  isUsedNow: boolean;
}

export function makeSemaphorePool(sharing: Sharing): SemaphorePool {
  const all: SharedSemaphore[] = [];
  const order = new Map<string, number>();

  const make = (producer: QueueName, consumer: QueueName, initial: number): number =>
    all.push({ producer, consumer, initial, names: [], isUsedNow: false }) - 1;
  const addName = (sem: number, name: string): void => {
    const names = all[sem]?.names ?? [];
    if (!names.includes(name) && names.length < maxNames) names.push(name);
  };
  /** A semaphore of another kernel, of those the one whose initial tokens are nearest. */
  const findFree = (producer: QueueName, consumer: QueueName, initial: number): number => {
    let [found, nearest] = [-1, Number.POSITIVE_INFINITY];
    for (const [sem, other] of all.entries()) {
      if (other.isUsedNow || other.producer !== producer || other.consumer !== consumer) continue;
      const distance = Math.abs(other.initial - initial);
      const isFit = sharing === "same tokens" ? distance === 0 : other.initial > 0 === initial > 0;
      if (isFit && distance < nearest) [found, nearest] = [sem, distance];
    }
    return found;
  };

  return {
    startKernel: () => {
      for (const semaphore of all) semaphore.isUsedNow = false;
    },
    inKernel: ({ producer, consumer, initial, names }) => {
      const free = findFree(producer, consumer, initial);
      const sem = free >= 0 ? free : make(producer, consumer, initial);
      const semaphore = all[sem] as SharedSemaphore;
      semaphore.isUsedNow = true;
      semaphore.initial = Math.min(semaphore.initial, initial);
      for (const name of names) addName(sem, name);
      return sem;
    },
    betweenKernels: (producer, consumer) => {
      const key = `${producer} ${consumer}`;
      const sem = order.get(key) ?? make(producer, consumer, 0);
      order.set(key, sem);
      addName(sem, "kernel done");
      return sem;
    },
    semaphores: () =>
      all.map(({ names, producer, consumer, initial }) => ({ name: names.join(", "), producer, consumer, initial })),
  };
}
