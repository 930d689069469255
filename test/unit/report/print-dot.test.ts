// Pictures of graphs in the DOT language: valid whatever names there are, each op once, in the cluster of its kernel.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { optimize } from "../../../src/api/compile.ts";
import { parse, parseGraphs } from "../../../src/api/parse.ts";
import { unwrap } from "../../../src/api/result.ts";
import { printDot } from "../../../src/report/print-dot.ts";
import { rootDirectory } from "../../architecture/source-files.ts";

interface DotGraph {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, string>;
  readonly edges: readonly (readonly [string, string])[];
  /** Names of nodes by the label of their cluster. */
  readonly clusters: ReadonlyMap<string, readonly string[]>;
}

/** Words of DOT: quoted names, with escapes; plain ones; signs. Fails at anything else. */
function wordsOf(text: string): string[] {
  const word = /\s*("(?:[^"\\\n]|\\.)*"|[A-Za-z_][A-Za-z_0-9]*|->|[{}[\];,=])/y;
  const words: string[] = [];
  for (const all = text.trimEnd(); word.lastIndex < all.length; ) {
    const place = word.lastIndex;
    const found = word.exec(all)?.[1];
    invariant(found !== undefined, `no word of DOT at ${JSON.stringify(all.slice(place, place + 30))}`);
    words.push(found);
  }
  return words;
}

/** What is between the quotes, with a line break for each `\n`. */
const unquoted = (word = ""): string =>
  word.slice(1, -1).replace(/\\(.)/g, (_escape, letter: string) => (letter === "n" ? "\n" : letter));

/** Reads the part of the grammar that is printed: digraph, subgraphs, statements of nodes, edges and attributes. */
function readDot(text: string): readonly DotGraph[] {
  const words = wordsOf(text);
  const take = (expected?: string): string => {
    const word = words.shift();
    invariant(
      word !== undefined && (expected === undefined || word === expected),
      `found ${word}, expected ${expected}`,
    );
    return word;
  };
  const graphs: DotGraph[] = [];
  while (words.length > 0) {
    take("digraph");
    const name = unquoted(take());
    const [nodes, edges, clusters] = [new Map<string, string>(), [] as [string, string][], new Map<string, string[]>()];
    const attributes = (): Map<string, string> => {
      const found = new Map<string, string>();
      for (take("["); words[0] !== "]"; ) {
        const key = take();
        take("=");
        found.set(key, take());
        if (words[0] === ",") take();
      }
      take("]");
      return found;
    };
    const block = (members: string[] | undefined): void => {
      let label = "";
      for (take("{"); words[0] !== "}"; ) {
        const first = take();
        if (first === "subgraph") {
          invariant(take().startsWith("cluster_"), "only clusters are drawn as boxes");
          block([]);
        } else if (words[0] === "=") {
          take("=");
          const value = take();
          if (first === "label") label = unquoted(value);
          take(";");
        } else if (words[0] === "->") {
          take("->");
          edges.push([first, take()]);
          take(";");
        } else {
          const given = attributes();
          take(";");
          if (first === "node") continue;
          invariant(!nodes.has(first), `${first} is there twice`);
          nodes.set(first, unquoted(given.get("label")));
          members?.push(first);
        }
      }
      take("}");
      if (members !== undefined) clusters.set(label, members);
    };
    block(undefined);
    graphs.push({ name, nodes, edges, clusters });
  }
  return graphs;
}

const samples = readdirSync(join(rootDirectory, "samples")).filter((name) => name.endsWith(".tg"));

test.each(samples)("%s: nodes, edges and clusters are those of the graphs", (name) => {
  const graphs = unwrap(parseGraphs(readFileSync(join(rootDirectory, "samples", name), "utf8")));
  const read = readDot(printDot(graphs));
  expect(read.map((graph) => graph.name)).toEqual(graphs.map((graph) => graph.name));
  for (const [index, { nodes, edges }] of read.entries()) {
    const graph = graphs[index];
    invariant(graph !== undefined, "as many are read as printed");
    expect(nodes.size).toBe(graph.nodes.length + graph.params.length + graph.results.length + graph.updates.length);
    for (const end of edges.flat()) expect(nodes.has(end)).toBe(true);
    const uses = graph.nodes.map(({ operands }) => new Set(operands).size).reduce((sum, count) => sum + count, 0);
    expect(edges.length).toBe(uses + graph.results.length + graph.updates.length);
  }
});

test("kernels are clusters of their ops", () => {
  const [graph] = unwrap(
    parseGraphs("graph g(x: f32[8, 8]) -> (y: f32[8, 8], z: f32[8, 8]) { y = relu(x) + 1\n z = matmul(x, x) }"),
  );
  invariant(graph !== undefined, "there is one");
  const { program } = unwrap(optimize(graph));
  const [read] = readDot(printDot([program]));
  expect(read?.clusters.size).toBe(program.kernels.length);
  const members = [...(read?.clusters.values() ?? [])].flat();
  expect(members.length).toBe(program.nodes.filter(({ kernel }) => kernel !== undefined).length);
});

test("names that would be syntax are none", () => {
  const names = ['"]; a -> b; x [label="', "\\", 'a\\"', "a\nb", "</b>", "->", "é 試", ""];
  const graph = unwrap(parse("graph g(x: f32[2]) -> (y: f32[2]) { y = relu(x) }"));
  for (const name of names) {
    const params = graph.params.map((param) => ({ ...param, name }));
    const [read] = readDot(printDot([{ ...graph, name, params }]));
    expect([...(read?.nodes.keys() ?? [])]).toEqual(["n0", "n1", "n2"]);
    expect(read?.edges.length).toBe(2);
  }
});
