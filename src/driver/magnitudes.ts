// The magnitudes of a tensor's numbers, found in one pass: most of what the error analysis asks of all elements is settled by them.

export interface Magnitudes {
  /** Of the finite numbers; 0 where all are 0. */
  readonly largest: number;
  /** Of the numbers that are not 0; infinite where there is none. */
  readonly least: number;
  readonly hasInfinite: boolean;
}

export function findMagnitudes(data: Float64Array): Magnitudes {
  let largest = 0;
  let least = Number.POSITIVE_INFINITY;
  let hasInfinite = false;
  for (let index = 0; index < data.length; index++) {
    const magnitude = Math.abs(data[index]!);
    if (magnitude > largest) {
      if (magnitude < Number.POSITIVE_INFINITY) largest = magnitude;
      else hasInfinite = true;
    }
    if (magnitude < least && magnitude > 0) least = magnitude;
  }
  return { largest, least, hasInfinite };
}
