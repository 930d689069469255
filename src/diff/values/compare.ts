// Runs two programs on the same inputs and compares what they give, bit for bit. All NaN are one value.

import { printNumber } from "../../../ir-spec/base/attr.ts";
import { isFloat, ulpAt } from "../../../ir-spec/base/dtype.ts";
import { invariant, type Result } from "../../../ir-spec/base/result.ts";
import { rowMajorStrides, type Tensor } from "../../../ir-spec/base/tensor.ts";
import type { ValueDifference } from "../report.ts";
import { type HostileInputs, hostileInputs, type InputChoice } from "./inputs.ts";
import type { Alignment } from "./interface.ts";

export type NamedTensors = ReadonlyMap<string, Tensor>;

/** Runs a program; fails where it refuses the inputs. */
export type Runner = (inputs: NamedTensors) => Result<NamedTensors>;

export interface RunnerPair {
  readonly before: Runner;
  readonly after: Runner;
  readonly alignment: Alignment;
}

/** A difference, and the inputs that show it, under the names of the program before. */
export interface FoundDifference {
  readonly difference: ValueDifference;
  readonly inputs: NamedTensors;
}

export type Compared =
  | { readonly kind: "equal"; readonly inputs: readonly string[] }
  | ({ readonly kind: "differ" } & FoundDifference)
  | { readonly kind: "refused"; readonly why: string };

/** Compares on each set of inputs until one shows a difference, and says then whether it is one of rounding alone. */
export function compareRuns(pair: RunnerPair, choice: InputChoice): Compared {
  const tried: string[] = [];
  let found: { readonly difference: RawDifference; readonly set: HostileInputs } | undefined;
  let isExactEqual = false;
  for (const set of hostileInputs(choice)) {
    if (found !== undefined && !set.isExact) continue;
    const difference = runBoth(pair, set, choice.seed);
    if (difference === "refused") continue;
    if (difference !== undefined && "refusal" in difference) return { kind: "refused", why: difference.refusal };
    tried.push(set.words);
    if (difference === undefined && set.isExact) isExactEqual = true;
    if (difference === undefined) continue;
    if (found === undefined || set.isExact) found = { difference, set };
    if (set.isExact) break;
  }
  if (found === undefined) return { kind: "equal", inputs: tried };
  const isRounding = isExactEqual && found.difference.maxUlp !== undefined;
  return { kind: "differ", difference: { ...found.difference, isRounding }, inputs: found.set.tensors };
}

type RawDifference = Omit<ValueDifference, "isRounding">;

/** What one set of inputs shows; "refused" where both programs refuse it. */
function runBoth(
  { before, after, alignment }: RunnerPair,
  { words, tensors }: HostileInputs,
  seed: number,
): RawDifference | { readonly refusal: string } | "refused" | undefined {
  const a = before(tensors);
  const b = after(renameTensors(tensors, alignment));
  if (!a.ok && !b.ok) return "refused";
  if (!a.ok || !b.ok) {
    const [refuses, runs] = a.ok ? ["after", "before"] : ["before", "after"];
    return { refusal: `the program ${refuses} refuses inputs (${words}, seed ${seed}) that the one ${runs} takes` };
  }
  const found = firstDifference(a.value, b.value, alignment);
  return found === undefined ? undefined : { inputs: words, seed, ...found };
}

/** Tensors under the names of the program after. */
export function renameTensors(tensors: NamedTensors, { names }: Alignment): NamedTensors {
  return new Map([...tensors].map(([name, tensor]) => [names.get(name) ?? name, tensor]));
}

export function sameBits(a: number, b: number): boolean {
  return Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b));
}

/** The first element, in the order of the outputs before, that differs. */
function firstDifference(a: NamedTensors, b: NamedTensors, { names }: Alignment) {
  for (const [output, tensor] of a) {
    const other = b.get(names.get(output) ?? output);
    invariant(other !== undefined, "aligned programs give the same outputs");
    const differing = differingPlaces(tensor.data, other.data);
    const [first] = differing;
    if (first === undefined) continue;
    const maxUlp = largestUlp(tensor, other, differing);
    return {
      output,
      index: coordinatesOf(first, tensor.shape),
      before: printNumber(tensor.data[first]!),
      after: printNumber(other.data[first]!),
      differingElements: differing.length,
      elements: tensor.data.length,
      ...(maxUlp === undefined ? {} : { maxUlp }),
    };
  }
  return undefined;
}

export function differingPlaces(a: Float64Array, b: Float64Array): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < a.length; at++) if (!sameBits(a[at]!, b[at]!)) places.push(at);
  return places;
}

function largestUlp(a: Tensor, b: Tensor, places: readonly number[]): number | undefined {
  if (!isFloat(a.dtype)) return undefined;
  let largest = 0;
  for (const at of places) {
    const [x, y] = [a.data[at]!, b.data[at]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) return undefined;
    largest = Math.max(largest, Math.abs(x - y) / ulpAt(a.dtype, Math.max(Math.abs(x), Math.abs(y))));
  }
  return largest;
}

export function coordinatesOf(place: number, shape: readonly number[]): readonly number[] {
  let rest = place;
  return rowMajorStrides(shape).map((stride) => {
    const coordinate = Math.floor(rest / stride);
    rest -= coordinate * stride;
    return coordinate;
  });
}
