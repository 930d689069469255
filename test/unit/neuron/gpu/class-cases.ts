// Cases of the plain instructions: every dtype, operation and function, with strides, partial words and start partitions.
import { type Dtype, dtypeBytes, dtypeNames } from "../../../../ir-spec/base/dtype.ts";
import { type Activation, type AluOp, activationNames, aluNames } from "../../../../ir-spec/tile-ops/alu.ts";
import type { ResolvedOperand } from "../../../../targets/neuron/isa/define.ts";
import { tile } from "../isa-fixtures.ts";
import type { GpuCase } from "./case-stream.ts";

const [p, f] = [5, 13];
const inPsum = { memory: "psum" } as const;
/** 3 x 4 elements of a row with gaps, the last run not at its end. */
const gaps = { sizes: [3, 4], strides: [7, 1] } as const;
const scattered = { sizes: [4, 3], strides: [1, 5] } as const;

/** Numbers that are at the borders of some format. */
const edges = [
  ...[0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 65504, 65520, 65519, 240, 248],
  ...[247, 57344, 61440, 61439, 2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 2 ** -9, 2 ** -10, 2 ** -16, 2 ** -17, 300, -300],
  ...[2 ** 31, -(2 ** 31), 2 ** 32 + 512, 1e10, -1e10, 1.001, 1.00390625, 1.01171875, -2.5, 127.9, 255.5, 3.4e38],
];

const putEdges: GpuCase["prepare"] = ({ src }) => src?.data.set(edges.map(Math.fround).slice(0, src.data.length));

/** The array writes elements of 1 byte into slots of two. */
const inSlots = (dtype: Dtype): Partial<ResolvedOperand> => (dtypeBytes(dtype) === 1 ? { strides: [2] } : {});

const conversions = dtypeNames.flatMap((dtype): readonly GpuCase[] => [
  {
    name: "tensor_copy",
    unit: "dve",
    operands: { dst: tile(dtype, 1, edges.length), src: tile("f32", 1, edges.length) },
    prepare: putEdges,
  },
  { name: "tensor_copy", unit: "pool", operands: { dst: tile("f32", p, f), src: tile(dtype, p, f) } },
  { name: "tensor_copy", unit: "dve", operands: { dst: tile(dtype, p, f), src: tile(dtype, p, f) } },
  { name: "dma_copy", unit: "dma", operands: { dst: tile(dtype, p, 12, gaps), src: tile(dtype, p, 12) } },
  { name: "dma_copy", unit: "dma", operands: { dst: tile(dtype, p, 12, scattered), src: tile("bf16", p, 12, gaps) } },
  { name: "dma_copy", unit: "dma", operands: { dst: tile(dtype, p, f, { memory: "hbm" }), src: tile("f32", p, f) } },
  {
    name: "transpose",
    unit: "pe",
    operands: { dst: tile(dtype, f, p, { ...inPsum, ...inSlots(dtype) }), src: tile(dtype, p, f) },
  },
]);

const alu = (op: AluOp, dtype: Dtype): GpuCase => ({
  name: "tensor_tensor",
  unit: dtype === "i32" || op === "power" ? "pool" : "dve",
  operands: {
    dst: tile(dtype, p, f, { startPartition: 32 }),
    lhs: tile(dtype, p, f),
    rhs: tile(dtype, p, f, dtype === "i32" || op === "power" ? {} : inPsum),
  },
  values: { op },
  ulps: op === "power" ? 4 : 0,
});

/** Errors of the functions in f32, see test/unit/webgpu/functions.test.ts. */
const functionUlps: Partial<Readonly<Record<Activation, number>>> = {
  exp: 1.5,
  log: 1.5,
  rsqrt: 1.5,
  tanh: 2,
  sigmoid: 3,
  erf: 2,
  gelu: 5,
  gelu_tanh: 5,
  silu: 4,
  sin: 3,
  gelu_sigmoid: 16,
  // Derivatives have roots, where two terms cancel.
  gelu_dx: 512,
  silu_dx: 512,
  erf_dx: 64,
  softplus: 4,
  mish: 16,
  arctan: 4,
};

