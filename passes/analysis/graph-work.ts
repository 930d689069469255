// The work that a graph forces on any program for it, however it is fused and tiled: its products, the functions that it evaluates,
// and the bytes that must be read and written. For graphs of primitives, without composites and dead nodes.

import type { Dtype } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Shape } from "../../ir-spec/base/tensor.ts";
import { type Graph, type NodeOf, operandsOf, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import type { Box } from "./boxes.ts";
import { compulsoryBytes } from "./compulsory-bytes.ts";
import { countDemand, type Demand, demandOfOperand, demandsOf, largestBox } from "./demand.ts";
import { findHidden } from "./hidden.ts";
import { type Condition, shareOf } from "./positions.ts";

/** `batch` products [m, k] x [k, n], of whose multiply-adds `share` must be done: the largest box of what is needed of a product. */
export interface ProductWork {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  readonly share: number;
  /** Multiply-adds of all that is needed, in boxes or elsewhere. */
  readonly multiplyAdds: number;
  readonly dtype: Dtype;
}

export interface GraphWork {
  readonly products: readonly ProductWork[];
  /** Results that each elementwise op has to make for what is needed; those after a mask that positions decide do not count. */
  readonly elements: ReadonlyMap<OpNameOf<"elementwise">, number>;
  readonly readBytes: number;
  readonly writeBytes: number;
  /** Of the bytes written those that may come straight from HBM, in the transfer that reads them. */
  readonly copiedBytes: number;
}

export function graphWork(graph: Graph): GraphWork {
  const demands = demandsOf(graph);
  const needs: Needs = { graph, demands, shareOfValue: makeShares(graph) };
  const products: ProductWork[] = [];
  const elements = new Map<OpNameOf<"elementwise">, number>();
  for (const node of graph.nodes) {
    if (node.op === "matmul") products.push(...productsOf(needs, node));
    if (!isKind(node.op, "elementwise")) continue;
    const [result] = node.results;
    const count = countDemand(demands.get(result), typeOf(graph, result).shape);
    elements.set(node.op, (elements.get(node.op) ?? 0) + count * shareWithin(needs, result, count));
  }
  const { read, write, copied } = compulsoryBytes(graph, demands);
  return { products, elements, readBytes: read, writeBytes: write, copiedBytes: copied };
}

type ShareOfValue = (value: ValueId) => number;

interface Needs {
  readonly graph: Graph;
  readonly demands: ReturnType<typeof demandsOf>;
  readonly shareOfValue: ShareOfValue;
}

/** The part of some elements of a value that masks leave: at worst all that they hide is among these. */
function shareWithin({ graph, shareOfValue }: Needs, value: ValueId, count: number): number {
  const all = elementCount(typeOf(graph, value).shape);
  return count === 0 ? 0 : Math.max(0, 1 - ((1 - shareOfValue(value)) * all) / count);
}

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

/** The product of what is needed of a matmul; none where that is nothing. */
function productsOf(needs: Needs, node: NodeOf<"matmul">): readonly ProductWork[] {
  const { graph, demands } = needs;
  const [result] = node.results;
  const demand = demands.get(result);
  const count = countDemand(demand, typeOf(graph, result).shape);
  if (demand === undefined || count === 0) return [];
  const { dtype, shape } = typeOf(graph, operandsOf(node).lhs);
  const k = shape.at(node.attrs.transpose_lhs ? -2 : -1) ?? 1;
  const shareOf = (needed: Demand): number =>
    Math.min(
      shareWithin(needs, result, countDemand(needed, typeOf(graph, result).shape)),
      ...node.operands.map((operand, index) => {
        const read = demandOfOperand({ graph, node, results: [needed] }, index);
        return shareWithin(needs, operand, countDemand(read, typeOf(graph, operand).shape));
      }),
    );
  const largest = largestBox(demand.boxes);
  const sizes = largest === undefined ? { m: 0, n: 0, batch: 0 } : productSizes(graph, node, largest);
  const share = largest === undefined ? 0 : shareOf({ boxes: [largest], atLeast: 0 });
  return [{ ...sizes, k, share, multiplyAdds: count * k * shareOf(demand), dtype }];
}

/** Of a box of the result. Batch dimensions along which an operand repeats belong to the other operand's own dimension. */
function productSizes(graph: Graph, node: NodeOf<"matmul">, box: Box): Pick<ProductWork, "m" | "n" | "batch"> {
  const out = typeOf(graph, node.results[0]).shape;
  const batchOf = (value: ValueId): Shape => {
    const own = typeOf(graph, value).shape.slice(0, -2);
    return [...new Array<number>(out.length - 2 - own.length).fill(1), ...own];
  };
  const { lhs, rhs } = operandsOf(node);
  const [left, right] = [batchOf(lhs), batchOf(rhs)];
  const extents = box.map(({ first, end }) => end - first);
  let [m, n, batch] = [extents.at(-2) ?? 1, extents.at(-1) ?? 1, 1];
  for (const [axis, extent] of extents.slice(0, -2).entries()) {
    if (right[axis] !== out[axis]) m *= extent;
    else if (left[axis] !== out[axis]) n *= extent;
    else batch *= extent;
  }
  return { m, n, batch };
}
