// A graph that is right, and copies of it with one part changed: what each invariant of graphs is broken in.
import type { Graph, Node, ValueInfo } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";

export const row = { dtype: "f32", shape: [4] } as const;

/** x, state s -> a = exp(x); b = a + s in kernel `sum`; y = neg(b) in it; s becomes b. */
function makeSound(): Graph {
  const b = makeGraphBuilder("g");
  const x = b.param("input", "x", row);
  const s = b.param("state", "s", row);
  const kernel = b.kernel("sum");
  const [exponential] = b.add("exp", [x]) as [Node["results"][0]];
  const [sum] = b.add("add", [exponential, s], {}, { kernel }) as [Node["results"][0]];
  const [y] = b.add("softmax", [sum], {}, { kernel }) as [Node["results"][0]];
  b.result("y", y);
  b.update(s, sum);
  return b.finish();
}

export const sound = makeSound();
/** The graph with parts of a node changed, to something that no builder would make. */
export const withNode = (index: number, change: { readonly [K in keyof Node]?: unknown }): Graph => ({
  ...sound,
  nodes: sound.nodes.with(index, { ...sound.nodes[index], ...change } as Node),
});
export const withValue = (index: number, change: Partial<ValueInfo>): Graph => ({
  ...sound,
  values: sound.values.with(index, { ...(sound.values[index] as ValueInfo), ...change }),
});
