// The form of a row in THE OP TABLE. A row is an object literal passed through `defineOp`, which only returns its
// argument, so that TypeScript infers attribute types. Nothing of another layer (WGSL, tiles) is in a row.

import type { AttrSpecs, AttrValue, AttrValues } from "../base/attr.ts";
import type { Dtype } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import type { Problem, Result } from "../base/result.ts";
import type { Tensor, TensorType } from "../base/tensor.ts";

/**
 * - elementwise: each result element depends on one element of each operand (NumPy broadcasting)
 * - reduce: folds some axes with one associative operation
 * - contract: sums products over a shared dimension
 * - movement: result elements are operand elements, at other places
 * - source: no operands
 * - composite: has an `expand` into simpler ops
 */
export type OpKind = "elementwise" | "reduce" | "contract" | "movement" | "source" | "composite";

/** What an op has for each of its operands, in order, as its row names them: `bias?` may be absent, `...xs` is the rest. */
export type OperandTuple<O extends readonly string[], T> = O extends readonly [infer First, ...infer Rest]
  ? First extends `...${string}`
    ? readonly [T, ...T[]]
    : Rest extends readonly string[]
      ? First extends `${string}?`
        ? readonly [T?, ...OperandTuple<Rest, T>]
        : readonly [T, ...OperandTuple<Rest, T>]
      : never
  : readonly [];

type NameOf<O extends string> = O extends `...${infer Name}` ? Name : O extends `${infer Name}?` ? Name : O;

/** The same by name. */
export type NamedOperands<O extends readonly string[], T> = {
  readonly [E in O[number] as NameOf<E>]: E extends `...${string}`
    ? readonly T[]
    : E extends `${string}?`
      ? T | undefined
      : T;
};

/** What an op has for each of its results. */
export type AtLeastOne<T> = readonly [T, ...T[]];

/** What `expand` builds with: adds an op by name; scalars become `full` of the right dtype. Shapes must infer. */
export interface Expander {
  readonly op: (name: string, operands: readonly ValueId[], attrs?: Readonly<Record<string, AttrValue>>) => ValueId;
  readonly ops: (
    name: string,
    operands: readonly ValueId[],
    attrs?: Readonly<Record<string, AttrValue>>,
  ) => readonly ValueId[];
  /** A rank-0 constant of the given dtype. */
  readonly scalar: (value: number, like: ValueId) => ValueId;
  readonly typeOf: (value: ValueId) => TensorType;
}

/** What else holds of an op, for whoever asks. Ops of which nothing is said have none of it. */
export interface OpFacts {
  /** Strides of its operand can express the results, so that it needs no work. */
  readonly isView?: true;
  /** The result has the operand's elements in their order, under another shape. */
  readonly keepsOrder?: true;
  /** Its two operands may be swapped without changing a bit of the result. */
  readonly commutes?: true;
  /** It only chooses among the numbers of its operands, or changes a sign, so that nothing is rounded. */
  readonly choosesNumbers?: true;
  /** It is exact where its result needs no rounding, such as on integers that are small enough. */
  readonly mayBeExact?: true;
  /** A small change of an operand may change the result by much. */
  readonly jumps?: true;
  /** Applied to its own result, it changes nothing. */
  readonly isIdempotent?: true;
  /** A function that is no sum, product, quotient, root or power. */
  readonly isTranscendental?: true;
  /** Its result is never -0. */
  readonly isNeverNegativeZero?: true;
  /** Its result is never negative: whatever the operands are, or where no operand is. */
  readonly nonnegative?: "always" | "where operands are";
}

export interface OpRow<
  A extends AttrSpecs,
  K extends OpKind,
  O extends readonly string[],
  F extends OpFacts = OpFacts,
> {
  readonly kind: K;
  readonly summary: string;
  /** Markdown for OPS.md and `tgc explain`: the formula and the shape rule. */
  readonly detail: string;
  /** Where the definition comes from: ONNX operator and version, StableHLO op, or paper. */
  readonly source: string;
  /** Operand names in order; `bias?` may be left out, `...xs` takes the rest (one or more). */
  readonly operands: O;
  readonly attrs: A;
  /**
   * Types of the results, or what does not fit. The number of operands and the attributes' kinds are checked before;
   * the problem need not name the op. Call it through `inferOp`.
   */
  readonly infer: (types: OperandTuple<O, TensorType>, attrs: AttrValues<A>) => Result<readonly TensorType[], Problem>;
  /** Reference meaning in plain loops: reads `inputs`, fills `outputs` (f64; the caller rounds to the dtypes). */
  readonly eval: (inputs: OperandTuple<O, Tensor>, attrs: AttrValues<A>, outputs: AtLeastOne<Tensor>) => void;
  /** Arithmetic operations; a multiply-add counts 2. */
  readonly flops: (
    inputs: OperandTuple<O, TensorType>,
    outputs: AtLeastOne<TensorType>,
    attrs: AttrValues<A>,
  ) => number;
  /** The op as a graph of simpler ops; every composite has one. */
  readonly expand?: (b: Expander, inputs: OperandTuple<O, ValueId>, attrs: AttrValues<A>) => readonly ValueId[];
  /** For elementwise rows: the scalar function that `eval` maps; `dtype` is that of the first operand. */
  readonly apply?: (args: OperandTuple<O, number>, attrs: AttrValues<A>, dtype: Dtype) => number;
  readonly facts?: F;
  /** Where the second operand holds indices: the number of places, below which they have to be to mean one of them. */
  readonly indexBound?: (inputs: OperandTuple<O, TensorType>, attrs: AttrValues<A>) => number;
  /** The smallest program that uses it; the tests run it. */
  readonly example: string;
}

export function defineOp<
  const A extends AttrSpecs,
  const K extends OpKind,
  const O extends readonly string[],
  const F extends OpFacts,
>(row: OpRow<A, K, O, F>): OpRow<A, K, O, F> {
  return row;
}

/** A row seen by generic code, which cannot know the attributes' types nor how many operands there are. */
export interface AnyOpRow extends Pick<Row, "kind" | "summary" | "detail" | "source" | "facts" | "example"> {
  readonly operands: readonly string[];
  readonly attrs: AttrSpecs;
  readonly infer: (types: readonly TensorType[], attrs: Attrs) => Result<readonly TensorType[], Problem>;
  readonly eval: (inputs: readonly Tensor[], attrs: Attrs, outputs: readonly Tensor[]) => void;
  readonly flops: (inputs: readonly TensorType[], outputs: readonly TensorType[], attrs: Attrs) => number;
  readonly expand?: (b: Expander, inputs: readonly ValueId[], attrs: Attrs) => readonly ValueId[];
  readonly apply?: (args: readonly number[], attrs: Attrs, dtype: Dtype) => number;
  readonly indexBound?: (inputs: readonly TensorType[], attrs: Attrs) => number;
}

type Row = OpRow<AttrSpecs, OpKind, readonly string[]>;
type Attrs = Readonly<Record<string, AttrValue>>;