const positive: GpuCase["prepare"] = ({ src }) =>
  src?.data.forEach((x, at, data) => {
    data[at] = Math.abs(x);
  });

const functions = activationNames.flatMap((func): readonly GpuCase[] => {
  const ulps = functionUlps[func] ?? 0;
  const prepare = func === "log" || func === "sqrt" || func === "rsqrt" ? { prepare: positive } : {};
  const column = tile("f32", p, 1);
  const dst = tile("f32", p, f);
  const src = tile("f32", p, f, inPsum);
  const plain = { name: "activation", unit: "act", operands: { dst, src }, values: { func, scale: 0.75 } } as const;
  // The form of the operands is the same for all functions, so two functions have both forms in the usual run.
  const hasBothForms = process.env.TGC_LONG !== undefined || func === "copy" || func === "gelu";
  if (!hasBothForms) return [{ ...plain, ulps, ...prepare }];
  return [
    { ...plain, ulps, ...prepare },
    {
      name: "activation",
      unit: "act",
      operands: { dst: tile("bf16", p, 12, gaps), src: tile("bf16", p, 12), sum: column },
      values: { func },
      ulps: ulps === 0 ? 0 : 64,
      ...prepare,
    },
  ];
});

const scalars: readonly GpuCase[] = [
  {
    name: "tensor_scalar",
    unit: "dve",
    operands: { dst: tile("bf16", p, 12, scattered), src: tile("f32", p, 12, gaps), scalar0: tile("bf16", p, 1) },
    values: { op0: "subtract", reverse0: true, op1: "multiply", imm1: 0.3 },
  },
  {
    name: "tensor_scalar",
    unit: "pool",
    operands: { dst: tile("i32", p, f), src: tile("i32", p, f), scalar1: tile("i32", p, 1) },
    values: { op0: "multiply", imm0: 123456789, op1: "divide" },
  },
  {
    name: "activation",
    unit: "act",
    operands: {
      dst: tile("f16", p, f),
      src: tile("f32", p, f),
      bias: tile("f32", p, 1),
      scales: tile("bf16", p, 1),
    },
    values: { func: "copy" },
  },
];

/** Functions after two operations, and every fold. */
const twoSteps: readonly GpuCase[] = [
  ...(["exp", "relu", "sign", "tanh"] as const).map(
    (func): GpuCase => ({
      name: "activate2",
      unit: "act",
      operands: { dst: tile("f32", p, f), src: tile("bf16", p, f, inPsum), scalar0: tile("f32", p, 1) },
      values: { op0: "multiply", op1: "subtract", imm1: 0.25, reverse1: true, func },
      ulps: functionUlps[func] ?? 0,
    }),
  ),
  ...(["add", "max", "min", "absmax", "absmin"] as const).map(
    (fold_op): GpuCase => ({
      name: "activate2",
      unit: "act",
      operands: { dst: tile("bf16", p, 12, gaps), fold: tile("bf16", p, 1), src: tile("f32", p, 12, scattered) },
      values: { op0: "subtract", imm0: 0.5, func: "copy", fold_op },
    }),
  ),
];

