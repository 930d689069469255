// What a queue knows about the others when it has finished its part of a kernel, so that no token says it again.
//
// Knowledge of a queue is, for each other queue, the last kernel whose part that queue has certainly finished. It comes
// from the queue's own earlier parts, from the tokens between kernels that it has acquired, and, inside a kernel, from
// tokens that a queue releases after its very last instruction there: who acquires them knows that it is through.

import type { QueueName, Semaphore } from "../stream.ts";
import type { PlacedKernel, PlacedNode } from "./placed.ts";
import type { NodeTokens } from "./tokens.ts";

/** By queue: the last kernel that it has finished. */
export type Knowledge = Map<QueueName, number>;

/** Takes in what another one knows. */
export function learn(knowledge: Knowledge, more: ReadonlyMap<QueueName, number>): void {
  for (const [queue, kernel] of more) {
    if ((knowledge.get(queue) ?? -1) < kernel) knowledge.set(queue, kernel);
  }
}

/** For each queue of a kernel those that are through with their part when it is through with its own. */
export function finishedBefore(
  kernel: PlacedKernel,
  around: ReadonlyMap<PlacedNode, NodeTokens>,
  semaphores: readonly Semaphore[],
): ReadonlyMap<QueueName, ReadonlySet<QueueName>> {
  const finished = new Map<QueueName, Set<QueueName>>();
  for (const queue of queuesOf(kernel.body)) {
    for (const node of lastPath(kernel.body, queue)) {
      for (const token of around.get(node)?.after ?? []) {
        const sem = semaphores[token.sem];
        if (token.queue !== queue || token.kind !== "release" || sem === undefined || sem.initial > 0) continue;
        const known = finished.get(sem.consumer) ?? new Set<QueueName>();
        finished.set(sem.consumer, known.add(queue));
      }
    }
  }
  return finished;
}

export function queuesOf(body: readonly PlacedNode[]): ReadonlySet<QueueName> {
  const queues = new Set<QueueName>();
  const visit = (nodes: readonly PlacedNode[]): void => {
    for (const node of nodes) {
      if (node.kind === "loop") visit(node.body);
      else queues.add(node.queue);
    }
  };
  visit(body);
  return queues;
}

/** The queue's last instruction in a body, which is one of the highest stage, and the loops around it: after each of them the queue is through. */
function lastPath(body: readonly PlacedNode[], queue: QueueName): readonly PlacedNode[] {
  const own = body.filter((node) => (node.kind === "inst" ? node.queue === queue : queuesOf(node.body).has(queue)));
  const stage = Math.max(0, ...own.map((node) => node.stage));
  const last = own.findLast((node) => node.stage === stage);
  if (last === undefined) return [];
  return last.kind === "inst" ? [last] : [last, ...lastPath(last.body, queue)];
}
