// The engines' own random generators: what is set is what comes out, numbers follow their definition, and streams that use
// what nothing has set are refused by the simulator and by the check.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import type { Block, ResolvedArgs, UnitName } from "../../../targets/neuron/isa/define.ts";
import type { InstName } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { cyclesOf, makeArgs, problemsOf, randomBlocks, tile } from "./isa-fixtures.ts";
import { type Blocks, executeAll } from "./isa-special-fixtures.ts";
import { counting, run, tiny } from "./simulate-fixtures.ts";
import { acquire, hbm, inst, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

const trn1 = machineByName("trn1");
const trn2 = machineByName("trn2");
const trn3 = machineByName("trn3");
invariant(trn1 !== undefined && trn2 !== undefined && trn3 !== undefined, "they are shipped");

const f32 = Math.fround;
const [p, f] = [3, 10];

/** One step of Marsaglia's xorwow on arbitrarily large numbers, cut to 32 bits where C would. */
function step(state: bigint[]): bigint {
  const cut = (x: bigint): bigint => BigInt.asUintN(32, x);
  const [x = 0n, y = 0n, z = 0n, w = 0n, v = 0n, d = 0n] = state;
  const t = x ^ (x >> 2n);
  const next = cut(v ^ (v << 4n) ^ t ^ (t << 1n));
  state.splice(0, 6, y, z, w, v, next, cut(d + 362437n));
  return cut(next + cut(d + 362437n));
}

const stateBlock = (words: number): Block => ({
  p,
  f: words,
  data: Float64Array.from({ length: p * words }, (_x, at) => ((at + 1) * 88675123) | 0),
});

const withState = (blocks: Blocks, words: number): Blocks & { readonly state: Block } => ({
  ...blocks,
  state: stateBlock(words),
});

const statesOf = (block: Block, row: number, g: number): bigint[] =>
  Array.from(block.data.slice(row * block.f + 6 * g, row * block.f + 6 * g + 6), (x) => BigInt.asUintN(32, BigInt(x)));

describe("what they compute", () => {
  test.each([
    ["numbers", { min: -2.5, max: 1.1 }],
    ["columns", {}],
  ])("rand2 takes a word of each of four generators in turn, bounds being %s", (_what, values) => {
    const columns = { min_column: tile("f32", p, 1), max_column: tile("f32", p, 1) };
    const args = makeArgs({ dst: tile("f32", p, f), ...("min" in values ? {} : columns) }, values);
    const blocks = withState(randomBlocks(args, 5), 24);
    const after = executeAll("rand2", args, blocks, "dve");
    for (let row = 0; row < p; row++) {
      const generators = [0, 1, 2, 3].map((g) => statesOf(blocks.state, row, g));
      const low = f32("min" in values ? values.min : (blocks.min_column?.data[row] ?? 0));
      const high = f32("max" in values ? values.max : (blocks.max_column?.data[row] ?? 0));
      for (let at = 0; at < 12; at++) {
        const share = Number(step(generators[at % 4] ?? []) / 256n) / 2 ** 24;
        if (at < f) expect(after.dst?.data[row * f + at]).toBe(f32(low + f32(f32(high - low) * share)));
      }
      const left = [0, 1, 2, 3].flatMap((g) => statesOf(after.state ?? stateBlock(24), row, g));
      expect(left).toEqual(generators.flat());
    }
  });

  test("random_bits takes the engine's words where it has no state", () => {
    const args = makeArgs({ dst: tile("i32", p, f) });
    const blocks = withState(randomBlocks(args, 5), 6);
    const after = executeAll("random_bits", args, blocks, "pool");
    for (let row = 0; row < p; row++) {
      const generator = statesOf(blocks.state, row, 0);
      for (let at = 0; at < f; at++) {
        expect(after.dst?.data[row * f + at]).toBe(Number(BigInt.asIntN(32, step(generator))));
      }
    }
  });

  test("what is set is what is got", () => {
    const given = withState(randomBlocks(makeArgs({ src: tile("i32", p, 6) }), 2), 6);
    const set = executeAll("rand_set_state", makeArgs({ src: tile("i32", p, 6) }), given, "pool");
    expect(set.state?.data).toEqual(given.src?.data);
    const dst = { dst: { p, f: 6, data: new Float64Array(p * 6) } };
    const got = executeAll("rand_get_state", makeArgs({ dst: tile("i32", p, 6) }), { ...dst, ...given }, "pool");
    expect(got.dst?.data).toEqual(given.state.data);
  });
});

describe("what is refused", () => {
  const cases: readonly (readonly [string, InstName, UnitName, ResolvedArgs])[] = [
    ["E0701", "rand_set_state", "dve", makeArgs({ src: tile("i32", p, 6) })],
    ["E0701", "rand_get_state", "pool", makeArgs({ dst: tile("i32", p, 24) })],
    ["E0708", "rand_set_state", "pool", makeArgs({ src: tile("i32", p, 6, { memory: "psum" }) })],
    ["E0709", "rand2", "pool", makeArgs({ dst: tile("f32", p, f) }, { min: 0, max: 1 })],
    ["E0707", "rand2", "dve", makeArgs({ dst: tile("bool", p, f) }, { min: 0, max: 1 })],
    ["E0711", "rand2", "dve", makeArgs({ dst: tile("f32", p, f) }, { min: 0 })],
    ["E0711", "rand2", "dve", makeArgs({ dst: tile("f32", p, f), min_column: tile("f32", p, 1) }, { min: 0, max: 1 })],
    ["E0715", "rand2", "dve", makeArgs({ dst: tile("f32", p, f) }, { min: 1, max: 1 })],
    ["E0715", "random_bits", "dve", makeArgs({ dst: tile("i32", p, f) })],
  ];
  test.each(cases)("%s: %s", (code, name, unit, args) => {
    expect(problemsOf(name, args, unit, trn3).map((found) => found.code)).toEqual([code]);
  });

  test("what a generation lacks", () => {
    const found = (name: InstName, args: ResolvedArgs, unit: UnitName, machine: typeof trn1) =>
      problemsOf(name, args, unit, machine).map(({ code }) => code);
    const small = makeArgs({ src: tile("i32", p, 6) });
    expect(found("rand_set_state", small, "pool", trn2)).toEqual([]);
    expect(found("rand_set_state", small, "pool", trn1)).toContain("E0714");
    expect(found("rand_set_state", makeArgs({ src: tile("i32", p, 24) }), "dve", trn2)).toContain("E0714");
    expect(found("rand2", makeArgs({ dst: tile("f32", p, f) }, { min: 0, max: 1 }), "dve", trn2)).toEqual(["E0714"]);
  });

  test("the vector engine makes a number with each of its generators in a cycle", () => {
    const cycles = (columns: number) =>
      cyclesOf("rand2", makeArgs({ dst: tile("f32", p, columns) }), "dve", trn3).issueCycles;
    expect(cycles(1024) - cycles(512)).toBe(512 / trn3.dveRandomGenerators);
  });
});

/** Sets the generators of `set` partitions, fills a tile twice, and stores it and the state that is left. */
function randomStream(set: number): Stream {
  const b = streamBuilder();
  const seeds = b.tensor("seeds", "i32", [8, 24], "input");
  const [numbers, left] = [b.tensor("numbers", "f32", [8, 8], "output"), b.tensor("left", "i32", [8, 24], "output")];
  const [loaded, done] = [b.sem("loaded", "dma0", "dve"), b.sem("done", "dve", "dma0")];
  const state = (rows: number) => sbuf("i32", { at: 0, p: rows, f: 24 });
  const out = sbuf("f32", { at: 96, p: 8, f: 8 });
  const after = sbuf("i32", { at: 128, p: 8, f: 24 });
  const whole = { at: 0, rows: 8, rowStride: 24, f: 24 };
  b.queue("dma0", [
    inst("dma_copy", { dst: state(8), src: hbm(seeds, "i32", whole) }),
    release(loaded),
    acquire(done),
    inst("dma_copy", { dst: hbm(numbers, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }), src: out }),
    inst("dma_copy", { dst: hbm(left, "i32", whole), src: after }),
  ]);
  b.queue("dve", [
    acquire(loaded),
    inst("rand_set_state", { src: state(set) }),
    inst("rand2", { dst: out, min: value(0), max: value(1) }),
    inst("rand2", { dst: out, min: value(0), max: value(1) }),
    inst("rand_get_state", { dst: after }),
    release(done),
  ]);
  const stream = b.build();
  const spacingBytes = 4096;
  return { ...stream, tensors: stream.tensors.map((tensor, at) => ({ ...tensor, addressBytes: at * spacingBytes })) };
}

