// Which elements of a buffer's rows statements touch, so that those that touch different ones need not wait for one another.

import type { Access } from "../../../ir-spec/tile.ts";
import type { ElementRange } from "./placed.ts";

const everything: ElementRange = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** What an access touches in any iteration: all, where its place depends on a loop. */
export function rangeOf({ offset, dims }: Access): ElementRange {
  if (offset.terms.length > 0) return everything;
  let [start, last] = [offset.constant, offset.constant];
  for (const { stride, size } of dims) {
    const reach = stride * (size.max - 1);
    if (reach < 0) start += reach;
    else last += reach;
  }
  return { start, end: last + 1 };
}

/** The smallest range with both. */
export function joinedRange(a: ElementRange | undefined, b: ElementRange): ElementRange {
  if (a === undefined) return b;
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

export function rangesOverlap(a: ElementRange, b: ElementRange): boolean {
  return a.start < b.end && b.start < a.end;
}