const others: readonly GpuCase[] = [
  ...(["add", "max", "min", "multiply"] as const).map(
    (op): GpuCase => ({
      name: "tensor_reduce",
      unit: "dve",
      operands: { dst: tile("bf16", p, 1), src: tile("f32", p, 12, gaps) },
      values: { op },
    }),
  ),
  {
    name: "select",
    unit: "dve",
    operands: {
      dst: tile("bf16", p, f),
      predicate: tile("bool", p, f),
      on_true: tile("f32", p, f, inPsum),
      on_false: tile("bf16", p, f),
    },
  },
  { name: "reciprocal", unit: "dve", operands: { dst: tile("f32", p, f), src: tile("f32", p, f) } },
  ...dtypeNames.map(
    (dtype): GpuCase => ({
      name: "memset",
      unit: "dve",
      operands: { dst: tile(dtype, p, f) },
      values: { value: dtype === "bool" || dtype === "u8" ? 1 : -3 },
    }),
  ),
  { name: "memset", unit: "dve", operands: { dst: tile("f32", p, f) }, values: { value: Number.NEGATIVE_INFINITY } },
  ...(["i32", "f32", "bf16", "u8"] as const).map(
    (dtype): GpuCase => ({
      name: "iota",
      unit: "pool",
      operands: { dst: tile(dtype, p, 12, gaps) },
      values: { base: 7, partition_step: -3, step: 5 },
    }),
  ),
  {
    name: "dma_gather",
    unit: "dma",
    operands: {
      dst: tile("bf16", p, f),
      table: tile("bf16", 20, f, { memory: "hbm" }),
      index: tile("i32", p, 1),
    },
    prepare: ({ index }) => index?.data.set([19, 0, 7, 7, 3]),
  },
];

const putSeeds: GpuCase["prepare"] = ({ src }) =>
  src?.data.forEach((_x, at, data) => {
    data[at] = ((at + 1) * 88675123) | 0;
  });

/** The engines' own generators; each case continues where the one before it left them. */
const generators: readonly GpuCase[] = [
  {
    name: "rand_set_state",
    unit: "dve",
    operands: { src: tile("i32", 40, 24, { memory: "psum" }) },
    prepare: putSeeds,
  },
  {
    name: "rand2",
    unit: "dve",
    operands: { dst: tile("f32", p, f, { startPartition: 32 }) },
    values: { min: -1.7, max: 3 },
  },
  {
    name: "rand2",
    unit: "dve",
    operands: { dst: tile("bf16", p, 12, gaps), min_column: tile("f32", p, 1), max_column: tile("f32", p, 1) },
  },
  { name: "rand_get_state", unit: "dve", operands: { dst: tile("i32", 40, 24) } },
  { name: "rand_set_state", unit: "pool", operands: { src: tile("i32", p, 6) }, prepare: putSeeds },
  { name: "random_bits", unit: "pool", operands: { dst: tile("i32", p, f) } },
  { name: "rand_get_state", unit: "pool", operands: { dst: tile("i32", p, 6) } },
];

/** The engines' accumulators; each case continues where the one before it left them. */
export const accumulatorCases: readonly GpuCase[] = [
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("bf16", 40, f), src: tile("f32", 40, f) },
    values: { func: "square", reduce_cmd: "reset_reduce" },
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f) },
    values: { func: "copy" },
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("f32", p, 12, gaps), src: tile("f32", p, 12), sum: tile("f32", p, 1, inPsum) },
    values: { func: "relu", scale: 0.3, reduce_cmd: "reduce" },
  },
  { name: "read_accumulator", unit: "act", operands: { dst: tile("f32", 40, 1) } },
  { name: "read_accumulator", unit: "act", operands: { dst: tile("bf16", 8, 1, { startPartition: 32 }) } },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), fold: tile("f32", p, 1) },
    values: { func: "copy", fold_op: "absmin", reduce_cmd: "reduce" },
  },
  {
    name: "activate2",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), fold: tile("f32", p, 1) },
    values: { func: "copy", fold_op: "max", reduce_cmd: "reset" },
  },
  {
    name: "activation",
    unit: "act",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), sum: tile("f32", p, 1) },
    values: { func: "copy", reduce_cmd: "idle" },
  },
  {
    name: "tensor_scalar_reduce",
    unit: "dve",
    operands: { dst: tile("bf16", p, f), src: tile("f32", p, f), initial_column: tile("f32", p, 1) },
    values: { op0: "multiply", imm0: 0.7, op1: "add", reduce_cmd: "load_reduce" },
  },
  {
    name: "tensor_scalar_cumulative",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f) },
    values: { op0: "add", imm0: 0.1, op1: "subtract", reduce_cmd: "reduce" },
  },
  {
    name: "range_select",
    unit: "dve",
    operands: {
      ...{ dst: tile("f32", p, f), maximum: tile("f32", p, 1), src: tile("f32", p, f) },
      ...{ bound0: tile("f32", p, 1), bound1: tile("f32", p, 1) },
    },
    values: { compare0: "is_ge", compare1: "not_equal", start: -3, reduce_cmd: "reduce" },
  },
  {
    name: "tensor_scalar_reduce",
    unit: "dve",
    operands: { dst: tile("f32", p, f), src: tile("f32", p, f), fold: tile("f32", p, 1) },
    values: { op0: "multiply", imm0: 1, op1: "multiply", reduce_cmd: "reset" },
  },
  {
    name: "select_reduce",
    unit: "dve",
    operands: {
      dst: tile("f32", p, f),
      maximum: tile("f32", p, 1),
      src: tile("f32", p, f),
      predicate: tile("u8", p, f),
    },
    values: { on_false: -7, reduce_cmd: "load_reduce", initial: 2.5 },
  },
  {
    name: "exponential",
    unit: "dve",
    operands: {
      ...{ dst: tile("f32", p, f), sum: tile("f32", p, 1), src: tile("f32", p, f) },
      shift: tile("f32", p, 1),
    },
    values: { reduce_cmd: "reduce" },
    ulps: 16,
  },
];

