// Lists whose length a model decides, by an axis, an attribute or a known value: each is bounded before it is made, as a file of a few
// bytes can say 2^31, or -1.
import { refuse } from "./refuse.ts";

/** Assumed: more statements for one node than anybody reads. */
const maxParts = 4096;

/** Assumed: more known values than anybody wants in a file of weights. */
const maxValues = 2 ** 23;

/** What is made for each of `count` parts, iterations or rows, statements all of them. */
export function makeParts<T>(count: number, what: string, make: (index: number) => T): readonly T[] {
  checkParts(count, what);
  return Array.from({ length: count }, (_unused, index) => make(index));
}

/** For loops that carry something from part to part. */
export function checkParts(count: number, what: string): void {
  if (!(count >= 0 && count <= maxParts)) refuse(`it has ${count} ${what}, expected 0 to ${maxParts}`);
}

/** The first `count` values, computed while importing. */
export function listValues<T>(count: number, what: string, valueAt: (index: number) => T): readonly T[] {
  checkValues(count, what);
  return Array.from({ length: count }, (_unused, index) => valueAt(index));
}

export function checkValues(count: number, what: string): void {
  if (!(count >= 0 && count <= maxValues)) refuse(`it has ${count} ${what}, expected 0 to ${maxValues}`);
}
