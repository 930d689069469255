// The largest or smallest elements along an axis, in order.

import { dtypes, isFloat } from "../base/dtype.ts";
import type { ValueId } from "../base/ids.ts";
import { fail, ok, type Problem } from "../base/result.ts";
import { elementCount, type Tensor, type TensorType } from "../base/tensor.ts";
import { type AtLeastOne, defineOp, type Expander } from "./define.ts";
import { sizeBetween } from "./loops.ts";
import { checkDtype, checkMinRank, misfit, numberDtypes } from "./shape-rules.ts";

interface TopKAttrs {
  readonly k: number;
  readonly axis: number;
  readonly largest: boolean;
}

function checkTopK(x: TensorType, { k, axis }: TopKAttrs): Problem | undefined {
  const wrong = checkDtype("x", x, numberDtypes) ?? checkMinRank("x", x, 1);
  if (wrong) return wrong;
  const size = x.shape[axis] as number;
  return k <= size
    ? undefined
    : misfit("E0306", { attr: "k", found: k, expected: `at most ${size}, the size of the axis` });
}

/** Where NaN stands among the others. */
const keyOf = (x: number): number => (Number.isNaN(x) ? Number.POSITIVE_INFINITY : x);

function evalTopK(
  { data, shape }: Tensor,
  { k, axis, largest }: TopKAttrs,
  [values, indices]: readonly [Tensor, Tensor],
): void {
  const count = shape[axis] as number;
  const stride = sizeBetween(shape, axis + 1, shape.length);
  for (let row = 0; row < data.length / count; row++) {
    const inner = row % stride;
    const at = (index: number): number => data[(row - inner) * count + inner + index * stride]!;
    const order = [...new Array(count).keys()].sort((i, j) => {
      const [x, y] = [keyOf(at(i)), keyOf(at(j))];
      if (x === y) return i - j;
      return x > y === largest ? -1 : 1;
    });
    for (let rank = 0; rank < k; rank++) {
      const position = (row - inner) * k + inner + rank * stride;
      indices.data[position] = order[rank]!;
      values.data[position] = at(order[rank]!);
    }
  }
}

/** The ops and the number that one direction needs. */
interface Direction {
  readonly isBefore: string;
  readonly extreme: string;
  readonly last: number;
}

interface Rows {
  /** The elements [..., n], and what they are ordered by. */
  readonly x: ValueId;
  readonly keys: ValueId;
  readonly size: number;
  readonly direction: Direction;
}

function rowsOf(b: Expander, x: ValueId, largest: boolean): Rows {
  const { dtype, shape } = b.typeOf(x);
  const isOfFloats = isFloat(dtype);
  const keys = isOfFloats ? b.op("where", [b.op("is_nan", [x]), b.scalar(Number.POSITIVE_INFINITY, x), x]) : x;
  const [least, most] = isOfFloats
    ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    : [dtypes[dtype].minFinite, dtypes[dtype].maxFinite];
  const direction = largest
    ? { isBefore: "greater", extreme: "reduce_max", last: least }
    : { isBefore: "less", extreme: "reduce_min", last: most };
  return { x, keys, size: shape.at(-1) as number, direction };
}

/** 0, 1, 2, ... in f32, which has all of them, along the last axis or the one before. */
function countUp(b: Expander, size: number, isColumn = false): ValueId {
  return b.op("iota", [], { shape: isColumn ? [size, 1] : [size], axis: 0, dtype: "f32" });
}

const lastAxis = { axes: [-1] };

/** The value and index at the place, one for each row, that is marked. */
function pick(
  b: Expander,
  { x, size, direction }: Rows,
  isChosen: ValueId,
  keepdims: boolean,
): readonly [ValueId, ValueId] {
  const value = b.op(direction.extreme, [b.op("where", [isChosen, x, b.scalar(direction.last, x)])], {
    ...lastAxis,
    keepdims,
  });
  const indices = countUp(b, size);
  const index = b.op("reduce_max", [b.op("where", [isChosen, indices, b.scalar(-1, indices)])], {
    ...lastAxis,
    keepdims,
  });
  return [value, index];
}

