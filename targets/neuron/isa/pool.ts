// Instructions of the general engine (POOL) alone: masks by place, gathers within SBUF, folds across partitions.
// It reaches SBUF only. Each of its processors owns `poolCorePartitions` neighbouring partitions.

import { dtypeBytes, dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { elementsOf, operandField, valueField } from "./args.ts";
import { aluStep, inputOf } from "./arithmetic.ts";
import { wantAtMost, wantSameDtype, wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, minus, one, over, quantity, roundedUp, type Term, times } from "./cost-terms.ts";
import { onPool } from "./costs.ts";
import { defineInst, freeSize, type Has, type HasValues, type ResolvedOperand } from "./define.ts";
import { wantIntegers } from "./operator-rules.ts";
import { isBitvec, type Operator } from "./operators.ts";
import { comparisons } from "./vector-select.ts";

const inSbuf = ["sbuf"] as const;
const src = operandField("read", inSbuf, dtypeNames, "the tile [p, f]");

/** The sum of the steps along the free dimensions of an operand, for its `f`-th element. */
export function patternValue({ sizes }: ResolvedOperand, steps: readonly number[], f: number): number {
  let rest = f;
  let value = 0;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    value += (rest % sizes[dim]!) * steps[dim]!;
    rest = Math.floor(rest / sizes[dim]!);
  }
  return value;
}

/** There must be a step for each free dimension of `dst`. */
export function wantSteps({
  operands: { dst },
  values: { steps },
}: Has<"dst"> & HasValues<"steps", readonly number[] | null>) {
  const wanted = dst.sizes.length;
  if (steps === null) return [];
  return wantThat(
    steps.length === wanted,
    "the number of steps",
    steps.length,
    `${wanted}, the free dimensions of dst`,
  );
}

/** Source: AWS Neuron SDK documentation, nki.isa.tensor_partition_reduce. Assumed: min, as max. */
const partitionFolds = ["add", "max", "min", "average", "bitwise_or", "bitwise_and", "bitwise_xor"] as const;

/** The operator of each step of a fold across partitions. */
const stepOf = ({ values: { op } }: HasValues<"op", (typeof partitionFolds)[number]>): Operator =>
  op === "average" ? "add" : op;

/** Indices of one processor: those of its partitions, the first of each, then the second of each, and so on. */
const indicesOfCore = (index: ResolvedOperand, group: number): number => group * freeSize(index);

/** Source: AWS Neuron SDK 2.26 documentation, nki.isa.local_gather, cost; e elements of `bytes` for each index. */
const gatherRate = ((): Term<Has<"dst"> & HasValues<"elements", number>> => {
  type Args = Has<"dst"> & HasValues<"elements", number>;
  const perIndex = quantity<Args>(
    "per index",
    "per index being `(28 + 4 e) / (4 e)`, e being `elements`",
    ({ values: { elements: each } }) => (28 + 4 * each) / (4 * each),
  );
  const parallel = quantity<Args>(
    "parallel",
    "parallel being `min(4 / bytes of an element, e)`",
    ({ operands: { dst }, values }) => Math.min(4 / dtypeBytes(dst.dtype), values.elements),
  );
  return over(perIndex, parallel);
})();

/** Indices are read so many at a time. */
const furtherGathers = times(
  minus(roundedUp(over(elements("dst"), field("poolGatherElements"))), one),
  field("poolOverheadCycles"),
);

