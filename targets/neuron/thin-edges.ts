// Leaves out edges of a body that others say already.
//
// Inside one iteration each queue knows how far the others have come: what it has acquired, and what the releasing queue
// knew at that point. An edge inside the iteration is left out when its consumer knows enough at its acquire. An edge to a
// later iteration is left out when its consumer knows enough at the end of its own iteration, or when another edge to
// a later iteration says as much, as early, with no more first tokens.

import type { BodyEdge } from "./body-edges.ts";
import type { QueueName } from "./stream.ts";

/** By queue: the last statement of the body that it has finished in this iteration. */
type Progress = Map<QueueName, number>;

export function thinEdges(edges: readonly BodyEdge[]): readonly BodyEdge[] {
  const { kept, atEnd } = thinForward(edges.filter((edge) => edge.initial === 0));
  const later = edges.filter(
    (edge) => edge.initial > 0 && (atEnd.get(edge.consumer)?.get(edge.producer) ?? -1) < edge.release,
  );
  return [...kept, ...later.filter((edge, index) => !later.some((other, at) => covers(other, edge, at < index)))];
}

/** True when `other` says at least what `edge` says; of two that say the same the first stays. */
function covers(other: BodyEdge, edge: BodyEdge, isBefore: boolean): boolean {
  if (other === edge || other.producer !== edge.producer || other.consumer !== edge.consumer) return false;
  const says = other.release >= edge.release && other.acquire <= edge.acquire && other.initial <= edge.initial;
  const isSame = other.release === edge.release && other.acquire === edge.acquire && other.initial === edge.initial;
  return says && (!isSame || isBefore);
}

/** Edges in the order of their acquires; those behind the same statement release what was known there. */
function thinForward(edges: readonly BodyEdge[]): {
  readonly kept: readonly BodyEdge[];
  readonly atEnd: ReadonlyMap<QueueName, Progress>;
} {
  const kept: BodyEdge[] = [];
  const progress = new Map<QueueName, Progress>();
  const known = (queue: QueueName): Progress => {
    const found = progress.get(queue) ?? new Map<QueueName, number>();
    progress.set(queue, found);
    return found;
  };
  /** What the producer knew when it released: kept for each edge, in the order of statements. */
  const released = new Map<BodyEdge, Progress>();
  const events = edges
    .flatMap((edge) => [
      { at: edge.acquire - 0.5, edge, isRelease: false },
      { at: edge.release, edge, isRelease: true },
    ])
    .sort((a, b) => a.at - b.at || b.edge.release - a.edge.release);
  for (const { edge, isRelease } of events) {
    if (isRelease) {
      released.set(edge, new Map(known(edge.producer)).set(edge.producer, edge.release));
      continue;
    }
    const knowledge = known(edge.consumer);
    if ((knowledge.get(edge.producer) ?? -1) >= edge.release) continue;
    kept.push(edge);
    for (const [queue, at] of released.get(edge) ?? []) knowledge.set(queue, Math.max(at, knowledge.get(queue) ?? -1));
  }
  return { kept, atEnd: progress };
}
