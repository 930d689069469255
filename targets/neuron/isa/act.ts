// Instructions of the scalar engine (ACT): a function of one variable, by tables.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { accumulate, accumulatorFields, commandsText, reduceCmdOf } from "./accumulators.ts";
import { chipField, optionalColumn, valueField } from "./args.ts";
import { mapBlock } from "./arithmetic.ts";
import { wantColumns, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, largest, minus, plus, whereGiven } from "./cost-terms.ts";
import { actTerms, alternatives, costOn, streamed, timed, type UnitCost } from "./costs.ts";
import { type ArgsOf, type Block, defineInst, type Has, type HasValues, type MayHave } from "./define.ts";
import {
  type FunctionName,
  functionNames,
  functionOf,
  preluText,
  slopeFields,
  wantNotBoth,
  wantSlope,
} from "./functions.ts";
import { indexField, indirectText, scatteredField, scatterText } from "./indirect.ts";
import type { Operator } from "./operators.ts";
import { applyScalar, wantScalar } from "./scalars.ts";
import { functionCost } from "./timing.ts";

const { scale } = computeTileOps.activation.attrs;
const func = { ...computeTileOps.activation.attrs.func, choices: functionNames } as const;
const { imm0, imm1, reverse0, reverse1 } = computeTileOps.tensor_scalar.attrs;

/** Functions that need no table of their own. Assumed: they are part of every table. */
const functionsOfEveryTable: ReadonlySet<FunctionName> = new Set<FunctionName>([
  "copy",
  "square",
  "abs",
  "relu",
  "prelu",
  "sign",
]);

/** With a factor for each partition the number is left at 1. */
function wantOneScale({ operands, values }: MayHave<"scales"> & HasValues<"scale", number>): readonly Problem[] {
  if (operands.scales === undefined || values.scale === 1) return [];
  return [problem("E0711", { op: "func", found: "twice", operand: "scales", immediate: "scale" })];
}

/** A number in place of a bias, on machines that take one. */
function wantBias(
  args: MayHave<"bias"> & HasValues<"imm_bias", number | null>,
  { actImmediateBias, name }: Machine,
): readonly Problem[] {
  const isLacking = args.values.imm_bias !== null && actImmediateBias === 0;
  const missing = { inst: "activation with imm_bias", machine: name, field: "actImmediateBias" };
  return [...(isLacking ? [problem("E0714", missing)] : []), ...wantNotBoth(args, "bias", "imm_bias")];
}

/** A function of each element; reading out the operand `fold` takes more. Loading a table that is not held comes on top. */
function activationCost<const N extends string>(fold: N) {
  type Args = Has<"dst" | "src"> & MayHave<N> & HasValues<"func", FunctionName>;
  const more = whereGiven(fold, field("actAccumulatorCycles"));
  const cost = alternatives<Args>(
    [
      [...functionsOfEveryTable].join(", "),
      ({ values }) => functionsOfEveryTable.has(values.func),
      streamed(actTerms, elements("dst"), more),
    ],
    ["other functions", () => true, functionCost(more)],
  );
  const cycles: UnitCost<Args>["cycles"] = (args, machine) => {
    const table = args.values.func;
    return { ...cost.cycles(args, machine), ...(functionsOfEveryTable.has(table) ? {} : { table }) };
  };
  return { text: cost.text, notes: cost.notes, cycles };
}

/** Reading the accumulators out by an instruction of its own. */
const readOutCost = timed(
  largest(field("actMinCycles"), field("actAccumulatorCycles")),
  plus(minus(field("actLatencyCycles"), field("actOverheadCycles")), field("actAccumulatorCycles")),
);

/** What `activate2` folds by. */
const foldOps = ["add", "max", "min", "absmax", "absmin"] as const;
const optionalChoice = { kind: "choice", optional: true } as const;

/** A second operation follows a product only. */
function wantPair({
  values: { op0: first, op1: second },
}: HasValues<"op0" | "op1", Operator | null>): readonly Problem[] {
  return wantThat(
    second === null || first === "multiply",
    "the pair of operations",
    `${first ?? "none"}, ${second}`,
    "multiply as the first of two",
  );
}

