// Statements and instructions know the nodes of the graph that they come from, through fusion, rewrites and stages: all of them do, and
// each node of a kernel is known by something that the kernel does. TGC_SEED picks other graphs, TGC_LONG makes more of them.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeId } from "../../ir-spec/base/ids.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileNode, TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import { graphToTiles } from "../../src/driver/compile.ts";
import { parseGraphs } from "../../src/text/index.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import type { Instruction, Stream, StreamItem } from "../../targets/neuron/stream.ts";
import { parseGraph } from "../unit/passes/support.ts";
import { chainText } from "./chain-text.ts";
import { chainSpec } from "./random-chains.ts";
import { randomCase } from "./random-graph.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

function nodesIn(body: readonly TileStatement[]): readonly TileNode[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return nodesIn(statement.body);
    return statement.kind === "op" ? [statement] : [];
  });
}

function instructionsIn(items: readonly StreamItem[]): readonly Instruction[] {
  return items.flatMap((item) => (item.kind === "loop" ? instructionsIn(item.body) : [item]));
}

/** The nodes of a kernel: those that name it, or the only one that has its op where it has no name in the graph. */
function nodesOfKernel({ kernels, nodes }: Graph, name: string, ops: readonly string[]): ReadonlySet<NodeId> {
  const isOwn = (kernel: number | undefined, op: string): boolean =>
    kernel === undefined ? ops.includes(op) : kernels[kernel]?.name === name;
  return new Set(nodes.flatMap(({ kernel, op }, index) => (isOwn(kernel, op) ? [index as NodeId] : [])));
}

/** What is wrong with the origins of a program. */
function faultsOf(graph: Graph, { kernels }: TileProgram): readonly string[] {
  return kernels.flatMap(({ name, ops, body }) => {
    if (ops.join() === "copy") return [];
    const own = nodesOfKernel(graph, name, ops);
    const seen = new Set<NodeId>();
    const wrong = nodesIn(body).flatMap(({ op, origin = [] }) => {
      for (const node of origin) seen.add(node);
      const strays = origin.filter((node) => !own.has(node));
      if (origin.length === 0) return [`${name}: ${op} comes from nothing`];
      return strays.length === 0 ? [] : [`${name}: ${op} comes from ${strays.map((node) => graph.nodes[node]?.op)}`];
    });
    const isNamed = graph.kernels.some((kernel) => kernel.name === name);
    const lost = isNamed ? [...own].filter((node) => !seen.has(node)) : [];
    return [...wrong, ...lost.map((node) => `${name}: nothing comes from ${graph.nodes[node]?.op}`)];
  });
}

/** The same of a stream: only tokens, and copies that are no node's, come from nothing. */
function strayInstructions({ queues, kernels }: Stream): readonly string[] {
  const all = queues.flatMap(({ body }) => instructionsIn(body));
  return all.flatMap(({ inst, args, kernel, origin = [] }) => {
    const isToken = Object.values(args).some(({ kind }) => kind === "sem");
    const isCopy = kernels[kernel]?.ops.join() === "copy";
    return origin.length === 0 && !isToken && !isCopy ? [`${kernels[kernel]?.name}: ${inst}`] : [];
  });
}

function check(graph: Graph, machineName: string): void {
  const machine = machineByName(machineName);
  if (machine === undefined) throw new Error(`no machine ${machineName}`);
  const target = { kind: "neuron", name: machineName, machine } as const;
  const tiles = graphToTiles(graph, { target, strategy: "heuristic" });
  // Some random graphs are refused.
  if (!tiles.ok) return;
  expect(faultsOf(tiles.value.graph, tiles.value.value)).toEqual([]);
  const stream = compileTiles(tiles.value.value, machine);
  if (stream.ok) expect(strayInstructions(stream.value)).toEqual([]);
}

const samples = readdirSync("samples").filter((name) => name.endsWith(".tg"));

describe("samples", () => {
  test.each(samples)("%s", (name) => {
    const graphs = parseGraphs({ name, text: readFileSync(`samples/${name}`, "utf8") });
    for (const graph of graphs.ok ? graphs.value : []) check(graph, "trn2");
  });
});

test("random graphs", () => {
  const cases = fc.property(randomCase(), ({ graph }) => check(graph, "tiny"));
  fc.assert(cases, { numRuns: isLong ? 300 : 40, seed });
});

test("random chains", () => {
  const cases = fc.property(chainSpec, (spec) => check(parseGraph(chainText(spec)), "trn2"));
  fc.assert(cases, { numRuns: isLong ? 200 : 10, seed });
});
