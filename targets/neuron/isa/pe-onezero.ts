// Products of f32 with zeros and ones (PE): masks, permutations, running sums. They need fewer passes of the array.

import { operandField, resultDtypes, valueField } from "./args.ts";
import { wantThat } from "./constraints.ts";
import { elements, field, over, times } from "./cost-terms.ts";
import { costOn } from "./costs.ts";
import { type Block, defineInst } from "./define.ts";
import { checkMatmul, matmulFlops } from "./pe.ts";
import { movingCost } from "./pe-costs.ts";
import { addProduct } from "./product.ts";

/** NaN in place of what is neither 0 nor 1. */
function onlyZerosAndOnes(block: Block): Block {
  return { ...block, data: block.data.map((x) => (x === 0 || x === 1 ? x : Number.NaN)) };
}

const oneZeroColumns = over(
  times(elements("moving", "f", "f being the columns of moving"), field("peOneZeroFactor")),
  field("peF32Passes"),
);

export const peOneZeroInsts = {
  matmul_onezero: defineInst({
    opcode: 11,
    units: ["pe"],
    summary: "multiplies f32 operands, one of which holds zeros and ones alone, faster than others",
    detail:
      "As `matmul` of f32 operands; `onezero` says which of them, moving or stationary, has no elements but 0 and 1. Assumed: any other element of it counts as NaN, so that a wrong promise is seen, which the documentation leaves open.",
    ...costOn({ pe: movingCost(oneZeroColumns, field("peF32Passes")) }),
    source: "AWS Neuron SDK documentation, nki.isa.nc_matmul, is_stationary_onezero and is_moving_onezero",
    fields: {
      dst: operandField("update", ["psum"], resultDtypes, "the accumulator [m, n]"),
      moving: operandField("read", ["sbuf"], ["f32"], "the moving operand [k, n]"),
      accumulate: { kind: "flag", summary: "add to what dst holds instead of overwriting it" },
      onezero: valueField({
        kind: "choice",
        choices: ["moving", "stationary"],
        summary: "which operand has zeros and ones",
      }),
    },
    weights: "use",
    check: (args, _unit, machine) => {
      const { stationary } = args.operands;
      const isF32 = stationary === undefined || stationary.dtype === "f32";
      if (!isF32) return wantThat(false, "the stationary operand", stationary.dtype, "f32");
      return checkMatmul(args, machine);
    },
    execute: (blocks, args) => {
      const { dst, stationary: held, moving } = blocks;
      const isStationary = args.values.onezero === "stationary";
      if (!args.values.accumulate) dst.data.fill(0);
      addProduct(dst, isStationary ? onlyZerosAndOnes(held) : held, isStationary ? moving : onlyZerosAndOnes(moving));
    },
    flops: matmulFlops,
    example: "matmul_onezero dst=psum[0x0; 128; 512:1] f32, moving=sbuf[0x400; 128; 512:1] f32, onezero=stationary",
  }),
} as const;
