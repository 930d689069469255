// The form of a row in THE TABLE OF FUSED FORMS, and what rows share.

import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import type { EngineCost } from "../../../ir-spec/cost.ts";
import { type Access, namedAccesses, type TileBuffer, type TileNode, type TileNodeOf } from "../../../ir-spec/tile.ts";
import type { AluOp } from "../../../ir-spec/tile-ops/alu.ts";
import type { BodyBuilder } from "../program-builder.ts";
import type { BodyUses } from "./uses.ts";

export interface RuleScope {
  readonly uses: BodyUses;
  readonly builder: BodyBuilder;
  readonly engineCost: EngineCost;
}

/** What replaces statements; nothing where one is no longer needed. */
export interface Rewrite {
  readonly replace: ReadonlyMap<TileNode, readonly TileNode[]>;
  /** Buffers that are new. */
  readonly buffers?: readonly BufferId[];
}

export interface BodyRule {
  readonly summary: string;
  /** Statements over `x` and `g`: bf16[128, 64] and `c`, `s`: f32[128, 1], which are given. */
  readonly before: string;
  readonly after: string;
  readonly rewrite: (scope: RuleScope, node: TileNode) => Rewrite | undefined;
}

export const infoOf = ({ builder }: RuleScope, access: Access): TileBuffer => builder.bufferInfo(access.buffer);
export const dtypeOf = (scope: RuleScope, access: Access): Dtype => infoOf(scope, access).dtype;
/** What statements take on the vector engine. */
export const costOn = (scope: RuleScope, nodes: readonly TileNode[]): number => {
  const costs = nodes.map((node) => scope.engineCost(node, "dve", scope.builder.bufferInfo));
  return costs.reduce<number>((sum, cost) => sum + (cost ?? Number.POSITIVE_INFINITY), 0);
};

/** Whether what an access reads is the same at each statement of the body. */
export function isStable({ uses }: RuleScope, { buffer }: Access): boolean {
  return uses.writersOf(buffer).length <= (uses.isLocal(buffer) ? 1 : 0);
}

/** The statement that computes an operand for this reader alone, from operands that do not change. */
export function soleDefinition(scope: RuleScope, node: TileNode, name: string): TileNode | undefined {
  const access = namedAccesses(node)[name];
  const found = scope.uses.definition(access);
  if (found === undefined || access === undefined || scope.uses.readersOf(access.buffer).length > 1) return undefined;
  const isReadOnce = Object.values<Access>(node.operands).filter(({ buffer }) => buffer === access.buffer).length === 1;
  const isSteady = Object.entries<Access>(found.operands).every(
    ([own, read]) => own === "dst" || isStable(scope, read),
  );
  return isReadOnce && isSteady ? found : undefined;
}

export const hasOneStep = (node: TileNode): node is TileNodeOf<"tensor_scalar"> =>
  node.op === "tensor_scalar" && (node.attrs.op1 ?? null) === null;
export const isStep = (node: TileNode, op: AluOp, by?: number): node is TileNodeOf<"tensor_scalar"> =>
  hasOneStep(node) && node.attrs.op0 === op && (by === undefined || node.attrs.imm0 === by);

export const replaced = (...pairs: readonly (readonly [TileNode, readonly TileNode[]])[]): Rewrite => ({
  replace: new Map(pairs),
});
