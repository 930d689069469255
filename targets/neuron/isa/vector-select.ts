// Instructions of the vector engine (DVE) that choose between elements, and fold what they chose.

import type { aluOps } from "../../../ir-spec/tile-ops/alu.ts";
import { accumulate, accumulatorFields, commandsText, wantCommand } from "./accumulators.ts";
import { chipField, operandField, optionalColumn, valueField } from "./args.ts";
import { aluStep } from "./arithmetic.ts";
import { wantColumns, wantOneInPsum, wantSameDtype, wantShapeOfDst } from "./constraints.ts";
import { elements, field, over, whereGiven } from "./cost-terms.ts";
import { onVector } from "./costs.ts";
import { type Block, defineInst, type HasValues } from "./define.ts";
import { wantOneOf } from "./scalars.ts";
import { severalTilesRate } from "./timing.ts";

/** Comparisons of two numbers. */
export const comparisons = [
  "is_equal",
  "not_equal",
  "is_ge",
  "is_gt",
  "is_le",
  "is_lt",
] as const satisfies readonly (keyof typeof aluOps)[];

/** What stands for minus infinity: the least finite f32. Source: NKI documentation, range_select, on_false_value. */
const minF32 = -(2 ** 127) * (2 - 2 ** -23);

const onChip = ["sbuf", "psum"] as const;
const dst = chipField("write", "the result [p, f]");
const predicate = operandField("read", onChip, ["bool", "u8", "i32"], "not 0 where src is taken, [p, f]");
const isReversed = valueField({ kind: "bool", default: false, summary: "take src where the predicate is 0" });
const intoMaximum = { column: "maximum" } as const;
const maximum = { ...chipField("write", "the largest of each row of the result, [p, 1]"), optional: true } as const;

/** True where the predicate says that src is taken. */
function takesSource(
  { predicate: { data } }: { readonly predicate: Block },
  { values: { reverse: takesZero } }: HasValues<"reverse", boolean>,
): (at: number) => boolean {
  return (at) => (data[at] === 0) === takesZero;
}

