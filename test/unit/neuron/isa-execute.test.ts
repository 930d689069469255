// What each instruction computes, against the same thing said once more in plain loops, over random operands.

import { describe, expect, test } from "vitest";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { Block } from "../../../targets/neuron/isa/define.ts";
import { instNames } from "../../../targets/neuron/isa/index.ts";
import { actCases } from "./isa-act-cases.ts";
import { execute, makeArgs, randomBlocks, tile } from "./isa-fixtures.ts";
import { arrayCases, otherCases } from "./isa-other-cases.ts";
import { searchCases } from "./isa-search-cases.ts";
import { vectorCases } from "./isa-vector-cases.ts";

const f32 = Math.fround;
const [p, f] = [5, 7];
const seeds = [1, 2, 3];

/** The tile that holds `each(i, j)`. */
function fill(rows: number, columns: number, each: (i: number, j: number) => number): Float64Array {
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = each(i, j);
  return data;
}

const element = (block: Block | undefined, i: number, j: number): number => block?.data[i * block.f + j] ?? Number.NaN;

const tested = new Set<string>([
  ...["acquire", "release", "drain", "load_weights", "load_weights_mx"],
  // In isa-random.test.ts.
  ...["rand_set_state", "rand_get_state", "rand2"],
  // In isa-accumulators.test.ts.
  "read_accumulator",
]);
const instruction = (name: (typeof instNames)[number], body: (seed: number) => void): void => {
  tested.add(name);
  test.each(seeds)(`${name}, random operands %i`, body);
};

describe("the systolic array", () => {
  const [k, m, n] = [6, 3, 9];
  const args = (accumulate: boolean) =>
    makeArgs(
      { dst: tile("f32", m, n, { memory: "psum" }), moving: tile("bf16", k, n), stationary: tile("bf16", k, m) },
      { accumulate },
    );
  const sum = (blocks: Readonly<Record<string, Block>>, i: number, j: number): number => {
    let total = 0;
    for (let q = 0; q < k; q++) total += element(blocks.stationary, q, i) * element(blocks.moving, q, j);
    return total;
  };

  instruction("matmul", (seed) => {
    const blocks = randomBlocks(args(true), seed);
    const fresh = fill(m, n, (i, j) => sum(blocks, i, j));
    expect(execute("matmul", args(false), blocks, "pe")).toEqual(fresh);
    const added = fill(m, n, (i, j) => f32(element(blocks.dst, i, j) + sum(blocks, i, j)));
    expect(execute("matmul", args(true), blocks, "pe")).toEqual(added);
  });

  instruction("transpose", (seed) => {
    const turned = makeArgs({ dst: tile("bf16", f, p, { memory: "psum" }), src: tile("bf16", p, f) });
    const blocks = randomBlocks(turned, seed);
    expect(execute("transpose", turned, blocks, "pe")).toEqual(fill(f, p, (i, j) => element(blocks.src, j, i)));
  });
});

describe("the scalar engine", () => {
  instruction("activation", (seed) => {
    const values = { func: "gelu_tanh", scale: 0.3 };
    const args = makeArgs({ dst: tile("f32", p, f), src: tile("bf16", p, f), bias: tile("f32", p, 1) }, values);
    const blocks = randomBlocks(args, seed);
    const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
    const expected = fill(p, f, (i, j) =>
      gelu(f32(f32(f32(0.3) * element(blocks.src, i, j)) + element(blocks.bias, i, 0))),
    );
    for (const [index, got] of execute("activation", args, blocks, "act").entries()) {
      expect(got).toBeCloseTo(expected[index] ?? Number.NaN, 6);
      expect(got).toBe(f32(got));
    }
  });
});

