// Prints one digest for each sample: of the texts of all stages that it goes through. `npm run replay` before and after a
// refactor must print the same.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import { graphToTiles, optimizeGraph } from "../../src/driver/compile.ts";
import { parseGraphs } from "../../src/text/index.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { expectOk, machine, options } from "./programs.ts";

/** The texts of all stages of all graphs of a file, and the time that each takes to run. */
function stageTexts(path: string): readonly string[] {
  const graphs = expectOk(parseGraphs({ name: path, text: readFileSync(path, "utf8") }));
  return graphs.flatMap((graph) => {
    const tiles = expectOk(graphToTiles(graph, options)).value;
    const stream = expectOk(compileTiles(tiles, machine));
    const { timeNs } = expectOk(simulate(stream, machine, undefined)).report;
    const better = expectOk(optimizeGraph(graph, options.target)).value;
    return [printGraph(graph), printGraph(better), printTileProgram(tiles), printStream(stream), String(timeNs)];
  });
}

const samples = readdirSync("samples").filter((name) => name.endsWith(".tg"));
for (const name of samples.sort()) {
  const hash = createHash("sha256");
  for (const text of stageTexts(`samples/${name}`)) hash.update(text);
  console.log(hash.digest("hex").slice(0, 16), basename(name, ".tg"));
}
