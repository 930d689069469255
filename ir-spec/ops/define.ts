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

export interface OpRow<A extends AttrSpecs, K extends OpKind = OpKind> {
  readonly kind: K;
  readonly summary: string;
  /** Markdown for OPS.md and `tgc explain`: the formula and the shape rule. */
  readonly detail: string;
  /** Where the definition comes from: ONNX operator and version, StableHLO op, or paper. */
  readonly source: string;
  /** Operand names in order; `bias?` may be left out, `...xs` takes the rest (one or more). */
  readonly operands: readonly string[];
  readonly attrs: A;
  /**
   * Types of the results, or what does not fit. The number of operands and the attributes' kinds are checked before;
   * the problem need not name the op. Call it through `inferOp`.
   */
  readonly infer: (types: readonly TensorType[], attrs: AttrValues<A>) => Result<readonly TensorType[], Problem>;
  /** Reference meaning in plain loops: reads `inputs`, fills `outputs` (f64; the caller rounds to the dtypes). */
  readonly eval: (inputs: readonly Tensor[], attrs: AttrValues<A>, outputs: readonly Tensor[]) => void;
  /** Arithmetic operations; a multiply-add counts 2. */
  readonly flops: (inputs: readonly TensorType[], outputs: readonly TensorType[], attrs: AttrValues<A>) => number;
  /** The op as a graph of simpler ops; every composite has one. */
  readonly expand?: (b: Expander, inputs: readonly ValueId[], attrs: AttrValues<A>) => readonly ValueId[];
  /** For elementwise rows: the scalar function that `eval` maps; `dtype` is that of the first operand. */
  readonly apply?: (args: readonly number[], attrs: AttrValues<A>, dtype: Dtype) => number;
  /** The smallest program that uses it; the tests run it. */
  readonly example: string;
}

export function defineOp<const A extends AttrSpecs, const K extends OpKind>(row: OpRow<A, K>): OpRow<A, K> {
  return row;
}

/** A row seen by generic code, which cannot know the attributes' types. */
// biome-ignore lint/suspicious/noExplicitAny: the widened accessor; each row's own type is checked where it is defined.
export type AnyOpRow = OpRow<any>;
