// Inserts tokens so that queues, which run asynchronously, keep the order that the tile program says.
//
// For two queues X and Y that touch one buffer, at least one of them writing:
// - forward: where a statement of Y comes behind a statement of X in one body, X releases a token behind its statement and
//   Y acquires it in front of its own. Statements are the body's own: a loop counts as one.
// - around a loop that owns the buffer: an iteration's first writer waits until the iteration `slots` before is done with
//   the slot; so it starts with `slots` free tokens.
// - around a loop inside of the buffer's owner: the buffer stays, so an iteration of Y waits for the one before of X,
//   unless a forward token says so already.
// - between kernels: Y's part of a kernel waits for X's part of an earlier one where they share a tensor, or where Y is the
//   first to write bytes on chip that X has used. One token orders all that X did before, and all that X knows of others.
// Every wait is for something earlier in the tile program's own order, so there is no deadlock.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Allocation } from "./allocate.ts";
import { kernelEdges } from "./kernel-edges.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import { makeSemaphorePool, type SemaphorePool } from "./semaphores.ts";
import type { QueueName } from "./stream.ts";
import type { NodeTokens, Tokens } from "./tokens.ts";
import { type Touches, type TouchKind, touchesOf } from "./touches.ts";

interface Sync {
  readonly around: Map<PlacedNode, NodeTokens>;
  readonly pool: SemaphorePool;
  readonly touches: (node: PlacedNode) => Touches;
  readonly nameOf: (buffer: BufferId) => string;
}

export function insertTokens(
  kernels: readonly PlacedKernel[],
  allocation: Allocation,
  nameOf: (buffer: BufferId) => string,
): Tokens {
  const pool = makeSemaphorePool();
  const around = new Map<PlacedNode, NodeTokens>();
  const touches = touchesOf(kernels);
  const sync: Sync = { around, pool, touches: touches.node, nameOf };
  for (const [index, kernel] of kernels.entries()) {
    pool.startKernel();
    for (const buffer of touches.kernel(index).keys()) {
      const isWholeKernels = allocation.places[buffer]?.kind === "hbm" || kernel.owns.includes(buffer);
      if (isWholeKernels) syncBody(sync, kernel.body, buffer, { kind: "once" });
    }
    syncOwned(sync, allocation, kernel.body);
  }
  const aroundKernel: NodeTokens[] = kernels.map(() => ({ before: [], after: [] }));
  for (const edge of kernelEdges(kernels, allocation, touches, { around, semaphores: pool.semaphores() })) {
    const sem = pool.betweenKernels(edge.producer, edge.consumer);
    aroundKernel[edge.after]?.after.push({ queue: edge.producer, kind: "release", sem });
    aroundKernel[edge.before]?.before.push({ queue: edge.consumer, kind: "acquire", sem });
  }
  return { around, aroundKernel, semaphores: pool.semaphores() };
}

/** How often a body runs, as the buffer sees it. */
type Repeat =
  | { readonly kind: "once" }
  /** Each iteration has an instance of its own, in one of `slots` places. */
  | { readonly kind: "fresh"; readonly slots: number }
  /** All iterations use the same instance. */
  | { readonly kind: "same" };

/** Buffers owned by the loops in a body. */
function syncOwned(sync: Sync, allocation: Allocation, body: readonly PlacedNode[]): void {
  for (const node of body) {
    if (node.kind !== "loop") continue;
    for (const buffer of node.owns) {
      const place = allocation.places[buffer];
      const slots = place?.kind === "chip" ? place.slots : 1;
      syncBody(sync, node.body, buffer, { kind: "fresh", slots });
    }
    syncOwned(sync, allocation, node.body);
  }
}

const writes = 2;

