// Labels beside the points of a plot that do not cover each other.

export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where a label goes, moved down from where it should be as far as others need; undefined where there is no room above `bottom`. */
export function freeLabelY(placed: readonly LabelPlace[], wanted: LabelPlace, bottom: number): number | undefined {
  const near = placed.filter(({ x, width }) => x < wanted.x + wanted.width && wanted.x < x + width);
  for (let { y } = wanted; y <= bottom; y++) {
    if (near.every((other) => Math.abs(other.y - y) >= labelHeight)) return y;
  }
  return undefined;
}

export const labelHeight = 12;
/** A little more than that of most letters. */
export const letterWidth = 6;