export const vectorSelectInsts = {
  tensor_copy_predicated: defineInst({
    opcode: 47,
    units: ["dve"],
    summary: "copies those elements of a tile that a predicate names",
    detail:
      "`dst[p, f] = src[p, f]` where `predicate[p, f] /= 0`, bit for bit; the other elements of dst stay as they are, so all of dst must have been written before. With `reverse` where it is 0. src and dst have the same dtype; src and predicate may not both lie in PSUM.",
    ...onVector(over(elements("dst"), severalTilesRate(["src", "predicate"]))),
    source: "AWS Neuron SDK documentation, nki.isa.tensor_copy_predicated",
    fields: {
      dst: chipField("modify", "the tile of which elements are replaced [p, f]"),
      src: chipField("read", "the new elements [p, f]"),
      predicate,
      reverse: isReversed,
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src", "predicate"]),
      ...wantSameDtype(args, "src"),
      ...wantOneInPsum(args, "src", "predicate"),
    ],
    execute: (blocks, args) => {
      const {
        dst: { data: out },
        src: { data: x },
      } = blocks;
      const isTaken = takesSource(blocks, args);
      for (let at = 0; at < out.length; at++) if (isTaken(at)) out[at] = x[at]!;
    },
    example:
      "tensor_copy_predicated dst=sbuf[0x0; 128; 512:1] bf16, src=sbuf[0x400; 128; 512:1] bf16, predicate=sbuf[0x800; 128; 512:1] u8",
  }),
  select_reduce: defineInst({
    opcode: 48,
    units: ["dve"],
    summary: "picks from a tile or a number by a predicate, and finds each row's largest",
    detail: `\`dst[p, f] = predicate[p, f] /= 0 ? src[p, f] : on_false\`, where \`on_false\` is a number or the operand \`on_false_column[p]\`; with \`reverse\` the other way round. \`maximum[p]\` is the largest of the row before it is rounded to dst's dtype. src and predicate may not both lie in PSUM. ${commandsText("maximum", "dve")}`,
    ...onVector(
      over(elements("dst"), field("dveSequentialRate")),
      whereGiven("maximum", field("dveAccumulatorCycles")),
    ),
    source:
      "AWS Neuron SDK documentation, nki.isa.select_reduce. Assumed: two cycles per element, as the cost is not published",
    accumulator: intoMaximum,
    fields: {
      dst,
      maximum,
      src: chipField("read", "picked where the predicate is not 0, [p, f]"),
      predicate,
      on_false: valueField({ kind: "float", optional: true, summary: "picked where the predicate is 0" }),
      on_false_column: optionalColumn("the same for each partition, [p, 1]"),
      reverse: isReversed,
      ...accumulatorFields.dve,
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src", "predicate"]),
      ...wantColumns(args, ["maximum", "on_false_column"]),
      ...wantCommand(intoMaximum, args),
      ...wantOneOf(args, "on_false", "on_false_column", "on_false"),
      ...wantOneInPsum(args, "src", "predicate"),
    ],
    execute: (blocks, args) => {
      const {
        dst: result,
        src: { data: x },
      } = blocks;
      const isTaken = takesSource(blocks, args);
      const otherwise = args.values.on_false ?? Number.NaN;
      for (let at = 0; at < result.data.length; at++) {
        const other = blocks.on_false_column?.data[Math.floor(at / result.f)] ?? otherwise;
        result.data[at] = Math.fround(isTaken(at) ? x[at]! : other);
      }
      accumulate(intoMaximum, { tile: result, op: "max" }, blocks, args);
    },
    example:
      "select_reduce dst=sbuf[0x0; 128; 512:1] f32, maximum=sbuf[0x800; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, predicate=sbuf[0x804; 128; 512:1] u8, on_false=-1e30",
  }),
  range_select: defineInst({
    opcode: 49,
    units: ["dve"],
    summary: "picks the elements whose index lies in a range, and finds each row's largest",
    detail: `\`dst[p, f] = (start + f) compare0 bound0[p] and (start + f) compare1 bound1[p] ? src[p, f] : -3.4028235e38\`, the least finite f32. \`maximum[p]\` is the largest of the row before it is rounded to dst's dtype. So a causal or sliding-window mask and the row's largest cost one pass. ${commandsText("maximum", "dve")}`,
    ...onVector(elements("dst"), whereGiven("maximum", field("dveAccumulatorCycles"))),
    source: "AWS Neuron SDK documentation, nki.isa.range_select: from NeuronCore-v3 on",
    needs: "dveRangeSelect",
    accumulator: intoMaximum,
    fields: {
      dst,
      maximum,
      src: chipField("read", "the tile [p, f]"),
      bound0: operandField("read", onChip, ["f32"], "the first bound, [p, 1]"),
      bound1: operandField("read", onChip, ["f32"], "the second bound, [p, 1]"),
      compare0: valueField({ kind: "choice", choices: comparisons, summary: "the first comparison" }),
      compare1: valueField({ kind: "choice", choices: comparisons, summary: "the second comparison" }),
      start: { kind: "affine", summary: "the index of the first element" },
      ...accumulatorFields.dve,
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["maximum", "bound0", "bound1"]),
      ...wantCommand(intoMaximum, args),
    ],
    execute: (blocks, args) => {
      const {
        dst: result,
        src: { data: x },
      } = blocks;
      const [low, high] = [blocks.bound0.data, blocks.bound1.data];
      const first = aluStep(args.values.compare0, args, "dve");
      const second = aluStep(args.values.compare1, args, "dve");
      const { start } = args.values;
      for (let row = 0; row < result.p; row++) {
        for (let f = 0; f < result.f; f++) {
          const at = row * result.f + f;
          const isIn = first(start + f, low[row]!) !== 0 && second(start + f, high[row]!) !== 0;
          result.data[at] = isIn ? Math.fround(x[at]!) : minF32;
        }
      }
      accumulate(intoMaximum, { tile: result, op: "max" }, blocks, args);
    },
    example:
      "range_select dst=sbuf[0x0; 128; 512:1] f32, maximum=sbuf[0x800; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, bound0=sbuf[0x804; 128; 1:1] f32, bound1=sbuf[0x808; 128; 1:1] f32, compare0=is_ge, compare1=is_le, start=512*i0",
  }),
} as const;
