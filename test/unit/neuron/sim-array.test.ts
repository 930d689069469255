// The systolic array with SIMD against the row `matmul`, bit for bit, on tiles of all shapes, with all kinds of numbers.
import { describe, expect, test } from "vitest";
import { type Dtype, roundTo } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type Block, freeSize, type ResolvedOperand } from "../../../targets/neuron/isa/define.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { holdOperand, makeArray, multiply } from "../../../targets/neuron/sim/array.ts";
import { gather, type Memories, makeMemories, scatter } from "../../../targets/neuron/sim/memory.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { execute, makeArgs, randomNumbers, tile } from "./isa-fixtures.ts";
import { productInputs, productStream } from "./simulate-fixtures.ts";

const trn3 = machineByName("trn3");
const tiny = machineByName("tiny");
invariant(trn3 !== undefined && tiny !== undefined, "both are shipped");
const memories = makeMemories(trn3, []);

/** Numbers of all magnitudes, some of them special. */
function roughNumbers(seed: number, specials: readonly number[]): () => number {
  const next = randomNumbers(seed);
  return () => {
    const choice = Math.floor((next() + 4) * 8);
    const special = specials[choice];
    return special ?? next() * 2 ** Math.round(next() * 3);
  };
}

const tame = [0, -0, 2 ** -133, -(2 ** -149), 2 ** -126];
const wild = [...tame, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -3e38];

function fill(operand: ResolvedOperand, next: () => number): void {
  const values = Float64Array.from({ length: operand.partitions * freeSize(operand) }, next);
  scatter(memories, operand, values);
}

function blockOf(from: Memories, operand: ResolvedOperand): Block {
  const data = new Float64Array(operand.partitions * freeSize(operand));
  gather(from, operand, data);
  return { p: operand.partitions, f: freeSize(operand), data };
}

interface Case {
  readonly dtype: Dtype;
  readonly k: number;
  readonly m: number;
  readonly n: number;
  readonly accumulate: boolean;
  /** Between neighbouring elements of the moving operand and of dst. */
  readonly stride?: number;
  readonly result?: "f32" | "bf16";
}

/** What the module makes of random operands, and what the row says. */
function run(
  { dtype, k, m, n, accumulate, stride = 1, result = "f32" }: Case,
  seed: number,
  specials: readonly number[],
) {
  const stationary = tile(dtype, k, m, { addressBytes: 64 });
  const moving = tile(dtype, k, n, { addressBytes: 2048, strides: [stride] });
  const dst = tile(result, m, n, { memory: "psum", addressBytes: 8, strides: [stride] });
  const next = roughNumbers(seed, specials);
  for (const operand of [stationary, moving, dst]) fill(operand, next);
  const blocks = {
    stationary: blockOf(memories, stationary),
    moving: blockOf(memories, moving),
    dst: blockOf(memories, dst),
  };
  const args = makeArgs({ dst, moving, stationary }, { accumulate });
  const wanted = Float64Array.from(execute("matmul", args, blocks, "pe"), (x) => roundTo(result, x));
  const array = makeArray(memories, trn3!);
  invariant(array !== undefined, "there is WebAssembly here");
  holdOperand(array, memories, stationary);
  multiply(array, memories, { dst, moving, accumulate });
  return { wanted, found: blockOf(memories, dst).data };
}

const cases: readonly Case[] = [
  { dtype: "bf16", k: 128, m: 128, n: 512, accumulate: true },
  { dtype: "bf16", k: 128, m: 128, n: 512, accumulate: false },
  { dtype: "bf16", k: 1, m: 1, n: 1, accumulate: true },
  { dtype: "bf16", k: 17, m: 6, n: 13, accumulate: true },
  { dtype: "bf16", k: 33, m: 127, n: 9, accumulate: false },
  { dtype: "bf16", k: 64, m: 8, n: 40, accumulate: true, stride: 3 },
  { dtype: "f16", k: 15, m: 4, n: 24, accumulate: true },
  { dtype: "f32", k: 128, m: 32, n: 64, accumulate: true },
  { dtype: "f32", k: 16, m: 3, n: 511, accumulate: false },
  { dtype: "bf16", k: 17, m: 8, n: 40, accumulate: true, result: "bf16" },
  { dtype: "f16", k: 16, m: 5, n: 8184, accumulate: true, result: "bf16" },
  { dtype: "bf16", k: 8, m: 16, n: 4088, accumulate: true },
];

describe.each(cases)("the product $k x $m x $n of $dtype, accumulate $accumulate", (row) => {
  test.each([1, 2])("of ordinary and of tiny numbers, seed %i", (seed) => {
    const { wanted, found } = run(row, seed, tame);
    expect(found).toEqual(wanted);
    expect(found.some((x) => Math.abs(x) > 0)).toBe(true);
  });

  test("with infinities and NaN", () => {
    const { wanted, found } = run(row, 3, wild);
    expect(found).toEqual(wanted);
  });
});

test("a stream makes the same values and the same time without SIMD", () => {
  const [fast, slow] = [true, false].map((useSimd) => simulate(productStream(), tiny, productInputs, { useSimd }));
  expect(fast?.ok).toBe(true);
  expect(fast).toEqual(slow);
});
