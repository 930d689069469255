// Buffers on chip that share bytes: programs are compiled for machines with as little SBUF and PSUM as they can do with. Every read still sees
// the write that the tile program means, the stream check finds no race, and values are right; a token too many where bytes are used
// again is reported.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { parseTileProgram } from "../../../ir-spec/parse-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeRandom } from "../../../src/find/fuzz/random-choices.ts";
import { executionsOfStream } from "../../../src/find/translation/of-stream.ts";
import { executionsOfTiles } from "../../../src/find/translation/of-tiles.ts";
import { differences } from "../../../src/find/translation/tags.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { allocate } from "../../../targets/neuron/compile/allocate.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { runTile } from "../../../targets/ref/tile.ts";
import { parseGraph, unwrap } from "../../unit/passes/support.ts";
import { integersFor, randomStagedTiles } from "../random-staged-tiles.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const tiny = unwrap(targetByName("tiny")).machine;

/** The smallest number from 1 on that is enough; all above it are. */
function least(isEnough: (number: number) => boolean): number {
  let [low, high] = [0, 1];
  while (!isEnough(high)) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The machine with as little memory on chip as the program fits into. */
function tightest(program: TileProgram, machine: Machine): Machine {
  const fits = (other: Machine): boolean => allocate(program, other).ok;
  const wide = { ...machine, sbufBytesPerPartition: 2 ** 20, psumBanks: 2 ** 10 };
  const words = least((sbuf) => fits({ ...wide, sbufBytesPerPartition: 32 * sbuf }));
  const psumBanks = least((banks) => fits({ ...wide, psumBanks: banks }));
  return { ...machine, sbufBytesPerPartition: 32 * words, psumBanks };
}

/** A random program; without stages all buffers, or some, have one slot. */
function randomTiles(own: number): TileProgram {
  const random = makeRandom(own);
  const maxStep = random.below(3);
  const text = randomStagedTiles(random, maxStep, random.oneIn(3));
  const program = unwrap(parseTileProgram({ name: "random.tile", text }));
  if (maxStep > 0) return program;
  const some = 1 + random.below(4);
  const buffers = program.buffers.map((buffer) => (random.oneIn(some) ? { ...buffer, slots: 1 } : buffer));
  return { ...program, buffers };
}

interface Case {
  readonly program: TileProgram;
  readonly machine: Machine;
  readonly stream: Stream;
  readonly isShared: boolean;
}

function tightCase(program: TileProgram): Case {
  const machine = tightest(program, tiny);
  const { sharing } = unwrap(allocate(program, machine));
  return { program, machine, stream: unwrap(compileTiles(program, machine)), isShared: sharing.flat().length > 0 };
}

function differencesOf({ program }: Case, stream: Stream): readonly string[] {
  const found = executionsOfStream(stream);
  if (found === undefined) return ["a deadlock"];
  return [...differences(executionsOfTiles(program), found)].map(([op, count]) => `${count} executions of ${op}`);
}

/** What the stream check finds; a random program may leave part of its outputs unwritten. */
function findingsOf({ machine }: Case, stream: Stream): readonly string[] {
  return checkStream(stream, machine)
    .diagnostics.map(({ code }) => code)
    .filter((code) => code !== "E0831");
}

function isRight({ program, machine }: Case, stream: Stream): boolean {
  const inputs = integersFor(program, 1);
  const simulated = simulate(stream, machine, inputs);
  if (!simulated.ok) return false;
  const wanted = runTile(program, inputs, { rounding: true });
  return [...wanted].every(([name, { data }]) => {
    const values = simulated.value.outputs.get(name)?.data;
    return data.every((value, index) => Number.isNaN(value) || value === values?.[index]);
  });
}

test("random programs with as little memory as they need", () => {
  let shared = 0;
  fc.assert(
    fc.property(seeds, (own) => {
      const made = tightCase(randomTiles(own));
      if (made.isShared) shared++;
      expect(findingsOf(made, made.stream)).toEqual([]);
      expect(differencesOf(made, made.stream)).toEqual([]);
      expect(isRight(made, made.stream)).toBe(true);
    }),
    { numRuns: isLong ? 1000 : 60, seed },
  );
  expect(shared).toBeGreaterThan(10);
});

const graphs = {
  "layer norm": `graph g(x: bf16[40, 12], weight s: bf16[12], weight b: bf16[12]) -> (y: bf16[40, 12]) {
    y = layer_normalization(x, s, b)
  }`,
  product: "graph g(x: bf16[40, 40], weight w: bf16[40, 40]) -> (y: bf16[40, 40]) { y = gelu(matmul(x, w)) }",
  attention: "graph g(q: f32[1, 2, 20, 4], k: f32[1, 2, 20, 4]) -> (y: f32[1, 2, 20, 4]) { y = attention(q, k, k) }",
} as const;

test.each(Object.entries(graphs))("%s with as little memory as it needs", (_name, text) => {
  const target = unwrap(targetByName("tiny"));
  const made = tightCase(unwrap(graphToTiles(parseGraph(text), { target, strategy: "naive" })).value);
  expect(made.isShared).toBe(true);
  expect(findingsOf(made, made.stream)).toEqual([]);
  expect(differencesOf(made, made.stream)).toEqual([]);
});

test("bytes that are used again too early are reported", () => {
  let reported = 0;
  for (let own = 0; own < (isLong ? 400 : 60); own++) {
    const made = tightCase(randomTiles(own));
    const { semaphores } = made.stream;
    for (const [index, { name }] of semaphores.entries()) {
      if (!name.includes(" done")) continue;
      const early = semaphores.map((sem, at) => (at === index ? { ...sem, initial: sem.initial + 1 } : sem));
      const stream = { ...made.stream, semaphores: early };
      const isFound = differencesOf(made, stream).length > 0 || findingsOf(made, stream).length > 0;
      if (isFound) reported++;
      else expect(isRight(made, stream), `program ${own}, ${name}`).toBe(true);
    }
  }
  expect(reported).toBeGreaterThan(20);
});
