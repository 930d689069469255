// What makes an instruction illegal, what it costs, and that the table is complete.
import { describe, expect, test } from "vitest";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { startMultiple } from "../../../targets/neuron/isa/check.ts";
import type { ResolvedArgs, ResolvedOperand, UnitName } from "../../../targets/neuron/isa/define.ts";
import { type InstName, instDef, instNames, isInstName } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { cyclesOf, makeArgs, problemsOf, tile } from "./isa-fixtures.ts";

const trn2 = machineByName("trn2");
const tiny = machineByName("tiny");
const trn3 = machineByName("trn3");
invariant(trn2 !== undefined && trn3 !== undefined && tiny !== undefined, "they are shipped");

const inPsum = { memory: "psum" } as const;
const inHbm = { memory: "hbm" } as const;

describe("constraints", () => {
  const product = { dst: tile("f32", 64, 256, inPsum), moving: tile("bf16", 128, 256) };
  const legal: readonly (readonly [InstName, UnitName, ResolvedArgs])[] = [
    ["matmul", "pe", makeArgs({ ...product, stationary: tile("bf16", 128, 64) }, { accumulate: false })],
    ["load_weights", "pe", makeArgs({ src: tile("bf16", 128, 128) })],
    ["transpose", "pe", makeArgs({ dst: tile("bf16", 128, 32, inPsum), src: tile("bf16", 32, 128) })],
    [
      "tensor_copy",
      "act",
      makeArgs({ dst: tile("bf16", 32, 8, { startPartition: 96 }), src: tile("f32", 32, 8, inPsum) }),
    ],
    ["dma_copy", "dma", makeArgs({ dst: tile("bf16", 3, 8, { startPartition: 5 }), src: tile("f32", 3, 8, inHbm) })],
  ];
  test.each(legal)("%s on %s is legal", (name, unit, args) => {
    expect(problemsOf(name, args, unit, trn2)).toEqual([]);
  });

  const wide = { sizes: [2, 2, 2, 2, 2], strides: [16, 8, 4, 2, 1] };
  const scalar = { op0: "add", imm0: 1, op1: null };
  const illegal: readonly (readonly [string, string, InstName, UnitName, ResolvedArgs])[] = [
    ["E0701", "shapes differ", "tensor_copy", "dve", makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 5) })],
    [
      "E0701",
      "a column of another height",
      "activation",
      "act",
      makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 4), bias: tile("f32", 4, 1) }),
    ],
    ["E0701", "weights of another shape", "matmul", "pe", makeArgs({ ...product, stationary: tile("bf16", 64, 64) })],
    [
      "E0702",
      "start in the middle of a group",
      "memset",
      "dve",
      makeArgs({ dst: tile("f32", 8, 4, { startPartition: 16 }) }),
    ],
    [
      "E0702",
      "start at a group too small",
      "memset",
      "dve",
      makeArgs({ dst: tile("f32", 40, 4, { startPartition: 32 }) }),
    ],
    ["E0703", "too many partitions", "memset", "dve", makeArgs({ dst: tile("f32", 129, 4) })],
    [
      "E0703",
      "behind the end of SBUF",
      "memset",
      "dve",
      makeArgs({ dst: tile("f32", 8, 4, { addressBytes: trn2.sbufBytesPerPartition - 8 }) }),
    ],
    ["E0703", "before the start of SBUF", "memset", "dve", makeArgs({ dst: tile("f32", 8, 4, { strides: [-1] }) })],
    ["E0704", "too many dimensions", "memset", "dve", makeArgs({ dst: tile("f32", 8, 32, wide) })],
    ["E0705", "too many columns of weights", "load_weights", "pe", makeArgs({ src: tile("bf16", 8, 200) })],
    [
      "E0706",
      "crosses a bank",
      "matmul",
      "pe",
      makeArgs({ ...product, dst: tile("f32", 64, 256, { ...inPsum, addressBytes: 1536 }) }),
    ],
    ["E0707", "a dtype that the array does not take", "load_weights", "pe", makeArgs({ src: tile("i32", 8, 8) })],
    ["E0707", "f32 with bf16", "matmul", "pe", makeArgs({ ...product, stationary: tile("f32", 128, 64) })],
    [
      "E0707",
      "a transpose that converts",
      "transpose",
      "pe",
      makeArgs({ dst: tile("f32", 8, 8, inPsum), src: tile("bf16", 8, 8) }),
    ],
    ["E0708", "the general engine in PSUM", "memset", "pool", makeArgs({ dst: tile("f32", 8, 4, inPsum) })],
    ["E0708", "DMA from PSUM", "dma_copy", "dma", makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 4, inPsum) })],
    ["E0709", "the wrong unit", "matmul", "dve", makeArgs(product)],
    [
      "E0710",
      "both in PSUM",
      "tensor_tensor",
      "dve",
      makeArgs(
        { dst: tile("f32", 8, 4), lhs: tile("f32", 8, 4, inPsum), rhs: tile("f32", 8, 4, inPsum) },
        { op: "add" },
      ),
    ],
    [
      "E0711",
      "no scalar",
      "tensor_scalar",
      "dve",
      makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 4) }, { ...scalar, imm0: null }),
    ],
    [
      "E0711",
      "two scalars",
      "tensor_scalar",
      "dve",
      makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 4), scalar0: tile("f32", 8, 1) }, scalar),
    ],
    [
      "E0711",
      "a scalar without its operation",
      "tensor_scalar",
      "dve",
      makeArgs({ dst: tile("f32", 8, 4), src: tile("f32", 8, 4) }, { ...scalar, imm1: 2 }),
    ],
    ["E0713", "not aligned", "memset", "dve", makeArgs({ dst: tile("f32", 8, 4, { addressBytes: 6 }) })],
  ];
  test.each(illegal)("%s: %s", (code, _what, name, unit, args) => {
    expect(problemsOf(name, args, unit, trn2).map((found) => found.code)).toEqual([code]);
  });

  test("a result reaches over banks, and is bf16, where the machine says so", () => {
    const found = (dst: ResolvedOperand, machine: Machine) =>
      problemsOf(
        "matmul",
        makeArgs({ dst, moving: tile("bf16", 16, dst.sizes[0] ?? 0), stationary: tile("bf16", 16, 8) }),
        "pe",
        machine,
      ).map(({ code, args }) => [code, args.limit ?? args.expected]);
    expect(found(tile("f32", 8, 513, inPsum), trn2)).toEqual([
      ["E0705", 512],
      ["E0706", "one bank of 2048 bytes"],
    ]);
    expect(found(tile("f32", 8, 4096, inPsum), trn3)).toEqual([]);
    expect(found(tile("bf16", 8, 8192, inPsum), trn3)).toEqual([]);
    expect(found(tile("f32", 8, 4097, inPsum), trn3).map(([code]) => code)).toEqual(["E0703", "E0705", "E0706"]);
    expect(found(tile("bf16", 8, 64, inPsum), trn2)).toEqual([["E0707", "f32"]]);
    expect(found(tile("i32", 8, 64, inPsum), trn3)).toEqual([["E0707", "f32 or bf16"]]);
    const tiles = makeArgs(
      {
        dst: tile("f32", 3, 10, { ...inPsum, sizes: [2, 5], strides: [510, 1] }),
        moving: tile("bf16", 64, 5),
        stationary: tile("bf16", 64, 3),
      },
      { rows: 32 },
    );
    const codes = (machine: Machine) => problemsOf("matmul_row_tiles", tiles, "pe", machine).map(({ code }) => code);
    expect([codes(trn2), codes(trn3)]).toEqual([["E0706"], []]);
  });

  test("an operand of more partitions has fewer places to start at", () => {
    expect([1, 32, 33, 64, 65, 128].map((p) => startMultiple(p, trn2))).toEqual([32, 32, 64, 64, 128, 128]);
    expect([1, 2, 3, 5].map((p) => startMultiple(p, tiny))).toEqual([2, 2, 4, 8]);
  });
});

