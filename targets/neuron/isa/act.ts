// Instructions of the scalar engine (ACT): a function of one variable, by tables.

import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { blockOf, chipField, numberOf, optionalColumn, textOf, valueField } from "./args.ts";
import { activationFunction } from "./arithmetic.ts";
import { wantColumns, wantShapeOfDst } from "./constraints.ts";
import { type Cycles, defineInst, type ResolvedArgs } from "./define.ts";
import { elementCycles, functionCycles } from "./timing.ts";
import { foldRows } from "./vector-fold.ts";

const { func, scale } = computeTileOps.activation.attrs;

/** Functions that need no table of their own. Assumed: they are part of every table. */
const functionsOfEveryTable: ReadonlySet<string> = new Set(["copy", "square", "abs", "relu", "sign"]);

/** With a factor for each partition the number is left at 1. */
function wantOneScale(args: ResolvedArgs): readonly Problem[] {
  if (args.operands.scales === undefined || (numberOf(args, "scale") ?? 1) === 1) return [];
  return [problem("E0711", { op: "func", found: "twice", operand: "scales", immediate: "scale" })];
}

const withMore = ({ issueCycles, latencyCycles }: Cycles, more: number): Cycles => ({
  issueCycles: issueCycles + more,
  latencyCycles: latencyCycles + more,
});

export const actInsts = {
  activation: defineInst({
    opcode: 8,
    units: ["act"],
    summary: "applies a function to scale * x + bias, and adds up each row",
    detail:
      "`dst[p, f] = func(src[p, f] * scale + bias[p])`, each step rounded to f32; the scale is a number, or the operand `scales[p]` in its place. `sum[p] = dst[p, 0] + dst[p, 1] + ...` from the left, of the results before they are rounded to dst's dtype, each sum in f32. A function other than copy, square, abs, relu and sign needs its table; where another one is held, loading it costs `actTableLoadNs`.",
    cost: "issue `max(actMinCycles, actFunctionOverheadCycles + f)`, result after `actFunctionLatencyCycles + f`, with the argument in SBUF `actFunctionSbufOverheadCycles` and `actFunctionSbufLatencyCycles`; copy, square, abs, relu and sign: `actOverheadCycles` and `actLatencyCycles`; with `sum` both `actAccumulatorCycles` more",
    source:
      "AWS Neuron SDK documentation, nki.isa.activation and activation_reduce; cost: measured on trn2. Assumed: the sum is read out at once; the hardware can carry it on over instructions",
    fields: {
      dst: chipField("write", "the result [p, f]"),
      src: chipField("read", "the argument [p, f]"),
      bias: optionalColumn("added to the scaled argument, [p, 1]"),
      func: valueField(func),
      scale: valueField(scale),
      scales: optionalColumn("the factor for each partition, in place of scale, [p, 1]"),
      sum: { ...chipField("write", "the sum of each row of the result, [p, 1]"), optional: true },
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["bias", "scales", "sum"]),
      ...wantOneScale(args),
    ],
    cycles: (args, _unit, machine) => {
      const name = textOf(args, "func") ?? "copy";
      const sumCycles = args.operands.sum === undefined ? 0 : machine.actAccumulatorCycles;
      if (functionsOfEveryTable.has(name)) return withMore(elementCycles(args, "act", machine), sumCycles);
      return { ...withMore(functionCycles(args, machine), sumCycles), table: name };
    },
    execute: (blocks, args) => {
      const { f: columns, data: out } = blockOf(blocks, "dst");
      const { data: x } = blockOf(blocks, "src");
      const bias = blocks.bias?.data;
      const scales = blocks.scales?.data;
      const apply = activationFunction(textOf(args, "func"));
      const factor = Math.fround(numberOf(args, "scale") ?? 1);
      for (let at = 0; at < out.length; at++) {
        const scaled = Math.fround(Math.fround(x[at]!) * Math.fround(scales?.[Math.floor(at / columns)] ?? factor));
        const shift = bias === undefined ? 0 : Math.fround(bias[Math.floor(at / columns)]!);
        out[at] = apply(Math.fround(scaled + shift));
      }
      foldRows(blocks.sum, blockOf(blocks, "dst"), "add", args);
    },
    example:
      "activation dst=sbuf[0x0; 128; 512:1] bf16, src=psum[0x0; 128; 512:1] f32, bias=sbuf[0x800; 128; 1:1] f32, func=gelu_tanh, scale=1",
  }),
} as const;