/** Tokens for one buffer in one body, and inside the loops of the body that several queues share it in. */
function syncBody(sync: Sync, body: readonly PlacedNode[], buffer: BufferId, repeat: Repeat): void {
  const uses = body.flatMap((node) => {
    const touch = sync.touches(node).get(buffer);
    return touch === undefined ? [] : [{ node, touch }];
  });
  const queues = [...new Set(uses.flatMap((use) => [...use.touch.keys()]))];
  if (queues.length < 2) return;
  for (const use of uses) {
    const isShared = use.node.kind === "loop" && !use.node.owns.includes(buffer) && use.touch.size > 1;
    if (isShared && use.node.kind === "loop") syncBody(sync, use.node.body, buffer, { kind: "same" });
  }
  for (const producer of queues) {
    for (const consumer of queues) {
      if (producer === consumer) continue;
      const covered = syncForward(sync, uses, buffer, producer, consumer);
      if (repeat.kind === "fresh") syncReuse(sync, uses, buffer, { producer, consumer }, repeat.slots);
      if (repeat.kind === "same" && !covered) syncRepeat(sync, uses, buffer, producer, consumer);
    }
  }
}

interface Use {
  readonly node: PlacedNode;
  readonly touch: ReadonlyMap<QueueName, TouchKind>;
}

function conflict(a: number, b: number): boolean {
  return ((a | b) & writes) !== 0;
}

/** Forward tokens; true when the producer's last use is followed by one, so that the next iteration is ordered, too. */
function syncForward(
  sync: Sync,
  uses: readonly Use[],
  buffer: BufferId,
  producer: QueueName,
  consumer: QueueName,
): boolean {
  let pending: { node: PlacedNode; kind: TouchKind } | undefined;
  for (const { node, touch } of uses) {
    const wanted = touch.get(consumer);
    if (wanted !== undefined && pending !== undefined && conflict(pending.kind, wanted)) {
      const sem = sync.pool.inKernel(producer, consumer, 0, `${sync.nameOf(buffer)} full`);
      tokensAround(sync, pending.node).after.push({ queue: producer, kind: "release", sem });
      tokensAround(sync, node).before.push({ queue: consumer, kind: "acquire", sem });
      pending = undefined;
    }
    const given = touch.get(producer);
    if (given !== undefined) pending = { node, kind: ((pending?.kind ?? 0) | given) as TouchKind };
  }
  return pending === undefined;
}

/** A slot is written anew only after its last instance is done with: the first writer waits for every other queue. */
function syncReuse(
  sync: Sync,
  uses: readonly Use[],
  buffer: BufferId,
  pair: { readonly producer: QueueName; readonly consumer: QueueName },
  slots: number,
): void {
  const { producer, consumer } = pair;
  const firstWrite = uses.find((use) => [...use.touch.values()].some((kind) => (kind & writes) !== 0));
  if (firstWrite === undefined || ((firstWrite.touch.get(consumer) ?? 0) & writes) === 0) return;
  const lastUse = uses.findLast((use) => use.touch.has(producer));
  if (lastUse === undefined) return;
  const sem = sync.pool.inKernel(producer, consumer, slots, `${sync.nameOf(buffer)} free`);
  tokensAround(sync, firstWrite.node).before.push({ queue: consumer, kind: "acquire", sem });
  tokensAround(sync, lastUse.node).after.push({ queue: producer, kind: "release", sem });
}

/** One iteration after the other: the consumer's first use waits for the producer's last one of the iteration before. */
function syncRepeat(
  sync: Sync,
  uses: readonly Use[],
  buffer: BufferId,
  producer: QueueName,
  consumer: QueueName,
): void {
  const firstUse = uses.find((use) => use.touch.has(consumer));
  const lastUse = uses.findLast((use) => use.touch.has(producer));
  if (firstUse === undefined || lastUse === undefined) return;
  const kinds = (queue: QueueName): number => uses.reduce<number>((all, use) => all | (use.touch.get(queue) ?? 0), 0);
  if (!conflict(kinds(producer), kinds(consumer))) return;
  const sem = sync.pool.inKernel(producer, consumer, 1, `${sync.nameOf(buffer)} free`);
  tokensAround(sync, firstUse.node).before.push({ queue: consumer, kind: "acquire", sem });
  tokensAround(sync, lastUse.node).after.push({ queue: producer, kind: "release", sem });
}

function tokensAround(sync: Sync, node: PlacedNode): NodeTokens {
  const known = sync.around.get(node);
  if (known !== undefined) return known;
  const made: NodeTokens = { before: [], after: [] };
  sync.around.set(node, made);
  return made;
}
