// Random tile programs whose statements are of random stages: the stream passes the check, and computes what the plain loop
// computes, which is what the tile program means. A failing case prints its seed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import { elementCount, type Tensor } from "../../ir-spec/base/tensor.ts";
import { parseTileProgram } from "../../ir-spec/parse-tile.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import { parseStream } from "../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { makeRandom } from "./random-choices.ts";
import { randomStagedTiles } from "./random-staged-tiles.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(complaints(result.error));
  return result.value;
}

const complaints = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(({ code, args }) => `${code} ${errorMessage(code, args)}`).join("\n");

/** Integers from -4 to 4. */
function integersFor(program: TileProgram, own: number): ReadonlyMap<string, Tensor> {
  const random = makeRandom(own);
  const inputs = program.buffers.filter(({ role }) => role === "input");
  return new Map(
    inputs.map(({ name, dtype, shape }) => {
      const data = Float64Array.from({ length: elementCount(shape) }, () => random.below(9) - 4);
      return [name, { dtype, shape, data }];
    }),
  );
}

/** Compiles, checks and runs; the outputs are those of the tile program. */
function expectAgreement(text: string, own: number): void {
  const program = expectOk(parseTileProgram({ name: "random.tile", text }));
  expect(complaints(verifyTile(program))).toBe("");
  const machine = machineByName("tiny");
  if (machine === undefined) throw new Error("no machine tiny");
  const compiled = compileTiles(program, machine);
  if (!compiled.ok && compiled.error.every(({ code }) => code === "E0801")) return;
  const stream = expectOk(compiled);
  const found = checkStream(stream, machine).diagnostics;
  // Rows of an output that no iteration stores.
  expect(complaints(found.filter(({ code }) => code !== "E0831"))).toBe("");
  const printed = printStream(stream);
  expect(printStream(expectOk(parseStream({ name: "random.s", text: printed })))).toBe(printed);
  const inputs = integersFor(program, own);
  const { outputs } = expectOk(simulate(stream, machine, inputs));
  const wanted = runTile(program, inputs, { rounding: true });
  for (const [name, { data }] of wanted) {
    const values = [...(outputs.get(name)?.data ?? [])];
    const different = values.findIndex((value, index) => !Number.isNaN(data[index]) && value !== data[index]);
    expect([name, different]).toEqual([name, -1]);
  }
}

test("streams with stages compute what the plain loop means", () => {
  fc.assert(
    fc.property(seeds, (own) => {
      const text = randomStagedTiles(makeRandom(own));
      try {
        expectAgreement(text, own);
      } catch (error) {
        throw new Error(`${text}\n${error instanceof Error ? error.message : error}`);
      }
    }),
    { numRuns: isLong ? 10_000 : 100, seed },
  );
});
