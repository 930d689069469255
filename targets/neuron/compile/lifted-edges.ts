// What the edges inside a loop say of the body around it, so that the body need not say it again. A queue that acquires a token inside knows
// that the other queue has got as far as the loop, and so is through with all that the body has before it:
//
//     dma0: load a; for { load b, release }      pe: for { acquire, use b; use a }
//
// Loops of several stages, which may continue into their next execution, and loops that may have no iterations say nothing.
//
// Statements of a body are numbered; in front of one, and after it, are a quarter before and after its number.

import type { QueueName } from "../stream.ts";
import type { BodyEdge } from "./body-edges.ts";
import type { PlacedNode } from "./placed.ts";
import type { Scope } from "./token-order.ts";
import type { Touches } from "./touches.ts";

const quarter = 0.25;

/** `edges`: those inside the loop, and what loops in it say. */
export function liftedEdges(
  { body, around }: Scope,
  edges: readonly BodyEdge[],
  touchesOf: (node: PlacedNode) => Touches,
): readonly BodyEdge[] {
  if (around === undefined) return [];
  const { at: loop, scope: outer } = around;
  const node = outer.body[loop];
  if (node?.kind !== "loop" || node.trips.limit !== undefined || node.trips.max < 1) return [];
  if (body.some(({ stage }) => stage > 0)) return [];
  return edges.flatMap((edge): readonly BodyEdge[] => {
    if (edge.initial > 0) return [];
    // What the queue does in the loop, it does after the acquire; else only what comes after the loop does.
    const isFirst = body.slice(0, Math.ceil(edge.acquire)).every((other) => !hasQueue(touchesOf(other), edge.consumer));
    return [{ ...edge, release: loop - quarter, acquire: isFirst ? loop : loop + quarter }];
  });
}

function hasQueue(touches: Touches, queue: QueueName): boolean {
  return [...touches.values()].some((queues) => queues.has(queue));
}
