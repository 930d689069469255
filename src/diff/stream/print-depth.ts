// Index arithmetic with loops named by their depth: `i0` is the outermost one.

import type { Affine, Extent } from "../../../ir-spec/affine.ts";
import { printAffine, printExtent } from "../../../ir-spec/affine.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";

function byDepth({ constant, terms }: Affine, around: readonly LoopId[]): Affine {
  return { constant, terms: terms.toSorted((a, b) => around.indexOf(a.loop) - around.indexOf(b.loop)) };
}

const depthName =
  (around: readonly LoopId[]) =>
  (loop: LoopId): string =>
    `i${around.indexOf(loop)}`;

export function printDepthAffine(affine: Affine, around: readonly LoopId[]): string {
  return printAffine(byDepth(affine, around), depthName(around));
}

export function printDepthExtent({ max, limit }: Extent, around: readonly LoopId[]): string {
  return printExtent(limit === undefined ? { max } : { max, limit: byDepth(limit, around) }, depthName(around));
}