describe("the vector engine", () => {
  instruction("tensor_copy", (seed) => {
    const args = makeArgs({ dst: tile("bf16", p, f), src: tile("f32", p, f) });
    const blocks = randomBlocks(args, seed);
    expect(execute("tensor_copy", args, blocks, "dve")).toEqual(blocks.src?.data);
  });

  test("tensor_copy of i32 is exact, converting it goes by way of f32", () => {
    const big = 2 ** 24 + 1;
    const copy = (dtype: Dtype) => {
      const args = makeArgs({ dst: tile(dtype, 1, 1), src: tile("i32", 1, 1) });
      const blocks = randomBlocks(args, 1);
      blocks.src?.data.fill(big);
      return execute("tensor_copy", args, blocks, "dve")[0];
    };
    expect([copy("i32"), copy("f32")]).toEqual([big, 2 ** 24]);
  });

  instruction("tensor_tensor", (seed) => {
    const operands = { dst: tile("f32", p, f), lhs: tile("f32", p, f), rhs: tile("bf16", p, f) };
    const blocks = randomBlocks(makeArgs(operands), seed);
    const [lhs, rhs] = [blocks.lhs, blocks.rhs];
    const run = (op: string) => execute("tensor_tensor", makeArgs(operands, { op }), blocks, "dve");
    expect(run("multiply")).toEqual(fill(p, f, (i, j) => f32(element(lhs, i, j) * element(rhs, i, j))));
    expect(run("subtract")).toEqual(fill(p, f, (i, j) => f32(element(lhs, i, j) - element(rhs, i, j))));
    expect(run("is_gt")).toEqual(fill(p, f, (i, j) => Number(element(lhs, i, j) > element(rhs, i, j))));
  });

  test("tensor_tensor on i32 is exact on the general engine only", () => {
    const operands = { dst: tile("i32", 1, 1), lhs: tile("i32", 1, 1), rhs: tile("i32", 1, 1) };
    const args = makeArgs(operands, { op: "multiply" });
    const blocks = randomBlocks(args, 1);
    blocks.lhs?.data.fill(65537);
    blocks.rhs?.data.fill(65539);
    expect(execute("tensor_tensor", args, blocks, "pool")[0]).toBe(Number(BigInt.asIntN(32, 65537n * 65539n)));
    expect(execute("tensor_tensor", args, blocks, "dve")[0]).toBe(f32(65537 * 65539));
  });

  instruction("tensor_scalar", (seed) => {
    const operands = { dst: tile("f32", p, f), src: tile("bf16", p, f), scalar1: tile("f32", p, 1) };
    const values = { op0: "subtract", imm0: 0.1, reverse0: true, op1: "multiply", imm1: null, reverse1: false };
    const args = makeArgs(operands, values);
    const blocks = randomBlocks(args, seed);
    const expected = fill(p, f, (i, j) =>
      f32(f32(f32(0.1) - element(blocks.src, i, j)) * element(blocks.scalar1, i, 0)),
    );
    expect(execute("tensor_scalar", args, blocks, "dve")).toEqual(expected);
  });

  instruction("tensor_reduce", (seed) => {
    const operands = { dst: tile("f32", p, 1), src: tile("f32", p, f) };
    const blocks = randomBlocks(makeArgs(operands), seed);
    const fold = (op: string, step: (a: number, b: number) => number) => {
      const expected = fill(p, 1, (i) => {
        let folded = element(blocks.src, i, 0);
        for (let j = 1; j < f; j++) folded = f32(step(folded, element(blocks.src, i, j)));
        return folded;
      });
      expect(execute("tensor_reduce", makeArgs(operands, { op }), blocks, "dve")).toEqual(expected);
    };
    fold("add", (a, b) => a + b);
    fold("max", Math.max);
    fold("min", Math.min);
    fold("multiply", (a, b) => a * b);
    fold("subtract", (a, b) => a - b);
    fold("logical_and", (a, b) => (a !== 0 && b !== 0 ? 1 : 0));
    fold("logical_xor", (a, b) => ((a !== 0) === (b !== 0) ? 0 : 1));
  });

  instruction("select", (seed) => {
    const predicate = tile("bool", p, f);
    const args = makeArgs({
      dst: tile("f32", p, f),
      predicate,
      on_true: tile("f32", p, f),
      on_false: tile("f32", p, f),
    });
    const blocks = randomBlocks(args, seed);
    blocks.predicate?.data.forEach((_old, index, data) => {
      data[index] = index % 3 === 0 ? 1 : 0;
    });
    const expected = fill(p, f, (i, j) => element((i * f + j) % 3 === 0 ? blocks.on_true : blocks.on_false, i, j));
    expect(execute("select", args, blocks, "dve")).toEqual(expected);
  });

  instruction("reciprocal", (seed) => {
    const args = makeArgs({ dst: tile("f32", p, f), src: tile("bf16", p, f) });
    const blocks = randomBlocks(args, seed);
    expect(execute("reciprocal", args, blocks, "dve")).toEqual(
      fill(p, f, (i, j) => f32(1 / element(blocks.src, i, j))),
    );
  });

  instruction("memset", () => {
    const args = makeArgs({ dst: tile("f32", p, f) }, { value: -2.5 });
    expect(execute("memset", args, randomBlocks(args, 1), "dve")).toEqual(fill(p, f, () => -2.5));
  });
});

describe("the general engine and DMA", () => {
  instruction("iota", () => {
    const args = makeArgs({ dst: tile("i32", p, f) }, { base: 100, partition_step: -7, step: 3 });
    expect(execute("iota", args, randomBlocks(args, 1), "pool")).toEqual(fill(p, f, (i, j) => 100 - 7 * i + 3 * j));
  });

  instruction("dma_copy", (seed) => {
    const args = makeArgs({ dst: tile("bf16", p, f), src: tile("f32", p, f, { memory: "hbm" }) });
    const blocks = randomBlocks(args, seed);
    expect(execute("dma_copy", args, blocks, "dma")).toEqual(blocks.src?.data);
  });

  instruction("dma_gather", (seed) => {
    const table = tile("bf16", 11, f, { memory: "hbm" });
    const args = makeArgs({ dst: tile("bf16", p, f), table, index: tile("i32", p, 1) });
    const blocks = randomBlocks(args, seed);
    blocks.index?.data.set([10, 0, 3, 3, 7]);
    const expected = fill(p, f, (i, j) => element(blocks.table, element(blocks.index, i, 0), j));
    expect(execute("dma_gather", args, blocks, "dma")).toEqual(expected);
  });
});

test("every instruction with a meaning of its own is tested here or has a case", () => {
  const cases = new Set(
    [...vectorCases, ...otherCases, ...arrayCases, ...actCases, ...searchCases].map(({ name }) => name),
  );
  expect(instNames.filter((name) => !tested.has(name) && !cases.has(name))).toEqual([]);
});