/** One after the other: the extreme of those that are left, the first of equal ones. */
function expandByRounds(b: Expander, rows: Rows, k: number): readonly [ValueId, ValueId] {
  const { keys, size, direction } = rows;
  const indices = countUp(b, size);
  let isLeft: ValueId | undefined;
  const found: (readonly [ValueId, ValueId])[] = [];
  for (let round = 0; round < k; round++) {
    const left = isLeft === undefined ? keys : b.op("where", [isLeft, keys, b.scalar(direction.last, keys)]);
    const isExtreme = b.op("equal", [keys, b.op(direction.extreme, [left], lastAxis)]);
    const isHit = isLeft === undefined ? isExtreme : b.op("logical_and", [isExtreme, isLeft]);
    const first = b.op("reduce_min", [b.op("where", [isHit, indices, b.scalar(size, indices)])], lastAxis);
    const isChosen = b.op("equal", [indices, first]);
    found.push([pick(b, rows, isChosen, true)[0], first]);
    const isOther = b.op("logical_not", [isChosen]);
    isLeft = isLeft === undefined ? isOther : b.op("logical_and", [isLeft, isOther]);
  }
  const joined = (part: 0 | 1): ValueId =>
    b.op(
      "concat",
      found.map((each) => each[part]),
      { axis: -1 },
    );
  return [joined(0), joined(1)];
}

/** All at once: each element's rank is the number of those before it. */
function expandByRanks(b: Expander, rows: Rows, k: number): readonly [ValueId, ValueId] {
  const { keys, size, direction } = rows;
  const own = b.op("unsqueeze", [keys], { axes: [-1] });
  const other = b.op("unsqueeze", [keys], { axes: [-2] });
  const isTie = b.op("logical_and", [
    b.op("equal", [other, own]),
    b.op("less", [countUp(b, size), countUp(b, size, true)]),
  ]);
  const isBefore = b.op("logical_or", [b.op(direction.isBefore, [other, own]), isTie]);
  const ranks = b.op("reduce_sum", [b.op("cast", [isBefore], { to: "f32" })], { ...lastAxis, keepdims: false });
  const isChosen = b.op("equal", [b.op("unsqueeze", [ranks], { axes: [-2] }), countUp(b, k, true)]);
  const across = { ...rows, x: b.op("unsqueeze", [rows.x], { axes: [-2] }) };
  return pick(b, across, isChosen, false);
}

/** Assumed: a round takes some ten steps for each element, and ranks some ten for each pair. */
const maxRounds = 16;

function expandTopK(b: Expander, x: ValueId, { k, axis, largest }: TopKAttrs): readonly ValueId[] {
  const { shape } = b.typeOf(x);
  const perm = [...shape.keys()].filter((each) => each !== axis).concat(axis);
  const isLast = axis === shape.length - 1;
  const rows = rowsOf(b, isLast ? x : b.op("transpose", [x], { perm }), largest);
  const isByRounds = k <= maxRounds && k < rows.size / 2;
  const [values, indices] = isByRounds ? expandByRounds(b, rows, k) : expandByRanks(b, rows, k);
  const back = perm.map((_axis, index) => perm.indexOf(index));
  const placed = (value: ValueId): ValueId => (isLast ? value : b.op("transpose", [value], { perm: back }));
  return [placed(values), placed(b.op("cast", [indices], { to: "i32" }))];
}

export const topKOps = {
  top_k: defineOp({
    kind: "composite",
    facts: { jumps: true, mayBeExact: true },
    summary: "largest or smallest elements along an axis, and where they are",
    detail: `The \`k\` largest elements along \`axis\`, the largest first, or the \`k\` smallest with \`largest=false\`; and their indices along the axis, as i32. Of equal elements the one with the lower index comes first; NaN has the place of infinity. \`x\` is ${numberDtypes.join(", ")}. Two results: \`values, indices = top_k(x, k=3)\`.`,
    source: "ONNX TopK-24, with k as an attribute",
    operands: ["x"],
    attrs: {
      k: { kind: "int", min: 1, summary: "how many" },
      axis: { kind: "axis", default: -1, summary: "axis to search along" },
      largest: { kind: "bool", default: true, summary: "whether the largest are wanted" },
    },
    infer: ([x], attrs) => {
      const wrong = checkTopK(x, attrs);
      if (wrong) return fail(wrong);
      const shape = x.shape.with(attrs.axis, attrs.k);
      return ok([
        { dtype: x.dtype, shape },
        { dtype: "i32", shape },
      ]);
    },
    eval: ([x], attrs, outputs: AtLeastOne<Tensor>) => evalTopK(x, attrs, outputs as readonly [Tensor, Tensor]),
    // a round for each, of some ten steps
    flops: ([x], _outputs, { k }) => 10 * k * elementCount(x.shape),
    expand: (b, [x], attrs) => expandTopK(b, x, attrs),
    example: `graph example(x: f32[2, 5]) -> (values: f32[2, 2], indices: i32[2, 2]) {
  values, indices = top_k(x, k=2)
}`,
  }),
};
