// What `fuse` does grows with the graph, whatever its form: how often it looks at nodes and values is counted. And paths between
// units are found as a plain search finds them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { makePartition } from "../../../passes/graph/fuse/partition.ts";
import { fuse } from "../../../passes/graph/fuse.ts";
import { graphEnv, parseGraph, runOnGraph } from "./support.ts";

/** A list that counts how often its elements are read. */
function counted<T>(list: readonly T[], count: () => void): readonly T[] {
  return new Proxy(list, {
    get: (target, key, receiver) => {
      if (typeof key === "string" && /^\d+$/.test(key)) count();
      return Reflect.get(target, key, receiver);
    },
  });
}

/** How often `fuse` reads a node or a value of a graph. */
function readsOf(graph: Graph): number {
  let reads = 0;
  const count = (): void => {
    reads++;
  };
  fuse.run(
    { ...graph, nodes: counted(graph.nodes, count), values: counted(graph.values, count) },
    { mode: "auto" },
    graphEnv,
  );
  return reads;
}

const repeated = (body: string, times: number): Graph =>
  runOnGraph(
    parseGraph(`graph g(x: f32[4, 8], weight w: f32[8, 8], weight t: f32[64, 8, 4]) -> (y: f32[4, 8]) {
  h = x
  for i in 0..${times} {
    ${body}
  }
  y = h
}`),
    "expand,cse,dce",
  ).ir;

describe("twice the nodes are read twice as often", () => {
  test.each([
    ["one long kernel", "h = h * 1.5 + 0.5"],
    ["softmaxes", "h = softmax(h) + h"],
    ["products", "h = relu(matmul(h, w) + x)"],
    ["a value that all read", "h = exp(matmul(h, w)) + x * exp(x)"],
    ["transposes between", "h = exp(transpose(exp(transpose(h)))) + h"],
    ["a kernel that reads all others", "h = h + exp(transpose(exp(t[i])))"],
  ])("%s", (_name, body) => {
    const [once, twice] = [readsOf(repeated(body, 32)), readsOf(repeated(body, 64))];
    expect(twice / once).toBeLessThan(2.1);
  });
});

/** Sources of each node, all before it. */
const randomEdges = fc
  .integer({ min: 2, max: 14 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, node) =>
        fc.uniqueArray(fc.integer({ min: 0, max: Math.max(0, node - 1) }), { maxLength: node === 0 ? 0 : 3 }),
      ),
    ),
  );

/** A node for each list of sources, which concatenates their results. */
function graphOf(edges: readonly (readonly number[])[]): Graph {
  const builder = makeGraphBuilder("g");
  const x = builder.param("input", "x", { dtype: "f32", shape: [1] });
  const values: (typeof x)[] = [];
  for (const sources of edges) {
    const operands = sources.map((source) => values[source] as typeof x);
    values.push(...builder.add("concat", [...operands, x], { axis: 0 }));
  }
  builder.result("y", values.at(-1) as typeof x);
  return builder.finish();
}

/** Whether `to` is reached from `from` by way of a third unit, with all paths tried. */
function isReached(sourcesOf: (unit: number) => readonly number[], from: number, to: number): boolean {
  const open = sourcesOf(to).filter((unit) => unit !== from);
  const seen = new Set(open);
  for (const unit of seen) for (const source of sourcesOf(unit)) seen.add(source);
  return seen.has(from);
}

test("units are merged just where no path leads through a third", () => {
  fc.assert(
    fc.property(randomEdges, fc.array(fc.nat(), { maxLength: 10 }), (edges, picks) => {
      const partition = makePartition(graphOf(edges));
      for (const pick of picks) {
        const pairs = partition.units().flatMap((unit) => partition.sourcesOf(unit).map((source) => [source, unit]));
        const [source, reader] = pairs[pick % Math.max(1, pairs.length)] ?? [];
        if (source === undefined || reader === undefined) return;
        const isApart = isReached(partition.sourcesOf, source, reader);
        expect(partition.canMerge(source, reader)).toBe(!isApart);
        if (!isApart) partition.merge(source, reader);
      }
    }),
    { numRuns: 500 },
  );
});
