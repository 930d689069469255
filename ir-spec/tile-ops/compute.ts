// Tile ops of the vector, scalar and general engines: element by element over [p, f], or folding along f.

import { type ActivationRow, type AluRow, activationNames, activations, aluNames, aluOps } from "./alu.ts";
import { defineTileOp, type TileOperand, type TileValue } from "./define.ts";

const onChip = ["sbuf", "psum"] as const;
const dst: TileOperand = { name: "dst", role: "write", memories: onChip, shape: ["p", "f"] };
const read = (name: string, shape: TileOperand["shape"] = ["p", "f"]): TileOperand => ({
  name,
  role: "read",
  memories: onChip,
  shape,
});
const optionalColumn = (name: string): TileOperand => ({ ...read(name, ["p", "1"]), optional: true });

const alu = (name: string, isI32: boolean): AluRow["apply"] => {
  if (isI32 && name === "multiply") return Math.imul;
  return (aluOps as Readonly<Record<string, AluRow>>)[name]?.apply ?? (() => Number.NaN);
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

const aluAttr = (summary: string) => ({ kind: "choice", choices: aluNames, summary }) as const;

export const computeTileOps = {
  activation: defineTileOp({
    summary: "applies a function to scale * x + bias, and can add up each row",
    detail:
      "`dst[p, f] = func(src[p, f] * scale + bias[p])`. Without `bias` nothing is added, so that -0 stays -0. `sum[p] = dst[p, 0] + dst[p, 1] + ...`, of the results before they are rounded to dst's dtype.",
    operands: [
      dst,
      { name: "sum", role: "write", memories: onChip, shape: ["p", "1"], optional: true },
      read("src"),
      optionalColumn("bias"),
    ],
    attrs: {
      func: { kind: "choice", choices: activationNames, default: "copy", summary: "the function" },
      scale: { kind: "float", default: 1, summary: "factor before the bias" },
    },
    eval: ({ src, bias }, attrs, out, { result }) => {
      const func = activation(attrs.func);
      if (src === undefined) return;
      const resultAt = (p: number, f: number): number => {
        const scaled = element(src, p, f) * attrs.scale;
        return func(bias === undefined ? scaled : scaled + element(bias, p, 0));
      };
      if (result === "dst") fillEach(out, resultAt);
      else fillEach(out, (p) => sumOf(src.f, (f) => resultAt(p, f)));
    },
  }),
  tensor_copy: defineTileOp({
    summary: "copies a tile, converting the dtype",
    detail: "`dst[p, f] = src[p, f]`.",
    operands: [dst, read("src")],
    attrs: {},
    eval: ({ src }, _attrs, out) => out.data.set(src?.data ?? []),
  }),
  tensor_tensor: defineTileOp({
    summary: "combines two tiles element by element",
    detail: "`dst[p, f] = lhs[p, f] op rhs[p, f]`. At most one operand may lie in PSUM.",
    operands: [dst, read("lhs"), read("rhs")],
    attrs: { op: aluAttr("the operation") },
    eval: ({ lhs, rhs }, attrs, out, { isI32 }) => {
      const op = alu(attrs.op, isI32);
      if (lhs === undefined || rhs === undefined) return;
      fillEach(out, (p, f) => op(element(lhs, p, f), element(rhs, p, f)));
    },
  }),
  tensor_scalar: defineTileOp({
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
      if (src === undefined) return;
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
    summary: "folds each partition's elements into one",
    detail: "`dst[p] = src[p, 0] op src[p, 1] op ...`, from the left; dst: [p, 1].",
    operands: [{ ...dst, shape: ["p", "1"] }, read("src")],
    attrs: { op: { kind: "choice", choices: ["add", "max", "min", "multiply"], summary: "the operation" } },
    eval: ({ src }, attrs, out, { isI32 }) => {
      const op = alu(attrs.op, isI32);
      if (src === undefined) return;
      for (let p = 0; p < src.p; p++) {
        let folded = src.data[p * src.f] as number;
        for (let f = 1; f < src.f; f++) folded = op(folded, src.data[p * src.f + f] as number);
        out.data[p] = folded;
      }
    },
  }),
  select: defineTileOp({
    summary: "picks from two tiles by a predicate",
    detail: "`dst[p, f] = predicate[p, f] /= 0 ? on_true[p, f] : on_false[p, f]`.",
    operands: [dst, read("predicate"), read("on_true"), read("on_false")],
    attrs: {},
    eval: ({ predicate, on_true, on_false }, _attrs, out) => {
      if (predicate === undefined || on_true === undefined || on_false === undefined) return;
      fillEach(out, (p, f) => element(element(predicate, p, f) !== 0 ? on_true : on_false, p, f));
    },
  }),
  reciprocal: defineTileOp({
    summary: "1 / x, to the full precision of f32",
    detail: "`dst[p, f] = 1 / src[p, f]`.",
    operands: [dst, read("src")],
    attrs: {},
    eval: ({ src }, _attrs, out) => {
      if (src !== undefined) fillEach(out, (p, f) => 1 / element(src, p, f));
    },
  }),
  memset: defineTileOp({
    summary: "fills a tile with one number",
    detail: "`dst[p, f] = value`.",
    operands: [dst],
    attrs: { value: { kind: "float", default: 0, summary: "the number" } },
    eval: (_operands, attrs, out) => out.data.fill(attrs.value),
  }),
  iota: defineTileOp({
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
