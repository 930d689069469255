// Instructions of the scalar engine (ACT): a function of one variable, by tables.

import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { blockOf, chipField, numberOf, optionalColumn, textOf, valueField } from "./args.ts";
import { activationFunction } from "./arithmetic.ts";
import { wantColumns, wantShapeOfDst } from "./constraints.ts";
import { defineInst } from "./define.ts";
import { elementCycles, functionCycles } from "./timing.ts";

const { func, scale } = computeTileOps.activation.attrs;

/** Functions that need no table of their own. Assumed: they are part of every table. */
const functionsOfEveryTable: ReadonlySet<string> = new Set(["copy", "square", "abs", "relu", "sign"]);

export const actInsts = {
  activation: defineInst({
    opcode: 8,
    units: ["act"],
    summary: "applies a function to scale * x + bias",
    detail:
      "`dst[p, f] = func(src[p, f] * scale + bias[p])`, each step rounded to f32. A function other than copy, square, abs, relu and sign needs its table; where another one is held, loading it costs `actTableLoadNs`.",
    cost: "issue `max(actMinCycles, actFunctionOverheadCycles + f)`, result after `actFunctionLatencyCycles + f`, with the argument in SBUF `actFunctionSbufOverheadCycles` and `actFunctionSbufLatencyCycles`; copy, square, abs, relu and sign: `actOverheadCycles` and `actLatencyCycles`",
    source: "AWS Neuron SDK documentation, nki.isa.activation; cost: measured on trn2",
    fields: {
      dst: chipField("write", "the result [p, f]"),
      src: chipField("read", "the argument [p, f]"),
      bias: optionalColumn("added to the scaled argument, [p, 1]"),
      func: valueField(func),
      scale: valueField(scale),
    },
    check: (args) => [...wantShapeOfDst(args, ["src"]), ...wantColumns(args, ["bias"])],
    cycles: (args, _unit, machine) => {
      const name = textOf(args, "func") ?? "copy";
      if (functionsOfEveryTable.has(name)) return elementCycles(args, "act", machine);
      return { ...functionCycles(args, machine), table: name };
    },
    execute: (blocks, args) => {
      const { f: columns, data: out } = blockOf(blocks, "dst");
      const { data: x } = blockOf(blocks, "src");
      const bias = blocks.bias?.data;
      const apply = activationFunction(textOf(args, "func"));
      const factor = Math.fround(numberOf(args, "scale") ?? 1);
      for (let at = 0; at < out.length; at++) {
        const scaled = Math.fround(Math.fround(x[at]!) * factor);
        const shift = bias === undefined ? 0 : Math.fround(bias[Math.floor(at / columns)]!);
        out[at] = apply(Math.fround(scaled + shift));
      }
    },
    example:
      "activation dst=sbuf[0x0; 128; 512:1] bf16, src=psum[0x0; 128; 512:1] f32, bias=sbuf[0x800; 128; 1:1] f32, func=gelu_tanh, scale=1",
  }),
} as const;
