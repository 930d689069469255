// The dependences between queues in one loop body, buffer by buffer, as edges: the producer releases a token after one
// statement of the body, the consumer acquires it in front of another. Statements are the body's own: a loop counts as one.
// A queue runs the statements of one iteration by stage, and in the order of the text within a stage. What conflicts is in that
// order anyway (verify-tile-stages.ts), so tokens count iterations whatever the stages are.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { QueueName } from "../stream.ts";
import type { PlacedNode } from "./placed.ts";
import type { Touches, TouchKind } from "./touches.ts";

export interface BodyEdge {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  /** Statement of the body after which the token is released. */
  readonly release: number;
  /** Statement in front of which it is acquired; in a later iteration when there are initial tokens. */
  readonly acquire: number;
  /** Tokens at the start: iterations that need not wait. 0 for an edge inside one iteration. */
  readonly initial: number;
  /** What it is for, for people. */
  readonly name: string;
}

/** How often a body runs, as a buffer sees it. */
export type Repeat =
  /** One iteration, or each has an instance of its own in a place of its own. */
  | { readonly kind: "once" }
  /** Each iteration has an instance of its own, in turn in one of `slots` places. */
  | { readonly kind: "fresh"; readonly slots: number }
  /** All iterations use the same instance. */
  | { readonly kind: "same" };

interface BufferUse {
  /** Index of the statement. */
  readonly at: number;
  readonly stage: number;
  readonly touch: ReadonlyMap<QueueName, TouchKind>;
}

const writes = 2;

export function edgesOf(
  body: readonly PlacedNode[],
  touchesOfNode: (node: PlacedNode) => Touches,
  buffer: BufferId,
  name: string,
  repeat: Repeat,
): readonly BodyEdge[] {
  const uses = body
    .flatMap((node, at): readonly BufferUse[] => {
      const touch = touchesOfNode(node).get(buffer);
      return touch === undefined ? [] : [{ at, stage: node.stage, touch }];
    })
    .sort((a, b) => a.stage - b.stage);
  const queues = [...new Set(uses.flatMap((use) => [...use.touch.keys()]))];
  const pairs = queues.flatMap((producer) =>
    queues.filter((consumer) => consumer !== producer).map((consumer) => ({ producer, consumer })),
  );
  return pairs.flatMap((pair) => [
    ...forwardEdges(uses, pair, `${name} full`),
    ...(repeat.kind === "fresh" ? reuseEdges(uses, pair, `${name} free`, repeat.slots) : []),
    ...(repeat.kind === "same" ? repeatEdges(uses, pair, `${name} free`) : []),
  ]);
}

interface Pair {
  readonly producer: QueueName;
  readonly consumer: QueueName;
}

function conflict(a: number, b: number): boolean {
  return ((a | b) & writes) !== 0;
}

/** Where a statement of the consumer comes after one of the producer and they conflict. */
function forwardEdges(uses: readonly BufferUse[], { producer, consumer }: Pair, name: string): readonly BodyEdge[] {
  const edges: BodyEdge[] = [];
  let pending: { at: number; kind: number } | undefined;
  for (const { at, touch } of uses) {
    const wanted = touch.get(consumer);
    if (wanted !== undefined && pending !== undefined && conflict(pending.kind, wanted)) {
      edges.push({ producer, consumer, release: pending.at, acquire: at, initial: 0, name });
      pending = undefined;
    }
    const given = touch.get(producer);
    if (given !== undefined) pending = { at, kind: (pending?.kind ?? 0) | given };
  }
  return edges;
}

/** A slot is written again only after its last instance is done with: the first writer waits for every other queue. */
function reuseEdges(uses: readonly BufferUse[], pair: Pair, name: string, slots: number): readonly BodyEdge[] {
  const firstWrite = uses.find((use) => [...use.touch.values()].some((kind) => (kind & writes) !== 0));
  const lastUse = uses.findLast((use) => use.touch.has(pair.producer));
  if (firstWrite === undefined || lastUse === undefined) return [];
  if (((firstWrite.touch.get(pair.consumer) ?? 0) & writes) === 0) return [];
  return [{ ...pair, release: lastUse.at, acquire: firstWrite.at, initial: slots, name }];
}

/** One iteration after the other: the consumer's first use waits for the producer's last one of the iteration before. */
function repeatEdges(uses: readonly BufferUse[], pair: Pair, name: string): readonly BodyEdge[] {
  const firstUse = uses.find((use) => use.touch.has(pair.consumer));
  const lastUse = uses.findLast((use) => use.touch.has(pair.producer));
  const kinds = (queue: QueueName): number => uses.reduce<number>((all, use) => all | (use.touch.get(queue) ?? 0), 0);
  if (firstUse === undefined || lastUse === undefined) return [];
  if (!conflict(kinds(pair.producer), kinds(pair.consumer))) return [];
  return [{ ...pair, release: lastUse.at, acquire: firstUse.at, initial: 1, name }];
}