export const poolInsts = {
  affine_select: defineInst({
    opcode: 26,
    units: ["pool"],
    summary: "picks the elements whose place passes a linear test",
    detail:
      "`dst[p, f] = (base + p * partition_step + sum over d of i_d * steps[d]) compare 0 ? src[p, f] : on_false`, where `i_d` is the index along the d-th free dimension of dst. So a causal mask is one instruction.",
    ...onPool(elements("dst")),
    source: "AWS Neuron SDK documentation, nki.isa.affine_select; cost: 150 cycles and one per element",
    fields: {
      dst: operandField("write", inSbuf, dtypeNames, "the result [p, f]"),
      src,
      base: { kind: "affine", summary: "the test's value at the first element" },
      partition_step: valueField({ kind: "int", default: 0, summary: "growth from partition to partition" }),
      steps: valueField({ kind: "ints", summary: "growth along each free dimension of dst" }),
      compare: valueField({ kind: "choice", choices: comparisons, summary: "the comparison with 0" }),
      on_false: valueField({ kind: "float", summary: "the value where the test fails" }),
    },
    check: (args) => [...wantShapeOfDst(args, ["src"]), ...wantSteps(args)],
    execute: ({ dst, src: { data: x } }, args) => {
      const { base, partition_step, steps, compare, on_false } = args.values;
      const holds = aluStep(compare, args, "pool");
      const otherwise = Math.fround(on_false);
      for (let row = 0; row < dst.p; row++) {
        const first = base + row * partition_step;
        for (let f = 0; f < dst.f; f++) {
          const place = first + patternValue(args.operands.dst, steps, f);
          const at = row * dst.f + f;
          dst.data[at] = holds(place, 0) !== 0 ? Math.fround(x[at]!) : otherwise;
        }
      }
    },
    example:
      "affine_select dst=sbuf[0x0; 128; 512:1] f32, src=sbuf[0x800; 128; 512:1] f32, base=-512*i0, partition_step=1, steps=[-1], compare=is_ge, on_false=-1e30",
  }),
  local_gather: defineInst({
    opcode: 27,
    units: ["pool"],
    summary: "gathers along each partition by indices that a group of partitions shares",
    detail:
      "For each group of `group` partitions, which is `poolCorePartitions`, the indices `t[0], t[1], ...` are `index[0, 0], index[1, 0], ...` of the group's partitions, then `index[0, 1], ...`. For each partition of the group `dst[p, i * elements + e] = src[p, t[i] * elements + e]`, for the first `count` indices (all of them without it). Bit for bit. At most `poolGatherIndices` indices for a group. Assumed: an index beyond src gives NaN, 0 in integers.",
    ...onPool(over(elements("dst"), gatherRate)),
    source:
      "AWS Neuron SDK documentation, nki.isa.local_gather. Indices are i32 here, where the hardware takes 16 bits",
    fields: {
      dst: operandField("write", inSbuf, dtypeNames, "the gathered elements [p, count * elements]"),
      src,
      index: operandField("read", inSbuf, ["i32"], "the indices [p, k]"),
      group: valueField({ kind: "int", min: 1, summary: "partitions of a group" }),
      elements: valueField({
        kind: "int",
        min: 1,
        default: 1,
        summary: "neighbouring elements for each index: 1, 2, 4, 8, 16 or 32",
      }),
      count: valueField({ kind: "int", min: 1, optional: true, summary: "how many of a group's indices count" }),
    },
    check: (args, _unit, machine) => {
      const { index, dst } = args.operands;
      const { group, elements: each } = args.values;
      const all = indicesOfCore(index, group);
      const count = args.values.count ?? all;
      const { partitions } = dst;
      return [
        ...wantThat(
          group === machine.poolCorePartitions,
          "group",
          group,
          `${machine.poolCorePartitions}, the partitions of a processor`,
        ),
        ...wantThat(
          partitions % Math.max(1, group) === 0,
          "the number of partitions",
          partitions,
          `a multiple of ${group}`,
        ),
        ...wantThat([1, 2, 4, 8, 16, 32].includes(each), "elements", each, "1, 2, 4, 8, 16 or 32"),
        ...wantAtMost("the number of indices for each processor", all, machine.poolGatherIndices),
        ...wantThat(count <= all, "count", count, `at most the ${all} indices of a group`),
        ...wantShape(args, "src", partitions, elementsOf(args, "src")),
        ...wantShape(args, "index", partitions, freeSize(index)),
        ...wantShape(args, "dst", partitions, count * each),
        ...wantSameDtype(args, "src"),
      ];
    },
    execute: (blocks, args) => {
      const { dst, src: tile, index } = blocks;
      const { group, elements: each } = args.values;
      for (let row = 0; row < dst.p; row++) {
        const firstRow = row - (row % group);
        for (let f = 0; f < dst.f; f++) {
          const i = Math.floor(f / each);
          const from = index.data[(firstRow + (i % group)) * index.f + Math.floor(i / group)]! * each + (f % each);
          dst.data[row * dst.f + f] = from >= 0 && from < tile.f ? tile.data[row * tile.f + from]! : Number.NaN;
        }
      }
    },
    example:
      "local_gather dst=sbuf[0x0; 128; 64:1] f32, src=sbuf[0x800; 128; 512:1] f32, index=sbuf[0x1000; 128; 4:1] i32, group=16",
  }),
  n_gather: defineInst({
    opcode: 28,
    units: ["pool"],
    summary: "gathers along each partition by indices of its own",
    detail: "`dst[p, f] = src[p, index[p, f]]`, bit for bit. Assumed: an index beyond src gives NaN, 0 in integers.",
    ...onPool(elements("dst"), furtherGathers),
    source:
      "AWS Neuron SDK documentation, nki.isa.nc_n_gather: a group of instructions for each 512 elements. Assumed: each costs 150 cycles and one per element",
    fields: {
      dst: operandField("write", inSbuf, dtypeNames, "the gathered elements [p, f]"),
      src: operandField("read", inSbuf, dtypeNames, "the tile [p, n]"),
      index: operandField("read", inSbuf, ["i32"], "where each element comes from [p, f]"),
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["index"]),
      ...wantShape(args, "src", args.operands.dst.partitions, elementsOf(args, "src")),
      ...wantSameDtype(args, "src"),
    ],
    execute: (blocks) => {
      const {
        dst,
        src: tile,
        index: { data: index },
      } = blocks;
      for (let at = 0; at < dst.data.length; at++) {
        const from = index[at]!;
        const row = Math.floor(at / dst.f);
        dst.data[at] = from >= 0 && from < tile.f ? tile.data[row * tile.f + from]! : Number.NaN;
      }
    },
    example:
      "n_gather dst=sbuf[0x0; 128; 64:1] f32, src=sbuf[0x800; 128; 512:1] f32, index=sbuf[0x1000; 128; 64:1] i32",
  }),
  partition_reduce: defineInst({
    opcode: 29,
    units: ["pool"],
    summary: "folds a tile across its partitions",
    detail:
      "`dst[0, f] = src[0, f] op src[1, f] op ...`, from the first partition on, each step in f32; `average` is the sum divided by p; bitwise ones work on the bits of integers, dst and src being of one dtype. A matmul with ones is faster where the array is free.",
    ...onPool(times(field("poolCorePartitions"), elements("src"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.tensor_partition_reduce. Assumed: each processor folds its own partitions, one element of each per cycle, as the cost is not published",
    fields: {
      dst: operandField("write", inSbuf, dtypeNames, "the folded row [1, f]"),
      src,
      op: valueField({ kind: "choice", choices: partitionFolds, summary: "the operation" }),
    },
    check: (args) => [
      ...wantShape(args, "dst", 1, elementsOf(args, "src")),
      ...(isBitvec(stepOf(args)) ? wantIntegers(args, stepOf(args)) : []),
    ],
    execute: ({ dst: { data: out }, src: tile }, args) => {
      const step = aluStep(stepOf(args), args, "dve");
      const toInput = inputOf(stepOf(args), args, "dve");
      for (let f = 0; f < tile.f; f++) {
        let folded = toInput(tile.data[f]!);
        for (let row = 1; row < tile.p; row++) folded = step(folded, toInput(tile.data[row * tile.f + f]!));
        out[f] = args.values.op === "average" ? Math.fround(folded / tile.p) : folded;
      }
    },
    example: "partition_reduce dst=sbuf[0x0; 1; 512:1] f32, src=sbuf[0x800; 128; 512:1] f32, op=add",
  }),
} as const;
