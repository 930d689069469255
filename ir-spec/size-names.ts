// Names for sizes that a border cuts, so that a body reads well: where `min(8, 100 - 8*m)` occurs more than once in the
// body of the loop `m`, the body begins with `let m_size = min(8, 100 - 8*m)`. Names are of the text only.

import { type Extent, printExtent } from "./affine.ts";
import type { LoopId } from "./base/ids.ts";
import { printName, takeName } from "./base/names.ts";
import { makeScope } from "./base/scoped.ts";

/** How loops and sizes are written at a place. */
export interface IndexNames {
  readonly loop: (loop: LoopId) => string;
  readonly size: (size: Extent) => string;
}

/** Sizes written out. */
export function plainNames(loop: (loop: LoopId) => string): IndexNames {
  return { loop, size: (size) => printExtent(size, loop) };
}

export interface NamedSizes {
  /** `let m_size = min(8, 100 - 8*m)` */
  readonly lines: readonly string[];
  readonly names: IndexNames;
}

/**
 * Names the sizes of the body of `loop` that depend on it and on loops around it. `around` are these, `sizes` are all
 * sizes of the body; `loopName` is the plain name of the loop.
 */
export function nameSizes(
  names: IndexNames,
  loop: LoopId,
  loopName: string,
  around: readonly LoopId[],
  sizes: readonly Extent[],
): NamedSizes {
  const counts = new Map<string, number>();
  for (const size of sizes) {
    const loops = size.limit?.terms.map((part) => part.loop) ?? [];
    const isOwn = loops.includes(loop) && loops.every((other) => other === loop || around.includes(other));
    if (!isOwn) continue;
    const text = names.size(size);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const named = new Map<string, string>();
  const taken = makeScope<string, number>();
  for (const [text, count] of counts) {
    if (count < 2) continue;
    named.set(text, printName(takeName(taken, `${loopName}_size`)));
  }
  const lines = [...named].map(([text, name]) => `let ${name} = ${text}`);
  const size = (written: Extent): string => {
    const text = names.size(written);
    return named.get(text) ?? text;
  };
  return { lines, names: { loop: names.loop, size } };
}
