// A text that is equal for regions of which one and the same schedule is best: the same nodes, types and strides, whatever the names
// and the places in HBM. So the layers of a model are scheduled once.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { printType } from "../../ir-spec/base/tensor.ts";
import { typeOf } from "../../ir-spec/graph.ts";
import { inputsOf, type KernelRegion, type LowerContext } from "./region.ts";

export function regionKey({ graph, viewOf, builder }: LowerContext, region: KernelRegion): string {
  const numbers = new Map<ValueId, number>();
  const numberOf = (value: ValueId): number => {
    const known = numbers.get(value) ?? numbers.size;
    numbers.set(value, known);
    return known;
  };
  const stored = [...inputsOf(region), ...region.outputs].map((value) => {
    const { buffer, shape, strides } = viewOf(value);
    return [numberOf(value), printType(typeOf(graph, value)), builder.bufferInfo(buffer).dtype, shape, strides];
  });
  const nodes = region.nodes.map(({ op, attrs, operands, results }) => [
    op,
    Object.entries(attrs).map(([name, value]) => [name, printable(value)]),
    operands.map(numberOf),
    results.map((value) => [numberOf(value), printType(typeOf(graph, value))]),
  ]);
  return JSON.stringify([stored, nodes]);
}

/** JSON has no NaN, no infinities and no negative zero. */
function printable(value: unknown): unknown {
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;
}
