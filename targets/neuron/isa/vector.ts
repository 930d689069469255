// Instructions over tiles that the vector engine (DVE) runs, some also on the general engine (POOL, SBUF only) and the
// scalar engine (ACT). Arithmetic: see arithmetic.ts.

import { dtypeNames } from "../../../ir-spec/base/dtype.ts";
import { type Problem, problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { computeTileOps } from "../../../ir-spec/tile-ops/compute.ts";
import { chipField, optionalColumn, valueField } from "./args.ts";
import { aluStep, inputOf, mapBlock } from "./arithmetic.ts";
import { wantColumns, wantOneInPsum, wantShape, wantShapeOfDst, wantThat } from "./constraints.ts";
import { elements, field, over, times } from "./cost-terms.ts";
import { costOn, general, onVector, vector } from "./costs.ts";
import {
  type AnyArgs,
  type Block,
  defineInst,
  freeSize,
  type Has,
  type HasValues,
  type ResolvedOperand,
  type UnitName,
} from "./define.ts";
import { indexField, indirectText, scatteredField, scatterText } from "./indirect.ts";
import { wantOperators } from "./operator-rules.ts";
import { binaryNames, foldNames, isBitvec, type Operator, operatorNames } from "./operators.ts";
import { applyScalar, wantScalar } from "./scalars.ts";
import { copyCosts, reciprocalCost, reduceCost, scalarCosts, severalTilesRate } from "./timing.ts";

const { tensor_tensor, tensor_scalar, tensor_reduce } = computeTileOps;

/** Folds each run of `src` that an element of `dst` stands for. */
function fold(
  dst: Block,
  src: Block,
  args: AnyArgs & Has<"dst"> & HasValues<"op", Operator> & HasValues<"negate", boolean>,
): void {
  const { op } = args.values;
  const step = aluStep(op, args, "dve");
  const toInput = inputOf(op, args, "dve");
  const sign = args.values.negate ? -1 : 1;
  const run = src.data.length / dst.data.length;
  for (let at = 0; at < dst.data.length; at++) {
    let folded = toInput(src.data[at * run]!);
    for (let f = 1; f < run; f++) folded = step(folded, toInput(src.data[at * run + f]!));
    dst.data[at] = sign * folded;
  }
}

function wantRuns(args: Has<"dst" | "src">): readonly Problem[] {
  const { dst, src } = args.operands;
  const [folds, found] = [freeSize(dst), freeSize(src)];
  return [
    ...wantShape(args, "dst", src.partitions, folds),
    ...wantThat(found % folds === 0, "the number of elements of src", found, `a multiple of the ${folds} of dst`),
  ];
}

/** The scalar engine of a machine without `actExactCopy` computes in f32, which does not have every i32. */
function wantExactCopy(
  { operands: { dst, src } }: Has<"dst" | "src">,
  unit: UnitName,
  { actExactCopy }: Machine,
): readonly Problem[] {
  const isWhole = src.dtype === "i32" && dst.dtype === "i32";
  if (unit !== "act" || actExactCopy !== 0 || !isWhole) return [];
  return [
    problem("E0707", { operand: "src", found: "i32", expected: "another dtype on this machine's scalar engine" }),
  ];
}

/** The scalar engine's operations of a tile with scalars, see `actTensorScalar`. */
function wantScalarEngineOps(
  { values: { op0, op1 } }: HasValues<"op0" | "op1", Operator | null>,
  { actTensorScalar, name }: Machine,
): readonly Problem[] {
  if (actTensorScalar === 0) {
    return [problem("E0714", { inst: "tensor_scalar on act", machine: name, field: "actTensorScalar" })];
  }
  const ops = [op0, op1].filter((op) => op !== null).join(", ");
  const isTaken = actTensorScalar > 1 || ["multiply, add", "multiply", "add"].includes(ops);
  return wantThat(isTaken, "the scalar engine's operation", ops, "multiply, add, or one of them");
}

const dst = chipField("write", "the result [p, f]");

export const vectorInsts = {
  tensor_copy: defineInst({
    opcode: 16,
    units: ["act", "dve", "pool"],
    summary: "copies a tile, converting the dtype",
    detail: `\`dst[p, f] = src[p, f]\`; bit for bit where the dtypes are the same, else by way of f32. The scalar engine of a machine without \`actExactCopy\` goes by way of f32 always, so it does not take i32 to i32. ${indirectText("src")} ${scatterText}`,
    ...costOn(copyCosts),
    source: "AWS Neuron SDK documentation, nki.isa.tensor_copy; cost: measured on trn2",
    fields: {
      dst: scatteredField(dst),
      src: { ...chipField("read", "the tile [p, f]"), indexedBy: "src_index" },
      src_index: indexField("src"),
      dst_index: indexField("dst"),
    },
    check: (args, unit, machine) => [...wantShapeOfDst(args, ["src"]), ...wantExactCopy(args, unit, machine)],
    execute: (blocks, args) => {
      const isSameDtype = args.operands.dst.dtype === args.operands.src.dtype;
      mapBlock(blocks.dst, blocks.src, isSameDtype ? (x) => x : Math.fround);
    },
    example: "tensor_copy dst=sbuf[0x0; 128; 512:1] bf16, src=psum[0x0; 128; 512:1] f32",
  }),
  tensor_tensor: defineInst({
    opcode: 17,
    units: ["dve", "pool"],
    summary: "combines two tiles element by element",
    detail: `\`dst[p, f] = lhs[p, f] op rhs[p, f]\`, in f32; on the general engine with i32 operands exactly; bit by bit with a bitvec operator, see Operators. At most one input may lie in PSUM. ${indirectText("lhs")} \`rhs_index\` likewise. ${scatterText}`,
    ...costOn({
      dve: vector(over(elements("dst"), severalTilesRate(["lhs", "rhs"]))),
      pool: general(times(elements("dst"), field("poolTwoInputFactor"))),
    }),
    source: "AWS Neuron SDK documentation, nki.isa.tensor_tensor",
    fields: {
      dst: scatteredField(dst),
      lhs: { ...chipField("read", "the left operand [p, f]"), indexedBy: "lhs_index" },
      rhs: { ...chipField("read", "the right operand [p, f]"), indexedBy: "rhs_index" },
      op: valueField({ ...tensor_tensor.attrs.op, choices: binaryNames }),
      lhs_index: indexField("lhs"),
      rhs_index: indexField("rhs"),
      dst_index: indexField("dst"),
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["lhs", "rhs"]),
      ...wantOneInPsum(args, "lhs", "rhs"),
      ...wantOperators({ inst: "tensor_tensor", args, unit, machine }, ["op"]),
    ],
    execute: (blocks, args, unit) => {
      const {
        dst: { data: out },
        lhs: { data: left },
        rhs: { data: right },
      } = blocks;
      const op = args.values.op;
      const step = aluStep(op, args, unit);
      const toInput = inputOf(op, args, unit);
      for (let at = 0; at < out.length; at++) out[at] = step(toInput(left[at]!), toInput(right[at]!));
    },
    example:
      "tensor_tensor dst=sbuf[0x0; 128; 512:1] bf16, lhs=psum[0x0; 128; 512:1] f32, rhs=sbuf[0x400; 128; 512:1] bf16, op=add",
  }),
  tensor_scalar: defineInst({
    opcode: 18,
    units: ["act", "dve", "pool"],
    summary: "combines a tile with one or two scalars, each a number or one per partition",
    detail: `\`dst[p, f] = (src[p, f] op0 s0) op1 s1\`, each step in f32; on the general engine with i32 operands exactly. A scalar is the operand \`scalar0[p]\` or the number \`imm0\`. Without \`op1\` only the first step. \`reverse0\` computes \`s0 op0 src\`. An operator with one operand takes no scalar: \`op0 src\`. Both operators are arithmetic, or both bitvec, see Operators. The scalar engine takes multiply and then add, multiply alone, or add alone, where \`actTensorScalar\` is 1, any operations where it is 2, none where it is 0. ${indirectText("src")} ${scatterText}`,
    ...costOn(scalarCosts),
    source:
      "AWS Neuron SDK documentation, nki.isa.tensor_scalar; cost: measured on trn2. Assumed: on the general engine, which has no published one, an element per cycle, power included",
    fields: {
      dst: scatteredField(dst),
      src: { ...chipField("read", "the tile [p, f]"), indexedBy: "src_index" },
      op0: valueField({ ...tensor_scalar.attrs.op0, choices: operatorNames }),
      imm0: valueField(tensor_scalar.attrs.imm0),
      scalar0: optionalColumn("the first scalar, [p, 1]"),
      reverse0: valueField(tensor_scalar.attrs.reverse0),
      op1: valueField({ ...tensor_scalar.attrs.op1, choices: operatorNames }),
      imm1: valueField(tensor_scalar.attrs.imm1),
      scalar1: optionalColumn("the second scalar, [p, 1]"),
      reverse1: valueField(tensor_scalar.attrs.reverse1),
      src_index: indexField("src"),
      dst_index: indexField("dst"),
    },
    check: (args, unit, machine) => [
      ...wantShapeOfDst(args, ["src"]),
      ...wantColumns(args, ["scalar0", "scalar1"]),
      ...wantScalar(args, 0),
      ...wantScalar(args, 1),
      ...wantOperators({ inst: "tensor_scalar", args, unit, machine }, ["op0", "op1"]),
      ...(unit === "act" ? wantScalarEngineOps(args, machine) : []),
    ],
    execute: (blocks, args, unit) => {
      const { dst: result } = blocks;
      mapBlock(result, blocks.src, inputOf(args.values.op0, args, unit));
      applyScalar(result, blocks, args, unit, 0);
      applyScalar(result, blocks, args, unit, 1);
    },
    example:
      "tensor_scalar dst=sbuf[0x0; 128; 512:1] bf16, src=sbuf[0x0; 128; 512:1] bf16, op0=subtract, scalar0=sbuf[0x400; 128; 1:1] f32, reverse0=false, op1=multiply, imm1=0.5, reverse1=false",
  }),
  tensor_reduce: defineInst({
    opcode: 19,
    units: ["dve"],
    summary: "folds each partition's elements into one, or each run of them",
    detail:
      "`dst[p, i] = src[p, r i] op src[p, r i + 1] op ... op src[p, r i + r - 1]`, from the left, each step in f32, with dst: [p, g], src: [p, f] and runs of `r = f / g` elements; so with g = 1 all free dimensions are folded, else the last ones. Bit by bit with a bitvec operator, see Operators. With `negate` the result of an arithmetic one is negated.",
    ...costOn({ dve: reduceCost }),
    source: "AWS Neuron SDK documentation, nki.isa.tensor_reduce; cost: measured on trn2",
    fields: {
      dst: chipField("write", "the folded runs [p, g]"),
      src: chipField("read", "the tile [p, f]"),
      op: valueField({ ...tensor_reduce.attrs.op, choices: foldNames }),
      negate: valueField({ kind: "bool", default: false, summary: "negate the result" }),
    },
    check: (args, unit, machine) => [
      ...wantRuns(args),
      ...wantOperators({ inst: "tensor_reduce", args, unit, machine }, ["op"]),
      ...wantThat(!(args.values.negate && isBitvec(args.values.op)), "negate", "true", "false with a bitvec operator"),
    ],
    execute: (blocks, args) => fold(blocks.dst, blocks.src, args),
    example: "tensor_reduce dst=sbuf[0x0; 128; 1:1] f32, src=psum[0x0; 128; 512:1] f32, op=max",
  }),
  select: defineInst({
    opcode: 20,
    units: ["dve"],
    summary: "picks from two tiles by a predicate",
    detail:
      "`dst[p, f] = predicate[p, f] /= 0 ? on_true[p, f] : on_false[p, f]`. The picked element is converted by way of f32 where the dtypes differ. The two sources may not both lie in PSUM.",
    ...onVector(over(elements("dst"), severalTilesRate(["predicate", "on_true", "on_false"]))),
    source:
      "AWS Neuron SDK documentation, nki.isa.tensor_copy_predicated. Assumed: a form with two sources, at the cost of the published one",
    fields: {
      dst,
      predicate: { ...chipField("read", "which to pick, [p, f]"), dtypes: dtypeNames },
      on_true: chipField("read", "picked where the predicate is not 0, [p, f]"),
      on_false: chipField("read", "picked where it is 0, [p, f]"),
    },
    check: (args) => [
      ...wantShapeOfDst(args, ["predicate", "on_true", "on_false"]),
      ...wantOneInPsum(args, "on_true", "on_false"),
    ],
    execute: (blocks, args) => {
      const {
        dst: { data: out },
        predicate: { data: predicate },
      } = blocks;
      const onTrue = blocks.on_true.data;
      const onFalse = blocks.on_false.data;
      const { operands } = args;
      const keep = ({ dtype }: ResolvedOperand) => (dtype === operands.dst.dtype ? (x: number) => x : Math.fround);
      const convertTrue = keep(operands.on_true);
      const convertFalse = keep(operands.on_false);
      for (let at = 0; at < out.length; at++) {
        out[at] = predicate[at] !== 0 ? convertTrue(onTrue[at]!) : convertFalse(onFalse[at]!);
      }
    },
    example:
      "select dst=sbuf[0x0; 128; 512:1] f32, predicate=sbuf[0x2000; 128; 512:1] bool, on_true=psum[0x0; 128; 512:1] f32, on_false=sbuf[0x1000; 128; 512:0] f32",
  }),
  reciprocal: defineInst({
    opcode: 21,
    units: ["dve"],
    summary: "1 / x, to the full precision of f32",
    detail: "`dst[p, f] = 1 / src[p, f]`, rounded to f32.",
    ...costOn({ dve: reciprocalCost }),
    source: "AWS Neuron SDK documentation, nki.isa.reciprocal; cost: eight cycles per element",
    fields: { dst, src: chipField("read", "the tile [p, f]") },
    check: (args) => wantShapeOfDst(args, ["src"]),
    execute: (blocks) => mapBlock(blocks.dst, blocks.src, (x) => Math.fround(1 / Math.fround(x))),
    example: "reciprocal dst=sbuf[0x0; 128; 1:1] f32, src=sbuf[0x4; 128; 1:1] f32",
  }),
} as const;
