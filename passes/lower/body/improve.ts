// What is done to the innermost body of a kernel's loops once its statements are there.

import type { Body } from "../program-builder.ts";
import type { LowerContext } from "../region.ts";
import { coverLoads } from "./cover-loads.ts";
import { balanceBody } from "./engines.ts";
import { type HoistPlace, hoistInvariants } from "./hoist.ts";
import { mergeTransfers } from "./merge-transfers.ts";
import { rewriteBody } from "./rewrite.ts";
import { shareBuffers } from "./share.ts";

interface ImprovedPlace extends Partial<HoistPlace> {
  /** Tiles that are side by side. */
  readonly sides?: number;
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
  body.splice(0, body.length, ...balanceBody(context, shareBuffers(builder, hoisted.body, place.sides)));
}
