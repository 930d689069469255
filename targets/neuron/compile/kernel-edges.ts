// The order between kernels: for each pair of queues, after which kernel of one the other may begin its part of a later
// kernel. As few tokens as say it: what a queue knows already, by whichever way, is not said again.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { QueueName, Semaphore } from "../stream.ts";
import type { Allocation, ChipPlace } from "./allocate.ts";
import { finishedBefore, type Knowledge, learn, queuesOf } from "./happens-before.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import type { NodeTokens } from "./tokens.ts";
import type { ProgramTouches, Touches } from "./touches.ts";

export interface KernelEdge {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  /** The kernel after whose part the producer releases. */
  readonly after: number;
  /** The kernel in front of whose part the consumer acquires. */
  readonly before: number;
}

/** What tells how far queues have come: the tokens inside the kernels. */
export interface InKernelTokens {
  readonly around: ReadonlyMap<PlacedNode, NodeTokens>;
  readonly semaphores: readonly Semaphore[];
}

export function kernelEdges(
  kernels: readonly PlacedKernel[],
  allocation: Allocation,
  touches: ProgramTouches,
  tokens: InKernelTokens,
): readonly KernelEdge[] {
  const edges: KernelEdge[] = [];
  /** By queue what it knows so far; by kernel and queue what it knew at the kernel's end. */
  const now = new Map<QueueName, Knowledge>();
  const atEnd: Map<QueueName, Knowledge>[] = [];
  kernels.forEach((kernel, before) => {
    const wanted = wantedEdges(kernels, before, allocation, touches);
    for (const [consumer, producers] of wanted) {
      const knowledge = now.get(consumer) ?? new Map<QueueName, number>();
      now.set(consumer, knowledge);
      const byNews = [...producers].sort((a, b) => newsOf(b, atEnd, knowledge) - newsOf(a, atEnd, knowledge));
      for (const [producer, after] of byNews) {
        if ((knowledge.get(producer) ?? -1) >= after) continue;
        edges.push({ producer, consumer, after, before });
        learn(knowledge, atEnd[after]?.get(producer) ?? new Map());
      }
    }
    atEnd.push(finishKernel(kernel, before, now, tokens));
  });
  return edges;
}

/** For each consumer of a kernel, from which queues it needs to know that they have finished which earlier kernel. */
function wantedEdges(
  kernels: readonly PlacedKernel[],
  before: number,
  allocation: Allocation,
  touches: ProgramTouches,
): ReadonlyMap<QueueName, ReadonlyMap<QueueName, number>> {
  const wanted = new Map<QueueName, Map<QueueName, number>>();
  const mine = touches.kernel(before);
  const firstWriters = firstWritersOf(kernels[before]?.body ?? []);
  for (let after = 0; after < before; after++) {
    const want: Want = (producer, consumer) => {
      if (producer === consumer) return;
      const producers = wanted.get(consumer) ?? new Map<QueueName, number>();
      wanted.set(consumer, producers.set(producer, after));
    };
    wantForTensors(mine, touches.kernel(after), allocation, want);
    wantForChip(firstWriters, touches.kernel(after), allocation, want);
  }
  return wanted;
}

/** How many queues a token of `producer` would tell something new about: those that tell most come first. */
function newsOf(
  [producer, after]: readonly [QueueName, number],
  atEnd: readonly ReadonlyMap<QueueName, Knowledge>[],
  knowledge: Knowledge,
): number {
  const news = [...(atEnd[after]?.get(producer) ?? [])];
  return news.filter(([queue, kernel]) => (knowledge.get(queue) ?? -1) < kernel).length;
}

/** What each queue of a kernel knows at its end; a queue that knows more than another teaches those who wait for it. */
function finishKernel(
  kernel: PlacedKernel,
  index: number,
  now: Map<QueueName, Knowledge>,
  tokens: InKernelTokens,
): Map<QueueName, Knowledge> {
  const queues = [...queuesOf(kernel.body)];
  const finished = finishedBefore(kernel, tokens.around, tokens.semaphores);
  for (const queue of queues) {
    const knowledge = now.get(queue) ?? new Map<QueueName, number>();
    now.set(queue, knowledge.set(queue, index));
  }
  for (const _round of queues) {
    for (const [queue, others] of finished) {
      for (const other of others) learn(now.get(queue) ?? new Map(), now.get(other) ?? new Map());
    }
  }
  return new Map(queues.map((queue) => [queue, new Map(now.get(queue))]));
}

type Want = (producer: QueueName, consumer: QueueName) => void;

function wantForTensors(mine: Touches, theirs: Touches, allocation: Allocation, want: Want): void {
  for (const [buffer, consumers] of mine) {
    if (allocation.places[buffer]?.kind !== "hbm") continue;
    for (const [producer, given] of theirs.get(buffer) ?? []) {
      for (const [consumer, wanted] of consumers) if (((given | wanted) & 2) !== 0) want(producer, consumer);
    }
  }
}

/** Bytes on chip that were used before: who writes them first must wait for all who used them. */
function wantForChip(
  firstWriters: ReadonlyMap<BufferId, QueueName>,
  theirs: Touches,
  allocation: Allocation,
  want: Want,
): void {
  for (const [buffer, writer] of firstWriters) {
    const place = allocation.places[buffer];
    if (place?.kind !== "chip") continue;
    for (const [other, queues] of theirs) {
      const used = allocation.places[other];
      if (used?.kind !== "chip" || !overlap(place, used, allocation, buffer, other)) continue;
      for (const producer of queues.keys()) want(producer, writer);
    }
  }
}

function overlap(a: ChipPlace, b: ChipPlace, allocation: Allocation, first: BufferId, second: BufferId): boolean {
  if (allocation.memories[first] !== allocation.memories[second]) return false;
  const end = (place: ChipPlace): number => place.addressBytes + place.slots * place.slotBytes;
  return a.addressBytes < end(b) && b.addressBytes < end(a);
}

/** For each buffer the queue that writes it first. */
function firstWritersOf(body: readonly PlacedNode[]): ReadonlyMap<BufferId, QueueName> {
  const writers = new Map<BufferId, QueueName>();
  const visit = (nodes: readonly PlacedNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "loop") visit(node.body);
      else for (const buffer of node.writes) if (!writers.has(buffer)) writers.set(buffer, node.queue);
    }
  };
  visit(body);
  return writers;
}
