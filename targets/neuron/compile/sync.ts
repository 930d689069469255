// Inserts tokens so that queues, which run asynchronously, keep the order that the tile program says.
//
// For two queues X and Y that touch one buffer, at least one of them writing:
// - forward: where a statement of Y comes after a statement of X in one body, X releases a token after its statement and
//   Y acquires it in front of its own. Statements are the body's own: a loop counts as one.
// - around a loop that owns the buffer: an iteration's first writer waits until the iteration `slots` before is done with
//   the slot; so it starts with `slots` free tokens. Not where every instance has a slot of its own.
// - around a loop inside of the buffer's owner: the buffer stays, so an iteration of Y waits for the one before of X.
// - between buffers that share bytes (shared-bytes.ts).
// - between kernels: Y's part of a kernel waits for X's part of an earlier one where they share a tensor, or where Y is the
//   first to write bytes on chip that X has used. One token orders all that X did before, and all that X knows of others.
// What others say already is left out (transitive-reduction.ts); what keeps the order of its tokens shares a semaphore (token-order.ts). Every
// wait is for something earlier in the tile program's own order, so there is no deadlock.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { Allocation } from "./allocate.ts";
import { type BodyEdge, edgesOf, type Repeat } from "./body-edges.ts";
import { kernelEdges } from "./kernel-edges.ts";
import { liftedEdges } from "./lifted-edges.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import { makeSemaphorePool, type SemaphorePool, type Sharing } from "./semaphores.ts";
import { sharedBytesEdges } from "./shared-bytes.ts";
import { keepTokenOrder, type Scope, type ScopedEdge, scopesOf } from "./token-order.ts";
import type { NodeTokens, Tokens } from "./tokens.ts";
import { type ProgramTouches, touchesOf } from "./touches.ts";
import { reduceEdges } from "./transitive-reduction.ts";

export function insertTokens(
  kernels: readonly PlacedKernel[],
  allocation: Allocation,
  nameOf: (buffer: BufferId) => string,
  sharing: Sharing,
): Tokens {
  const touches = touchesOf(kernels);
  const pool = makeSemaphorePool(sharing);
  const around = new Map<PlacedNode, NodeTokens>();
  const sync: Sync = { allocation, touches, nameOf, edges: new Map() };
  for (const [index, kernel] of kernels.entries()) {
    pool.startKernel();
    sync.edges.clear();
    for (const buffer of touches.kernel(index).keys()) {
      const isOwnedByKernel = allocation.places[buffer]?.kind === "hbm" || kernel.owns.includes(buffer);
      if (isOwnedByKernel) syncBody(sync, kernel.body, buffer, { kind: "once" });
    }
    syncOwned(sync, kernel.body);
    for (const { edge, scope } of sharedBytesEdges(kernel, allocation.sharing[index] ?? [], touches, nameOf))
      sync.edges.set(scope.body, [...(sync.edges.get(scope.body) ?? []), edge]);
    attach(neededEdges(sync, kernel), pool, around);
  }
  const aroundKernel: NodeTokens[] = kernels.map(() => ({ before: [], after: [] }));
  for (const edge of kernelEdges(kernels, allocation, touches, { around, semaphores: pool.semaphores() })) {
    const sem = pool.betweenKernels(edge.producer, edge.consumer);
    aroundKernel[edge.after]?.after.push({ queue: edge.producer, kind: "release", sem });
    aroundKernel[edge.before]?.before.push({ queue: edge.consumer, kind: "acquire", sem });
  }
  return { around, aroundKernel, semaphores: pool.semaphores() };
}

interface Sync {
  readonly allocation: Allocation;
  readonly touches: ProgramTouches;
  readonly nameOf: (buffer: BufferId) => string;
  /** Dependences of the current kernel by body. */
  readonly edges: Map<readonly PlacedNode[], BodyEdge[]>;
}

/** Buffers owned by the loops in a body. */
function syncOwned(sync: Sync, body: readonly PlacedNode[]): void {
  for (const node of body) {
    if (node.kind !== "loop") continue;
    for (const buffer of node.owns) {
      const place = sync.allocation.places[buffer];
      const isReused = place?.kind === "chip" && place.isReused;
      syncBody(sync, node.body, buffer, isReused ? { kind: "fresh", slots: place.slots } : { kind: "once" });
    }
    syncOwned(sync, node.body);
  }
}

/** Edges for one buffer in one body, and inside the loops of the body that several queues share it in. */
function syncBody(sync: Sync, body: readonly PlacedNode[], buffer: BufferId, repeat: Repeat): void {
  const edges = sync.edges.get(body) ?? [];
  edges.push(...edgesOf(body, sync.touches.node, buffer, sync.nameOf(buffer), repeat));
  sync.edges.set(body, edges);
  for (const node of body) {
    const queues = sync.touches.node(node).get(buffer);
    if (node.kind === "loop" && queues !== undefined && queues.size > 1)
      syncBody(sync, node.body, buffer, { kind: "same" });
  }
}

/** The edges of a kernel that others do not imply, those of outer bodies first. Inner ones are reduced first, as they hold for outer ones too. */
function neededEdges({ edges, touches }: Sync, kernel: PlacedKernel): readonly ScopedEdge[] {
  const scopes = scopesOf(kernel);
  const given = new Map<Scope, readonly BodyEdge[]>();
  const needed = scopes.toReversed().map((scope) => {
    const { body, around } = scope;
    const known = given.get(scope) ?? [];
    const stageOf = (statement: number): number => body[Math.round(statement)]?.stage ?? 0;
    const kept = reduceEdges(edges.get(body) ?? [], stageOf, known);
    const lifted = liftedEdges(scope, [...kept, ...known], touches.node);
    if (around !== undefined) given.set(around.scope, [...(given.get(around.scope) ?? []), ...lifted]);
    return kept.map((edge) => ({ edge, scope }));
  });
  return needed.reverse().flat();
}

function attach(edges: readonly ScopedEdge[], pool: SemaphorePool, around: Map<PlacedNode, NodeTokens>): void {
  const tokensAt = (node: PlacedNode): NodeTokens => {
    const tokens = around.get(node) ?? { before: [], after: [] };
    around.set(node, tokens);
    return tokens;
  };
  for (const shared of inTurns(edges)) {
    const [{ edge }] = shared;
    const { producer, consumer, initial, fewestInitial } = edge;
    const names = shared.map((one) => one.edge.name);
    const sem = pool.inKernel({ producer, consumer, initial, fewestInitial, names });
    for (const { edge: one, scope } of shared) {
      tokensAt(scope.body[one.release] as PlacedNode).after.push({ queue: producer, kind: "release", sem });
      tokensAt(scope.body[one.acquire] as PlacedNode).before.push({ queue: consumer, kind: "acquire", sem });
    }
  }
}

/** At least one. */
type Some<T> = [T, ...T[]];

/** Edges between the same two queues that may have one semaphore. */
function inTurns(edges: readonly ScopedEdge[]): readonly Readonly<Some<ScopedEdge>>[] {
  const all: Some<ScopedEdge>[] = [];
  const byPair = new Map<string, Some<ScopedEdge>[]>();
  for (const scoped of edges) {
    const pair = `${scoped.edge.producer} ${scoped.edge.consumer}`;
    const known = byPair.get(pair) ?? [];
    byPair.set(pair, known);
    const fit = known.find((others) => others.every((other) => keepTokenOrder(scoped, other)));
    if (fit !== undefined) fit.push(scoped);
    else {
      const alone: Some<ScopedEdge> = [scoped];
      known.push(alone);
      all.push(alone);
    }
  }
  return all;
}
