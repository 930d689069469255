// The orders in which a kernel can store a tensor: as its type says, or with its columns contiguous.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Shape } from "../../ir-spec/base/tensor.ts";
import { permuteView, rowMajorView, type View } from "./view.ts";

/** The layout of a product in HBM: rows contiguous or columns contiguous. */
export const storeOrders = ["rows", "columns"] as const;
export type StoreOrder = (typeof storeOrders)[number];

/** The shape of the buffer that a value of `shape` has in an order: the last dimension comes first where columns run. */
export function storedShape(shape: Shape, order: StoreOrder): Shape {
  return order === "rows" ? shape : [...shape.slice(-1), ...shape.slice(0, -1)];
}

/** A whole value as stored in a buffer of `storedShape`. */
export function storedView(buffer: BufferId, shape: Shape, order: StoreOrder): View {
  const whole = rowMajorView(buffer, storedShape(shape, order));
  return order === "rows" ? whole : permuteView(whole, [...shape.slice(1).keys()].map((axis) => axis + 1).concat(0));
}
