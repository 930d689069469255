// Faster forms of statements over whole tiles: narrow ones where nothing is lost, products of narrow tiles.

import { type Dtype, isFloat } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import { type Access, type TileBuffer, type TileNode, type TileNodeOf, withAccesses } from "../../../ir-spec/tile.ts";
import { activationDef } from "../../../ir-spec/tile-ops/alu.ts";
import { isColumnOperand } from "../../../ir-spec/tile-ops/index.ts";
import {
  type BodyRule,
  costOn,
  dtypeOf,
  hasOneStep,
  infoOf,
  isStep,
  type Rewrite,
  type RuleScope,
  replaced,
  soleDefinition,
} from "./rule.ts";
import { runRules } from "./rules-runs.ts";
import { isWide, unreadDst } from "./unread.ts";
import { accessesOf, widthOf } from "./uses.ts";

/** The statement with one buffer in place of another. */
function withBuffer(node: TileNode, from: BufferId, to: BufferId): TileNode {
  return withAccesses(node, (access) => (access.buffer === from ? { ...access, buffer: to } : access));
}

/** Gives the result of a statement, which nothing else writes, another dtype; what loops in the body read keeps its own. */
function withDtype(scope: RuleScope, node: TileNode, dtype: Dtype): Rewrite | undefined {
  const dst = node.operands.dst;
  if (!scope.uses.readersOf(dst.buffer).every(scope.uses.isOwn)) return undefined;
  const buffer = scope.builder.buffer({ ...infoOf(scope, dst), dtype });
  const all = [node, ...scope.uses.readersOf(dst.buffer)];
  return {
    replace: new Map(all.map((each) => [each, [withBuffer(each, dst.buffer, buffer)]])),
    buffers: [buffer],
  };
}

function extremeOfNarrow(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "tensor_reduce" || (node.attrs.op !== "max" && node.attrs.op !== "min")) return undefined;
  const { dst, src } = node.operands;
  const dtype = dtypeOf(scope, src);
  if (scope.uses.definition(dst) !== node || dtypeOf(scope, dst) !== "f32" || !isFloat(dtype)) return undefined;
  const isScalar = (reader: TileNode): boolean =>
    Object.entries<Access>(reader.operands).every(
      ([name, { buffer }]) => buffer !== dst.buffer || isColumnOperand(reader.op, name),
    );
  if (!scope.uses.readersOf(dst.buffer).every(isScalar)) return undefined;
  const narrowed = (buffer: BufferId): TileBuffer => {
    const info = scope.builder.bufferInfo(buffer);
    return buffer === dst.buffer ? { ...info, dtype } : info;
  };
  const narrow = scope.engineCost(node, "dve", narrowed) ?? Number.POSITIVE_INFINITY;
  return narrow < costOn(scope, [node]) ? withDtype(scope, node, dtype) : undefined;
}

/** A function errs in f32 as much as what follows rounds. */
function narrowFunction(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "activation" || !activationDef(node.attrs.func ?? "copy").isInexact) return undefined;
  const dst = node.operands.dst;
  const isOwn = scope.uses.definition(dst) === node && dtypeOf(scope, dst) === "f32" && widthOf(dst) > 1;
  const [reader, ...others] = isOwn ? scope.uses.readersOf(dst.buffer) : [];
  if (reader === undefined || others.length > 0 || !isStep(reader, "multiply")) return undefined;
  const isTile = reader.operands.src.buffer === dst.buffer && reader.operands.scalar0?.buffer !== dst.buffer;
  // bf16 has the range of f32, so that nothing overflows on the way.
  const isWrittenNarrow = dtypeOf(scope, reader.operands.dst) === "bf16";
  return isTile && isWrittenNarrow ? withDtype(scope, node, "bf16") : undefined;
}

/** A product of two tiles, and which of them is which. */
function factorsOf(node: TileNode): readonly (readonly ["lhs" | "rhs", Access])[] {
  if (node.op !== "tensor_tensor" || node.attrs.op !== "multiply" || node.engine !== undefined) return [];
  const { lhs, rhs } = node.operands;
  return [
    ["lhs", rhs],
    ["rhs", lhs],
  ];
}

const oneScalar = { reverse0: false, reverse1: false, op1: "multiply" } as const;

