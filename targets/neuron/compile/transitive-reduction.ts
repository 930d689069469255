// Leaves out edges of a body that others imply, so that a stream has no more tokens than its order needs.
//
//     dma -> pe, pe -> dve, dma -> dve   ->   dma -> pe, pe -> dve
//
// What a queue knows when it has acquired a token is a position in each other queue's program: a statement of the body, and
// how many iterations ago. An edge is implied when following the other edges, backwards from its consumer, knows at least as
// much of its producer: a search for the latest position, as Dijkstra's is one for the shortest way. Each edge left is
// needed: without it the order would be another.

import type { QueueName } from "../stream.ts";
import type { BodyEdge } from "./body-edges.ts";

/** The last statement of the body that a queue is known to be done with, and how many iterations ago. */
interface ProgramPosition {
  readonly statement: number;
  readonly iterationsAgo: number;
}

/** The edges that are needed, in their order. Those to the latest iterations are the first to go. */
export function reduceEdges(edges: readonly BodyEdge[]): readonly BodyEdge[] {
  const byConsumer = new Map<QueueName, Set<BodyEdge>>();
  for (const edge of edges) {
    const known = byConsumer.get(edge.consumer) ?? new Set<BodyEdge>();
    byConsumer.set(edge.consumer, known.add(edge));
  }
  const span = (edge: BodyEdge): number => edge.acquire - edge.release;
  const order = edges.toSorted((a, b) => b.initial - a.initial || span(b) - span(a));
  for (const edge of order) {
    if (isImplied(edge, byConsumer)) byConsumer.get(edge.consumer)?.delete(edge);
  }
  return edges.filter((edge) => byConsumer.get(edge.consumer)?.has(edge));
}

/** Searches backwards from where the edge's consumer acquires, the latest position first. */
function isImplied(edge: BodyEdge, byConsumer: ReadonlyMap<QueueName, ReadonlySet<BodyEdge>>): boolean {
  const wanted: ProgramPosition = { statement: edge.release, iterationsAgo: edge.initial };
  const known = new Map<QueueName, ProgramPosition>([[edge.consumer, { statement: edge.acquire, iterationsAgo: 0 }]]);
  const open = new Set<QueueName>([edge.consumer]);
  for (;;) {
    const queue = latestOf(open, known);
    const position = queue === undefined ? undefined : known.get(queue);
    if (queue === undefined || position === undefined || isLater(wanted, position)) return false;
    if (queue === edge.producer) return true;
    open.delete(queue);
    for (const other of byConsumer.get(queue) ?? []) {
      if (other === edge) continue;
      const reached = positionAfter(other, position);
      const best = known.get(other.producer);
      if (best !== undefined && !isLater(reached, best)) continue;
      known.set(other.producer, reached);
      open.add(other.producer);
    }
  }
}

/** What a consumer at a position knows of the edge's producer: by its acquire in this iteration, or in the one before. */
function positionAfter({ release, acquire, initial }: BodyEdge, position: ProgramPosition): ProgramPosition {
  const isAfterAcquire = acquire <= position.statement;
  return { statement: release, iterationsAgo: position.iterationsAgo + initial + (isAfterAcquire ? 0 : 1) };
}

function isLater(a: ProgramPosition, b: ProgramPosition): boolean {
  return a.iterationsAgo < b.iterationsAgo || (a.iterationsAgo === b.iterationsAgo && a.statement > b.statement);
}

function latestOf(open: ReadonlySet<QueueName>, known: ReadonlyMap<QueueName, ProgramPosition>): QueueName | undefined {
  let latest: QueueName | undefined;
  for (const queue of open) {
    const isBetter =
      latest === undefined || isLater(known.get(queue) as ProgramPosition, known.get(latest) as ProgramPosition);
    if (isBetter) latest = queue;
  }
  return latest;
}
