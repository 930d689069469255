// Scatters: a tensor with elements or rows replaced, or combined, at indices. Expanded, every place is compared with every index: that
// needs no store by index, and costs the product of both.

import { type Dtype, dtypes, isFloat } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import { elementCount, type Shape, type Tensor, type TensorType } from "../base/tensor.ts";
import { defineOp, type Expander } from "./define.ts";
import {
  checkElementwise,
  checkTuples,
  elementOffsets,
  expandTupleRows,
  tupleBound,
  tupleRows,
  tuplesOf,
} from "./indexing.ts";
import { checkSameDtype, checkShape, floatDtypes, listChoices, misfit, numberDtypes } from "./shape-rules.ts";
import { castLike } from "./widening.ts";

const reductions = ["none", "add", "mul", "max", "min"] as const;
type Reduction = (typeof reductions)[number];

interface Combining {
  readonly dtypes: readonly Dtype[];
  readonly combine: (x: number, update: number) => number;
  /** The ops that combine all updates of a place, and these with x; what makes no difference to them. */
  readonly all: string;
  readonly pair: string;
  readonly neutral: (dtype: Dtype) => number;
}

const lowest = (dtype: Dtype): number => (isFloat(dtype) ? Number.NEGATIVE_INFINITY : dtypes[dtype].minFinite);
const highest = (dtype: Dtype): number => (isFloat(dtype) ? Number.POSITIVE_INFINITY : dtypes[dtype].maxFinite);

const combinings: { readonly [R in Exclude<Reduction, "none">]: Combining } = {
  add: { dtypes: numberDtypes, combine: (x, y) => x + y, all: "reduce_sum", pair: "add", neutral: () => 0 },
  mul: { dtypes: floatDtypes, combine: (x, y) => x * y, all: "reduce_prod", pair: "mul", neutral: () => 1 },
  max: { dtypes: numberDtypes, combine: Math.max, all: "reduce_max", pair: "max", neutral: lowest },
  min: { dtypes: numberDtypes, combine: Math.min, all: "reduce_min", pair: "min", neutral: highest },
};

const reductionAttr = {
  kind: "choice",
  choices: reductions,
  default: "none",
  summary: "what becomes of an element and its updates; the last update replaces it with none",
} as const;

function checkReduction({ dtype }: TensorType, reduction: Reduction): Problem | undefined {
  if (reduction === "none" || combinings[reduction].dtypes.includes(dtype)) return undefined;
  const expected = `${listChoices(combinings[reduction].dtypes)} with reduction "${reduction}"`;
  return misfit("E0303", { operand: "x", found: dtype, expected });
}

/** Writes, or combines, one update. */
function putAt(y: Tensor, offset: number, update: number, reduction: Reduction): void {
  if (offset < 0) return;
  const value = reduction === "none" ? update : combinings[reduction].combine(y.data[offset]!, update);
  y.data[offset] = y.dtype === "i32" ? value | 0 : value;
}

/** The dtype in which values are chosen and combined: one that reductions have, and into which every value fits. */
function workDtype(dtype: Dtype, reduction: Reduction): Dtype {
  const isKept = dtype === "i32" || (reduction === "none" && numberDtypes.includes(dtype));
  return isKept ? dtype : "f32";
}

function castTo(b: Expander, x: ValueId, to: Dtype): ValueId {
  return b.typeOf(x).dtype === to ? x : b.op("cast", [x], { to });
}

/** f32 has every integer up to here. */
const maxCounted = 2 ** 24;

/** Which of so many places each index [..., 1, n] means: [..., places, n]. Comparisons of f32 are the cheaper ones. */
function matchesOf(b: Expander, indices: ValueId, places: number): ValueId {
  const dtype = places <= maxCounted ? "f32" : "i32";
  const counted = b.op("iota", [], { shape: [places, 1], axis: 0, dtype });
  return b.op("equal", [counted, castTo(b, indices, dtype)]);
}

/** Of each place the last update that means it, counted from 0, in f32; -1 where there is none: [..., places, 1]. */
function lastMatches(b: Expander, matches: ValueId): ValueId {
  const updates = b.op("iota", [], { shape: [b.typeOf(matches).shape.at(-1) as number], axis: 0, dtype: "f32" });
  return b.op("reduce_max", [b.op("where", [matches, updates, b.scalar(-1, updates)])], { axes: [-1] });
}