const intoSum = { column: "sum" } as const;
const intoFold = { column: "fold" } as const;
const ontoDst = { column: "dst", otherwise: "idle" } as const;

/** Arguments of a fold by an operation of its own. */
type FoldArgs = ArgsOf<typeof accumulatorFields.act> &
  Has<"dst"> &
  MayHave<"fold"> &
  HasValues<"fold_op", (typeof foldOps)[number] | null>;

/** A fold has an operation, and nothing else has one. */
function wantFoldOp(args: FoldArgs): readonly Problem[] {
  const op = args.values.fold_op;
  const folds = reduceCmdOf(intoFold, args) !== "idle";
  if ((op !== null) === folds) return [];
  return op === null
    ? wantThat(false, "fold_op", "left out", "the operation of the fold")
    : wantThat(false, "fold_op", op, "none without a fold");
}

/** Of absmax and absmin the magnitudes are folded, by max and min. */
function foldMagnitudes(
  tile: Block,
  blocks: { readonly [N in "fold" | "accumulator"]: Block | undefined },
  args: FoldArgs,
): void {
  const op = args.values.fold_op ?? "add";
  if (op !== "absmax" && op !== "absmin") accumulate(intoFold, { tile, op }, blocks, args);
  else {
    const magnitudes = { ...tile, data: tile.data.map(Math.abs) };
    accumulate(intoFold, { tile: magnitudes, op: op === "absmax" ? "max" : "min" }, blocks, args);
  }
}

