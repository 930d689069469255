// Hands out semaphores. Kernels run one after the other in each queue, and each leaves its semaphores with as many tokens
// as it found; so a later kernel takes the same ones again, for the same two queues and the same number of initial tokens.
//
// Where a machine has too few, kernels also share semaphores of different numbers of initial tokens, the smallest of which
// counts: with fewer tokens to begin with a queue waits for a slot that was freed later than it had to. It must not wait for one that
// is freed later in the program: iterations whose stages overlap need some tokens each, and no semaphore gets fewer than its users need.
// So such a stream is right, and may be slower.

import type { QueueName, Semaphore } from "../stream.ts";

/** Between which queues, with how many tokens at the start, and what for. */
export interface WantedSemaphore {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  readonly initial: number;
  /** At most `initial`. */
  readonly fewestInitial: number;
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
  fewestInitial: number;
  readonly names: string[];
  isUsedNow: boolean;
}

export function makeSemaphorePool(sharing: Sharing): SemaphorePool {
  const all: SharedSemaphore[] = [];
  const order = new Map<string, number>();

  const make = ({ producer, consumer, initial, fewestInitial }: Omit<WantedSemaphore, "names">): number =>
    all.push({ producer, consumer, initial, fewestInitial, names: [], isUsedNow: false }) - 1;
  const addName = (sem: number, name: string): void => {
    const names = all[sem]?.names ?? [];
    if (!names.includes(name) && names.length < maxNames) names.push(name);
  };
  /** A semaphore of another kernel, of those the one whose initial tokens are nearest. */
  const findFree = ({ producer, consumer, initial, fewestInitial }: WantedSemaphore): number => {
    let [found, nearest] = [-1, Number.POSITIVE_INFINITY];
    for (const [sem, other] of all.entries()) {
      if (other.isUsedNow || other.producer !== producer || other.consumer !== consumer) continue;
      const distance = Math.abs(other.initial - initial);
      const isEnough = Math.min(other.initial, initial) >= Math.max(other.fewestInitial, fewestInitial);
      const isFit = sharing === "same tokens" ? distance === 0 : other.initial > 0 === initial > 0 && isEnough;
      if (isFit && distance < nearest) [found, nearest] = [sem, distance];
    }
    return found;
  };

  return {
    startKernel: () => {
      for (const semaphore of all) semaphore.isUsedNow = false;
    },
    inKernel: (wanted) => {
      const free = findFree(wanted);
      const sem = free >= 0 ? free : make(wanted);
      const semaphore = all[sem] as SharedSemaphore;
      semaphore.isUsedNow = true;
      semaphore.initial = Math.min(semaphore.initial, wanted.initial);
      semaphore.fewestInitial = Math.max(semaphore.fewestInitial, wanted.fewestInitial);
      for (const name of wanted.names) addName(sem, name);
      return sem;
    },
    betweenKernels: (producer, consumer) => {
      const key = `${producer} ${consumer}`;
      const sem = order.get(key) ?? make({ producer, consumer, initial: 0, fewestInitial: 0 });
      order.set(key, sem);
      addName(sem, "kernel done");
      return sem;
    },
    semaphores: () =>
      all.map(({ names, producer, consumer, initial }) => ({ name: names.join(", "), producer, consumer, initial })),
  };
}