test("in a stream, the generators continue where the last instruction left them", () => {
  const seeds = counting("i32", [8, 24]);
  const inputs = new Map([["seeds", { ...seeds, data: seeds.data.map((_x, at) => (at + 1) * 7919) }]]);
  const stream = randomStream(8);
  expect(checkStream(stream, tiny).diagnostics).toEqual([]);
  const { outputs } = run(stream, inputs);
  expect(run(stream, inputs).outputs).toEqual(outputs);
  const block = { p: 8, f: 24, data: Float64Array.from(inputs.get("seeds")?.data ?? []) };
  const generators = [0, 1, 2, 3].map((g) => statesOf(block, 5, g));
  const words = Array.from({ length: 16 }, (_x, at) => step(generators[at % 4] ?? []));
  const wanted = words.slice(8).map((word) => Number(word / 256n) / 2 ** 24);
  expect(Array.from(outputs.get("numbers")?.data.slice(40, 48) ?? [])).toEqual(wanted);
  const left = outputs.get("left")?.data.slice(5 * 24, 6 * 24) ?? [];
  expect(Array.from(left, (x) => BigInt.asUintN(32, BigInt(x)))).toEqual(generators.flat());
});

test("generators that nothing has set are refused, by partition", () => {
  const inputs = new Map([["seeds", counting("i32", [8, 24])]]);
  const [found] = checkStream(randomStream(6), tiny).diagnostics;
  expect([found?.code, found?.args]).toEqual(["E0720", { inst: "rand2", lane: 6 }]);
  const simulated = simulate(randomStream(6), tiny, inputs);
  expect(simulated.ok ? [] : simulated.error.map(({ code, args }) => [code, args.lane])).toEqual([["E0720", 6]]);
});
