// Instructions of the vector engine (DVE) that combine tiles and scalars in several steps, fold while they go, or run
// along each partition. Every step is rounded to f32.

import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { accumulate, accumulatorFields, commandsText, foldStart, reduceCmdOf, wantCommand } from "./accumulators.ts";
import { chipField, floatDtypes, optionalColumn, valueField } from "./args.ts";
import { aluStep, mapBlock } from "./arithmetic.ts";
import { wantColumns, wantOneInPsum, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, over, whereGiven } from "./cost-terms.ts";
import { onVector } from "./costs.ts";
import { type Block, defineInst, type HasValues, type MayHave, type ReduceCmd } from "./define.ts";
import { indexField, indirectText, scatteredField, scatterText } from "./indirect.ts";
import { wantOperators } from "./operator-rules.ts";
import { arithmeticNames, binaryArithmeticNames, type Operator } from "./operators.ts";
import { applyScalar, wantOneOf, wantScalar } from "./scalars.ts";
import { fusedRate } from "./timing.ts";

const { tensor_scalar, tensor_reduce } = computeTileOps;
const { imm0, reverse0 } = tensor_scalar.attrs;
const op0 = { ...tensor_scalar.attrs.op0, choices: binaryArithmeticNames };
const foldOps = tensor_reduce.attrs.op.choices;
/** A code is an index in the list: names are added at the end. Source: AWS Neuron SDK documentation, nki.isa.tensor_scalar_cumulative. */
const runningOps = [...foldOps, "subtract"] as const satisfies readonly Operator[];

const dst = chipField("write", "the result [p, f]");
const src = chipField("read", "the tile [p, f]");
const scalar0 = optionalColumn("the scalar, [p, 1]");
const optionalFold = (summary: string) => ({ ...chipField("write", summary), optional: true }) as const;

const intoFold = { column: "fold" } as const;
const intoSum = { column: "sum" } as const;
/** The fold of each row so far is its element, so that there is nothing to read out. */
const running = { otherwise: "reset_reduce" } as const;

/** Runs along each row of `dst` with a state: the state after each element is the element. */
function scanRows(result: Block, start: (row: number) => number, step: (state: number, at: number) => number): void {
  for (let row = 0; row < result.p; row++) {
    let state = start(row);
    for (let at = row * result.f; at < (row + 1) * result.f; at++) {
      state = step(state, at);
      result.data[at] = state;
    }
  }
}

/** Without a fold `tensor_scalar` does as well. */
const isFolding = ({ operands, values }: MayHave<"fold"> & HasValues<"reduce_cmd", ReduceCmd | null>): boolean =>
  operands.fold !== undefined || values.reduce_cmd !== null;

