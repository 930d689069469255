// The order between kernels: for each pair of queues, after which kernel of one the other may begin its part of a later
// kernel. As few tokens as say it: one that waits for a later kernel of the same queue covers the earlier ones.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Allocation, ChipPlace } from "./allocate.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import type { QueueName } from "./stream.ts";
import type { ProgramTouches, Touches } from "./touches.ts";

export interface KernelEdge {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  /** The kernel behind whose part the producer releases. */
  readonly after: number;
  /** The kernel in front of whose part the consumer acquires. */
  readonly before: number;
}

export function kernelEdges(
  kernels: readonly PlacedKernel[],
  allocation: Allocation,
  touches: ProgramTouches,
): readonly KernelEdge[] {
  const edges: KernelEdge[] = [];
  const covered = new Map<string, number>();
  kernels.forEach((kernel, before) => {
    const latest = new Map<string, KernelEdge>();
    const want = (producer: QueueName, consumer: QueueName, after: number): void => {
      const key = `${producer} ${consumer}`;
      const known = latest.get(key)?.after ?? covered.get(key) ?? -1;
      if (producer !== consumer && after > known) latest.set(key, { producer, consumer, after, before });
    };
    const mine = touches.kernel(before);
    const firstWriters = firstWritersOf(kernel.body);
    for (let after = 0; after < before; after++) {
      const theirs = touches.kernel(after);
      wantForTensors(mine, theirs, allocation, (producer, consumer) => want(producer, consumer, after));
      wantForChip(firstWriters, theirs, allocation, (producer, consumer) => want(producer, consumer, after));
    }
    for (const [key, edge] of latest) {
      covered.set(key, edge.after);
      edges.push(edge);
    }
  });
  return edges;
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