function productOfHalves(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "tensor_tensor" || factorsOf(node).length === 0) return undefined;
  const { dst, lhs, rhs } = node.operands;
  const fused: TileNode = {
    kind: "op",
    op: "scalar_tensor_tensor",
    operands: { dst, src: lhs, rhs },
    attrs: { ...oneScalar, op0: "subtract", imm0: 0 },
  };
  return costOn(scope, [fused]) < costOn(scope, [node]) ? replaced([node, [fused]]) : undefined;
}

/** (x - c) s, or one of both, in f32, for the product with a tile alone. */
function rowFactor(scope: RuleScope, node: TileNodeOf<"tensor_tensor">, name: "lhs" | "rhs") {
  const step = soleDefinition(scope, node, name);
  if (step?.op !== "tensor_scalar" || dtypeOf(scope, node.operands[name]) !== "f32") return undefined;
  const { attrs, operands } = step;
  const isScaledOnly = isStep(step, "multiply");
  const isShifted = attrs.op0 === "subtract" && attrs.reverse0 !== true;
  const isScaledAfter = attrs.op1 === "multiply";
  if (!isScaledOnly && !(isShifted && (hasOneStep(step) || isScaledAfter))) return undefined;
  const shift = isScaledOnly ? { imm0: 0 } : { imm0: attrs.imm0 ?? null, scalar0: operands.scalar0 };
  const factor = isScaledOnly
    ? { imm0: attrs.imm0 ?? null, scalar0: operands.scalar0 }
    : { imm0: attrs.imm1 ?? null, scalar0: operands.scalar1 };
  const hasFactor = isScaledOnly || isScaledAfter;
  const isSafe = !hasFactor || isNormOf(scope, factor.scalar0, step.operands.src);
  return isSafe ? { step, shift, factor, hasFactor } : undefined;
}

/**
 * Whether a factor is the reciprocal root of a sum over what it scales, as in a norm. What is not yet scaled is then no larger than the
 * root of the largest f32, or its squares would have overflowed; any other factor may be what keeps the product in range.
 */
function isNormOf({ uses }: RuleScope, factor: Access | undefined, of: Access): boolean {
  const root = uses.definition(factor);
  if (root?.op !== "activation" || root.attrs.func !== "rsqrt") return false;
  const seen = new Set<TileNode>();
  const open: (TileNode | undefined)[] = [root];
  for (const node of open) {
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    const read = accessesOf(node).flatMap(([access, role]) => (role === "read" ? [access] : []));
    if (read.some(({ buffer }) => buffer === of.buffer)) return true;
    open.push(...read.map(uses.definition));
  }
  return false;
}

function factorLast(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "tensor_tensor") return undefined;
  for (const [name, other] of factorsOf(node)) {
    const found = rowFactor(scope, node, name);
    if (found === undefined) continue;
    const { step, shift, factor, hasFactor } = found;
    const between = hasFactor ? step.operands.dst : node.operands.dst;
    const product: TileNode = {
      kind: "op",
      op: "scalar_tensor_tensor",
      operands: {
        dst: between,
        src: step.operands.src,
        rhs: other,
        ...(shift.scalar0 === undefined ? {} : { scalar0: shift.scalar0 }),
      },
      attrs: { ...oneScalar, op0: "subtract", imm0: shift.imm0 },
    };
    const scaled: TileNode = {
      kind: "op",
      op: "tensor_scalar",
      operands: {
        dst: node.operands.dst,
        src: between,
        ...(factor.scalar0 === undefined ? {} : { scalar0: factor.scalar0 }),
      },
      attrs: { op0: "multiply", imm0: factor.imm0, reverse0: false, op1: null, imm1: null, reverse1: false },
    };
    const after = hasFactor ? [product, scaled] : [product];
    if (costOn(scope, after) < costOn(scope, [step, node])) return replaced([step, []], [node, after]);
  }
  return undefined;
}

function unreadTile(scope: RuleScope, node: TileNode): Rewrite | undefined {
  if (node.op !== "activation" || node.operands.sum === undefined) return undefined;
  const { dst } = node.operands;
  const isUnread = scope.uses.definition(dst) === node && scope.uses.readersOf(dst.buffer).length === 0;
  const { name, slots } = infoOf(scope, dst);
  const unread = isUnread && isWide(dst) ? unreadDst(scope.builder, dst, name, slots) : undefined;
  if (unread === undefined) return undefined;
  const small: TileNode = { ...node, operands: { ...node.operands, dst: unread } };
  return { replace: new Map([[node, [small]]]), buffers: [unread.buffer] };
}

