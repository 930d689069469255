// The reference's own loops against those of the op rows, bit for bit: on special values, with operands that broadcast along any
// axes; and the walk in runs that broadcasts and reductions share, against one that goes element by element.
import { describe, expect, test } from "vitest";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { elementCount, makeTensor, type Shape, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { spread } from "../../../ir-spec/ops/elementwise-makers.ts";
import { type OpName, opDef } from "../../../ir-spec/ops/index.ts";
import { broadcastStrides, reductionStrides, stridedOffsets } from "../../../ir-spec/ops/loops.ts";
import { evalOp } from "../../../targets/ref/eval.ts";
import { runLoop } from "../../../targets/ref/loops.ts";

const special = [0, -0, 1, -1.5, Number.NaN, Infinity, -Infinity, 5e-324, 1.7e308, -1e-300, 0.1, -3e38];

/** Numbers that go round through the special ones, from the one of this number on. */
function numbers(dtype: Dtype, shape: Shape, first: number): Tensor {
  const kinds = dtype === "i32" ? [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 65537, 7] : special;
  const data = Float64Array.from({ length: elementCount(shape) }, (_, index) => kinds[(first + index) % kinds.length]!);
  return { dtype, shape, data };
}

const shapes: readonly (readonly [Shape, Shape])[] = [
  [
    [12, 13],
    [12, 13],
  ],
  [[12, 13], [13]],
  [
    [12, 13],
    [12, 1],
  ],
  [[12, 13], []],
  [
    [3, 1, 5],
    [1, 4, 5],
  ],
  [
    [1, 4, 1, 2],
    [3, 1, 5, 1],
  ],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [[1, 1], [1]],
  [
    [4, 0],
    [1, 0],
  ],
];

const resultShape = (x: Shape, y: Shape): Shape => {
  const rank = Math.max(x.length, y.length);
  const at = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
  return [...new Array(rank).keys()].map((axis) => (at(x, axis) === 1 ? at(y, axis) : at(x, axis)));
};

const binary = ["add", "sub", "mul", "div", "max", "min"] as const;
const unary: readonly OpName[] = ["exp", "cast"];

describe.each(["f32", "i32"] as const)("%s", (dtype) => {
  test.each(binary)("%s", (op) => {
    for (const [left, right] of shapes) {
      for (let first = 0; first < special.length; first++) {
        const operands = [numbers(dtype, left, 0), numbers(dtype, right, first)];
        const [found, wanted] = [0, 1].map(() => makeTensor({ dtype, shape: resultShape(left, right) }));
        evalOp({ op, attrs: {} }, operands, [found as Tensor]);
        opDef(op).eval(operands, {}, [wanted as Tensor]);
        expect(found?.data).toEqual(wanted?.data);
      }
    }
  });
});

test.each(unary)("%s of floats", (op) => {
  const x = numbers("f32", [5, 7], 0);
  const [found, wanted] = [makeTensor(x), makeTensor(x)];
  expect(runLoop(op, [x], found)).toBe(true);
  opDef(op).eval([x], { to: "bf16" }, [wanted]);
  expect(found.data).toEqual(wanted.data);
});

test("a product of i32 wraps, so it is left to its row", () => {
  const x = numbers("i32", [7], 0);
  expect(runLoop("mul", [x, x], makeTensor(x))).toBe(false);
});

test("an operand is spread as its strides say", () => {
  for (const pair of shapes) {
    const to = { dtype: "f32", shape: resultShape(...pair) } as const;
    for (const shape of pair) {
      const x = { ...numbers("f32", shape, 0), data: Float64Array.from({ length: elementCount(shape) }, (_, i) => i) };
      const offsets = stridedOffsets(to.shape, broadcastStrides(shape, to.shape));
      expect(spread(x, makeTensor(to))).toEqual(Float64Array.from(offsets));
    }
  }
});

describe.each([[[0]], [[1]], [[2]], [[0, 1]], [[0, 2]], [[1, 2]], [[0, 1, 2]]])("reductions along %j", (axes) => {
  test.each([[[2, 3, 4]], [[3, 1, 5]], [[1, 4, 1]], [[1, 1, 1]], [[2, 1, 1]]])(
    "of %j take element after element",
    (shape) => {
      const x = numbers("f32", shape, 6);
      const offsets = stridedOffsets(shape, reductionStrides(shape, axes));
      const steps = {
        reduce_sum: (a: number, b: number) => a + b,
        reduce_max: Math.max,
        reduce_prod: (a: number, b: number) => a * b,
      };
      const starts = { reduce_sum: 0, reduce_max: -Infinity, reduce_prod: 1 };
      for (const op of ["reduce_sum", "reduce_max", "reduce_prod"] as const) {
        const found = makeTensor({ dtype: "f32", shape: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) });
        const wanted = new Float64Array(found.data.length).fill(starts[op]);
        offsets.forEach((offset, index) => {
          wanted[offset] = steps[op](wanted[offset]!, x.data[index]!);
        });
        evalOp({ op, attrs: { axes, keepdims: true } }, [x], [found]);
        expect(found.data).toEqual(wanted);
      }
    },
  );
});
