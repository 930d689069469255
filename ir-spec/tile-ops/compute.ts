// Tile ops of the vector, scalar and general engines: element by element over [p, f], or folding along f.

import { dtypes } from "../base/dtype.ts";
import {
  type ActivationRow,
  type AluOp,
  type AluRow,
  activationNames,
  activations,
  aluNames,
  aluOps,
  bitNames,
  bitOps,
  foldNames,
} from "./alu.ts";
import { defineTileOp, type TileOperand, type TileValue } from "./define.ts";

const onChip = ["sbuf", "psum"] as const;
const dst = { name: "dst", role: "write", memories: onChip, shape: ["p", "f"] } as const satisfies TileOperand;
const read = <const N extends string>(name: N, shape: TileOperand["shape"] = ["p", "f"]) =>
  ({ name, role: "read", memories: onChip, shape }) as const;
const optionalColumn = <const N extends string>(name: N) => ({ ...read(name, ["p", "1"]), optional: true }) as const;

const alu = (name: string, isI32: boolean): AluRow["apply"] => {
  if (isI32 && name === "multiply") return Math.imul;
  return ({ ...aluOps, ...bitOps } as Readonly<Record<string, AluRow>>)[name]?.apply ?? (() => Number.NaN);
};
const activation = (name: string): ActivationRow["apply"] =>
  (activations as Readonly<Record<string, ActivationRow>>)[name]?.apply ?? (() => Number.NaN);

/** The element [p, f] of an operand; a column repeats along f. */
const element = (value: TileValue, p: number, f: number): number =>
  (value.f === 1 ? value.data[p] : value.data[p * value.f + f]) as number;

function fillEach(out: TileValue, f: (p: number, f: number) => number): void {
  for (let p = 0; p < out.p; p++) {
    for (let i = 0; i < out.f; i++) out.data[p * out.f + i] = f(p, i);
  }
}

function sumOf(count: number, term: (f: number) => number): number {
  let sum = 0;
  for (let f = 0; f < count; f++) sum += term(f);
  return sum;
}

function foldOf(count: number, term: (f: number) => number, op: AluRow["apply"]): number {
  let folded = term(0);
  for (let f = 1; f < count; f++) folded = op(folded, term(f));
  return folded;
}

const comparisons = ["is_equal", "not_equal", "is_ge", "is_gt", "is_le", "is_lt"] as const satisfies readonly AluOp[];
const comparison = (summary: string) => ({ kind: "choice", choices: comparisons, summary }) as const;

const aluAttr = (summary: string) => ({ kind: "choice", choices: aluNames, summary }) as const;