/** The updates [..., 1, n] of each place, combined: [..., places]. */
function combineUpdates(b: Expander, matches: ValueId, updates: ValueId, { all, neutral }: Combining): ValueId {
  const beside = b.scalar(neutral(b.typeOf(updates).dtype), updates);
  return b.op(all, [b.op("where", [matches, updates, beside])], { axes: [-1], keepdims: false });
}

/** x [..., places] with updates [..., n] at indices [..., n]. */
function scatterAlongLast(b: Expander, [x, indices, updates]: Operands<ValueId>, reduction: Reduction): ValueId {
  const { dtype, shape } = b.typeOf(x);
  const [each, values] = [indices, castTo(b, updates, workDtype(dtype, reduction))].map((operand) =>
    b.op("unsqueeze", [operand], { axes: [-2] }),
  ) as [ValueId, ValueId];
  const matches = matchesOf(b, each, shape.at(-1) as number);
  if (reduction !== "none") {
    const combined = combineUpdates(b, matches, values, combinings[reduction]);
    return castTo(b, b.op(combinings[reduction].pair, [castTo(b, x, b.typeOf(combined).dtype), combined]), dtype);
  }
  const last = lastMatches(b, matches);
  const counted = b.op("iota", [], { shape: [b.typeOf(matches).shape.at(-1) as number], axis: 0, dtype: "f32" });
  const chosen = combineUpdates(b, b.op("equal", [counted, last]), values, combinings.max);
  const isUpdated = b.op("greater_or_equal", [b.op("squeeze", [last], { axes: [-1] }), b.scalar(0, last)]);
  return b.op("where", [isUpdated, castTo(b, chosen, dtype), x]);
}

type Operands<T> = readonly [x: T, indices: T, updates: T];

/** Operands with the axis last and the others as long as those of x: an index of -1 means no place. */
function expandScatterElements(b: Expander, operands: Operands<ValueId>, axis: number, reduction: Reduction): ValueId {
  const { shape } = b.typeOf(operands[0]);
  const perm = [...shape.keys()].filter((each) => each !== axis).concat(axis);
  const [, given] = operands.map((operand) => b.typeOf(operand).shape) as [Shape, Shape, Shape];
  const high = shape.map((size, at) => (at === axis ? 0 : size - (given[at] as number)));
  const isFull = high.every((count) => count === 0);
  const lasts = operands.map((operand, index) => {
    const whole = index === 0 || isFull ? operand : b.op("pad", [operand], { high, value: index === 1 ? -1 : 0 });
    return b.op("transpose", [whole], { perm });
  }) as unknown as Operands<ValueId>;
  const back = perm.map((_axis, index) => perm.indexOf(index));
  return b.op("transpose", [scatterAlongLast(b, lasts, reduction)], { perm: back });
}

/** Rows of x replaced by the last update that means them, or combined with all. */
function expandScatterRows(b: Expander, [x, indices, updates]: Operands<ValueId>, reduction: Reduction): ValueId {
  const type = b.typeOf(x);
  const { depth, inner } = tuplesOf(type, b.typeOf(indices), 0);
  const rows = elementCount(type.shape.slice(0, depth));
  const each = b.op("reshape", [expandTupleRows(b, type.shape, indices, 0)], { shape: [1, -1] });
  const count = b.typeOf(each).shape[1] as number;
  const [old, news] = [
    b.op("reshape", [x], { shape: [rows, inner] }),
    b.op("reshape", [updates], { shape: [count, inner] }),
  ];
  const matches = matchesOf(b, each, rows);
  const reshaped = (value: ValueId): ValueId => b.op("reshape", [value], { shape: type.shape });
  if (reduction !== "none") {
    const work = workDtype(type.dtype, reduction);
    const turned = b.op("unsqueeze", [b.op("transpose", [castTo(b, news, work)])], { axes: [0] });
    const combined = combineUpdates(b, b.op("unsqueeze", [matches], { axes: [1] }), turned, combinings[reduction]);
    return reshaped(castLike(b, b.op(combinings[reduction].pair, [castTo(b, old, work), combined]), x));
  }
  const last = lastMatches(b, matches);
  const picked = b.op("gather", [news, castTo(b, b.op("squeeze", [last], { axes: [1] }), "i32")]);
  return reshaped(b.op("where", [b.op("greater_or_equal", [last, b.scalar(0, last)]), picked, old]));
}

