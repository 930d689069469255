// Fused forms of statements whose second operand is one number for each run of a row, as the factors of channels are where a partition
// has several: a scalar for each run takes the place of a tile that is the same again and again.

import { addAffine, constant } from "../../../ir-spec/affine.ts";
import type { Access, TileNode } from "../../../ir-spec/tile.ts";
import type { AluOp } from "../../../ir-spec/tile-ops/alu.ts";
import { type BodyRule, costOn, dtypeOf, type Rewrite, type RuleScope, replaced, soleDefinition } from "./rule.ts";
import { isSameAccess } from "./uses.ts";

/** More runs than these stay one statement: each run is one of its own. Assumed. */
const maxRuns = 8;

/** x op s in runs, or s op x, where s has one number for each run. */
interface RunStep {
  readonly op: AluOp;
  readonly tile: "lhs" | "rhs";
  readonly scalars: Access;
}

/** Operations that both the vector engine and others do with a scalar in one step. */
const runOps: readonly string[] = ["add", "subtract", "multiply", "max", "min"] satisfies readonly AluOp[];

function runStep(node: TileNode | undefined): RunStep | undefined {
  if (node?.op !== "tensor_tensor" || node.engine !== undefined || !runOps.includes(node.attrs.op)) return undefined;
  const { lhs, rhs } = node.operands;
  const op = node.attrs.op as AluOp;
  if (isOneForEachRun(rhs) && !isOneForEachRun(lhs)) return { op, tile: "lhs", scalars: rhs };
  return isOneForEachRun(lhs) && !isOneForEachRun(rhs) ? { op, tile: "rhs", scalars: lhs } : undefined;
}

function isOneForEachRun({ dims }: Access): boolean {
  const [runs, ...inner] = dims;
  const isWhole = dims.every(({ size }) => size.limit === undefined);
  const hasRuns = runs !== undefined && runs.size.max > 1 && runs.size.max <= maxRuns;
  return isWhole && hasRuns && inner.length > 0 && inner.every(({ stride }) => stride === 0);
}

/** A run of a tile. */
function runOf(access: Access, index: number): Access {
  const [runs, ...inner] = access.dims;
  return { ...access, offset: addAffine(access.offset, constant(index * (runs?.stride ?? 0))), dims: inner };
}

/** The number of a run. */
function scalarOf(access: Access, index: number): Access {
  return { ...runOf(access, index), dims: [{ stride: 1, size: { max: 1 } }] };
}

function isApart(dst: Access, read: readonly Access[]): boolean {
  return read.every((access) => access.buffer !== dst.buffer || isSameAccess(access, dst));
}

/** The statements of all runs, of one step or two. */
function statementsOf(
  { src, dst }: { readonly src: Access; readonly dst: Access },
  first: RunStep,
  second?: RunStep,
): readonly TileNode[] {
  const runs = dst.dims[0]?.size.max ?? 0;
  return [...new Array(runs).keys()].map((index): TileNode => {
    const scalar1 = second === undefined ? {} : { scalar1: scalarOf(second.scalars, index) };
    const own = { dst: runOf(dst, index), src: runOf(src, index), scalar0: scalarOf(first.scalars, index) };
    return {
      kind: "op",
      op: "tensor_scalar",
      operands: { ...own, ...scalar1 },
      attrs: {
        op0: first.op,
        imm0: null,
        reverse0: first.tile === "rhs",
        op1: second?.op ?? null,
        imm1: null,
        reverse1: second?.tile === "rhs",
      },
    };
  });
}

function twoStepsOfRuns(scope: RuleScope, node: TileNode): Rewrite | undefined {
  const second = runStep(node);
  if (node.op !== "tensor_tensor" || second === undefined) return undefined;
  const between = node.operands[second.tile];
  const before = soleDefinition(scope, node, second.tile);
  const first = runStep(before);
  if (before?.op !== "tensor_tensor" || first === undefined || dtypeOf(scope, between) !== "f32") return undefined;
  const { dst } = node.operands;
  const src = before.operands[first.tile];
  if (!isApart(dst, [src, first.scalars, second.scalars])) return undefined;
  const fused = statementsOf({ src, dst }, first, second);
  return costOn(scope, fused) < costOn(scope, [before, node]) ? replaced([before, []], [node, fused]) : undefined;
}

function stepOfRuns(scope: RuleScope, node: TileNode): Rewrite | undefined {
  const step = runStep(node);
  if (node.op !== "tensor_tensor" || step === undefined) return undefined;
  const { dst } = node.operands;
  const src = node.operands[step.tile];
  if (!isApart(dst, [src, step.scalars])) return undefined;
  const runs = statementsOf({ src, dst }, step);
  return costOn(scope, runs) < costOn(scope, [node]) ? replaced([node, runs]) : undefined;
}

export const runRules = {
  twoStepsOfRuns: {
    summary: "two operations with a number for each run of a row are one statement for each run",
    before: `sbuf t: f32[128, 64]
tensor_tensor t[0; 128; 2:32, 32:1] <- lhs=x[0; 128; 2:32, 32:1], rhs=g[0; 128; 2:1, 32:0], op=multiply
sbuf y: bf16[128, 64]
tensor_tensor y[0; 128; 2:32, 32:1] <- lhs=t[0; 128; 2:32, 32:1], rhs=g[2; 128; 2:1, 32:0], op=add`,
    after: `sbuf y: bf16[128, 64]
tensor_scalar y[0; 128; 32:1] <- x[0; 128; 32:1], scalar0=g[0; 128; 1:1], scalar1=g[2; 128; 1:1], op0=multiply, op1=add
tensor_scalar y[32; 128; 32:1] <- x[32; 128; 32:1], scalar0=g[1; 128; 1:1], scalar1=g[3; 128; 1:1], op0=multiply, op1=add`,
    rewrite: twoStepsOfRuns,
  },
  stepOfRuns: {
    summary: "an operation with a number for each run of a row is one with a scalar for each run",
    before: `sbuf y: bf16[128, 8192]
tensor_tensor y[0; 128; 2:4096, 32:128, 128:1] <- lhs=x[0; 128; 2:32, 32:1, 128:0], rhs=g[0; 128; 2:1, 32:0, 128:0], op=subtract`,
    after: `sbuf y: bf16[128, 8192]
tensor_scalar y[0; 128; 32:128, 128:1] <- x[0; 128; 32:1, 128:0], scalar0=g[0; 128; 1:1], op0=subtract
tensor_scalar y[4096; 128; 32:128, 128:1] <- x[32; 128; 32:1, 128:0], scalar0=g[1; 128; 1:1], op0=subtract`,
    rewrite: stepOfRuns,
  },
} as const satisfies Readonly<Record<string, BodyRule>>;
