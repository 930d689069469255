// An extent cut into equal parts of at most a given number, the last one smaller. A loop over the parts is affine even where
// the extent is one of a border, as long as the parts divide what the whole places have.

import { type Affine, addAffine, clampedExtent, type Extent, scaleAffine } from "../../ir-spec/affine.ts";
import { tileExtent, tripsOver } from "./program-builder.ts";
import { largestDivisorUpTo } from "./space.ts";

export interface Parts {
  /** Of every part but the last. */
  readonly size: number;
  /** How many parts. */
  readonly trips: Extent;
  /** The size of part `index`. */
  readonly at: (index: Affine) => Extent;
}

/** Cuts `extent`; a limit of it must fall by its whole `max` from place to place. */
export function partsOf(extent: Extent, maxSize: number): Parts {
  const { max, limit } = extent;
  if (limit === undefined) {
    const size = Math.min(max, maxSize);
    return { size, trips: tripsOver(max, size), at: (index) => tileExtent(max, size, index) };
  }
  const size = largestDivisorUpTo(max, maxSize);
  const terms = limit.terms.map((term) => ({ ...term, scale: term.scale / size }));
  return {
    size,
    trips: clampedExtent(max / size, { constant: Math.ceil(limit.constant / size), terms }),
    at: (index) => clampedExtent(size, addAffine(limit, scaleAffine(index, -size))),
  };
}