describe("costs on trn2; against measurements: test/accuracy", () => {
  test("copies between tiles of 2 bytes in SBUF are four times as fast, with strides twice", () => {
    const cycles = (strides: readonly number[]) => {
      const args = makeArgs({ dst: tile("bf16", 128, 512), src: tile("f16", 128, 512, { strides }) });
      return cyclesOf("tensor_copy", args, "dve", trn2).issueCycles - trn2.dveOverheadCycles;
    };
    expect([cycles([1]), cycles([2])]).toEqual([512 / 4, 512 / 2]);
  });
});

test("zeros and ones halve the time of f32, tiles of columns take that of one", () => {
  const machine = { ...trn2, peOverheadCycles: 0 };
  const cycles = (name: InstName, moving: ResolvedOperand) =>
    cyclesOf(name, makeArgs({ dst: tile("f32", 128, 512, inPsum), moving }), "pe", machine).issueCycles;
  expect(cycles("matmul", tile("f32", 128, 512))).toBe(4 * 512);
  expect(cycles("matmul_onezero", tile("f32", 128, 512))).toBe(2 * 512);
  const tiles = tile("bf16", 128, 2048, { sizes: [4, 512], strides: [512, 1] });
  expect(cycles("matmul_column_tiles", tiles)).toBe(cycles("matmul", tile("bf16", 128, 512)));
});

