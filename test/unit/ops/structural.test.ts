// Values of reductions, products, movements and sources, against values worked out by hand or by plain indexing.
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { random, runOp, tensor, valuesOf } from "./run-op.ts";

const x = tensor([2, 3], [1, 2, 3, 4, 5, 6]);

describe("reductions", () => {
  test.each([
    ["reduce_sum", [6, 15]],
    ["reduce_mean", [2, 5]],
    ["reduce_max", [3, 6]],
    ["reduce_min", [1, 4]],
    ["reduce_prod", [6, 120]],
  ] as const)("%s along rows", (op, wanted) => {
    expect(valuesOf(op, [x], { axes: [1] })).toEqual(wanted);
    expect(runOp(op, [x], { axes: [-1], keepdims: false })[0]?.shape).toEqual([2]);
  });

  test("along columns, and along everything", () => {
    expect(valuesOf("reduce_sum", [x], { axes: [0] })).toEqual([5, 7, 9]);
    expect(valuesOf("reduce_sum", [x])).toEqual([21]);
    expect(valuesOf("reduce_max", [x], { keepdims: false })).toEqual([6]);
  });

  test("along an outer and an inner axis at once", () => {
    const cube = tensor([2, 2, 2], [1, 2, 4, 8, 16, 32, 64, 128]);
    expect(valuesOf("reduce_sum", [cube], { axes: [0, 2] })).toEqual([51, 204]);
  });

  test("a sum in bf16 is rounded once, not at each step", () => {
    const ones = tensor([300], new Array(300).fill(1), "bf16");
    expect(valuesOf("reduce_sum", [ones])).toEqual([300]);
  });
});

describe("matmul", () => {
  test("by hand", () => {
    const w = tensor([3, 2], [1, 2, 3, 4, 5, 6]);
    expect(valuesOf("matmul", [x, w])).toEqual([22, 28, 49, 64]);
  });

  const at = (t: Tensor, ...index: readonly number[]): number =>
    t.data[index.reduce((offset, i, axis) => offset * (t.shape[axis] as number) + i, 0)] as number;

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])("transposed operands: %s %s, with broadcast batch dimensions", (transpose_lhs, transpose_rhs) => {
    const lhs = random(transpose_lhs ? [2, 1, 4, 3] : [2, 1, 3, 4], "lhs");
    const rhs = random(transpose_rhs ? [5, 6, 4] : [5, 4, 6], "rhs");
    const [y] = runOp("matmul", [lhs, rhs], { transpose_lhs, transpose_rhs }, false) as [Tensor];
    expect(y.shape).toEqual([2, 5, 3, 6]);
    for (const [batch, j, row, column] of [
      [0, 0, 0, 0],
      [1, 4, 2, 5],
      [1, 2, 0, 3],
      [0, 3, 1, 1],
    ] as const) {
      let sum = 0;
      for (let q = 0; q < 4; q++) {
        const left = transpose_lhs ? at(lhs, batch, 0, q, row) : at(lhs, batch, 0, row, q);
        sum += left * (transpose_rhs ? at(rhs, j, column, q) : at(rhs, j, q, column));
      }
      expect(at(y, batch, j, row, column)).toBeCloseTo(sum, 12);
    }
  });
});

describe("movement", () => {
  const cube = tensor([2, 2, 3], [...new Array(12).keys()]);

  test("transpose", () => {
    expect(valuesOf("transpose", [x])).toEqual([1, 4, 2, 5, 3, 6]);
    expect(valuesOf("transpose", [cube], { perm: [1, 0, 2] })).toEqual([0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11]);
    expect(valuesOf("transpose", [cube], { perm: [2, 0, 1] })).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  });

  test("reshape, squeeze and unsqueeze keep the order", () => {
    for (const [op, attrs] of [
      ["reshape", { shape: [3, -1] }],
      ["unsqueeze", { axes: [0] }],
      ["squeeze", {}],
    ] as const) {
      expect(valuesOf(op, [x], attrs)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test("broadcast_to", () => {
    expect(valuesOf("broadcast_to", [tensor([2, 1], [1, 2])], { shape: [2, 2, 2] })).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  test.each([
    [{ starts: [1], ends: [2] }, [6, 7, 8, 9, 10, 11]],
    [{ starts: [0, -1], ends: [9, 9], axes: [2, 1] }, [3, 4, 5, 9, 10, 11]],
    [{ starts: [-99], ends: [-1], axes: [-1] }, [0, 1, 3, 4, 6, 7, 9, 10]],
    [{ starts: [0, 1], ends: [2, 3], axes: [0, 2], steps: [1, 2] }, [1, 4, 7, 10]],
    [{ starts: [0], ends: [3], axes: [2], steps: [2] }, [0, 2, 3, 5, 6, 8, 9, 11]],
  ])("slice %j", (attrs, wanted) => {
    expect(valuesOf("slice", [cube], attrs)).toEqual(wanted);
  });

  test("update_slice", () => {
    const update = tensor([1, 2], [8, 9]);
    expect(valuesOf("update_slice", [x, update], { starts: [1, 1] })).toEqual([1, 2, 3, 4, 8, 9]);
    expect([...x.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("concat", () => {
    const y = tensor([2, 1], [7, 8]);
    expect(valuesOf("concat", [x, y, y], { axis: 1 })).toEqual([1, 2, 3, 7, 7, 4, 5, 6, 8, 8]);
    expect(valuesOf("concat", [x, x], { axis: 0 })).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
    expect(valuesOf("concat", [x], { axis: -1 })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("split", () => {
    const parts = runOp("split", [x], { sizes: [1, 2], axis: 1 });
    expect(parts.map((part) => [...part.data])).toEqual([
      [1, 4],
      [2, 3, 5, 6],
    ]);
    expect(runOp("split", [x], { num_outputs: 2, axis: -1 }).map((part) => part.shape)).toEqual([
      [2, 2],
      [2, 1],
    ]);
  });

  test("gather", () => {
    const indices = tensor([2, 2], [1, 0, 1, 1], "i32");
    expect(valuesOf("gather", [x, indices])).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    expect(valuesOf("gather", [x, tensor([2], [2, 0], "i32")], { axis: 1 })).toEqual([3, 1, 6, 4]);
    expect(valuesOf("gather", [x, tensor([2], [3, -1], "i32")], { axis: 1 })).toEqual(new Array(4).fill(Number.NaN));
  });
});

describe("sources", () => {
  test("full, iota and constant", () => {
    expect(valuesOf("full", [], { value: 0.1, shape: [2], dtype: "bf16" })).toEqual([0.10009765625, 0.10009765625]);
    expect(valuesOf("iota", [], { shape: [2, 3], axis: 0, dtype: "i32" })).toEqual([0, 0, 0, 1, 1, 1]);
    expect(valuesOf("iota", [], { shape: [2, 3], axis: -1, dtype: "f32" })).toEqual([0, 1, 2, 0, 1, 2]);
    expect(valuesOf("constant", [], { values: [1, 2.5], shape: [2, 1], dtype: "i32" })).toEqual([1, 2]);
  });
});
