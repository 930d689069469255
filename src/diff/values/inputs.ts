// Inputs on which programs that compute different things are likely to differ: bell-shaped, small integers for which sums are
// exact, numbers that differ from place to place, special values in one tensor at a time, and ends of ranges.

import { type Dtype, dtypes, isFloat, roundAllTo } from "../../../ir-spec/base/dtype.ts";
import { makeTensor, type Tensor, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { defaultFill, type Fill, makeRandomTensor } from "../../../ir-spec/random-tensor.ts";

export type NamedTypes = ReadonlyMap<string, TensorType>;

export interface HostileInputs {
  readonly words: string;
  /** Whether nothing is rounded by products and sums. */
  readonly isExact: boolean;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface InputChoice {
  readonly types: NamedTypes;
  /** For tensors of indices the number of rows that they pick from. */
  readonly bounds: ReadonlyMap<string, number>;
  readonly seed: number;
}

/** How all tensors of floats are filled in one set. */
interface FloatFill {
  readonly words: string;
  readonly isExact?: true;
  readonly fill: (type: TensorType, seed: number, name: string) => Tensor;
}

const random =
  (fill: Fill) =>
  (type: TensorType, seed: number, name: string): Tensor =>
    makeRandomTensor(type, seed, name, fill);

const floatFills: readonly FloatFill[] = [
  { words: "normal, deviation 1", fill: random({ kind: "normal", mean: 0, deviation: 1 }) },
  { words: "integers from -3 to 3", isExact: true, fill: random({ kind: "integer", min: -3, max: 3 }) },
  { words: "normal, deviation 1/16", fill: random({ kind: "normal", mean: 0, deviation: 1 / 16 }) },
  { words: "positive", fill: random({ kind: "positive" }) },
  { words: "another number in each place", fill: fillByPlace },
  { words: "large", fill: fillLarge },
  { words: "zeros of both signs", fill: (type) => fillWith(type, (at) => (at % 3 === 0 ? -0 : 0)) },
];

/** At most so many tensors are filled with special values, one after the other. */
const maxSpecialTensors = 6;

/** The sets of inputs, those first that tell most. */
export function* hostileInputs(choice: InputChoice): Generator<HostileInputs> {
  const { types, seed } = choice;
  for (const [index, { words, isExact, fill }] of floatFills.entries()) {
    const tensors = fillAll(choice, (type, name) => fill(type, seed + index, name));
    yield { words, isExact: isExact === true, tensors };
    if (index === 1) yield* specialInputs(choice);
  }
  const base = fillAll(choice, (type, name) => makeRandomTensor(type, seed, name, smallNormal));
  for (const name of choice.bounds.keys()) {
    const type = types.get(name);
    if (type === undefined) continue;
    const outside = outsideIndices(type, choice.bounds.get(name) ?? 1);
    yield { words: `indices out of range in ${name}`, isExact: false, tensors: new Map([...base, [name, outside]]) };
  }
}

const smallNormal: Fill = { kind: "normal", mean: 0, deviation: 0.25 };

function* specialInputs(choice: InputChoice): Generator<HostileInputs> {
  const { types, seed, bounds } = choice;
  const base = fillAll(choice, (type, name) => makeRandomTensor(type, seed, name, smallNormal));
  const names = [...types.keys()].filter((name) => !bounds.has(name)).slice(0, maxSpecialTensors);
  for (const name of names) {
    const type = types.get(name) as TensorType;
    const special = withSpecials(base.get(name) ?? makeTensor(type));
    yield { words: `special values in ${name}`, isExact: false, tensors: new Map([...base, [name, special]]) };
  }
}

function fillAll(
  { types, bounds, seed }: InputChoice,
  fillFloats: (type: TensorType, name: string) => Tensor,
): ReadonlyMap<string, Tensor> {
  return new Map(
    [...types].map(([name, type]) => {
      const rows = bounds.get(name);
      if (rows !== undefined) return [name, indicesBelow(type, rows, seed, name)];
      return [
        name,
        isFloat(type.dtype) ? fillFloats(type, name) : makeRandomTensor(type, seed, name, defaultFill(type)),
      ];
    }),
  );
}

/** Random indices, the first and the last row among them. */
function indicesBelow(type: TensorType, rows: number, seed: number, name: string): Tensor {
  const tensor = makeRandomTensor(type, seed, name, { kind: "integer", min: 0, max: rows - 1 });
  if (tensor.data.length > 1) tensor.data.set([rows - 1, 0]);
  return tensor;
}

function outsideIndices(type: TensorType, rows: number): Tensor {
  const choices = [0, -1, rows, rows - 1, 2 * rows, -rows];
  return fillWith(type, (at) => choices[at % choices.length] ?? 0);
}

/**
 * Beyond what a finite number stands in for an infinity or a limit with, where the dtype has room: products of two such numbers are
 * as far from the ends of the range as they are from 1.
 */
function fillLarge(type: TensorType, seed: number, name: string): Tensor {
  const deviation = Math.min(2 ** 20, 2 ** Math.floor(-dtypes[type.dtype].minExponent / 4));
  return makeRandomTensor(type, seed, name, { kind: "normal", mean: 0, deviation });
}

/** A prime, so that no row or column of a usual tensor repeats another one. */
const places = 509;

/** Numbers that differ from place to place, in another order for each name; f32 and bf16 hold them exactly. */
function fillByPlace(type: TensorType, seed: number, name: string): Tensor {
  const start = [...name].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), seed);
  return fillWith(type, (at) => (((at * 7 + start) % places) - 254) / 64);
}

function fillWith(type: TensorType, valueAt: (at: number) => number): Tensor {
  const tensor = makeTensor(type);
  for (let at = 0; at < tensor.data.length; at++) tensor.data[at] = valueAt(at);
  roundAllTo(type.dtype, tensor.data);
  return tensor;
}

/** Every so many elements one is special, so that most of the results stay numbers. */
const specialEvery = 16;

/** NaN, infinities, zeros of both signs and the ends of the range, each in another row and column. */
function withSpecials({ dtype, shape, data }: Tensor): Tensor {
  const specials = specialsOf(dtype);
  const changed = Float64Array.from(data);
  const count = Math.min(data.length, Math.max(specials.length, Math.floor(data.length / specialEvery)));
  for (let index = 0; index < count; index++) {
    const place = Math.floor((index * data.length) / count) + index;
    changed[place % data.length] = specials[index % specials.length] ?? 0;
  }
  roundAllTo(dtype, changed);
  return { dtype, shape, data: changed };
}

function specialsOf(dtype: Dtype): readonly number[] {
  const { maxFinite, minFinite, minExponent, mantissaBits, kind } = dtypes[dtype];
  if (kind === "bool") return [0, 1];
  if (kind === "int") return [maxFinite, minFinite, 0, 1, -1];
  const infinite = Number.POSITIVE_INFINITY;
  return [-0, Number.NaN, maxFinite, infinite, 2 ** (minExponent - mantissaBits), -infinite, minFinite, 0];
}
