// Products of which indices pick the operands' elements.

import type { Dtype } from "../../../../ir-spec/base/dtype.ts";
import { tile } from "../isa-fixtures.ts";
import type { GpuCase } from "./case-stream.ts";

interface Form {
  readonly name: "matmul" | "matmul_double_row";
  readonly dst: "f32" | "bf16";
  /** The operands that have indices. */
  readonly picked: readonly ("moving" | "held")[];
}

const plain: readonly Form[] = [
  { name: "matmul", dst: "f32", picked: ["moving", "held"] },
  { name: "matmul", dst: "bf16", picked: ["held"] },
  { name: "matmul", dst: "bf16", picked: ["moving"] },
];

/** Of a double row the stationary operand alone may have indices. */
const ofBytes: readonly Form[] = [...plain, { name: "matmul_double_row", dst: "f32", picked: ["held"] }];

/** Elements of a row of the tiles of which indices pick: fewer than are picked of the stationary one, more of the moving one. */
const [stationaryElements, movingElements] = [6, 70];
const [k, m, n] = [37, 10, 35];

const product = (dtype: Dtype, { name, dst, picked }: Form): GpuCase => {
  const operands = name === "matmul" ? 1 : 2;
  const [hasMoving, hasStationary] = [picked.includes("moving"), picked.includes("held")];
  // Without gaps, rows of whole words could be read as such, but for the indices.
  const gaps = hasStationary ? { sizes: [7, movingElements / 7], strides: [12, 1] } : {};
  return {
    name,
    unit: "pe",
    operands: {
      dst: tile(dst, m, n, { memory: "psum" }),
      moving: hasMoving ? tile(dtype, k, movingElements, gaps) : tile(dtype, k, n * operands),
      ...(hasMoving ? { moving_index: tile("i32", 1, n, { startPartition: 64 }) } : {}),
      stationary: tile(dtype, k, hasStationary ? stationaryElements : m * operands),
      ...(hasStationary ? { stationary_index: tile("i32", 1, m * operands) } : {}),
    },
    values: { accumulate: hasMoving },
    // Each picks elements in no order, and one place after the tile's last.
    prepare: ({ moving_index, stationary_index }) => {
      moving_index?.data.set(moving_index.data.map((_old, at) => (at * 30 + 10) % (movingElements + 1)));
      stationary_index?.data.set(stationary_index.data.map((_old, at) => (at * 5) % (stationaryElements + 1)));
    },
  };
};

export const indirectProducts: readonly GpuCase[] = (["f32", "bf16", "f8e5m2"] as const).flatMap((dtype) =>
  (dtype === "f8e5m2" ? ofBytes : plain).map((form) => product(dtype, form)),
);
