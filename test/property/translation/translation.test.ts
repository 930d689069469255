// Every read of a stream sees the write that the tile program means: of the same statement, in the same iteration. On random
// programs with rings, stages and tiles in place, and on kernels of all kinds; and planted faults are reported, also those that are
// no race.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeRandom } from "../../../src/find/fuzz/random-choices.ts";
import { executionsOfStream } from "../../../src/find/translation/of-stream.ts";
import { executionsOfTiles } from "../../../src/find/translation/of-tiles.ts";
import { differences } from "../../../src/find/translation/tags.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, unwrap } from "../../unit/passes/support.ts";
import { integersFor, randomStagedTiles } from "../random-staged-tiles.ts";
import { plantFaults } from "./faults.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function machineNamed(name: string): Machine {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

const tiny = machineNamed("tiny");

function randomTiles(own: number): TileProgram {
  return unwrap(parseTileProgram({ name: "random.tile", text: randomStagedTiles(makeRandom(own)) }));
}

/** What is wrong with a stream, in words; nothing if every execution reads what the tile program means. */
function report(program: TileProgram, stream: Stream): readonly string[] {
  const found = executionsOfStream(stream);
  if (found === undefined) return ["a deadlock"];
  return [...differences(executionsOfTiles(program), found)].map(([op, count]) => `${count} executions of ${op}`);
}

test("random programs", () => {
  fc.assert(
    fc.property(seeds, (own) => {
      const program = randomTiles(own);
      const compiled = compileTiles(program, tiny);
      if (compiled.ok) expect(report(program, compiled.value), printTileProgram(program)).toEqual([]);
    }),
    { numRuns: isLong ? 1500 : 60, seed },
  );
});

const graphs = {
  softmax: "graph g(x: f32[50, 6]) -> (y: f32[50, 6]) { y = softmax(x) }",
  "layer norm": `graph g(x: bf16[40, 12], weight s: bf16[12], weight b: bf16[12]) -> (y: bf16[40, 12]) {
    y = layer_normalization(x, s, b)
  }`,
  product: "graph g(x: bf16[40, 40], weight w: bf16[40, 40]) -> (y: bf16[40, 40]) { y = gelu(matmul(x, w)) }",
  attention: "graph g(q: f32[1, 2, 20, 4], k: f32[1, 2, 20, 4]) -> (y: f32[1, 2, 20, 4]) { y = attention(q, k, k) }",
  state: `graph g(x: f32[9, 4], i: i32[10], state c: f32[12, 4]) -> (y: f32[10, 4]) {
    y = gather(concat(x, x, axis=0), i)
    c = update_slice(c, x, starts=[2, 0])
  }`,
} as const;

describe.each(["naive", "heuristic"] as const)("kernels, %s", (strategy) => {
  test.each(Object.entries(graphs))("%s", (_name, text) => {
    const target = unwrap(targetByName("tiny"));
    const program = unwrap(graphToTiles(parseGraph(text), { target, strategy })).value;
    expect(report(program, unwrap(compileTiles(program, tiny)))).toEqual([]);
  });
});

/** Whether the simulator computes something else than the tile program means, or nothing. */
function isWrong(program: TileProgram, stream: Stream): boolean {
  const inputs = integersFor(program, 1);
  const simulated = simulate(stream, tiny, inputs);
  if (!simulated.ok) return true;
  const wanted = runTile(program, inputs, { rounding: true });
  return [...wanted].some(([name, { data }]) => {
    const values = simulated.value.outputs.get(name)?.data;
    return data.some((value, index) => !Number.isNaN(value) && value !== values?.[index]);
  });
}

describe("planted faults", () => {
  test.each([
    ["shallow ring", 50],
    ["early reuse", 30],
    ["other register", 50],
    ["other slot", 50],
    ["other iteration", 50],
  ] as const)("%s", (kind, least) => {
    let reported = 0;
    for (let own = 0; own < (isLong ? 500 : 60); own++) {
      const program = randomTiles(own);
      const compiled = compileTiles(program, tiny);
      if (!compiled.ok) continue;
      const faults = plantFaults(compiled.value).filter((each) => each.kind === kind);
      for (const { stream } of faults.slice(0, 2)) {
        // A race is the stream check's to find: there are orders in which it does no harm.
        if (report(program, stream).length > 0) reported++;
        else if (checkStream(stream, tiny).ok) expect(isWrong(program, stream), `${kind}, program ${own}`).toBe(false);
      }
    }
    expect(reported).toBeGreaterThan(least);
  });
});
