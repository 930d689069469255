// What the places of wrong elements say, where no hypothesis predicts their values.

import { dtypes, isFloat } from "../../../ir-spec/base/dtype.ts";
import { rowMajorStrides, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { differingPlaces, sameBits } from "../../diff/values/compare.ts";
import type { CauseKind } from "./report.ts";

export interface PlacedDifference {
  readonly wanted: Tensor;
  readonly found: Tensor;
  /** Places of wrong elements, ascending. */
  readonly places: readonly number[];
  readonly hasSpecialInputs: boolean;
}

interface Guess {
  readonly kind: CauseKind;
  readonly words: string;
}

export function guessByPlaces(difference: PlacedDifference): Guess | undefined {
  return guessOverflow(difference) ?? guessSpecial(difference) ?? guessTail(difference) ?? guessScale(difference);
}

/** Elements that nobody wrote: NaN where neither the inputs nor the reference have any. */
export function guessUnwritten(difference: PlacedDifference): Guess | undefined {
  const { wanted, found, places, hasSpecialInputs } = difference;
  const isUnwritten = (place: number): boolean =>
    Number.isNaN(found.data[place]) && Number.isFinite(wanted.data[place]);
  if (hasSpecialInputs || !isFloat(wanted.dtype) || !places.every(isUnwritten)) return undefined;
  return (
    guessTail(difference) ?? {
      kind: "wrong tail",
      words: `${places.length} elements depend on memory that nobody wrote`,
    }
  );
}

/** Of the elements after the first wrong one so many are wrong. */
const tailShare = 0.75;

/** The last part of an axis, or of memory, and nothing else. */
function guessTail({ wanted: { shape, data }, places }: PlacedDifference): Guess | undefined {
  const strides = rowMajorStrides(shape);
  const isTail = (first: number, size: number): boolean =>
    first * 2 >= size && places.length >= tailShare * (data.length / size) * (size - first);
  for (const [axis, size] of shape.entries()) {
    const first = Math.min(...places.map((place) => Math.floor(place / (strides[axis] ?? 1)) % size));
    if (first > 0 && isTail(first, size))
      return { kind: "wrong tail", words: `only elements from ${first} of ${size} along axis ${axis} are wrong` };
  }
  const first = Math.min(...places);
  if (first === 0 || !isTail(first, data.length)) return undefined;
  return { kind: "wrong tail", words: `only elements from ${first} of ${data.length} are wrong` };
}

function guessOverflow({ wanted, found, places }: PlacedDifference): Guess | undefined {
  if (!isFloat(wanted.dtype)) return undefined;
  const lost = places.filter((place) => Number.isFinite(wanted.data[place]) && !Number.isFinite(found.data[place]));
  const infinite = lost.filter((place) => !Number.isNaN(found.data[place]));
  const large = places.some((place) => Math.abs(wanted.data[place] as number) > dtypes.f16.maxFinite);
  if (infinite.length * 2 <= places.length || !(large || infinite.length > 0)) return undefined;
  return { kind: "f16 overflow", words: `${infinite.length} elements are infinite that should be finite` };
}

function guessSpecial({ wanted, found, places, hasSpecialInputs }: PlacedDifference): Guess | undefined {
  const special = places.filter((place) => !Number.isFinite(wanted.data[place]) || !Number.isFinite(found.data[place]));
  if (!hasSpecialInputs || special.length < places.length) return undefined;
  return { kind: "NaN handling", words: "only elements that depend on NaN or infinities are wrong" };
}

/** One factor for all wrong elements. */
function guessScale({ wanted, found, places }: PlacedDifference): Guess | undefined {
  const ratios = places
    .map((place) => (found.data[place] as number) / (wanted.data[place] as number))
    .filter((ratio) => Number.isFinite(ratio))
    .toSorted((a, b) => a - b);
  const middle = ratios[ratios.length >> 1];
  if (middle === undefined || Math.abs(middle - 1) < 0.005 || ratios.length < Math.max(4, places.length / 2))
    return undefined;
  const spread = ratios.filter((ratio) => Math.abs(ratio - middle) <= Math.abs(middle) * 0.02).length;
  if (spread < ratios.length * 0.9) return undefined;
  return { kind: "wrong scale", words: `wrong elements are ${middle.toPrecision(3)} times the right ones` };
}

/** The places of elements that differ by more than rounding usually makes of it. */
export function wrongPlaces(wanted: Tensor, found: Tensor): readonly number[] {
  const sizes = wanted.data.filter(Number.isFinite).map(Math.abs).toSorted();
  const usual = sizes[sizes.length >> 1] ?? 0;
  const share = isFloat(wanted.dtype) ? 2 ** -(dtypes[wanted.dtype].mantissaBits / 2) : 0;
  const places = [...wanted.data.keys()].filter((place) => {
    const [x, y] = [wanted.data[place] as number, found.data[place] as number];
    if (sameBits(x, y)) return false;
    return !(Math.abs(x - y) <= share * (Math.abs(x) + usual));
  });
  return places.length > 0 ? places : differingPlaces(found.data, wanted.data);
}
