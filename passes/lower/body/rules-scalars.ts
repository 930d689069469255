// Fused forms of statements with scalars: what instructions do to a tile and a number for each row in one go.

import { constant } from "../../../ir-spec/affine.ts";
import { isFloat } from "../../../ir-spec/base/dtype.ts";
import type { Access, TileNode, TileNodeOf } from "../../../ir-spec/tile.ts";
import { activationDef } from "../../../ir-spec/tile-ops/alu.ts";
import {
  type BodyRule,
  dtypeOf,
  hasOneStep,
  infoOf,
  isStable,
  isStep,
  type Rewrite,
  type RuleScope,
  replaced,
  soleDefinition,
} from "./rule.ts";

function negatedFold(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (!isStep(node, "multiply", -1)) return undefined;
  const fold = soleDefinition(scope, node, "src");
  if (fold?.op !== "tensor_reduce") return undefined;
  const [from, to] = [dtypeOf(scope, fold.operands.dst), dtypeOf(scope, node.operands.dst)];
  if (from !== to || !isFloat(to)) return undefined;
  const negated: TileNode = {
    ...fold,
    operands: { ...fold.operands, dst: node.operands.dst },
    attrs: { ...fold.attrs, negate: fold.attrs.negate !== true },
  };
  return replaced([fold, []], [node, [negated]]);
}

function twoSteps(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (!hasOneStep(node)) return undefined;
  const first = soleDefinition(scope, node, "src");
  if (first === undefined || !hasOneStep(first) || first.engine !== node.engine) return undefined;
  const isF32 = dtypeOf(scope, node.operands.src) === "f32";
  const areFloats = [first.operands.src, node.operands.dst].every((access) => dtypeOf(scope, access) !== "i32");
  if (!isF32 || !areFloats) return undefined;
  const { scalar0: scalar1, dst } = node.operands;
  const merged: TileNode = {
    ...first,
    operands: { ...first.operands, dst, ...(scalar1 === undefined ? {} : { scalar1 }) },
    attrs: {
      ...first.attrs,
      op1: node.attrs.op0 ?? null,
      imm1: node.attrs.imm0 ?? null,
      reverse1: node.attrs.reverse0 ?? false,
    },
  };
  return replaced([first, []], [node, [merged]]);
}

/** What a function adds to its scaled argument, as a column; a number needs one of its own. */
function biasOf(scope: RuleScope, step: TileNodeOf<"tensor_scalar">, dst: Access, at: 0 | 1) {
  const given = step.operands[`scalar${at}`];
  if (given !== undefined) return { bias: given, before: [], buffers: [] };
  const rows = infoOf(scope, dst).shape[0] ?? 1;
  const buffer = scope.builder.buffer({ name: "bias", memory: "sbuf", dtype: "f32", shape: [rows, 1], slots: 1 });
  const bias: Access = { ...dst, buffer, offset: constant(0), dims: [{ stride: 1, size: { max: 1 } }] };
  const fill: TileNode = {
    kind: "op",
    op: "memset",
    operands: { dst: bias },
    attrs: { value: Number(step.attrs[`imm${at}`]) },
  };
  return { bias, before: [fill], buffers: [buffer] };
}

function evenOfShifted(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "activation") return undefined;
  const { operands, attrs } = node;
  const isPlain = operands.scales === undefined && operands.bias === undefined;
  if (!isPlain || !activationDef(attrs.func ?? "copy").isEven || (attrs.scale ?? 1) !== 1) return undefined;
  const step = scope.uses.definition(operands.src);
  if (step === undefined || !isStep(step, "subtract") || step.attrs.reverse0 === true) return undefined;
  const { scalar0: bias, src } = step.operands;
  if (bias === undefined || dtypeOf(scope, node.operands.src) !== "f32") return undefined;
  if (!isStable(scope, bias) || !isStable(scope, src) || dtypeOf(scope, src) === "i32") return undefined;
  return replaced([node, [{ ...node, operands: { ...operands, src, bias }, attrs: { ...attrs, scale: -1 } }]]);
}

