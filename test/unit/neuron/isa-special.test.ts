// What the special instructions compute, against their cases; that each case is legal; and which arguments are refused.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { type ResolvedOperand, roleOf, type UnitName } from "../../../targets/neuron/isa/define.ts";
import { type InstName, instDef } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { actCases } from "./isa-act-cases.ts";
import { cyclesOf, makeArgs, problemsOf, randomBlocks, tile } from "./isa-fixtures.ts";
import { indirectCases } from "./isa-indirect-cases.ts";
import { operatorCases } from "./isa-operator-cases.ts";
import { arrayCases, otherCases } from "./isa-other-cases.ts";
import { searchCases } from "./isa-search-cases.ts";
import { executeAll, type InstCase } from "./isa-special-fixtures.ts";
import { vectorCases } from "./isa-vector-cases.ts";

const cases: readonly InstCase[] = [
  ...vectorCases,
  ...otherCases,
  ...arrayCases,
  ...operatorCases,
  ...actCases,
  ...searchCases,
  ...indirectCases,
];
const trn1 = machineByName("trn1");
const trn2 = machineByName("trn2");
const trn3 = machineByName("trn3");
invariant(trn1 !== undefined && trn2 !== undefined && trn3 !== undefined, "they are shipped");

describe.each(cases.map((entry, index) => [`${entry.name} (case ${index})`, entry] as const))("%s", (_title, entry) => {
  const args = makeArgs(entry.operands, entry.values);

  test.each([1, 2, 3])("computes what its formula says, random operands %i", (seed) => {
    const blocks = randomBlocks(args, seed);
    entry.prepare?.(blocks);
    const after = executeAll(entry.name, args, blocks, entry.unit);
    for (const [name, expected] of Object.entries(entry.expected(blocks))) {
      const tolerance = entry.name.startsWith("bn_") ? 1e-6 : 0;
      const got = after[name]?.data ?? new Float64Array();
      expect(got.length).toBe(expected.length);
      expected.forEach((wanted, at) => {
        const isNear = Object.is(got[at], wanted) || Math.abs(got[at]! - wanted) <= tolerance * (1 + Math.abs(wanted));
        if (!isNear) expect.fail(`${name}[${at}] is ${got[at]}, expected ${wanted}`);
      });
    }
  });

  test("is legal, takes time, and writes nothing but what its fields say", () => {
    expect(problemsOf(entry.name, args, entry.unit, trn3)).toEqual([]);
    const row = instDef(entry.name);
    if (entry.unit !== "dma") expect(cyclesOf(entry.name, args, entry.unit, trn3).latencyCycles).toBeGreaterThan(60);
    const blocks = randomBlocks(args, 9);
    entry.prepare?.(blocks);
    const after = executeAll(entry.name, args, blocks, entry.unit);
    for (const [name, field] of Object.entries(row.fields)) {
      if (field.kind === "operand" && field.role === "read") expect(after[name]).toEqual(blocks[name]);
    }
  });

  test("does not depend on what the written operands held before", () => {
    const blocks = randomBlocks(args, 4);
    entry.prepare?.(blocks);
    const overwritten = Object.entries(instDef(entry.name).fields).flatMap(([name, field]) =>
      field.kind === "operand" && roleOf(instDef(entry.name), name, args) === "write" && blocks[name] !== undefined
        ? [name]
        : [],
    );
    const once = executeAll(entry.name, args, blocks, entry.unit);
    for (const name of overwritten) blocks[name]?.data.fill(Number.NaN);
    expect(executeAll(entry.name, args, blocks, entry.unit)).toEqual(once);
  });
});

