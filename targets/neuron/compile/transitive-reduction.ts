// Leaves out edges of a body that others imply, so that a stream has no more tokens than its order needs.
//
//     dma -> pe, pe -> dve, dma -> dve   ->   dma -> pe, pe -> dve
//
// What a queue knows when it has acquired a token is a position in each other queue's program: a statement of the body, and
// how many iterations ago. An edge is implied when following the other edges, backwards from its consumer, knows at least as
// much of its producer: a search for the latest positions, as Dijkstra's is one for the shortest way. Each edge left is
// needed: without it the order would be another.

import type { QueueName } from "../stream.ts";
import type { BodyEdge } from "./body-edges.ts";

/** The last statement of the body that a queue is known to be done with, and how many iterations ago. */
interface ProgramPosition {
  readonly statement: number;
  readonly iterationsAgo: number;
}

type StageOf = (statement: number) => number;

/** The edges that are needed beside those that hold anyway, in their order. Those to the latest iterations are the first to go. */
export function reduceEdges(
  edges: readonly BodyEdge[],
  stageOf: StageOf,
  given: readonly BodyEdge[] = [],
): readonly BodyEdge[] {
  const byConsumer = new Map<QueueName, Set<BodyEdge>>();
  for (const edge of [...edges, ...given]) {
    const known = byConsumer.get(edge.consumer) ?? new Set<BodyEdge>();
    byConsumer.set(edge.consumer, known.add(edge));
  }
  const span = (edge: BodyEdge): number => edge.acquire - edge.release;
  const order = edges.toSorted((a, b) => b.initial - a.initial || span(b) - span(a));
  for (const edge of order) {
    if (isImplied(edge, byConsumer, stageOf)) byConsumer.get(edge.consumer)?.delete(edge);
  }
  return edges.filter((edge) => byConsumer.get(edge.consumer)?.has(edge));
}

/** What is known of the queues in a search; what another position of the queue implies is not kept. */
interface Search {
  readonly known: Map<QueueName, readonly ProgramPosition[]>;
  readonly open: Set<QueueName>;
  readonly stageOf: StageOf;
}

/** Searches backwards from where the edge's consumer acquires. */
function isImplied(
  edge: BodyEdge,
  byConsumer: ReadonlyMap<QueueName, ReadonlySet<BodyEdge>>,
  stageOf: StageOf,
): boolean {
  const search: Search = { known: new Map(), open: new Set(), stageOf };
  addPosition(search, edge.consumer, { statement: edge.acquire, iterationsAgo: 0 });
  for (const queue of search.open) {
    search.open.delete(queue);
    for (const position of search.known.get(queue) ?? []) {
      for (const other of byConsumer.get(queue) ?? []) {
        if (other === edge) continue;
        const iterationsAgo = iterationsAgoAt(position, other.acquire, stageOf) + other.initial;
        if (iterationsAgo > edge.initial) continue;
        const reached = { statement: other.release, iterationsAgo };
        const isWanted = other.producer === edge.producer;
        if (isWanted && iterationsAgoAt(reached, edge.release, stageOf) <= edge.initial) return true;
        addPosition(search, other.producer, reached);
      }
    }
  }
  return false;
}

function addPosition({ known, open, stageOf }: Search, queue: QueueName, position: ProgramPosition): void {
  const implies = (a: ProgramPosition, b: ProgramPosition): boolean =>
    iterationsAgoAt(a, b.statement, stageOf) <= b.iterationsAgo;
  const before = known.get(queue) ?? [];
  if (before.some((other) => implies(other, position))) return;
  known.set(queue, [...before.filter((other) => !implies(position, other)), position]);
  open.add(queue);
}

/**
 * How many iterations ago a queue has certainly been through with a statement, when it is at a position: in the iteration of the
 * position, in the one before where the statement comes later in the text, and one more for each stage that it is later. For one of an
 * earlier stage no more is claimed than the position's own iteration: the loop may have no later one.
 */
function iterationsAgoAt(position: ProgramPosition, statement: number, stageOf: StageOf): number {
  const later = stageOf(statement) - stageOf(position.statement) + (statement > position.statement ? 1 : 0);
  return position.iterationsAgo + Math.max(0, later);
}
