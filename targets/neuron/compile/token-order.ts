// Which edges of a kernel may have one semaphore. A semaphore's tokens are acquired in the order in which they were released; so edges
// between the same two queues may share one where every two of their tokens are released in the order in which they are acquired.
//
//     dma0: load a, release; load b, release      pe: acquire, use a; acquire, use b
//
// Such edges have no tokens at the start: what one execution of a loop leaves over, another edge would take.

import type { BodyEdge } from "./body-edges.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";

/** A body of a kernel, and which statement of the body around it its loop is. */
export interface Scope {
  readonly body: readonly PlacedNode[];
  readonly depth: number;
  readonly around?: { readonly scope: Scope; readonly at: number };
}

/** An edge and the body that it is in. */
export interface ScopedEdge {
  readonly edge: BodyEdge;
  readonly scope: Scope;
}

/** The kernel's own body first, then those of its loops. */
export function scopesOf(kernel: PlacedKernel): readonly Scope[] {
  const scopes: Scope[] = [];
  const visit = (scope: Scope): void => {
    scopes.push(scope);
    for (const [at, node] of scope.body.entries()) {
      if (node.kind === "loop") visit({ body: node.body, depth: scope.depth + 1, around: { scope, at } });
    }
  };
  visit({ body: kernel.body, depth: 0 });
  return scopes;
}

/** Whether two edges between the same two queues keep the order of their tokens. */
export function keepTokenOrder(a: ScopedEdge, b: ScopedEdge): boolean {
  if (a.edge.initial > 0 || b.edge.initial > 0) return false;
  const common = commonScope(a.scope, b.scope);
  const [left, right] = [endsIn(common, a), endsIn(common, b)];
  if (mayMix(common, left, right) || mayMix(common, right, left)) return false;
  const released = leadOf(common, left.release, right.release);
  return released !== undefined && released === leadOf(common, left.acquire, right.acquire);
}

/** Where in a body an edge releases and acquires. */
interface Ends {
  readonly release: Place;
  readonly acquire: Place;
  /** The edge is inside the statement, a loop. */
  readonly isInside: boolean;
}

interface Place {
  readonly statement: number;
  /** In front of the statement, in it, or after it. */
  readonly side: -1 | 0 | 1;
}

function endsIn(scope: Scope, { edge, scope: own }: ScopedEdge): Ends {
  if (own === scope) {
    const release: Place = { statement: edge.release, side: 1 };
    return { release, acquire: { statement: edge.acquire, side: -1 }, isInside: false };
  }
  const place: Place = { statement: statementIn(scope, own), side: 0 };
  return { release: place, acquire: place, isInside: true };
}

/** The innermost body that has both. */
export function commonScope(a: Scope, b: Scope): Scope {
  let [left, right] = [a, b];
  while (left !== right) {
    if (left.depth >= right.depth) left = left.around?.scope ?? left;
    else right = right.around?.scope ?? right;
  }
  return left;
}

/** The statement of a body that has another one in it. */
function statementIn(scope: Scope, inner: Scope): number {
  let [at, body] = [0, inner];
  while (body !== scope && body.around !== undefined) [at, body] = [body.around.at, body.around.scope];
  return at;
}

/** Whether tokens right at a loop may fall among those inside it: those of a pipelined loop continue into its next execution (overlap.ts). */
function mayMix({ body }: Scope, at: Ends, inside: Ends): boolean {
  const loop = body[inside.release.statement];
  if (at.isInside || !inside.isInside || loop?.kind !== "loop") return false;
  const isAtLoop = [at.release, at.acquire].some(({ statement }) => statement === inside.release.statement);
  return isAtLoop && loop.body.some(({ stage }) => stage > 0);
}

/**
 * From how many iterations before on a place comes first of two: a queue gets to it for iteration i - n before it gets to the other one for
 * iteration i where n is at least that many. Undefined for one and the same place.
 */
function leadOf({ body }: Scope, a: Place, b: Place): number | undefined {
  const order = a.statement - b.statement || a.side - b.side;
  if (order === 0) return undefined;
  const stageOf = ({ statement }: Place): number => body[statement]?.stage ?? 0;
  return stageOf(a) - stageOf(b) + (order < 0 ? 0 : 1);
}
