// The order of two buffers of a kernel that share bytes. In the innermost body with both of them, one is done with before the other is
// written: whoever writes it waits for all who used the bytes before. Where the body runs again, the next iteration waits for this one.
// Nothing in such a body runs ahead of the text (chip-lives.ts), so the statements come in its order.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { QueueName } from "../stream.ts";
import type { BodyEdge } from "./body-edges.ts";
import type { PlacedKernel } from "./placed.ts";
import { commonScope, type Scope, type ScopedEdge, scopesOf } from "./token-order.ts";
import { isWrite, type ProgramTouches } from "./touches.ts";

export function sharedBytesEdges(
  kernel: PlacedKernel,
  pairs: readonly (readonly [BufferId, BufferId])[],
  touches: ProgramTouches,
  nameOf: (buffer: BufferId) => string,
): readonly ScopedEdge[] {
  if (pairs.length === 0) return [];
  const owners = ownersOf(kernel);
  return pairs.flatMap(([a, b]): readonly ScopedEdge[] => {
    const [left, right] = [owners.get(a), owners.get(b)];
    if (left === undefined || right === undefined) return [];
    const scope = commonScope(left, right);
    const usesA = usesIn(scope, a, touches);
    const usesB = usesIn(scope, b, touches);
    const isAFirst = firstOf(usesA) < firstOf(usesB);
    const [earlier, later] = isAFirst ? [usesA, usesB] : [usesB, usesA];
    const [before, after] = isAFirst ? [a, b] : [b, a];
    const forward = edgesBetween(earlier, later, 0, `${nameOf(before)} done`);
    const around = scope.around === undefined ? [] : edgesBetween(later, earlier, 1, `${nameOf(after)} done`);
    return [...forward, ...around].map((edge) => ({ edge, scope }));
  });
}

function ownersOf(kernel: PlacedKernel): ReadonlyMap<BufferId, Scope> {
  const owners = new Map<BufferId, Scope>();
  for (const scope of scopesOf(kernel)) {
    const loop = scope.around?.scope.body[scope.around.at];
    const owned = loop?.kind === "loop" ? loop.owns : kernel.owns;
    for (const buffer of owned) owners.set(buffer, scope);
  }
  return owners;
}

/** The statements of a body at which a queue begins to write a buffer, and at which it is done with it. */
interface QueueUse {
  readonly firstWrite: number | undefined;
  readonly last: number;
}

type Uses = ReadonlyMap<QueueName, QueueUse>;

function usesIn({ body }: Scope, buffer: BufferId, touches: ProgramTouches): Uses {
  const uses = new Map<QueueName, QueueUse>();
  for (const [at, node] of body.entries()) {
    for (const [queue, touch] of touches.node(node).get(buffer) ?? []) {
      const firstWrite = uses.get(queue)?.firstWrite ?? (isWrite(touch) ? at : undefined);
      uses.set(queue, { firstWrite, last: at });
    }
  }
  return uses;
}

/** Every buffer on chip is written first. */
function firstOf(uses: Uses): number {
  return Math.min(...[...uses.values()].map(({ firstWrite }) => firstWrite ?? Number.POSITIVE_INFINITY));
}

/** All who used the bytes, and those who write them next; who only reads waits for one of these anyway. */
function edgesBetween(earlier: Uses, later: Uses, initial: number, name: string): readonly BodyEdge[] {
  return [...later].flatMap(([consumer, { firstWrite }]) =>
    [...earlier].flatMap(([producer, { last }]): readonly BodyEdge[] => {
      if (firstWrite === undefined || producer === consumer) return [];
      return [{ producer, consumer, release: last, acquire: firstWrite, initial, fewestInitial: initial, name }];
    }),
  );
}