describe("what is refused", () => {
  /** The case of an instruction with some of its operands and immediates replaced; null takes one away. */
  const changed = (
    name: InstName,
    operands: Readonly<Record<string, ResolvedOperand | null>>,
    values: Parameters<typeof makeArgs>[1] = {},
  ) => {
    const entry = cases.find((candidate) => candidate.name === name);
    invariant(entry !== undefined, `${name} has a case`);
    const kept = Object.entries({ ...entry.operands, ...operands }).flatMap(([key, operand]) =>
      operand === null ? [] : [[key, operand] as const],
    );
    return makeArgs(Object.fromEntries(kept), { ...entry.values, ...values });
  };
  const psum = { memory: "psum" } as const;
  const bitwiseOr = { op: "bitwise_or", negate: false };
  const wholeRuns = { dst: tile("i32", 5, 3), src: tile("i32", 5, 12) };
  const plainAfterMx = makeArgs({
    dst: tile("f32", 8, 4, psum),
    moving: tile("bf16", 32, 4),
    stationary: tile("f8e4m3", 32, 8),
    stationary_scales: tile("u8", 32, 2),
  });
  const refused: readonly (readonly [string, InstName, UnitName, ReturnType<typeof makeArgs>])[] = [
    ["E0701", "scalar_tensor_tensor", "dve", changed("scalar_tensor_tensor", { rhs: tile("bf16", 5, 11) })],
    ["E0710", "scalar_tensor_tensor", "dve", changed("scalar_tensor_tensor", { rhs: tile("f32", 5, 12, psum) })],
    ["E0711", "scalar_tensor_tensor", "dve", changed("scalar_tensor_tensor", { scalar0: null })],
    ["E0711", "tensor_tensor_scan", "dve", changed("tensor_tensor_scan", { initial_column: tile("f32", 5, 1) })],
    ["E0711", "tensor_tensor_scan", "dve", changed("tensor_tensor_scan", {}, { initial: null })],
    ["E0701", "tensor_scalar_reduce", "dve", changed("tensor_scalar_reduce", { fold: tile("f32", 5, 2) })],
    ["E0715", "tensor_reduce", "dve", changed("tensor_reduce", { dst: tile("f32", 5, 5) })],
    ["E0701", "tensor_reduce", "dve", changed("tensor_reduce", { dst: tile("f32", 4, 3) })],
    ["E0707", "tensor_scalar_cumulative", "dve", changed("tensor_scalar_cumulative", { src: tile("i32", 5, 12) })],
    ["E0701", "exponential", "dve", changed("exponential", { shift: tile("f32", 4, 1) })],
    ["E0707", "tensor_copy_predicated", "dve", changed("tensor_copy_predicated", { src: tile("f32", 5, 12) })],
    ["E0707", "tensor_copy_predicated", "dve", changed("tensor_copy_predicated", { predicate: tile("f32", 5, 12) })],
    ["E0711", "select_reduce", "dve", changed("select_reduce", {}, { on_false: null })],
    ["E0707", "range_select", "dve", changed("range_select", { bound0: tile("i32", 5, 1) })],
    ["E0701", "bn_stats", "dve", changed("bn_stats", { dst: tile("f32", 5, 3) })],
    ["E0705", "bn_stats", "dve", changed("bn_stats", { src: tile("f32", 5, 513) })],
    ["E0715", "bn_aggr", "dve", changed("bn_aggr", { src: tile("f32", 5, 7) })],
    ["E0715", "max8", "dve", changed("max8", { src: tile("f32", 5, 7) })],
    ["E0705", "max8", "dve", changed("max8", { src: tile("f32", 5, 16385) })],
    ["E0707", "find_index8", "dve", changed("find_index8", { dst: tile("f32", 5, 8) })],
    ["E0701", "match_replace8", "dve", changed("match_replace8", { values: tile("f32", 5, 7) })],
    ["E0715", "stream_shuffle", "dve", changed("stream_shuffle", {}, { lanes: [3, 0, 4, 1] })],
    ["E0715", "stream_shuffle", "dve", changed("stream_shuffle", {}, { lanes: [1, 0, 2] })],
    ["E0715", "stream_shuffle", "dve", changed("stream_shuffle", {}, { lanes: [1, 0, 254, 255] })],
    [
      "E0705",
      "stream_shuffle",
      "dve",
      changed(
        "stream_shuffle",
        { dst: tile("f32", 64, 2), src: tile("f32", 64, 2) },
        { lanes: Array.from({ length: 64 }, (_x, i) => i) },
      ),
    ],
    [
      "E0705",
      "vector_transpose",
      "dve",
      changed("vector_transpose", { dst: tile("bf16", 33, 5), src: tile("bf16", 5, 33) }),
    ],
    ["E0707", "vector_transpose", "dve", changed("vector_transpose", { dst: tile("f32", 12, 5) })],
    ["E0701", "random_bits", "dve", changed("random_bits", { state: tile("i32", 5, 5) })],
    ["E0711", "dropout", "dve", changed("dropout", { probability_column: tile("f32", 5, 1) })],
    ["E0715", "affine_select", "pool", changed("affine_select", {}, { steps: [1] })],
    ["E0708", "affine_select", "pool", changed("affine_select", { src: tile("bf16", 5, 12, psum) })],
    ["E0715", "iota", "pool", changed("iota", {}, { steps: [1, 2] })],
    ["E0715", "local_gather", "pool", changed("local_gather", {}, { group: 32 })],
    ["E0715", "local_gather", "pool", changed("local_gather", { dst: tile("bf16", 32, 51) }, { elements: 3 })],
    ["E0715", "local_gather", "pool", changed("local_gather", { dst: tile("bf16", 32, 66) }, { count: 33 })],
    ["E0701", "local_gather", "pool", changed("local_gather", {}, { count: 16 })],
    ["E0705", "local_gather", "pool", changed("local_gather", { index: tile("i32", 32, 257) })],
    ["E0701", "n_gather", "pool", changed("n_gather", { index: tile("i32", 5, 3) })],
    ["E0715", "topk", "pool", changed("topk", {}, { group: 8, n: 20, k: 16 })],
    [
      "E0715",
      "topk",
      "pool",
      changed("topk", { values: tile("bf16", 32, 1), indices: tile("i32", 32, 1) }, { n: 7, k: 7 }),
    ],
    ["E0715", "topk", "pool", changed("topk", {}, { n: 49 })],
    ["E0715", "topk", "pool", changed("topk", {}, { n: 20 })],
    ["E0705", "topk", "pool", changed("topk", { src: tile("bf16", 32, 4096) }, { n: 65536 })],
    [
      "E0705",
      "topk",
      "pool",
      changed(
        "topk",
        { src: tile("bf16", 32, 4095), values: tile("bf16", 32, 2048), indices: tile("i32", 32, 2048) },
        { n: 65520, k: 32768 },
      ),
    ],
    ["E0701", "topk", "pool", changed("topk", { indices: tile("i32", 32, 3) })],
    ["E0707", "topk", "pool", changed("topk", { src: tile("f32", 32, 3) })],
    [
      "E0715",
      "topk",
      "pool",
      changed("topk", { src: tile("bf16", 24, 3), values: tile("bf16", 24, 2), indices: tile("i32", 24, 2) }),
    ],
    ["E0715", "nonzero_with_count", "pool", changed("nonzero_with_count", {}, { group: 8 })],
    ["E0701", "nonzero_with_count", "pool", changed("nonzero_with_count", { dst: tile("i32", 33, 8) })],
    ["E0707", "nonzero_with_count", "pool", changed("nonzero_with_count", { dst: tile("f32", 33, 9) })],
    ["E0701", "sequence_bounds", "pool", changed("sequence_bounds", { dst: tile("f32", 1, 12) })],
    ["E0701", "sequence_bounds", "pool", changed("sequence_bounds", { segments: tile("i32", 2, 12) })],
    ["E0701", "partition_reduce", "pool", changed("partition_reduce", { dst: tile("f32", 2, 12) })],
    ["E0707", "dma_scatter", "dma", changed("dma_scatter", { src: tile("f32", 5, 12) })],
    ["E0711", "activation", "act", changed("activation", {}, { scale: 2 })],
    ["E0701", "activation", "act", changed("activation", { sum: tile("f32", 5, 12) })],
    ["E0701", "tensor_copy", "dve", changed("tensor_copy", { src_index: tile("i32", 1, 8) })],
    [
      "E0708",
      "tensor_copy",
      "act",
      changed("tensor_copy", { dst: tile("bf16", 5, 9, psum), dst_index: tile("i32", 1, 7) }),
    ],
    ["E0701", "tensor_copy", "dve", changed("tensor_copy", { dst_index: tile("i32", 1, 6) })],
    ["E0715", "tensor_scalar_reduce", "dve", changed("tensor_scalar_reduce", { fold: null })],
    ["E0701", "tensor_copy", "dve", changed("tensor_copy", { src_index: tile("i32", 2, 7) })],
    ["E0702", "tensor_copy", "dve", changed("tensor_copy", { src_index: tile("i32", 1, 7, { startPartition: 16 }) })],
    ["E0707", "tensor_copy", "dve", changed("tensor_copy", { src_index: tile("f32", 1, 7) })],
    ["E0701", "matmul", "pe", changed("matmul", { moving_index: tile("i32", 1, 8) })],
    ["E0701", "matmul", "pe", changed("matmul", { moving_index: tile("i32", 2, 7) })],
    ["E0702", "matmul", "pe", changed("matmul", { moving_index: tile("i32", 1, 7, { startPartition: 16 }) })],
    ["E0707", "matmul", "pe", changed("matmul", { moving_index: tile("f32", 1, 7) })],
    ["E0708", "matmul", "pe", changed("matmul", { moving_index: tile("i32", 1, 7, psum) })],
    ["E0701", "load_weights", "pe", makeArgs({ src: tile("bf16", 8, 12), src_index: tile("i32", 2, 4) })],
    ["E0705", "load_weights", "pe", makeArgs({ src: tile("bf16", 8, 12), src_index: tile("i32", 1, 129) })],
    ["E0715", "matmul_row_tiles", "pe", changed("matmul_row_tiles", { stationary_index: tile("i32", 1, 3) })],
    ["E0715", "matmul_column_tiles", "pe", changed("matmul_column_tiles", { stationary_index: tile("i32", 1, 96) })],
    ["E0715", "transpose", "pe", makeArgs({ dst: tile("f8e4m3", 8, 4, psum), src: tile("f8e4m3", 4, 8) })],
    [
      "E0715",
      "transpose",
      "pe",
      makeArgs({ dst: tile("u8", 8, 4, { ...psum, strides: [2], addressBytes: 1 }), src: tile("u8", 4, 8) }),
    ],
    [
      "E0715",
      "transpose",
      "pe",
      makeArgs({ dst: tile("i8", 8, 4, { ...psum, sizes: [2, 2], strides: [5, 2] }), src: tile("i8", 4, 8) }),
    ],
    ["E0707", "matmul_double_row", "pe", changed("matmul_double_row", { moving: tile("bf16", 6, 8) })],
    ["E0715", "matmul_double_row", "pe", changed("matmul_double_row", { stationary: tile("bf16", 6, 6) })],
    ["E0701", "matmul_double_row", "pe", changed("matmul_double_row", { stationary: tile("f8e4m3", 6, 3) })],
    ["E0715", "matmul_row_tiles", "pe", changed("matmul_row_tiles", {}, { rows: 16 })],
    ["E0715", "matmul_row_tiles", "pe", changed("matmul_row_tiles", {}, { rows: 128 })],
    ["E0715", "matmul_row_tiles", "pe", changed("matmul_row_tiles", {}, { rows: 64 })],
    ["E0715", "matmul_row_tiles", "pe", changed("matmul_row_tiles", { moving: tile("bf16", 48, 5) })],
    ["E0707", "matmul_row_tiles", "pe", changed("matmul_row_tiles", { stationary: tile("f32", 64, 3) })],
    ["E0715", "matmul_column_tiles", "pe", changed("matmul_column_tiles", {}, { columns: 16 })],
    ["E0715", "matmul_column_tiles", "pe", changed("matmul_column_tiles", {}, { columns: 128 })],
    ["E0715", "matmul_column_tiles", "pe", changed("matmul_column_tiles", {}, { columns: 64 })],
    ["E0715", "matmul_column_tiles", "pe", changed("matmul_column_tiles", { moving: tile("bf16", 20, 15) })],
    ["E0701", "matmul_column_tiles", "pe", changed("matmul_column_tiles", { dst: tile("f32", 96, 6, psum) })],
    ["E0701", "matmul_column_tiles", "pe", changed("matmul_column_tiles", { stationary: tile("f16", 20, 64) })],
    ["E0707", "matmul_column_tiles", "pe", changed("matmul_column_tiles", { stationary: tile("f32", 20, 96) })],
    ["E0707", "matmul_onezero", "pe", changed("matmul_onezero", { moving: tile("bf16", 33, 9), stationary: null })],
    ["E0715", "matmul_onezero", "pe", changed("matmul_onezero", { stationary: tile("bf16", 33, 7) })],
    ["E0701", "matmul_onezero", "pe", changed("matmul_onezero", { stationary: tile("f32", 33, 8) })],
    ["E0715", "matmul_mx", "pe", changed("matmul_mx", {}, { scale_row: 6 })],
    ["E0715", "matmul_mx", "pe", changed("matmul_mx", { stationary_scales: null })],
    ["E0715", "matmul", "pe", plainAfterMx],
    ["E0701", "matmul_mx", "pe", changed("matmul_mx", { scales: tile("u8", 64, 6) })],
    ["E0701", "matmul_mx", "pe", changed("matmul_mx", { stationary: tile("f8e5m2", 64, 28) })],
    ["E0715", "matmul_mx", "pe", changed("matmul_mx", { moving: tile("f8e4m3", 64, 20, { addressBytes: 2 }) })],
    [
      "E0715",
      "matmul_mx",
      "pe",
      changed("matmul_mx", { moving: tile("f8e4m3", 64, 20, { sizes: [4, 5], strides: [5, 1] }) }),
    ],
    ["E0707", "matmul_mx", "pe", changed("matmul_mx", { moving: tile("bf16", 64, 20) })],
    ["E0715", "load_weights_mx", "pe", makeArgs({ src: tile("f8e4m3", 48, 8), scales: tile("u8", 48, 2) })],
    ["E0715", "load_weights_mx", "pe", makeArgs({ src: tile("f8e4m3", 32, 12), scales: tile("u8", 32, 3) })],
    ["E0705", "load_weights_mx", "pe", makeArgs({ src: tile("f8e4m3", 32, 520), scales: tile("u8", 32, 130) })],
    ["E0708", "quantize_mx", "dve", changed("quantize_mx", { src: tile("bf16", 64, 12, psum) })],
    ["E0707", "quantize_mx", "dve", changed("quantize_mx", { src: tile("f32", 64, 12) })],
    ["E0701", "quantize_mx", "dve", changed("quantize_mx", { src: tile("bf16", 64, 16) })],
    [
      "E0715",
      "quantize_mx",
      "dve",
      changed("quantize_mx", { dst: tile("f8e4m3", 64, 10), src: tile("bf16", 64, 10), scales: tile("u8", 64, 2) }),
    ],
    [
      "E0715",
      "quantize_mx",
      "dve",
      changed("quantize_mx", { dst: tile("f8e4m3", 48, 12), src: tile("bf16", 48, 12), scales: tile("u8", 48, 3) }),
    ],
    ["E0701", "dma_scatter", "dma", changed("dma_scatter", { index: tile("i32", 4, 1) })],
    ["E0701", "dma_accumulate", "dma", changed("dma_accumulate", { src: tile("f32", 5, 13) })],
    ["E0715", "dma_transpose", "dma", changed("dma_transpose", { dst: tile("bf16", 5, 12) })],
    ["E0701", "dma_transpose", "dma", changed("dma_transpose", { dst: tile("bf16", 4, 12) })],
    ["E0707", "dma_gather_skip", "dma", changed("dma_gather_skip", { dst: tile("f32", 5, 12) })],
    ["E0701", "dma_gather_skip", "dma", changed("dma_gather_skip", { index: tile("i32", 4, 1) })],
    ["E0701", "dma_scatter_skip", "dma", changed("dma_scatter_skip", { src: tile("f32", 5, 4) })],
    ["E0708", "dma_scatter_skip", "dma", changed("dma_scatter_skip", { table: tile("f32", 4, 3) })],
    ["E0701", "dma_sum", "dma", changed("dma_sum", { src14: tile("i32", 5, 13) })],
    ["E0709", "dma_sum", "pool", changed("dma_sum", { dst: tile("bf16", 5, 12), src1: tile("bf16", 5, 12) })],
    ["E0707", "dma_transpose", "dma", changed("dma_transpose", { dst: tile("f16", 12, 5) })],
    ["E0709", "dma_transpose", "pe", changed("dma_transpose", {})],
    ["E0709", "tensor_tensor", "pool", changed("tensor_tensor", { lhs: tile("i32", 5, 12) })],
    ["E0709", "tensor_tensor", "dve", changed("tensor_tensor", {}, { op: "power" })],
    [
      "E0709",
      "tensor_scalar",
      "pool",
      changed("tensor_scalar", { scalar1: null }, { op0: "abs", imm0: null, op1: null }),
    ],
    ["E0707", "tensor_tensor", "dve", changed("tensor_tensor", { rhs: tile("u8", 5, 12) })],
    ["E0707", "tensor_tensor", "dve", changed("tensor_tensor", { dst: tile("f32", 5, 12) })],
    ["E0707", "tensor_scalar", "dve", changed("tensor_scalar", { scalar1: tile("f32", 5, 1) })],
    ["E0707", "tensor_reduce", "dve", changed("tensor_reduce", { dst: tile("bool", 5, 3) }, bitwiseOr)],
    ["E0715", "tensor_reduce", "dve", changed("tensor_reduce", wholeRuns, { ...bitwiseOr, negate: true })],
    ["E0707", "partition_reduce", "pool", changed("partition_reduce", {}, { op: "bitwise_or" })],
    ["E0715", "tensor_scalar", "dve", changed("tensor_scalar", {}, { op0: "add" })],
    ["E0715", "tensor_scalar", "dve", changed("tensor_scalar", {}, { imm0: 0.5 })],
    ["E0715", "tensor_scalar", "dve", changed("tensor_scalar", {}, { imm0: 2 ** 32 })],
    ["E0715", "tensor_scalar", "dve", changed("tensor_scalar", {}, { op0: "bitwise_not" })],
    ["E0715", "tensor_scalar", "dve", changed("tensor_scalar", {}, { op0: "bitwise_not", imm0: null, reverse0: true })],
    [
      "E0707",
      "tensor_scalar",
      "pool",
      changed("tensor_scalar", { scalar1: null }, { op0: "rsqrt", imm0: null, op1: null }),
    ],
  ];
  test.each(refused)("%s: %s", (code, name, unit, args) => {
    expect(problemsOf(name, args, unit, trn3).map((found) => found.code)).toEqual([code]);
  });

  test("operators of two classes do not go together, and the message says which they are", () => {
    const args = changed("tensor_scalar", {}, { op0: "add" });
    const [found] = problemsOf("tensor_scalar", args, "dve", trn3);
    expect(found?.args).toEqual({
      what: "op1",
      found: "bitwise_xor, which is bitvec",
      expected: "an operator of one class with op0, add, which is arithmetic",
    });
  });

  test("what a generation lacks", () => {
    const lacking = (name: InstName, machine: typeof trn1, unit: UnitName = "dve") =>
      problemsOf(name, changed(name, {}), unit, machine).map((found) => found.code);
    const dense = makeArgs({ dst: tile("f8e4m3", 8, 4, psum), src: tile("f8e4m3", 4, 8) });
    expect(problemsOf("transpose", dense, "pe", trn1)).toEqual([]);
    const inSlots = makeArgs({ dst: tile("f8e4m3", 8, 4, { ...psum, strides: [2] }), src: tile("f8e4m3", 4, 8) });
    expect([trn2, trn3].map((machine) => problemsOf("transpose", inSlots, "pe", machine))).toEqual([[], []]);
    expect(lacking("matmul_double_row", trn1, "pe")).toEqual(["E0714"]);
    expect(lacking("matmul_double_row", trn2, "pe")).toEqual([]);
    expect(lacking("matmul_mx", trn2, "pe")).toEqual(["E0714"]);
    expect(lacking("matmul", trn2, "pe")).toEqual(["E0714"]);
    const picked = makeArgs({ src: tile("bf16", 8, 12), src_index: tile("i32", 1, 4) });
    expect(problemsOf("load_weights", picked, "pe", trn2).map((found) => found.code)).toEqual(["E0714"]);
    expect(problemsOf("load_weights", picked, "pe", trn3)).toEqual([]);
    expect(lacking("tensor_copy", trn2)).toEqual(["E0714"]);
    expect(lacking("quantize_mx", trn2)).toEqual(["E0714"]);
    expect(lacking("exponential", trn2)).toEqual(["E0714"]);
    expect(lacking("range_select", trn1)).toEqual(["E0714"]);
    expect(lacking("range_select", trn2)).toEqual([]);
    expect(lacking("random_bits", trn1, "pool")).toEqual(["E0714"]);
    expect(lacking("random_bits", trn1)).toEqual([]);
    expect(lacking("topk", trn1, "pool")).toEqual(["E0714"]);
    expect(lacking("topk", trn2, "pool")).toEqual([]);
    expect(lacking("nonzero_with_count", trn1, "pool")).toEqual(["E0714"]);
    expect(lacking("sequence_bounds", trn1, "pool")).toEqual([]);
    const byMagnitude = changed("tensor_tensor", {}, { op: "abs_max" });
    expect(problemsOf("tensor_tensor", byMagnitude, "dve", trn2).map((found) => found.code)).toEqual(["E0714"]);
    expect(problemsOf("tensor_tensor", byMagnitude, "dve", trn3)).toEqual([]);
  });
});
