// The dependences between queues in one loop body, buffer by buffer, as edges: the producer releases a token after one
// statement of the body, the consumer acquires it in front of another. Statements are the body's own: a loop counts as one.
// The statements of one iteration run by stage, and in the order of the text within a stage; tokens count iterations whatever the
// stages are.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { inStageOrder } from "../../../ir-spec/tile.ts";
import type { QueueName } from "../stream.ts";
import type { PlacedNode } from "./placed.ts";
import { doTouchesConflict, isWrite, joinedTouch, type QueueTouch, type Touches } from "./touches.ts";

export interface BodyEdge {
  readonly producer: QueueName;
  readonly consumer: QueueName;
  /** Statement of the body after which the token is released. */
  readonly release: number;
  /** Statement in front of which it is acquired; in a later iteration when there are initial tokens. */
  readonly acquire: number;
  /** Tokens at the start: iterations that need not wait. 0 for an edge inside one iteration. */
  readonly initial: number;
  /** So many tokens at the start are enough for the statements to run in their order, stages and all; with fewer of them queues may deadlock. */
  readonly fewestInitial: number;
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
  readonly touch: ReadonlyMap<QueueName, QueueTouch>;
}

export function edgesOf(
  body: readonly PlacedNode[],
  touchesOfNode: (node: PlacedNode) => Touches,
  buffer: BufferId,
  name: string,
  repeat: Repeat,
): readonly BodyEdge[] {
  const touching = body.flatMap((node, at): readonly BufferUse[] => {
    const touch = touchesOfNode(node).get(buffer);
    return touch === undefined ? [] : [{ at, stage: node.stage, touch }];
  });
  const uses = inStageOrder(touching, ({ stage }) => stage);
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

/** Where a statement of the consumer comes after one of the producer and they conflict: the last such statement releases. */
function forwardEdges(uses: readonly BufferUse[], { producer, consumer }: Pair, name: string): readonly BodyEdge[] {
  const edges: BodyEdge[] = [];
  let pending: { readonly at: number; readonly touch: QueueTouch }[] = [];
  for (const { at, touch } of uses) {
    const wanted = touch.get(consumer);
    const last = wanted && pending.findLastIndex((given) => doTouchesConflict(given.touch, wanted));
    if (last !== undefined && last >= 0) {
      edges.push({
        producer,
        consumer,
        release: pending[last]?.at as number,
        acquire: at,
        initial: 0,
        fewestInitial: 0,
        name,
      });
      pending = pending.slice(last + 1);
    }
    const given = touch.get(producer);
    if (given !== undefined) pending.push({ at, touch: given });
  }
  return edges;
}

/**
 * A slot is written again only after its last instance is done with: whoever writes what no other queue has written before in this
 * iteration waits for every other queue.
 */
function reuseEdges(uses: readonly BufferUse[], pair: Pair, name: string, slots: number): readonly BodyEdge[] {
  const firstWrite = firstOwnWrite(uses, pair.consumer);
  const lastUse = uses.findLast((use) => use.touch.has(pair.producer));
  if (firstWrite === undefined || lastUse === undefined) return [];
  const fewestInitial = Math.min(slots, iterationsBetween(firstWrite, lastUse));
  return [{ ...pair, release: lastUse.at, acquire: firstWrite.at, initial: slots, fewestInitial, name }];
}

/** How many iterations begin with their first write before the first of them is done with its last use; at least one. */
function iterationsBetween(firstWrite: BufferUse, lastUse: BufferUse): number {
  const stages = lastUse.stage - firstWrite.stage;
  return Math.max(1, lastUse.at < firstWrite.at ? stages : stages + 1);
}

/** A queue's first write, where it waits for no other queue's use in the same iteration. */
function firstOwnWrite(uses: readonly BufferUse[], queue: QueueName): BufferUse | undefined {
  const index = uses.findIndex(({ touch }) => {
    const own = touch.get(queue);
    return own !== undefined && isWrite(own);
  });
  const own = uses[index]?.touch.get(queue);
  if (own === undefined) return undefined;
  const isAfterOther = uses
    .slice(0, index)
    .some(({ touch }) => [...touch].some(([other, given]) => other !== queue && doTouchesConflict(given, own)));
  return isAfterOther ? undefined : uses[index];
}

/** One iteration after the other: the consumer's first use waits for the producer's last one of the iteration before. */
function repeatEdges(uses: readonly BufferUse[], pair: Pair, name: string): readonly BodyEdge[] {
  const firstUse = uses.find((use) => use.touch.has(pair.consumer));
  const lastUse = uses.findLast((use) => use.touch.has(pair.producer));
  const all = (queue: QueueName): QueueTouch | undefined =>
    uses.reduce<QueueTouch | undefined>((sum, { touch }) => {
      const own = touch.get(queue);
      return own === undefined ? sum : joinedTouch(sum, own);
    }, undefined);
  const [given, wanted] = [all(pair.producer), all(pair.consumer)];
  if (firstUse === undefined || lastUse === undefined || given === undefined || wanted === undefined) return [];
  if (!doTouchesConflict(given, wanted)) return [];
  return [{ ...pair, release: lastUse.at, acquire: firstUse.at, initial: 1, fewestInitial: 1, name }];
}
