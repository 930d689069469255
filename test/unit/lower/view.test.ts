// Views against brute force: what a view's strides say, element by element.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bufferId } from "../../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../../ir-spec/base/tensor.ts";
import {
  broadcastView,
  isDense,
  permuteView,
  reshapeView,
  rowMajorView,
  sliceView,
  type View,
} from "../../../passes/lower/view.ts";

/** The place in the buffer of each element of a view, in row-major order. */
function addressesOf({ offset, shape, strides }: View): readonly number[] {
  let addresses = [offset];
  for (const [axis, size] of shape.entries()) {
    const stride = strides[axis] as number;
    addresses = addresses.flatMap((address) => Array.from({ length: size }, (_none, i) => address + i * stride));
  }
  return addresses;
}

const sizes = fc.integer({ min: 1, max: 4 });
const buffer = bufferId(0);

/** Views that are permuted, cut and repeated. */
const views: fc.Arbitrary<View> = fc
  .record({
    shape: fc.array(sizes, { maxLength: 4 }),
    order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    cuts: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 2 })), { minLength: 4, maxLength: 4 }),
    leading: fc.array(sizes, { maxLength: 1 }),
  })
  .map(({ shape, order, cuts, leading }) => {
    const perm = [...shape.keys()].sort((a, b) => (order[a] as number) - (order[b] as number));
    const turned = permuteView(rowMajorView(buffer, shape), perm);
    const parts = turned.shape.map((size, axis) => {
      const [first, count, step] = cuts[axis] as readonly [number, number, number];
      const start = first % size;
      return { start, step, count: 1 + (count % Math.ceil((size - start) / step)) };
    });
    const cut = sliceView(
      turned,
      parts.map(({ start }) => start),
      parts.map(({ count }) => count),
      parts.map(({ step }) => step),
    );
    return broadcastView(cut, [...leading, ...cut.shape]);
  });

/** All shapes with the same number of elements, of at most four axes. */
function shapesOf(count: number, rank = 4): readonly Shape[] {
  if (rank === 0) return count === 1 ? [[]] : [];
  const divisors = Array.from({ length: count }, (_none, at) => at + 1).filter((size) => count % size === 0);
  return [
    ...(count === 1 ? [[]] : []),
    ...divisors.flatMap((size) => shapesOf(count / size, rank - 1).map((rest) => [size, ...rest])),
  ];
}

/** Whether any strides for the shape give these addresses. */
function canStride(addresses: readonly number[], shape: Shape): boolean {
  let step = elementCount(shape);
  const strides = shape.map((size) => {
    step /= size;
    return size === 1 ? 0 : (addresses[step] as number) - (addresses[0] as number);
  });
  const view: View = { buffer, offset: addresses[0] as number, shape, strides };
  return addressesOf(view).every((address, index) => address === addresses[index]);
}

describe("reshapeView", () => {
  test("keeps the elements in order, and finds strides wherever there are some", () => {
    fc.assert(
      fc.property(views, fc.nat(), (view, pick) => {
        const shapes = shapesOf(elementCount(view.shape));
        const shape = shapes[pick % shapes.length] as Shape;
        const reshaped = reshapeView(view, shape);
        const addresses = addressesOf(view);
        expect(reshaped !== undefined).toBe(canStride(addresses, shape));
        if (reshaped !== undefined) expect(addressesOf(reshaped)).toEqual(addresses);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
  test("refuses another number of elements", () => {
    expect(reshapeView(rowMajorView(buffer, [2, 3]), [5])).toBeUndefined();
  });
  test("of a transposed matrix to a vector needs a copy", () => {
    expect(reshapeView(permuteView(rowMajorView(buffer, [2, 3]), [1, 0]), [6])).toBeUndefined();
  });
});

test("a whole view is dense, a transposed one is not", () => {
  expect(isDense(rowMajorView(buffer, [2, 3]))).toBe(true);
  expect(isDense(permuteView(rowMajorView(buffer, [2, 3]), [1, 0]))).toBe(false);
  expect(isDense(permuteView(rowMajorView(buffer, [1, 3]), [1, 0]))).toBe(true);
});

test("a slice with steps walks every second element", () => {
  const view = sliceView(rowMajorView(buffer, [2, 6]), [1, 1], [1, 3], [1, 2]);
  expect(addressesOf(view)).toEqual([7, 9, 11]);
});
