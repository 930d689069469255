// The reference's products with SIMD against the op row's and the tile-op row's, bit for bit: sizes around those of panels and
// blocks, operands as they are and transposed, broadcast batches, sums that continue, all kinds of numbers.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { addProductPlainly, type MatrixProduct, type MatrixView } from "../../../ir-spec/ops/contract.ts";
import { inferOp, opDef } from "../../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import { tileOpDef } from "../../../ir-spec/tile-ops/index.ts";
import { makeRandom } from "../../../src/find/fuzz/random-choices.ts";
import { evalOp, evalTileOp } from "../../../targets/ref/eval.ts";
import { makeAddProduct } from "../../../targets/ref/product.ts";

const special = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.7e308, -1e-300];

/** One number in so many is a special one; none where that is 0. */
function numbers(count: number, seed: number, specialOneIn: number): Float64Array {
  const { below, oneIn, pick } = makeRandom(seed);
  const one = () => (specialOneIn > 0 && oneIn(specialOneIn) ? pick(special) : below(2 ** 31) / 2 ** 30 - 1);
  return Float64Array.from({ length: count }, one);
}

/** A matrix somewhere within more numbers, as it is or transposed. */
function view(rows: number, columns: number, isTransposed: boolean, data: Float64Array): MatrixView {
  return { data, start: 5, rowStride: isTransposed ? 1 : columns, columnStride: isTransposed ? rows : 1 };
}

const sizes = [
  [1, 1, 1],
  [4, 4, 4],
  [5, 3, 7],
  [2, 9, 1],
  [3, 0, 2],
  [1, 300, 5],
  [257, 5, 9],
  [6, 513, 514],
  [260, 258, 13],
] as const;
const forms = [false, true].flatMap((lhs) => [false, true].map((rhs) => ({ lhs, rhs })));
const cases = sizes.flatMap(([m, k, n]) => forms.map(({ lhs, rhs }) => ({ m, k, n, lhs, rhs })));

describe.each(cases)("a product of $m x $k x $n, transposed: $lhs, $rhs", ({ m, k, n, lhs, rhs }) => {
  test.each([
    ["ordinary numbers", 0],
    ["infinities, NaN and tiny numbers", 50],
  ])("with %s", (_what, specialOneIn) => {
    const product = (): MatrixProduct => ({
      lhs: view(m, k, lhs, numbers(m * k + 9, 1, specialOneIn)),
      rhs: view(k, n, rhs, numbers(k * n + 9, 2, specialOneIn)),
      result: numbers(m * n, 3, specialOneIn),
      ...{ m, n, k },
    });
    const [wanted, found] = [product(), product()];
    addProductPlainly(wanted);
    makeAddProduct()(found);
    expect(found.result).toEqual(wanted.result);
  });
});

test("one term after the other is added, in order of k", () => {
  const result = Float64Array.of(1);
  const row = Float64Array.of(2 ** 53, 1, 1, -(2 ** 53), 3);
  const ones = new Float64Array(5).fill(1);
  const flat = { start: 0, rowStride: 1, columnStride: 1 };
  const product = { lhs: { data: row, ...flat, rowStride: 5 }, rhs: { data: ones, ...flat }, result, m: 1, n: 1, k: 5 };
  addProductPlainly(product);
  expect(result[0]).toBe(1 + 2 ** 53 + 1 + 1 - 2 ** 53 + 3);
});

test("matmul with a broadcast batch means what its row says", () => {
  const lhs = makeRandomTensor({ dtype: "f32", shape: [3, 1, 6, 5] }, 1, "lhs");
  const rhs = makeRandomTensor({ dtype: "f32", shape: [2, 7, 6] }, 1, "rhs");
  const attrs = { transpose_lhs: true, transpose_rhs: true };
  const types = inferOp("matmul", [lhs, rhs], attrs);
  invariant(types.ok, "the operands fit");
  const results = (): readonly Tensor[] => types.value.map(makeTensor);
  const [wanted, found] = [results(), results()];
  opDef("matmul").eval([lhs, rhs], attrs, wanted);
  evalOp({ op: "matmul", attrs }, [lhs, rhs], found);
  expect(found).toEqual(wanted);
  expect(found[0]?.shape).toEqual([3, 2, 5, 7]);
});

test.each([true, false])("matmul of tiles, accumulate %s, means what its row says", (accumulate) => {
  const sources = {
    stationary: { p: 6, f: 5, data: numbers(30, 1, 0) },
    moving: { p: 6, f: 9, data: numbers(54, 2, 0) },
  };
  const [wanted, found] = [1, 2].map(() => ({ p: 5, f: 9, data: numbers(45, 3, 0) }));
  invariant(wanted !== undefined && found !== undefined, "there are two");
  tileOpDef("matmul").eval(sources, {}, wanted, { accumulate, base: 0, isI32: false, result: "dst" });
  evalTileOp({ op: "matmul", sources, attrs: {} }, found, { accumulate, base: 0, isI32: false, result: "dst" });
  expect(found.data).toEqual(wanted.data);
});