const products = (["f32", "bf16", "f16", "f8e4m3"] as const).flatMap((dtype): readonly GpuCase[] =>
  [
    { k: 37, m: 11, n: 70 },
    { k: 5, m: 3, n: 1 },
    { k: 16, m: 64, n: 64 },
  ].map(({ k, m, n }, index) => ({
    name: "matmul",
    unit: "pe",
    operands: { dst: tile("f32", m, n, inPsum), moving: tile(dtype, k, n), stationary: tile(dtype, k, m) },
    values: { accumulate: index === 0 },
  })),
);

/** Sums of bf16, of which two share a word; those of the second and third case are not made of whole words. */
const narrowProducts = (
  [
    { k: 37, m: 11, n: 70, accumulate: true },
    { k: 5, m: 3, n: 13, accumulate: false },
    { k: 20, m: 9, n: 12, accumulate: true, place: gaps },
    { k: 16, m: 64, n: 1100, accumulate: true },
  ] as const
).map(
  ({ k, m, n, accumulate, ...more }): GpuCase => ({
    name: "matmul",
    unit: "pe",
    operands: {
      dst: tile("bf16", m, n, { ...inPsum, ...("place" in more ? more.place : {}) }),
      moving: tile("bf16", k, n),
      stationary: tile("bf16", k, m),
    },
    values: { accumulate },
  }),
);

/** Products of MX formats: scales of all sizes on both sides, and a scale that is NaN. */
const mxProducts = (["f32", "bf16"] as const).map(
  (dtype): GpuCase => ({
    name: "matmul_mx",
    unit: "pe",
    operands: {
      dst: tile(dtype, 18, 37, inPsum),
      moving: tile("f8e5m2", 128, 148),
      scales: tile("u8", 128, 37),
      stationary: tile("f8e4m3", 128, 72),
      stationary_scales: tile("u8", 128, 18),
    },
    values: { accumulate: dtype === "f32", scale_row: 12 },
    prepare: ({ scales, stationary_scales }) => {
      for (const block of [scales, stationary_scales]) {
        block?.data.set(block.data.map((_old, at) => 117 + ((at * 7) % 19)));
      }
      if (scales !== undefined) scales.data[44 * 37] = 255;
    },
  }),
);

export const classCases: readonly GpuCase[] = [
  ...conversions,
  ...aluNames.map((op) => alu(op, "f32")),
  ...aluNames.map((op) => alu(op, "i32")),
  ...functions,
  ...scalars,
  ...twoSteps,
  ...others,
  ...generators,
  ...products,
  ...narrowProducts,
  ...mxProducts,
];
