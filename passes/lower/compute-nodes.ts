// Runs the nodes of a region over one tile: looks up each node's operands as tile values and emits its statements.
// Shared by the row-wise lowering and by the epilogue of a contraction.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import { elementwiseRules, reduceOps } from "./elementwise.ts";
import type { LowerContext } from "./region.ts";
import {
  type Destination,
  emitAlu,
  emitIota,
  emitReduce,
  type IotaSteps,
  materialize,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";
import { emitWholeReduce } from "./whole-numbers.ts";

export interface TileRun {
  readonly context: LowerContext;
  readonly scope: TileScope;
  /** Tile values by ValueId; grows as nodes run. */
  readonly values: Map<ValueId, TileValue>;
  /** Where a value shall go; a new buffer of the value's dtype where nothing is said. */
  readonly destinationOf: (value: ValueId) => Destination;
  /** How an `iota` of the region counts along the tile. */
  readonly iotaOf: (value: ValueId) => IotaSteps;
  /** Elements that a reduction folds. */
  readonly reducedCount: number;
}

/** Runs the nodes in order; with a pool, a buffer serves again once its value has been read for the last time. */
export function runNodes(run: TileRun, nodes: readonly Node[], scopeOf: (node: Node) => TileScope): void {
  const lastReader = new Map<ValueId, Node>();
  for (const node of nodes) for (const operand of node.operands) lastReader.set(operand, node);
  for (const node of nodes) {
    const scope = scopeOf(node);
    const [result] = node.results;
    invariant(result !== undefined, `${node.op} has no result`);
    const value = valueOfNode({ ...run, scope }, node, result);
    run.values.set(result, value);
    freeDead(run, scope, node, value, lastReader);
  }
}

/** Gives back what the node used on the way, and its operands where it was the last to read them. */
function freeDead(
  run: TileRun,
  scope: TileScope,
  node: Node,
  value: TileValue,
  lastReader: ReadonlyMap<ValueId, Node>,
): void {
  const { pool } = scope;
  if (pool === undefined) return;
  const kept = value.kind === "number" ? undefined : value.access.buffer;
  for (const access of pool.taken()) if (access.buffer !== kept) pool.free(access);
  for (const operand of new Set(node.operands)) {
    const read = run.values.get(operand);
    const isShared = read !== undefined && read.kind !== "number" && read.access.buffer === kept;
    if (lastReader.get(operand) === node && read !== undefined && read.kind !== "number" && !isShared)
      pool.free(read.access);
  }
}

function valueOfNode(run: TileRun, node: Node, result: ValueId): TileValue {
  const { op } = node;
  const { dtype } = typeOf(run.context.graph, result);
  if (op === "full") return { kind: "number", value: roundTo(dtype, Number(node.attrs.value)) };
  if (op === "iota") return emitIota(run.scope, run.iotaOf(result), run.destinationOf(result));
  const operands = node.operands.map((operand) => {
    const value = run.values.get(operand);
    invariant(value !== undefined, `operand ${operand} of ${op} is not in the tile`);
    return value;
  });
  if (isKind(op, "reduce")) return reduceValue(run, op, operands[0] as TileValue, result);
  invariant(isKind(op, "elementwise"), `${op} does not run on tiles`);
  const operandDtype = typeOf(run.context.graph, node.operands[0] as ValueId).dtype;
  const to = run.destinationOf(result);
  return elementwiseRules[op]({ scope: run.scope, operands, attrs: node.attrs, operandDtype, to });
}

function reduceValue(run: TileRun, op: OpNameOf<"reduce">, x: TileValue, result: ValueId): TileValue {
  const to = run.destinationOf(result);
  if (to.dtype === "i32") {
    const source = materialize(run.scope, x, "i32");
    return emitWholeReduce(run.scope, reduceOps[op], source, to.name);
  }
  if (op !== "reduce_mean") return emitReduce(run.scope, reduceOps[op], x, to.name, to.dtype);
  const sum = emitReduce(run.scope, "add", x, "sum", "f32");
  return emitAlu(run.scope, "multiply", sum, { kind: "number", value: 1 / run.reducedCount }, to);
}
