// The order between kernels: for each pair of queues, after which kernel of one the other may begin its part of a later
// kernel. As few tokens as say it: what a queue knows already, by whichever way, is not said again.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Memory } from "../../../ir-spec/base/memory.ts";
import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import { inStageOrder } from "../../../ir-spec/tile.ts";
import type { QueueName, Semaphore, StreamTensor } from "../stream.ts";
import type { Allocation, BufferPlace } from "./allocate.ts";
import { finishedBefore, type Knowledge, learn, queuesOf } from "./happens-before.ts";
import { type ByteRange, type LastUsers, makeLastUsers } from "./last-users.ts";
import type { ElementRange, PlacedInst, PlacedKernel, PlacedNode } from "./placed.ts";
import { rangesOverlap } from "./ranges.ts";
import type { NodeTokens } from "./tokens.ts";
import type { ProgramTouches, Touches, TouchKind } from "./touches.ts";

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
  const users: MemoryUsers = { hbm: makeLastUsers(), sbuf: makeLastUsers(), psum: makeLastUsers() };
  kernels.forEach((kernel, before) => {
    const uses = usesOf(kernel, touches.kernel(before), allocation);
    const wanted = wantedEdges(uses, users);
    for (const { memory, range, kind, queue } of uses) users[memory].use(range, kind, queue, before);
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

type MemoryUsers = { readonly [M in Memory]: LastUsers };

/** How one queue of a kernel uses some bytes. */
interface Use {
  readonly memory: Memory;
  readonly range: ByteRange;
  readonly kind: TouchKind;
  readonly queue: QueueName;
  /** Whether the kernel's own tokens order it after the kernel's first write of the bytes. */
  readonly isOrderedInside: boolean;
}

/**
 * A kernel's uses of tensors and of bytes on chip. What is on chip is written first and only then read, and the kernel's own tokens
 * order all that after the first write.
 */
function usesOf(kernel: PlacedKernel, touches: Touches, { places, memories, tensors }: Allocation): readonly Use[] {
  const firstWriters = firstWritersOf(kernel.body);
  return [...touches].flatMap(([buffer, queues]): readonly Use[] => {
    const place = places[buffer];
    const memory = memories[buffer];
    if (place === undefined || memory === undefined) return [];
    const range = rangeOf(place, tensors);
    const isOnChip = place.kind === "chip";
    return [...queues].map(([queue, { kind }]) => {
      const isOrderedInside = isOnChip && firstWriters.get(buffer)?.has(queue) !== true;
      return { memory, range, kind: isOnChip ? 3 : kind, queue, isOrderedInside };
    });
  });
}

function rangeOf(place: BufferPlace, tensors: Allocation["tensors"]): ByteRange {
  if (place.kind === "chip") {
    return { start: place.addressBytes, end: place.addressBytes + place.slots * place.slotBytes };
  }
  const { addressBytes, dtype, shape } = tensors[place.tensor] as StreamTensor;
  return { start: addressBytes, end: addressBytes + tensorBytes({ dtype, shape }) };
}

/** For each consumer of a kernel, from which queues it needs to know that they have finished which earlier kernel. */
function wantedEdges(uses: readonly Use[], users: MemoryUsers): ReadonlyMap<QueueName, ReadonlyMap<QueueName, number>> {
  const wanted = new Map<QueueName, Map<QueueName, number>>();
  for (const { memory, range, kind, queue: consumer, isOrderedInside } of uses) {
    if (isOrderedInside) continue;
    const producers = wanted.get(consumer) ?? new Map<QueueName, number>();
    wanted.set(consumer, producers);
    for (const [producer, after] of users[memory].conflicts(range, kind)) {
      if (producer !== consumer) producers.set(producer, Math.max(producers.get(producer) ?? -1, after));
    }
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

/** For each buffer the queues that write it first: whose first write waits for no write of another one. */
function firstWritersOf(body: readonly PlacedNode[]): ReadonlyMap<BufferId, ReadonlySet<QueueName>> {
  const writers = new Map<BufferId, Map<QueueName, ElementRange | undefined>>();
  const write = (buffer: BufferId, { queue, ranges }: PlacedInst): void => {
    const known = writers.get(buffer) ?? new Map<QueueName, ElementRange | undefined>();
    const range = ranges.get(buffer) as ElementRange;
    if (known.has(queue)) return;
    const isFirst = [...known.values()].every((other) => other === undefined || !rangesOverlap(other, range));
    writers.set(buffer, known.set(queue, isFirst ? range : undefined));
  };
  const visit = (nodes: readonly PlacedNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "loop") visit(inStageOrder(node.body, ({ stage }) => stage));
      else for (const buffer of node.writes) write(buffer, node);
    }
  };
  visit(body);
  return new Map(
    [...writers].map(([buffer, queues]) => [
      buffer,
      new Set([...queues].flatMap(([queue, range]) => (range === undefined ? [] : [queue]))),
    ]),
  );
}
