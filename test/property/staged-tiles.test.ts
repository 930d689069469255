// Random tile programs whose statements are of random stages: the stream passes the check, and computes what the plain loop
// computes, which is what the tile program means. A failing case prints its seed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Diagnostic, Result } from "../../ir-spec/base/result.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { parseTileProgram } from "../../ir-spec/parse-tile.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import { stageOf, type TileBuffer, type TileProgram, type TileStatement } from "../../ir-spec/tile.ts";
import { verifyTile } from "../../ir-spec/verify-tile.ts";
import { applyPipeline, planPipeline } from "../../passes/tile/pipeline.ts";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { parseStream } from "../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { stepCost } from "../../targets/neuron/step-cost.ts";
import { runTile } from "../../targets/ref/tile.ts";
import { integersFor, randomStagedTiles } from "./random-staged-tiles.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(complaints(result.error));
  return result.value;
}

const complaints = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(({ code, args }) => `${code} ${errorMessage(code, args)}`).join("\n");

function machineNamed(name: string): Machine {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

const machine = machineNamed("tiny");

/** Compiles, checks and runs; the outputs are those of the tile program. */
function expectAgreement(program: TileProgram, own: number): void {
  expect(complaints(verifyTile(program))).toBe("");
  const compiled = compileTiles(program, machine);
  if (!compiled.ok && compiled.error.every(({ code }) => code === "E0801")) return;
  const stream = expectOk(compiled);
  const found = checkStream(stream, machine).diagnostics;
  // Rows of an output that no iteration stores.
  expect(complaints(found.filter(({ code }) => code !== "E0831")), printTileProgram(program)).toBe("");
  const printed = printStream(stream);
  expect(printStream(expectOk(parseStream({ name: "random.s", text: printed })))).toBe(printed);
  const inputs = integersFor(program, own);
  const { outputs } = expectOk(simulate(stream, machine, inputs));
  const wanted = runTile(program, inputs, { rounding: true });
  const where = printTileProgram(program);
  for (const [name, { data }] of wanted) {
    const values = [...(outputs.get(name)?.data ?? [])];
    const different = values.findIndex((value, index) => !Number.isNaN(data[index]) && value !== data[index]);
    expect(different, `${name} of seed ${own}:\n${where}`).toBe(-1);
  }
}

test("streams with stages compute what the plain loop means", () => {
  fc.assert(
    fc.property(seeds, (own) => {
      expectAgreement(parsed(randomStagedTiles(makeRandom(own))), own);
    }),
    { numRuns: isLong ? 3000 : 100, seed },
  );
});

test("one execution of a loop continues while the next one begins", () => {
  let overlapping = 0;
  fc.assert(
    fc.property(seeds, (own) => {
      const program = parsed(randomStagedTiles(makeRandom(own), 2, true));
      const compiled = compileTiles(program, machine);
      // A condition on the outer loop is there for nothing else.
      if (compiled.ok && compiled.value.loops.includes("h_on")) overlapping++;
      expectAgreement(program, own);
    }),
    { numRuns: isLong ? 3000 : 100, seed },
  );
  expect(overlapping).toBeGreaterThan(30);
});

/** The program with the stages that the pass gives it. */
function pipelined(program: TileProgram, maxStages: number): TileProgram {
  const buffers = [...program.buffers];
  const bufferInfo = (id: BufferId): TileBuffer => buffers[id] as TileBuffer;
  const kernels = program.kernels.map((kernel) => {
    const plan = planPipeline(kernel.body, { machine, stepCost: stepCost(machine), bufferInfo, maxStages });
    if (plan === undefined) return kernel;
    const resize = (id: BufferId, slots: number): void => {
      buffers[id] = { ...bufferInfo(id), slots };
    };
    return { ...kernel, body: applyPipeline(kernel.body, plan, resize) };
  });
  return { ...program, buffers, kernels };
}

test("stages that the pass chooses keep the meaning, and are as many as allowed", () => {
  let staged = 0;
  fc.assert(
    fc.property(seeds, fc.integer({ min: 2, max: 5 }), (own, maxStages) => {
      const program = pipelined(parsed(randomStagedTiles(makeRandom(own), 0)), maxStages);
      const stages = listStages(program.kernels.flatMap(({ body }) => body));
      expect(Math.max(...stages)).toBeLessThan(maxStages);
      if (stages.some((stage) => stage > 0)) staged++;
      expectAgreement(program, own);
    }),
    { numRuns: isLong ? 3000 : 100, seed },
  );
  expect(staged).toBeGreaterThan(10);
});

function listStages(body: readonly TileStatement[]): readonly number[] {
  return body.flatMap((statement) => [
    stageOf(statement),
    ...(statement.kind === "loop" ? listStages(statement.body) : []),
  ]);
}

function parsed(text: string): TileProgram {
  return expectOk(parseTileProgram({ name: "random.tile", text }));
}
