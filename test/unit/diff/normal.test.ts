// Normal forms do not depend on the order, numbers and names of what they are made of.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { parseLocatedTileProgram } from "../../../ir-spec/parse-tile.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { normalGraph } from "../../../src/diff/normal/normal-graph.ts";
import { normalTileProgram } from "../../../src/diff/normal/normal-tile.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parseGraphs } from "../../../src/text/index.ts";
import { shuffleGraph, shuffleTiles } from "./shuffle.ts";

const folder = new URL("../../../samples/", import.meta.url);
const graphs = readdirSync(folder).flatMap((file) => {
  if (!file.endsWith(".tg")) return [];
  const read = parseGraphs({ name: file, text: readFileSync(new URL(file, folder), "utf8") }, {});
  return read.ok ? read.value : [];
});
const graphText = (graph: Graph): string => printGraph(normalGraph(graph));
const tileText = (program: TileProgram): string => printTileProgram(normalTileProgram(program));

function tilesOf(graph: Graph, targetName: string): TileProgram | undefined {
  const target = targetByName(targetName);
  const options = target.ok ? { target: target.value, strategy: "naive", fusion: "auto" } : undefined;
  const made = options === undefined ? undefined : graphToTiles(graph, options as Parameters<typeof graphToTiles>[1]);
  return made?.ok === true ? made.value.value : undefined;
}

describe.each(graphs.map((graph) => [graph.name, graph] as const))("%s", (_name, graph) => {
  test("the normal form of the graph is the same in any order, and is its own", () => {
    const text = graphText(graph);
    for (let seed = 0; seed < 4; seed++) expect(graphText(shuffleGraph(graph, seed)), `seed ${seed}`).toBe(text);
    const again = parseGraphs({ name: "normal.tg", text }, {});
    expect(again.ok && again.value.map(graphText)).toEqual([text]);
  });

  test("so is that of its tile program", () => {
    const program = tilesOf(graph, "trn2");
    expect(program).toBeDefined();
    if (program === undefined) return;
    const text = tileText(program);
    for (let seed = 0; seed < 3; seed++) {
      const shuffled = shuffleTiles(program, seed);
      expect(verifyTile(shuffled)).toEqual([]);
      expect(tileText(shuffled), `seed ${seed}`).toBe(text);
    }
    const again = parseLocatedTileProgram({ name: "normal.tile", text });
    expect(again.ok && tileText(again.value.program)).toBe(text);
  });
});