export const tileRules = {
  extremeOfNarrow: {
    summary: "the largest of narrow numbers is narrow, and found faster",
    before: `sbuf m: f32[128, 1]
tensor_reduce m[0; 128; 1:1] <- x[0; 128; 64:1], op=max
sbuf y: bf16[128, 64]
activation y[0; 128; 64:1] <- x[0; 128; 64:1], bias=m[0; 128; 1:1], func=exp`,
    after: `sbuf m: bf16[128, 1]
tensor_reduce m[0; 128; 1:1] <- x[0; 128; 64:1], op=max
sbuf y: bf16[128, 64]
activation y[0; 128; 64:1] <- x[0; 128; 64:1], bias=m[0; 128; 1:1], func=exp`,
    rewrite: extremeOfNarrow,
  },
  narrowFunction: {
    summary:
      "a function's result that is only scaled and then rounded to bf16 is bf16: one more rounding of the same size, in relation to the result",
    before: `sbuf e: f32[128, 64]
activation e[0; 128; 64:1] <- x[0; 128; 64:1], func=exp
sbuf y: bf16[128, 64]
tensor_scalar y[0; 128; 64:1] <- e[0; 128; 64:1], scalar0=s[0; 128; 1:1], op0=multiply`,
    after: `sbuf e: bf16[128, 64]
activation e[0; 128; 64:1] <- x[0; 128; 64:1], func=exp
sbuf y: bf16[128, 64]
tensor_scalar y[0; 128; 64:1] <- e[0; 128; 64:1], scalar0=s[0; 128; 1:1], op0=multiply`,
    rewrite: narrowFunction,
  },
  ...runRules,
  factorLast: {
    summary: "a row is scaled by its norm after the product with a tile, which is faster on what is narrow",
    before: `sbuf q: f32[128, 64]
sbuf v: f32[128, 1]
activation q[0; 128; 64:1], sum=v[0; 128; 1:1] <- x[0; 128; 64:1], func=square
sbuf r: f32[128, 1]
activation r[0; 128; 1:1] <- v[0; 128; 1:1], func=rsqrt
sbuf t: f32[128, 64]
tensor_scalar t[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], scalar1=r[0; 128; 1:1], op0=subtract, op1=multiply
sbuf y: f32[128, 64]
tensor_tensor y[0; 128; 64:1] <- lhs=t[0; 128; 64:1], rhs=g[0; 128; 64:1], op=multiply`,
    after: `sbuf q: f32[128, 64]
sbuf v: f32[128, 1]
activation q[0; 128; 64:1], sum=v[0; 128; 1:1] <- x[0; 128; 64:1], func=square
sbuf r: f32[128, 1]
activation r[0; 128; 1:1] <- v[0; 128; 1:1], func=rsqrt
sbuf t: f32[128, 64]
scalar_tensor_tensor t[0; 128; 64:1] <- x[0; 128; 64:1], scalar0=c[0; 128; 1:1], rhs=g[0; 128; 64:1], op0=subtract, op1=multiply
sbuf y: f32[128, 64]
tensor_scalar y[0; 128; 64:1] <- t[0; 128; 64:1], scalar0=r[0; 128; 1:1], op0=multiply`,
    rewrite: factorLast,
  },
  productOfHalves: {
    summary: "a product of narrow tiles in f32 is faster as a difference with 0 and a product",
    before: `sbuf y: f32[128, 64]
tensor_tensor y[0; 128; 64:1] <- lhs=x[0; 128; 64:1], rhs=g[0; 128; 64:1], op=multiply`,
    after: `sbuf y: f32[128, 64]
scalar_tensor_tensor y[0; 128; 64:1] <- x[0; 128; 64:1], rhs=g[0; 128; 64:1], op0=subtract, imm0=0, op1=multiply`,
    rewrite: productOfHalves,
  },
  unreadTile: {
    summary: "what only its sum is wanted of is written to a small place, over and over",
    before: `sbuf t: f32[128, 1024]
sbuf q: f32[128, 1]
activation t[0; 128; 1024:1], sum=q[0; 128; 1:1] <- x[0; 128; 1024:0], func=square`,
    after: `sbuf t: bf16[128, 512]
sbuf q: f32[128, 1]
activation t[0; 128; 2:0, 512:1], sum=q[0; 128; 1:1] <- x[0; 128; 1024:0], func=square`,
    rewrite: unreadTile,
  },
} as const satisfies Readonly<Record<string, BodyRule>>;
