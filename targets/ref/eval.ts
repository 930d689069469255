// What ops and tile ops mean, as their rows say; products run with SIMD, common ops in loops of their own.

import type { AttrValue } from "../../ir-spec/base/attr.ts";
import { once } from "../../ir-spec/base/once.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { UseOf } from "../../ir-spec/graph.ts";
import { type AddProduct, evalMatmul } from "../../ir-spec/ops/contract.ts";
import { type OpName, opDef } from "../../ir-spec/ops/index.ts";
import type { TileContext, TileValue } from "../../ir-spec/tile-ops/define.ts";
import { type TileOpName, tileOpDef } from "../../ir-spec/tile-ops/index.ts";
import { runLoop } from "./loops.ts";
import { makeAddProduct } from "./product.ts";

/** Fills `results` (f64; the caller rounds to the dtypes). */
export function evalOp(use: UseOf<OpName>, operands: readonly Tensor[], results: readonly Tensor[]): void {
  const [result] = results;
  if (use.op === "matmul" && result !== undefined) {
    evalMatmul(operands, use.attrs, result, addProduct);
    return;
  }
  if (result === undefined || !runLoop(use.op, operands, result)) opDef(use.op).eval(operands, use.attrs, results);
}

/** A tile op with the operands that it reads and the attributes' values. */
export interface TileOpUse {
  readonly op: TileOpName;
  readonly sources: Readonly<Record<string, TileValue>>;
  readonly attrs: Readonly<Record<string, AttrValue>>;
}

/** Fills `dst`, in f64; the caller rounds. */
export function evalTileOp({ op, sources, attrs }: TileOpUse, dst: TileValue, context: TileContext): void {
  const { stationary, moving } = sources;
  if (op === "matmul" && stationary !== undefined && moving !== undefined) {
    if (!context.accumulate) dst.data.fill(0);
    addProduct({
      lhs: { data: stationary.data, start: 0, rowStride: 1, columnStride: stationary.f },
      rhs: { data: moving.data, start: 0, rowStride: moving.f, columnStride: 1 },
      result: dst.data,
      ...{ m: dst.p, n: dst.f, k: stationary.p },
    });
  } else tileOpDef(op).eval(sources, attrs, dst, context);
}

/** Its module and memory are made with the first product, and serve all. */
const addProduct: AddProduct = (product) => sharedAddProduct()(product);

const sharedAddProduct = once(makeAddProduct);
