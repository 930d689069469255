// Replaces each composite node by the simpler ops that its row expands to. Expansions compute in f32 inside, so a bf16
// composite is still rounded once at its end.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { type GraphBuilder, makeExpander, makeGraphBuilder } from "../../ir-spec/graph-builder.ts";
import { isKind, opDef } from "../../ir-spec/ops/index.ts";

/** The same graph without composites; a graph that has none comes back as it is. */
export function expandComposites(graph: Graph): Graph {
  if (!graph.nodes.some((node) => isKind(node.op, "composite"))) return graph;
  const builder = makeGraphBuilder(graph.name);
  const renamed = new Map<ValueId, ValueId>();
  const rename = (value: ValueId): ValueId => renamed.get(value) as ValueId;
  for (const { kind, name, value } of graph.params) {
    const info = graph.values[value];
    if (info !== undefined) renamed.set(value, builder.param(kind, name, info.type, info.span));
  }
  for (const node of graph.nodes) {
    const made = addNode(builder, graph, node, node.operands.map(rename));
    node.results.forEach((result, index) => {
      renamed.set(result, made[index] as ValueId);
    });
  }
  for (const { name, value } of graph.results) builder.result(name, rename(value));
  for (const { param, value } of graph.updates) builder.update(rename(param), rename(value));
  const expanded = builder.finish();
  return expandComposites(expanded);
}

function addNode(builder: GraphBuilder, graph: Graph, node: Node, operands: readonly ValueId[]): readonly ValueId[] {
  const { expand } = opDef(node.op);
  if (isKind(node.op, "composite") && expand !== undefined) {
    return expand(makeExpander(builder, { span: node.span }), operands, node.attrs);
  }
  const names = node.results.map((result) => graph.values[result]?.name);
  return builder.add(node.op, operands, node.attrs, { names, span: node.span });
}
