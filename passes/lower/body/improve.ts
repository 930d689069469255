// What is done to the innermost body of a kernel's loops once its statements are there.

import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { TileStatement } from "../../../ir-spec/tile.ts";
import type { Body } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { coverLoads } from "./cover-loads.ts";
import { balanceBody } from "./engines.ts";
import { type HoistPlace, hoistInvariants } from "./hoist.ts";
import { mergeTransfers } from "./merge-transfers.ts";
import { psumCopies } from "./psum-operands.ts";
import { rewriteBody } from "./rewrite.ts";
import { shareBuffers } from "./share.ts";
import { accessesOf } from "./uses.ts";

/** Copies into PSUM are worth their time from so many iterations on. Assumed: each takes about what an iteration gains by it. */
const minIterations = 4;

interface ImprovedPlace extends Partial<HoistPlace> {
  /** Tiles that are side by side. */
  readonly sides?: number;
  /** How often the body runs for `outer`; once or a few times, unless it is said. */
  readonly iterations?: number;
}

/**
 * Gives the innermost body, which is that of a loop in `outer` or `outer` itself, the forms that instructions have and as few buffers
 * as it needs, in place; in a loop, what does not change goes before it, to `outer`, and engines share the work.
 */
export function improveBody(context: LowerContext, outer: Body, body: Body, place: ImprovedPlace = {}): void {
  const { builder } = context;
  const transferred = coverLoads(context, mergeTransfers(builder, body));
  const rewritten = rewriteBody(context, transferred);
  if (body === outer) {
    body.splice(0, body.length, ...shareBuffers(builder, rewritten, place.sides));
    return;
  }
  const hoisted = hoistInvariants(builder, rewritten, place);
  outer.push(...hoisted.before);
  const shared = shareBuffers(builder, hoisted.body, place.sides);
  const copies = (place.iterations ?? 1) < minIterations ? [] : psumCopies(context, outer, shared);
  const balanced = balanceBody({ ...context, copies }, shared);
  outer.push(...copies.flatMap(({ copy, statements }) => (reads(balanced, copy) ? statements : [])));
  body.splice(0, body.length, ...balanced);
}

function reads(body: readonly TileStatement[], buffer: BufferId): boolean {
  return body.some(
    (statement) => statement.kind === "op" && accessesOf(statement).some(([access]) => access.buffer === buffer),
  );
}