function functionOfAffine(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "activation") return undefined;
  const { operands, attrs } = node;
  const isPlain = operands.scales === undefined && (attrs.scale ?? 1) === 1;
  const step = isPlain ? soleDefinition(scope, node, "src") : undefined;
  if (step?.op !== "tensor_scalar" || dtypeOf(scope, node.operands.src) !== "f32") return undefined;
  const src = step.operands.src;
  if (dtypeOf(scope, src) === "i32" || step.engine !== undefined) return undefined;
  const { op0, op1 } = step.attrs;
  const isScaled = op0 === "multiply";
  const hasSum = (isScaled && op1 === "add") || (hasOneStep(step) && op0 === "add");
  if (!(isScaled && (hasSum || hasOneStep(step))) && !hasSum) return undefined;
  if (hasSum && operands.bias !== undefined) return undefined;
  const scales = isScaled ? step.operands.scalar0 : undefined;
  const added = hasSum ? biasOf(scope, step, node.operands.dst, isScaled ? 1 : 0) : undefined;
  const affine: TileNode = {
    ...node,
    operands: {
      ...operands,
      src,
      ...(scales === undefined ? {} : { scales }),
      ...(added === undefined ? {} : { bias: added.bias }),
    },
    attrs: { ...attrs, scale: isScaled && scales === undefined ? (step.attrs.imm0 ?? 1) : 1 },
  };
  return { ...replaced([step, []], [node, [...(added?.before ?? []), affine]]), buffers: added?.buffers ?? [] };
}

export const scalarRules = {
  evenOfShifted: {
    summary: "a square or a magnitude takes the shift of each row by itself, the other way round",
    before: `sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], op0=subtract
sbuf y: f32[128, 64]
activation y[0; 128; 64:1] <- t[0; 128; 64:1], func=square
sbuf z: f32[128, 64]
tensor_scalar z[0; 128; 64:1] <- t[0; 128; 64:1], op0=add, imm0=1`,
    after: `sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], op0=subtract
sbuf y: f32[128, 64]
activation y[0; 128; 64:1] <- x[0; 128; 64:1], bias=c[0; 128; 1:1], func=square, scale=-1
sbuf z: f32[128, 64]
tensor_scalar z[0; 128; 64:1] <- t[0; 128; 64:1], op0=add, imm0=1`,
    rewrite: evenOfShifted,
  },
  twoSteps: {
    summary: "two operations with scalars are one statement",
    before: `sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], op0=subtract
sbuf y: bf16[128, 64]
tensor_scalar y[0; 128; 64:1] <- t[0; 128; 64:1], scalar0=s[0; 128; 1:1], op0=multiply`,
    after: `sbuf y: bf16[128, 64]
tensor_scalar y[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], scalar1=s[0; 128; 1:1], op0=subtract, op1=multiply`,
    rewrite: twoSteps,
  },
  negatedFold: {
    summary: "a fold negates its result",
    before: `sbuf m: f32[128, 1]
tensor_reduce m[0; 128; 1:1] <- x[0; 128; 64:1], op=add
sbuf y: f32[128, 1]
tensor_scalar y[0; 128; 1:1] <- m[0; 128; 1:1], op0=multiply, imm0=-1`,
    after: `sbuf y: f32[128, 1]
tensor_reduce y[0; 128; 1:1] <- x[0; 128; 64:1], op=add, negate=true`,
    rewrite: negatedFold,
  },
  functionOfAffine: {
    summary: "a function scales its argument and adds a number for each row",
    before: `sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], op0=multiply, imm0=0.5, scalar1=c[0; 128; 1:1], op1=add
sbuf y: f32[128, 64]
activation y[0; 128; 64:1] <- t[0; 128; 64:1], func=exp`,
    after: `sbuf y: f32[128, 64]
activation y[0; 128; 64:1] <- x[0; 128; 64:1], bias=c[0; 128; 1:1], func=exp, scale=0.5`,
    rewrite: functionOfAffine,
  },
} as const satisfies Readonly<Record<string, BodyRule>>;