const duplicates =
  'Where several updates mean one place, the last one counts with `reduction="none"`; with `"add"`, `"mul"`, `"max"` or `"min"` all are combined, with the element of `x` as well. Indices are `i32`; updates beyond `x` are left out.';

export const scatterOps = {
  scatter_elements: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "a tensor with elements replaced at an index for each",
    detail: `\`result[indices[i, j, ...], j, ...] = updates[i, j, ...]\` for \`axis=0\`, and so for the others; the other elements are those of \`x\`. ${duplicates} Costs the size of \`updates\` times that of the axis.`,
    source: "ONNX ScatterElements-18, without negative indices",
    operands: ["x", "indices", "updates"],
    attrs: {
      axis: { kind: "axis", default: 0, summary: "axis of x that the indices count along" },
      reduction: reductionAttr,
    },
    infer: ([x, indices, updates], { axis, reduction }) => {
      const wrong =
        checkReduction(x, reduction) ??
        checkElementwise(x, indices, axis) ??
        checkSameDtype(x, updates) ??
        checkShape("updates", updates.shape, indices.shape);
      return wrong ? fail(wrong) : ok([x]);
    },
    eval: ([x, indices, updates], { axis, reduction }, [y]) => {
      y.data.set(x.data);
      for (const [position, offset] of elementOffsets(x, indices, axis).entries()) {
        putAt(y, offset, updates.data[position]!, reduction);
      }
    },
    indexBound: ([x], { axis }) => x.shape[axis] as number,
    flops: ([x, indices], _outputs, { axis }) => elementCount(indices.shape) * (x.shape[axis] as number),
    expand: (b, operands, { axis, reduction }) => [expandScatterElements(b, operands, axis, reduction)],
    example: `graph example(x: f32[3, 4], indices: i32[2, 4], updates: f32[2, 4]) -> (y: f32[3, 4]) {
  y = scatter_elements(x, indices, updates, axis=0)
}`,
  }),
  scatter_nd: defineOp({
    kind: "composite",
    facts: { mayBeExact: true },
    summary: "a tensor with rows replaced at tuples of indices",
    detail: `The last axis of \`indices\` holds tuples, which pick rows from the first axes of \`x\`; \`updates\` has a row for each. ${duplicates} Costs the number of tuples times that of rows. On a cache whose position is known at run time it writes the new rows.`,
    source: "ONNX ScatterND-18, without negative indices",
    operands: ["x", "indices", "updates"],
    attrs: { reduction: reductionAttr },
    infer: ([x, indices, updates], { reduction }) => {
      const wrong = checkReduction(x, reduction) ?? checkTuples(x, indices, 0) ?? checkSameDtype(x, updates);
      if (wrong) return fail(wrong);
      const { depth } = tuplesOf(x, indices, 0);
      const unfit = checkShape("updates", updates.shape, [...indices.shape.slice(0, -1), ...x.shape.slice(depth)]);
      return unfit ? fail(unfit) : ok([x]);
    },
    eval: ([x, indices, updates], { reduction }, [y]) => {
      y.data.set(x.data);
      const tuples = tuplesOf(x, indices, 0);
      for (const [tuple, row] of tupleRows(x, indices, tuples).entries()) {
        for (let column = 0; column < tuples.inner && row >= 0; column++) {
          putAt(y, row * tuples.inner + column, updates.data[tuple * tuples.inner + column]!, reduction);
        }
      }
    },
    indexBound: ([x, indices]) => tupleBound(x, indices, 0),
    flops: ([x, indices]) => {
      const { depth } = tuplesOf(x, indices, 0);
      return elementCount(indices.shape.slice(0, -1)) * elementCount(x.shape.slice(0, depth));
    },
    expand: (b, operands, { reduction }) => [expandScatterRows(b, operands, reduction)],
    example: `graph example(x: f32[4, 3], indices: i32[2, 1], updates: f32[2, 3]) -> (y: f32[4, 3]) {
  y = scatter_nd(x, indices, updates)
}`,
  }),
};
