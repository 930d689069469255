// Runs the nodes of a region over one tile: looks up each node's operands as tile values and emits its statements.
// Shared by the row-wise lowering and by the epilogue of a contraction.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import type { Access } from "../../ir-spec/tile.ts";
import { elementwiseRules, reduceOps, takesBias } from "./elementwise.ts";
import { emitIntegerReduce } from "./integers.ts";
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

export interface TileRun {
  readonly context: LowerContext;
  readonly scope: TileScope;
  /** Tile values by ValueId; grows as nodes run. */
  readonly values: Map<ValueId, TileValue>;
  /** Where a value shall go; a new buffer of the value's dtype where nothing is said. */
  readonly destinationOf: (value: ValueId) => Destination;
  /** Whether a value is stored, so that it must be made by itself. */
  readonly isStored: (value: ValueId) => boolean;
  /** How an `iota` of the region counts along the tile. */
  readonly iotaOf: (value: ValueId) => IotaSteps;
  /** Elements that a reduction folds. */
  readonly reducedCount: number;
}

/** Runs the nodes in order; with a pool, a buffer serves again once its value has been read for the last time. */
export function runNodes(run: TileRun, nodes: readonly Node[], scopeOf: (node: Node) => TileScope): void {
  const takers = findBiasTakers(run, nodes);
  const lastReader = new Map<ValueId, Node>();
  for (const node of nodes) for (const operand of node.operands) lastReader.set(operand, takers.get(node) ?? node);
  const biases = new Map<ValueId, Access>();
  for (const node of nodes) {
    const scope = scopeOf(node);
    const [result] = node.results;
    invariant(result !== undefined, `${node.op} has no result`);
    const sum = takers.has(node) ? biasedTile(run, node) : undefined;
    if (sum !== undefined) {
      run.values.set(result, sum.tile);
      biases.set(result, sum.bias);
      continue;
    }
    const value = valueOfNode({ ...run, scope }, node, result, biases.get(node.operands[0] as ValueId));
    run.values.set(result, value);
    freeDead(run, scope, node, value, lastReader);
  }
}

/** Additions whose sum only one function reads, in f32: the function can add by itself what is one number for each row. */
function findBiasTakers(run: TileRun, nodes: readonly Node[]): ReadonlyMap<Node, Node> {
  const takers = new Map<Node, Node>();
  for (const node of nodes) {
    const [sum] = node.results;
    if (node.op !== "add" || sum === undefined || run.isStored(sum) || run.destinationOf(sum).dtype !== "f32") continue;
    const [reader, ...others] = nodes.filter(({ operands }) => operands.includes(sum));
    if (reader !== undefined && others.length === 0 && takesBias(reader.op)) takers.set(node, reader);
  }
  return takers;
}

/** The operands of an addition, where they are a tile and a column. */
function biasedTile(run: TileRun, node: Node): { readonly tile: TileValue; readonly bias: Access } | undefined {
  const [x, y] = node.operands.map((operand) => run.values.get(operand));
  if (x?.kind === "tile" && y?.kind === "column") return { tile: x, bias: y.access };
  return x?.kind === "column" && y?.kind === "tile" ? { tile: y, bias: x.access } : undefined;
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

function valueOfNode(run: TileRun, node: Node, result: ValueId, bias: Access | undefined): TileValue {
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
  const more = bias === undefined ? {} : { bias };
  return elementwiseRules[op]({ scope: run.scope, operands, attrs: node.attrs, operandDtype, to, ...more });
}

function reduceValue(run: TileRun, op: OpNameOf<"reduce">, x: TileValue, result: ValueId): TileValue {
  const to = run.destinationOf(result);
  if (to.dtype === "i32") {
    const source = materialize(run.scope, x, "i32");
    return emitIntegerReduce(run.scope, reduceOps[op], source, to.name);
  }
  if (op !== "reduce_mean") return emitReduce(run.scope, reduceOps[op], x, to.name, to.dtype);
  const sum = emitReduce(run.scope, "add", x, "sum", "f32");
  return emitAlu(run.scope, "multiply", sum, { kind: "number", value: 1 / run.reducedCount }, to);
}