export const actInsts = {
  activation: defineInst({
    opcode: 8,
    units: ["act"],
    summary: "applies a function to scale * x + bias, and adds up each row",
    detail: `\`dst[p, f] = func(src[p, f] * scale + bias[p])\`, each step rounded to f32; the scale is a number, or the operand \`scales[p]\` in its place; the bias is the operand \`bias[p]\`, or the number \`imm_bias\` where the machine has \`actImmediateBias\`; without either nothing is added, so that -0 stays -0. ${preluText} \`sum[p] = dst[p, 0] + dst[p, 1] + ...\` from the left, of the results before they are rounded to dst's dtype, each sum in f32. ${commandsText("sum", "act")} A function other than copy, square, abs, relu, prelu and sign needs its table; where another one is held, loading it costs \`actTableLoadNs\`. ${indirectText("src")} ${scatterText}`,
    ...costOn({ act: activationCost("sum") }),
    source:
      "AWS Neuron SDK documentation, nki.isa.activation and activation_reduce; cost: measured on trn2. Assumed: the accumulators are those of the partitions of dst; where prelu has its slope, which the documentation says of activate2 alone (relu_param), and that it needs no table, as relu",
    accumulator: intoSum,
    fields: {
      dst: scatteredField(chipField("write", "the result [p, f]")),
      src: { ...chipField("read", "the argument [p, f]"), indexedBy: "src_index" },
      bias: optionalColumn("added to the scaled argument, [p, 1]"),
      func: valueField(func),
      scale: valueField(scale),
      scales: optionalColumn("the factor for each partition, in place of scale, [p, 1]"),
      sum: { ...chipField("write", "the sum of each row of the result, [p, 1]"), optional: true },
      ...accumulatorFields.act,
      imm_bias: valueField({ kind: "float", optional: true, summary: "added in place of bias" }),
      ...slopeFields,
      src_index: indexField("src"),
      dst_index: indexField("dst"),
    },
    check: (args, _unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["bias", "scales", "sum"]),
      ...wantOneScale(args),
      ...wantBias(args, machine),
      ...wantSlope(args),
    ],
    execute: (blocks, args) => {
      const {
        dst: { f: columns, data: out },
        src: { data: x },
      } = blocks;
      const bias = blocks.bias?.data;
      const scales = blocks.scales?.data;
      const apply = functionOf(blocks, args);
      const factor = Math.fround(args.values.scale);
      const shift = args.values.imm_bias;
      for (let at = 0; at < out.length; at++) {
        const row = Math.floor(at / columns);
        const scaled = Math.fround(Math.fround(x[at]!) * Math.fround(scales?.[row] ?? factor));
        const added = bias?.[row] ?? shift;
        out[at] = apply(added === null ? scaled : Math.fround(scaled + Math.fround(added)), row);
      }
      accumulate(intoSum, { tile: blocks.dst, op: "add" }, blocks, args);
    },
    example:
      "activation dst=sbuf[0x0; 128; 512:1] bf16, src=psum[0x0; 128; 512:1] f32, bias=sbuf[0x800; 128; 1:1] f32, func=gelu_tanh, scale=1",
  }),
  activate2: defineInst({
    opcode: 9,
    units: ["act"],
    summary: "applies a function after up to two operations with scalars, and folds each row",
    detail: `\`dst[p, f] = func((src[p, f] op0 s0) op1 s1)\`, each step rounded to f32; a scalar is the operand \`scalar0[p]\` or the number \`imm0\`. The operations are multiply and then add or subtract, one of multiply, add and subtract alone, or none; \`reverse0\` computes \`s0 op0 src\`, \`reverse1\` \`s1 op1 (...)\`. \`fold[p]\` joins the results of a row before they are rounded to dst's dtype, from the left, by \`fold_op\`; absmax and absmin join their magnitudes. ${commandsText("fold", "act")} ${preluText} Tables of functions as in \`activation\`.`,
    ...costOn({ act: activationCost("fold") }),
    source: "AWS Neuron SDK documentation, nki.isa.activate2; NKI guide for Trainium3. Assumed: the cost of activation",
    needs: "actTwoSteps",
    accumulator: intoFold,
    fields: {
      dst: chipField("write", "the result [p, f]"),
      fold: { ...chipField("write", "the fold of each row of the result, [p, 1]"), optional: true },
      src: chipField("read", "the argument [p, f]"),
      op0: valueField({ ...optionalChoice, choices: ["multiply", "add", "subtract"], summary: "the first operation" }),
      imm0: valueField(imm0),
      scalar0: optionalColumn("the first scalar, [p, 1]"),
      reverse0: valueField(reverse0),
      op1: valueField({ ...optionalChoice, choices: ["add", "subtract"], summary: "the second operation" }),
      imm1: valueField(imm1),
      scalar1: optionalColumn("the second scalar, [p, 1]"),
      reverse1: valueField(reverse1),
      func: valueField(func),
      fold_op: valueField({ ...optionalChoice, choices: foldOps, summary: "the operation of the fold" }),
      ...accumulatorFields.act,
      ...slopeFields,
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantSlope(args),
      ...wantColumns(args, ["scalar0", "scalar1", "fold"]),
      ...wantScalar(args, 0),
      ...wantScalar(args, 1),
      ...wantPair(args),
      ...wantFoldOp(args),
    ],
    execute: (blocks, args, unit) => {
      const { dst: result } = blocks;
      const apply = functionOf(blocks, args);
      mapBlock(result, blocks.src, Math.fround);
      applyScalar(result, blocks, args, unit, 0);
      applyScalar(result, blocks, args, unit, 1);
      for (let at = 0; at < result.data.length; at++) {
        result.data[at] = apply(result.data[at]!, Math.floor(at / result.f));
      }
      foldMagnitudes(result, blocks, args);
    },
    example:
      "activate2 dst=sbuf[0x0; 128; 512:1] bf16, fold=sbuf[0x800; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, op0=multiply, imm0=0.125, op1=subtract, scalar1=sbuf[0x804; 128; 1:1] f32, func=exp, fold_op=add",
  }),
  read_accumulator: defineInst({
    opcode: 12,
    units: ["act"],
    summary: "reads out the engine's accumulators",
    detail:
      "`dst[p]` is what the accumulator of partition p holds, which it keeps: the sum or fold that `activation` and `activate2` leave there.",
    ...costOn({ act: readOutCost }),
    source:
      "AWS Neuron SDK documentation, nki.isa.activation: another instruction reads the registers out; cost: SDK 2.26, about 64 cycles more. Assumed: the result is there when that of an activation with `sum` in place of both would be",
    accumulator: ontoDst,
    fields: { dst: chipField("write", "the accumulators [p, 1]") },
    check: (args) => wantColumns(args, ["dst"]),
    execute: (blocks) => blocks.dst.data.set(blocks.accumulator.data),
    example: "read_accumulator dst=sbuf[0x0; 128; 1:1] f32",
  }),
} as const;