describe("rates of the vector engine", () => {
  const streamed = (name: InstName, operands: ResolvedArgs["operands"], machine: Machine, values = {}) =>
    cyclesOf(name, makeArgs(operands, values), "dve", machine).issueCycles - machine.dveOverheadCycles;

  test("8-bit floats are as fast as 2-byte elements on trn3", () => {
    const copy = { dst: tile("f8e4m3", 128, 512), src: tile("bf16", 128, 512) };
    const sum = { dst: tile("bf16", 128, 512), lhs: tile("f8e5m2", 128, 512), rhs: tile("bf16", 128, 512) };
    const whole = { dst: tile("u8", 128, 512), src: tile("bf16", 128, 512) };
    const cycles = (machine: Machine) => [
      streamed("tensor_copy", copy, machine),
      streamed("tensor_tensor", sum, machine, { op: "add" }),
      streamed("tensor_copy", whole, machine),
    ];
    expect(cycles(trn2)).toEqual([512, 1024, 512]);
    expect(cycles(trn3)).toEqual([128, 512, 512]);
  });

  test("a tile, a scalar and a tile: fast for a difference and a product of bf16", () => {
    const tiles = (f: number, dtype: Dtype = "bf16") => ({
      dst: tile("f32", 128, f),
      src: tile("bf16", 128, f),
      rhs: tile(dtype, 128, f),
    });
    const cycles = (operands: ResolvedArgs["operands"], op0: string, op1: string) =>
      streamed("scalar_tensor_tensor", operands, trn2, { op0, imm0: 1, op1 });
    expect(cycles(tiles(512), "subtract", "multiply")).toBe(512);
    expect(cycles(tiles(511), "subtract", "multiply")).toBe(1022);
    expect(cycles(tiles(512), "multiply", "add")).toBe(1024);
    expect(cycles(tiles(512, "f32"), "subtract", "multiply")).toBe(1024);
  });
});

describe("the table", () => {
  test("no opcode stands twice", () => {
    const opcodes = instNames.map((name) => instDef(name).opcode);
    expect(new Set(opcodes).size).toBe(opcodes.length);
  });

  test.each(instNames)("%s is documented, and its example names its fields", (name) => {
    const { summary, detail, source, example, fields, units } = instDef(name);
    for (const text of [summary, detail, source]) expect(text.length).toBeGreaterThan(5);
    expect(example.split(" ")[0]).toBe(name);
    for (const given of example.matchAll(/(\w+)=/g)) expect(Object.keys(fields)).toContain(given[1]);
    expect(units.length).toBeGreaterThan(0);
    expect(isInstName(name)).toBe(true);
  });
});
