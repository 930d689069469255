// `--precise`: the same graph with every float dtype widened to f32, so that a dropped column or a wrong mask cannot hide
// after the rounding of small formats.

import type { AttrKind, AttrValue } from "../../ir-spec/base/attr.ts";
import { type Dtype, isDtype, isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { type Attrs, type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../ir-spec/graph-builder.ts";
import { opDef } from "../../ir-spec/ops/index.ts";

/** The dtype that a float dtype is widened to; others stay. */
export function widen(dtype: Dtype): Dtype {
  return isFloat(dtype) ? "f32" : dtype;
}

/** The graph with f32 in place of every float dtype, in types and in attributes; kernels and names stay. */
export function widenGraph(graph: Graph): Graph {
  const builder = makeGraphBuilder(graph.name);
  const wide = new Map<ValueId, ValueId>();
  const now = (value: ValueId): ValueId => wide.get(value) as ValueId;
  for (const { kind, name, value } of graph.params) {
    const { dtype, shape } = typeOf(graph, value);
    wide.set(value, builder.param(kind, name, { dtype: widen(dtype), shape }, graph.values[value]?.span));
  }
  for (const { name } of graph.kernels) builder.kernel(name);
  for (const node of graph.nodes) {
    const names = node.results.map((result) => graph.values[result]?.name);
    const info = { names, span: node.span, kernel: node.kernel };
    const results = builder.add(node.op, node.operands.map(now), widenAttrs(node), info);
    for (const [index, result] of node.results.entries()) wide.set(result, results[index] as ValueId);
  }
  for (const { name, value } of graph.results) builder.result(name, now(value));
  for (const { param, value } of graph.updates) builder.update(now(param), now(value));
  return builder.finish();
}

/** A node's attributes with f32 in place of every float dtype. */
export function widenAttrs({ op, attrs }: Node): Attrs {
  const kinds: Readonly<Record<string, AttrKind>> = opDef(op).attrs;
  const widened = Object.entries(attrs).map(([name, value]): [string, AttrValue] => {
    const isDtypeValue = kinds[name]?.kind === "dtype" && typeof value === "string" && isDtype(value);
    return [name, isDtypeValue ? widen(value) : value];
  });
  return Object.fromEntries(widened);
}

/** The same values for the widened parameters: every value of a smaller float is one of f32. */
export function widenTensors(tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: widen(tensor.dtype) }]));
}