export const vectorFoldInsts = {
  scalar_tensor_tensor: defineInst({
    opcode: 42,
    units: ["dve"],
    summary: "combines a tile with a scalar and the result with another tile",
    detail:
      "`dst[p, f] = (src[p, f] op0 s0) op1 rhs[p, f]`, where `s0` is the operand `scalar0[p]` or the number `imm0`. `reverse0` computes `s0 op0 src`, `reverse1` computes `rhs op1 (...)`. At most one tile may lie in PSUM.",
    ...onVector(over(elements("dst"), fusedRate)),
    source: "AWS Neuron SDK 2.26 documentation, nki.isa.scalar_tensor_tensor, instruction cost",
    fields: {
      dst,
      src,
      op0: valueField(op0),
      imm0: valueField(imm0),
      scalar0,
      reverse0: valueField(reverse0),
      op1: valueField({ ...op0, summary: "the second operation" }),
      rhs: chipField("read", "the other tile [p, f]"),
      reverse1: valueField({ ...reverse0, summary: "the other tile is the left operand" }),
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["src", "rhs"]),
      ...wantColumns(args, ["scalar0"]),
      ...wantScalar(args, 0),
      ...wantOneInPsum(args, "src", "rhs"),
      ...wantOperators({ inst: "scalar_tensor_tensor", args, unit, machine }, ["op0", "op1"]),
    ],
    execute: (blocks, args, unit) => {
      const {
        dst: result,
        rhs: { data: right },
      } = blocks;
      const step = aluStep(args.values.op1, args, unit);
      const isReversed = args.values.reverse1;
      mapBlock(result, blocks.src, Math.fround);
      applyScalar(result, blocks, args, unit, 0);
      for (let at = 0; at < result.data.length; at++) {
        const [x, y] = [result.data[at]!, Math.fround(right[at]!)];
        result.data[at] = isReversed ? step(y, x) : step(x, y);
      }
    },
    example:
      "scalar_tensor_tensor dst=sbuf[0x0; 128; 512:1] bf16, src=psum[0x0; 128; 512:1] f32, op0=multiply, imm0=0.125, op1=add, rhs=sbuf[0x400; 128; 512:1] bf16",
  }),
  tensor_tensor_scan: defineInst({
    opcode: 43,
    units: ["dve"],
    summary: "runs along each partition with a state that two tiles change",
    detail:
      "`dst[p, f] = (dst[p, f - 1] op0 lhs[p, f]) op1 rhs[p, f]`, and `initial[p]` stands for `dst[p, -1]`: the number `initial` or the operand `initial_column`. The state stays f32, whatever the dtype of dst. With multiply and add it is a linear recurrence. At most one tile may lie in PSUM.",
    ...onVector(over(elements("dst"), field("dveSequentialRate"))),
    source: "AWS Neuron SDK documentation, nki.isa.tensor_tensor_scan; cost: two cycles per element",
    fields: {
      dst,
      lhs: chipField("read", "what op0 joins to the state [p, f]"),
      rhs: chipField("read", "what op1 joins to the state [p, f]"),
      op0: valueField(op0),
      op1: valueField({ ...op0, summary: "the second operation" }),
      initial: valueField({ kind: "float", optional: true, summary: "the state before the first element" }),
      initial_column: optionalColumn("the same for each partition, [p, 1]"),
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["lhs", "rhs"]),
      ...wantColumns(args, ["initial_column"]),
      ...wantOneOf(args, "the scan", "initial_column", "initial"),
      ...wantOneInPsum(args, "lhs", "rhs"),
      ...wantOperators({ inst: "tensor_tensor_scan", args, unit, machine }, ["op0", "op1"]),
    ],
    execute: (blocks, args, unit) => {
      const {
        lhs: { data: left },
        rhs: { data: right },
      } = blocks;
      const first = aluStep(args.values.op0, args, unit);
      const second = aluStep(args.values.op1, args, unit);
      const initial = args.values.initial ?? Number.NaN;
      scanRows(
        blocks.dst,
        (row) => Math.fround(blocks.initial_column?.data[row] ?? initial),
        (state, at) => second(first(state, Math.fround(left[at]!)), Math.fround(right[at]!)),
      );
    },
    example:
      "tensor_tensor_scan dst=sbuf[0x0; 128; 512:1] f32, lhs=sbuf[0x800; 128; 512:1] f32, rhs=sbuf[0x1000; 128; 512:1] f32, op0=multiply, op1=add, initial=0",
  }),
  tensor_scalar_reduce: defineInst({
    opcode: 44,
    units: ["dve"],
    summary: "combines a tile with a scalar and folds each partition's results",
    detail: `\`dst[p, f] = src[p, f] op0 s0\` as in \`tensor_scalar\`, and \`fold[p] = dst[p, 0] op1 dst[p, 1] op1 ...\` of the results before they are rounded to the dtype of dst. ${commandsText("fold", "dve")}`,
    ...onVector(elements("dst"), whereGiven("fold", field("dveAccumulatorCycles"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.tensor_scalar_reduce; cost: one element per cycle and 64 cycles more. Those are assumed to be of the reading out. The performance modes of the NKI guide for Trainium2 are not taken to apply: it names tensor_copy, tensor_scalar and tensor_tensor",
    accumulator: intoFold,
    fields: {
      dst,
      fold: optionalFold("the folded results [p, 1]"),
      src,
      op0: valueField({ ...op0, choices: arithmeticNames }),
      imm0: valueField(imm0),
      scalar0,
      reverse0: valueField(reverse0),
      op1: valueField({ kind: "choice", choices: foldOps, summary: "the operation of the fold" }),
      ...accumulatorFields.dve,
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["fold", "scalar0"]),
      ...wantScalar(args, 0),
      ...wantOperators({ inst: "tensor_scalar_reduce", args, unit, machine }, ["op0"]),
      ...wantCommand(intoFold, args),
      ...wantThat(isFolding(args), "fold", "left out", "the folded results, or a reduce_cmd"),
    ],
    execute: (blocks, args, unit) => {
      const { dst: result } = blocks;
      mapBlock(result, blocks.src, Math.fround);
      applyScalar(result, blocks, args, unit, 0);
      accumulate(intoFold, { tile: result, op: args.values.op1 }, blocks, args);
    },
    example:
      "tensor_scalar_reduce dst=sbuf[0x0; 128; 512:1] f32, fold=sbuf[0x800; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, op0=multiply, imm0=0.125, op1=max",
  }),
  tensor_scalar_cumulative: defineInst({
    opcode: 45,
    units: ["dve"],
    summary: "combines a tile with a scalar and keeps a running fold of the results",
    detail:
      "`dst[p, f] = (src[p, f] op0 s0) op1 dst[p, f - 1]`, the first element without op1. The running fold stays f32, whatever the dtype of dst; i32 operands are not taken. It lives in the accumulators of dst's partitions, where it stays at the end: with `reduce_cmd` reduce what they hold stands for `dst[p, -1]`, with load_reduce the number `initial` or the operand `initial_column[p]`, with reset_reduce, which it is without `reduce_cmd`, nothing does.",
    ...onVector(over(elements("dst"), field("dveSequentialRate"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.tensor_scalar_cumulative. Assumed: the cost of a scan, as it is not published; no idle and no reset, of which the documentation does not say what they would do",
    accumulator: running,
    fields: {
      dst: { ...dst, dtypes: floatDtypes },
      src: { ...src, dtypes: floatDtypes },
      op0: valueField(op0),
      imm0: valueField(imm0),
      scalar0,
      reverse0: valueField(reverse0),
      op1: valueField({ kind: "choice", choices: runningOps, summary: "the operation of the running fold" }),
      ...accumulatorFields.running,
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["scalar0"]),
      ...wantScalar(args, 0),
      ...wantOperators({ inst: "tensor_scalar_cumulative", args, unit, machine }, ["op0"]),
      ...wantCommand(running, args),
    ],
    execute: (blocks, args, unit) => {
      const { dst: result } = blocks;
      mapBlock(result, blocks.src, Math.fround);
      applyScalar(result, blocks, args, unit, 0);
      const step = aluStep(args.values.op1, args, unit);
      const cmd = reduceCmdOf(running, args);
      for (let row = 0; row < result.p; row++) {
        let state = foldStart(cmd, blocks, args, row);
        for (let at = row * result.f; at < (row + 1) * result.f; at++) {
          const x = result.data[at]!;
          state = state === undefined ? x : step(x, state);
          result.data[at] = state;
        }
        if (blocks.accumulator !== undefined) blocks.accumulator.data[row] = state ?? Number.NaN;
      }
    },
    example:
      "tensor_scalar_cumulative dst=sbuf[0x0; 128; 512:1] f32, src=sbuf[0x800; 128; 512:1] f32, op0=multiply, imm0=1, op1=add",
  }),
  exponential: defineInst({
    opcode: 46,
    units: ["dve"],
    summary: "exp(x - shift) per partition, with row sum",
    detail: `\`dst[p, f] = e^(src[p, f] - shift[p])\`, and \`sum[p]\` is the sum of dst's row before it is rounded to dst's dtype. ${commandsText("sum", "dve")} ${indirectText("src")} ${scatterText}`,
    ...onVector(over(elements("dst"), field("dveExponentialRate")), whereGiven("sum", field("dveAccumulatorCycles"))),
    source:
      "AWS Neuron SDK documentation, nki.isa.exponential, and NKI guide for Trainium3: four times the rate of the scalar engine",
    needs: "dveExponentialRate",
    accumulator: intoSum,
    fields: {
      dst: scatteredField(dst),
      sum: optionalFold("the sums [p, 1]"),
      src: { ...src, indexedBy: "src_index" },
      shift: chipField("read", "what is subtracted first, such as the row's largest, [p, 1]"),
      ...accumulatorFields.dve,
      src_index: indexField("src"),
      dst_index: indexField("dst"),
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["shift", "sum"]),
      ...wantCommand(intoSum, args),
    ],
    execute: (blocks, args) => {
      const {
        dst: result,
        src: { data: x },
        shift: { data: shift },
      } = blocks;
      for (let at = 0; at < result.data.length; at++) {
        const row = Math.floor(at / result.f);
        result.data[at] = Math.fround(Math.exp(Math.fround(Math.fround(x[at]!) - Math.fround(shift[row]!))));
      }
      accumulate(intoSum, { tile: result, op: "add" }, blocks, args);
    },
    example:
      "exponential dst=sbuf[0x0; 128; 512:1] bf16, sum=sbuf[0x400; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, shift=sbuf[0x404; 128; 1:1] f32",
  }),
} as const;
