// What one statement does in several iterations of a loop, as statements over tiles in which those are side by side.
//
//     activation y[0; 128; 77:1] <- x[0; 128; 77:1], func=exp     ->     activation y[0; 128; 308:1] <- x[0; 128; 308:1], func=exp

import type { Access, TileNode, TileStatement } from "../../../ir-spec/tile.ts";
import { isColumnOperand, isTransfer } from "../../../ir-spec/tile-ops/index.ts";
import { formsOf } from "./column-forms.ts";
import { accessesOf } from "./uses.ts";
import { isIn, scaleOf, sizesOf, type WideScope, withoutLoop } from "./wide-scope.ts";

type Statements = readonly TileStatement[];

/** The statements for all iterations; undefined where there are none. */
export function widened(scope: WideScope, node: TileNode): Statements | undefined {
  const { loop } = scope;
  const areAlike = accessesOf(node).every(([access]) => sizesOf(access).every((size) => !isIn(loop, size)));
  if (!areAlike || (node.base !== undefined && scaleOf(node.base, loop) !== 0)) return undefined;
  const narrow = formsOf(scope, node);
  const wide = narrow?.map((statement) => (statement.kind === "op" ? wideNode(scope, statement) : statement));
  return wide?.every((statement) => statement !== undefined) ? wide : undefined;
}

/** One statement whose operands are all of the iterations; undefined where tiles have more dimensions than instructions do. */
function wideNode(scope: WideScope, node: TileNode): TileNode | undefined {
  const { machine, builder } = scope.context;
  const isTile = (name: string): boolean => !isColumnOperand(node.op, name);
  const entries = Object.entries<Access>(node.operands).map(
    ([name, access]) => [name, isTile(name) ? wideAccess(scope, access) : access] as const,
  );
  // Runs of a fold and matrices that are transposed stay apart.
  const canJoin = node.op !== "tensor_reduce" && node.op !== "dma_transpose";
  const tiles = entries.flatMap(([name, access]) => (isTile(name) ? [access] : []));
  const areJoined = canJoin && tiles.every(isJoined);
  const operands = entries.map(
    ([name, access]) => [name, isTile(name) && areJoined ? joined(access) : access] as const,
  );
  const areFew = operands.every(
    ([, { buffer, dims }]) => builder.bufferInfo(buffer).memory === "hbm" || dims.length <= machine.accessDims,
  );
  if (!areFew) return undefined;
  const { engine, ...rest } = node;
  // Copies are given to engines again: they are longer now.
  const keepsEngine = engine !== undefined && (node.op !== "tensor_copy" || isTransfer(node.op));
  return { ...rest, operands: Object.fromEntries(operands), ...(keepsEngine ? { engine } : {}) } as TileNode;
}

function wideAccess({ loop, count, places }: WideScope, access: Access): Access {
  const place = places.get(access.buffer);
  const stride = place?.step ?? scaleOf(access.offset, loop);
  const inner = access.dims.filter(({ size }) => size.max !== 1 || size.limit !== undefined);
  return {
    ...access,
    buffer: place?.buffer ?? access.buffer,
    offset: withoutLoop(access.offset, loop),
    dims: [{ stride, size: { max: count } }, ...inner],
  };
}

/** Whether the two outermost dimensions are one. */
function isJoined({ dims: [outer, inner] }: Access): boolean {
  return inner === undefined || (inner.size.limit === undefined && outer?.stride === inner.stride * inner.size.max);
}

function joined(access: Access): Access {
  const [outer, inner, ...rest] = access.dims;
  if (outer === undefined || inner === undefined) return access;
  const size = { max: outer.size.max * inner.size.max };
  return { ...access, dims: [{ stride: inner.stride, size }, ...rest] };
}
