// Hands out semaphores. Kernels run one after the other in each queue, and each leaves its semaphores with as many tokens
// as it found; so a later kernel takes the same ones again, for the same two queues and the same number of first tokens.

import type { QueueName, Semaphore } from "../stream.ts";

export interface SemaphorePool {
  readonly startKernel: () => void;
  /** A semaphore that the current kernel has not used yet. */
  readonly inKernel: (producer: QueueName, consumer: QueueName, initial: number, name: string) => number;
  /** The one semaphore for the order of whole kernels between two queues. */
  readonly betweenKernels: (producer: QueueName, consumer: QueueName) => number;
  readonly semaphores: () => readonly Semaphore[];
}

/** Names of more buffers than these are not told. */
const mostNames = 3;

export function makeSemaphorePool(): SemaphorePool {
  const all: { producer: QueueName; consumer: QueueName; initial: number; names: string[] }[] = [];
  const byUse = new Map<string, number[]>();
  const usedNow = new Map<string, number>();
  const order = new Map<string, number>();

  const make = (producer: QueueName, consumer: QueueName, initial: number): number => {
    all.push({ producer, consumer, initial, names: [] });
    return all.length - 1;
  };
  const addName = (sem: number, name: string): void => {
    const names = all[sem]?.names ?? [];
    if (!names.includes(name) && names.length < mostNames) names.push(name);
  };

  return {
    startKernel: () => usedNow.clear(),
    inKernel: (producer, consumer, initial, name) => {
      const key = `${producer} ${consumer} ${initial}`;
      const known = byUse.get(key) ?? [];
      const used = usedNow.get(key) ?? 0;
      if (used === known.length) known.push(make(producer, consumer, initial));
      byUse.set(key, known);
      usedNow.set(key, used + 1);
      const sem = known[used] as number;
      addName(sem, name);
      return sem;
    },
    betweenKernels: (producer, consumer) => {
      const key = `${producer} ${consumer}`;
      const sem = order.get(key) ?? make(producer, consumer, 0);
      order.set(key, sem);
      addName(sem, "kernel done");
      return sem;
    },
    semaphores: () => all.map(({ names, ...rest }) => ({ name: names.join(", "), ...rest })),
  };
}
