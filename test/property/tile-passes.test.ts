// Every pass on tile programs, alone and after the others, on random programs: what it makes is verified, means the same number for number,
// and where it makes a stream, the stream is proven and computes it as well. A failing case prints its seed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { parseTileProgram } from "../../ir-spec/parse-tile.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { type PassName, passDef, passNames } from "../../passes/index.ts";
import { runPasses } from "../../passes/run.ts";
import { passEnv, tilePipeline } from "../../src/driver/compile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { integersFor, randomStagedTiles } from "./random-staged-tiles.ts";
import { randomTileBodies } from "./random-tile-bodies.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const numRuns = isLong ? 1000 : 25;

const tilePasses = passNames.filter((name) => passDef(name).from === "tile");

function expectOk<T>(result: Result<T>, about = ""): T {
  if (!result.ok) throw new Error(`${complaints(result.error)}\n${about}`);
  return result.value;
}

const complaints = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(({ code, args }) => `${code} ${errorMessage(code, args)}`).join("\n");

const target = expectOk(targetByName("tiny"));

function changed(program: TileProgram, names: readonly PassName[]): TileProgram {
  return expectOk(runPasses(tilePipeline(names), program, { env: passEnv(target) }), printTileProgram(program)).ir;
}

/** The tile program computes what is wanted, and so does its stream. */
function expectSame(program: TileProgram, own: number, made: TileProgram): void {
  const inputs = integersFor(program, own);
  const wanted = runTile(program, inputs, { rounding: true });
  const compare = (found: ReadonlyMap<string, Tensor>, what: string): void => {
    for (const [name, { data }] of wanted) {
      const values = found.get(name)?.data ?? [];
      const at = data.findIndex((value, index) => !Number.isNaN(value) && value !== values[index]);
      const where = `${what}: ${name}[${at}] is ${values[at]}, expected ${data[at]}; seed ${own}`;
      expect(at, `${where}\n${printTileProgram(program)}\nbecame\n${printTileProgram(made)}`).toBe(-1);
    }
  };
  compare(runTile(made, inputs, { rounding: true }), "tiles");
  const compiled = compileTiles(made, target.machine);
  if (!compiled.ok && compiled.error.every(({ code }) => code === "E0801")) return;
  const stream = expectOk(compiled, printTileProgram(made));
  const found = checkStream(stream, target.machine).diagnostics.filter(({ code }) => code !== "E0831");
  expect(complaints(found), printTileProgram(made)).toBe("");
  compare(expectOk(simulate(stream, target.machine, inputs)).outputs, "stream");
}

/** Generators, with the passes that have something to do in their programs. */
const generators: readonly (readonly [string, (own: number) => string, readonly PassName[]])[] = [
  ["bodies that passes look for", (own) => randomTileBodies(own), tilePasses],
  ["bodies of all engines, with loops in them", (own) => randomStagedTiles(makeRandom(own), 0), ["pipeline-loops"]],
  ["bodies with stages", (own) => randomStagedTiles(makeRandom(own)), []],
];

test.each(generators)("%s: each pass and all of them keep the meaning", (_name, generate, expected) => {
  const counts = new Map<PassName, number>();
  fc.assert(
    fc.property(seeds, (own) => {
      const program = expectOk(parseTileProgram({ name: "random.tile", text: generate(own) }), generate(own));
      for (const name of tilePasses) {
        const made = changed(program, [name]);
        if (made === program) continue;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        expectSame(program, own, made);
      }
      const order = fc.sample(fc.shuffledSubarray([...tilePasses]), { numRuns: 1, seed: own })[0] ?? [];
      expectSame(program, own, changed(program, order));
    }),
    { numRuns, seed },
  );
  for (const name of expected) expect(counts.get(name) ?? 0, name).toBeGreaterThan(0);
});
