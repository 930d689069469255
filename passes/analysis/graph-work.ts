// The work that a graph forces on any program for it, however it is fused and tiled: its products, the functions that it evaluates,
// and the bytes that must be read and written. For graphs of primitives, without composites and dead nodes.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../ir-spec/base/tensor.ts";
import { type Graph, type NodeOf, operandsOf, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import { compulsoryBytes } from "./compulsory-bytes.ts";
import { findHidden } from "./hidden.ts";
import { type Condition, shareOf } from "./positions.ts";

/** `batch` products [m, k] x [k, n], of whose multiply-adds `share` must be done. */
export interface ProductWork {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  readonly share: number;
  readonly dtype: Dtype;
}

export interface GraphWork {
  readonly products: readonly ProductWork[];
  /** Results that each elementwise op has to make; those after a mask that positions decide do not count. */
  readonly elements: ReadonlyMap<OpNameOf<"elementwise">, number>;
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Of the bytes written those that may come straight from HBM, in the transfer that reads them. */
  readonly copiedBytes: number;
}

export function graphWork(graph: Graph): GraphWork {
  const shareOfValue = makeShares(graph);
  const products: ProductWork[] = [];
  const elements = new Map<OpNameOf<"elementwise">, number>();
  for (const node of graph.nodes) {
    if (node.op === "matmul") products.push(productOf(graph, node, shareOfValue));
    if (!isKind(node.op, "elementwise")) continue;
    const result = node.results[0];
    const count = elementCount(typeOf(graph, result).shape) * shareOfValue(result);
    elements.set(node.op, (elements.get(node.op) ?? 0) + count);
  }
  const { read, write, copied } = compulsoryBytes(graph);
  return { products, elements, readBytes: read, writeBytes: write, copiedBytes: copied };
}

type ShareOfValue = (value: ValueId) => number;

/** The part of a value's elements that somebody needs and that positions alone do not decide. */
function makeShares(graph: Graph): ShareOfValue {
  const hidden = findHidden(graph);
  const counted = new Map<Condition, Map<string, number>>();
  const share = (condition: Condition | undefined, shape: Shape): number => {
    if (condition === undefined) return 1;
    const byShape = counted.get(condition) ?? new Map<string, number>();
    counted.set(condition, byShape);
    const known = byShape.get(shape.join()) ?? shareOf(condition, shape) ?? 1;
    byShape.set(shape.join(), known);
    return known;
  };
  return (value) => {
    const { shape } = typeOf(graph, value);
    return Math.min(share(hidden.neededOf(value), shape), share(hidden.visibleOf(value), shape));
  };
}

/** Batch dimensions along which an operand repeats belong to the other operand's own dimension. */
function productOf(graph: Graph, node: NodeOf<"matmul">, shareOfValue: ShareOfValue): ProductWork {
  const { lhs: lhsValue, rhs: rhsValue } = operandsOf(node);
  const [result] = node.results;
  const [lhs, rhs] = [typeOf(graph, lhsValue), typeOf(graph, rhsValue)];
  const out = typeOf(graph, result).shape;
  const k = lhs.shape.at(node.attrs.transpose_lhs ? -2 : -1) ?? 1;
  const batchOf = (shape: Shape): Shape => {
    const own = shape.slice(0, -2);
    return [...new Array<number>(out.length - 2 - own.length).fill(1), ...own];
  };
  const [left, right] = [batchOf(lhs.shape), batchOf(rhs.shape)];
  let [m, n, batch] = [out.at(-2) ?? 1, out.at(-1) ?? 1, 1];
  for (const [axis, size] of out.slice(0, -2).entries()) {
    if (right[axis] !== size) m *= size;
    else if (left[axis] !== size) n *= size;
    else batch *= size;
  }
  const share = Math.min(...[result, lhsValue, rhsValue].map(shareOfValue));
  return { m, n, k, batch, share, dtype: lhs.dtype };
}