export const computeTileOps = {
  activation: defineTileOp({
    facts: { isElementwise: true },
    summary: "applies a function to scale * x + bias, and can add up each row",
    detail:
      "`dst[p, f] = func(src[p, f] * scale + bias[p])`; the operand `scales[p]`, where it is given, stands for `scale`. Without `bias` nothing is added, so that -0 stays -0. `sum[p] = dst[p, 0] + dst[p, 1] + ...`, of the results before they are rounded to dst's dtype.",
    operands: [
      dst,
      { name: "sum", role: "write", memories: onChip, shape: ["p", "1"], optional: true },
      read("src"),
      optionalColumn("bias"),
      optionalColumn("scales"),
    ],
    attrs: {
      func: { kind: "choice", choices: activationNames, default: "copy", summary: "the function" },
      scale: { kind: "float", default: 1, summary: "factor before the bias" },
    },
    eval: ({ src, bias, scales }, attrs, out, { result }) => {
      const func = activation(attrs.func);
      const resultAt = (p: number, f: number): number => {
        const scaled = element(src, p, f) * (scales === undefined ? attrs.scale : element(scales, p, 0));
        return func(bias === undefined ? scaled : scaled + element(bias, p, 0));
      };
      if (result === "dst") fillEach(out, resultAt);
      else fillEach(out, (p) => sumOf(src.f, (f) => resultAt(p, f)));
    },
  }),
  tensor_copy: defineTileOp({
    facts: { isElementwise: true, isDivisible: true },
    summary: "copies a tile, converting the dtype",
    detail: "`dst[p, f] = src[p, f]`.",
    operands: [dst, read("src")],
    attrs: {},
    eval: ({ src }, _attrs, out) => out.data.set(src.data),
  }),
  tensor_tensor: defineTileOp({
    facts: { isElementwise: true, isDivisible: true },
    summary: "combines two tiles element by element",
    detail:
      "`dst[p, f] = lhs[p, f] op rhs[p, f]`. At most one operand may lie in PSUM. Operations on bits take integers of one dtype.",
    operands: [dst, read("lhs"), read("rhs")],
    attrs: { op: { kind: "choice", choices: [...aluNames, ...bitNames], summary: "the operation" } },
    eval: ({ lhs, rhs }, attrs, out, { isI32 }) => {
      const op = alu(attrs.op, isI32);
      fillEach(out, (p, f) => op(element(lhs, p, f), element(rhs, p, f)));
    },
  }),
  tensor_scalar: defineTileOp({
    facts: { isElementwise: true, isDivisible: true },
    summary: "combines a tile with one or two scalars, each a number or one per partition",
    detail:
      "`dst[p, f] = (src[p, f] op0 s0) op1 s1`, where `s0` is the operand `scalar0[p]` or the attribute `imm0`; without `op1` only the first step. `reverse0` computes `s0 op0 src`.",
    operands: [dst, read("src"), optionalColumn("scalar0"), optionalColumn("scalar1")],
    attrs: {
      op0: aluAttr("the first operation"),
      imm0: { kind: "float", optional: true, summary: "the first scalar, where no operand gives it" },
      reverse0: { kind: "bool", default: false, summary: "the scalar is the left operand" },
      op1: { ...aluAttr("the second operation"), optional: true },
      imm1: { kind: "float", optional: true, summary: "the second scalar, where no operand gives it" },
      reverse1: { kind: "bool", default: false, summary: "the second scalar is the left operand" },
    },
    eval: ({ src, scalar0, scalar1 }, attrs, out, { isI32 }) => {
      const op0 = alu(attrs.op0, isI32);
      const op1 = attrs.op1 === null ? undefined : alu(attrs.op1, isI32);
      fillEach(out, (p, f) => {
        const x = element(src, p, f);
        const s0 = scalar0 === undefined ? (attrs.imm0 ?? Number.NaN) : element(scalar0, p, 0);
        const first = attrs.reverse0 ? op0(s0, x) : op0(x, s0);
        if (op1 === undefined) return first;
        const s1 = scalar1 === undefined ? (attrs.imm1 ?? Number.NaN) : element(scalar1, p, 0);
        return attrs.reverse1 ? op1(s1, first) : op1(first, s1);
      });
    },
  }),
  tensor_reduce: defineTileOp({
    summary: "folds each partition's elements into one, or each run of them",
    detail:
      "`dst[p, i] = src[p, r i] op src[p, r i + 1] op ... op src[p, r i + r - 1]`, from the left, with dst: [p, g], src: [p, f] and runs of `r = f / g` elements. With `negate` the result is negated.",
    operands: [{ ...dst, shape: ["p", "g"] }, read("src", ["p", "g*r"])],
    attrs: {
      op: { kind: "choice", choices: foldNames, summary: "the operation" },
      negate: { kind: "bool", default: false, summary: "negate the result" },
    },
    eval: ({ src }, attrs, out, { isI32 }) => {
      const op = alu(attrs.op, isI32);
      const run = src.f / out.f;
      for (let i = 0; i < out.p * out.f; i++) {
        let folded = src.data[i * run] as number;
        for (let f = 1; f < run; f++) folded = op(folded, src.data[i * run + f] as number);
        out.data[i] = attrs.negate ? -folded : folded;
      }
    },
  }),
  tensor_scalar_reduce: defineTileOp({
    facts: { isElementwise: true },
    summary: "combines a tile with a scalar and folds each partition's results",
    detail:
      "`dst[p, f] = src[p, f] op0 s0` as in `tensor_scalar`, and `fold[p] = dst[p, 0] op1 dst[p, 1] op1 ...`, from the left, of the results before they are rounded to dst's dtype.",
    operands: [dst, { ...dst, name: "fold", shape: ["p", "1"] }, read("src"), optionalColumn("scalar0")],
    attrs: {
      op0: aluAttr("the operation with the scalar"),
      imm0: { kind: "float", optional: true, summary: "the scalar, where no operand gives it" },
      reverse0: { kind: "bool", default: false, summary: "the scalar is the left operand" },
      op1: { kind: "choice", choices: foldNames, summary: "the operation of the fold" },
    },
    eval: ({ src, scalar0 }, attrs, out, { result, isI32 }) => {
      const [op0, op1] = [alu(attrs.op0, isI32), alu(attrs.op1, isI32)];
      const resultAt = (p: number, f: number): number => {
        const s0 = scalar0 === undefined ? (attrs.imm0 ?? Number.NaN) : element(scalar0, p, 0);
        return attrs.reverse0 ? op0(s0, element(src, p, f)) : op0(element(src, p, f), s0);
      };
      if (result === "dst") fillEach(out, resultAt);
      else fillEach(out, (p) => foldOf(src.f, (f) => resultAt(p, f), op1));
    },
  }),
  scalar_tensor_tensor: defineTileOp({
    facts: { isElementwise: true, isDivisible: true },
    summary: "combines a tile with a scalar and the result with another tile",
    detail:
      "`dst[p, f] = (src[p, f] op0 s0) op1 rhs[p, f]`, where `s0` is the operand `scalar0[p]` or the attribute `imm0`. `reverse0` computes `s0 op0 src`, `reverse1` computes `rhs op1 (...)`. At most one tile may lie in PSUM.",
    operands: [dst, read("src"), optionalColumn("scalar0"), read("rhs")],
    attrs: {
      op0: aluAttr("the operation with the scalar"),
      imm0: { kind: "float", optional: true, summary: "the scalar, where no operand gives it" },
      reverse0: { kind: "bool", default: false, summary: "the scalar is the left operand" },
      op1: aluAttr("the operation with the other tile"),
      reverse1: { kind: "bool", default: false, summary: "the other tile is the left operand" },
    },
    eval: ({ src, scalar0, rhs }, attrs, out, { isI32 }) => {
      const [op0, op1] = [alu(attrs.op0, isI32), alu(attrs.op1, isI32)];
      fillEach(out, (p, f) => {
        const s0 = scalar0 === undefined ? (attrs.imm0 ?? Number.NaN) : element(scalar0, p, 0);
        const first = attrs.reverse0 ? op0(s0, element(src, p, f)) : op0(element(src, p, f), s0);
        return attrs.reverse1 ? op1(element(rhs, p, f), first) : op1(first, element(rhs, p, f));
      });
    },
  }),
  select: defineTileOp({
    facts: { isElementwise: true },
    summary: "picks from two tiles by a predicate",
    detail: "`dst[p, f] = predicate[p, f] /= 0 ? on_true[p, f] : on_false[p, f]`.",
    operands: [dst, read("predicate"), read("on_true"), read("on_false")],
    attrs: {},
    eval: ({ predicate, on_true, on_false }, _attrs, out) => {
      fillEach(out, (p, f) => element(element(predicate, p, f) !== 0 ? on_true : on_false, p, f));
    },
  }),
  range_select: defineTileOp({
    facts: { isElementwise: true, hasBase: true, isOfOneTile: true },
    summary: "picks the elements whose index lies in a range, and finds each row's largest",
    detail:
      "`dst[p, f] = (base + f) compare0 bound0[p] and (base + f) compare1 bound1[p] ? src[p, f] : -3.4028235e38`, the least finite f32, which is -inf in dtypes of 2 bytes; `base` is affine in the loop indices. `maximum[p]` is the largest of the results before they are rounded to dst's dtype.",
    operands: [
      dst,
      { ...dst, name: "maximum", shape: ["p", "1"] },
      read("src"),
      read("bound0", ["p", "1"]),
      read("bound1", ["p", "1"]),
    ],
    attrs: { compare0: comparison("the first comparison"), compare1: comparison("the second comparison") },
    eval: ({ src, bound0, bound1 }, attrs, out, { result, base }) => {
      const [first, second] = [alu(attrs.compare0, false), alu(attrs.compare1, false)];
      const resultAt = (p: number, f: number): number => {
        const isIn = first(base + f, element(bound0, p, 0)) !== 0 && second(base + f, element(bound1, p, 0)) !== 0;
        return isIn ? element(src, p, f) : -dtypes.f32.maxFinite;
      };
      if (result === "dst") fillEach(out, resultAt);
      else fillEach(out, (p) => foldOf(src.f, (f) => resultAt(p, f), aluOps.max.apply));
    },
  }),
  reciprocal: defineTileOp({
    facts: { isElementwise: true },
    summary: "1 / x, to the full precision of f32",
    detail: "`dst[p, f] = 1 / src[p, f]`.",
    operands: [dst, read("src")],
    attrs: {},
    eval: ({ src }, _attrs, out) => fillEach(out, (p, f) => 1 / element(src, p, f)),
  }),
  memset: defineTileOp({
    summary: "fills a tile with one number",
    detail: "`dst[p, f] = value`.",
    operands: [dst],
    attrs: { value: { kind: "float", default: 0, summary: "the number" } },
    eval: (_operands, attrs, out) => out.data.fill(attrs.value),
  }),
  iota: defineTileOp({
    facts: { hasBase: true, isOfOneTile: true },
    summary: "fills a tile with numbers that grow along its partitions and elements",
    detail: "`dst[p, f] = base + p * partition_step + f * step`; `base` is affine in the loop indices.",
    operands: [{ ...dst, memories: ["sbuf"] }],
    attrs: {
      partition_step: { kind: "int", default: 0, summary: "growth from partition to partition" },
      step: { kind: "int", default: 0, summary: "growth from element to element" },
    },
    eval: (_operands, attrs, out, { base }) =>
      fillEach(out, (p, f) => base + p * attrs.partition_step + f * attrs.step),
  }),
} as const;
