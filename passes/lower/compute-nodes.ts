// Runs the nodes of a region over one tile: looks up each node's operands as tile values and emits its statements.
// Shared by the row-wise lowering and by the epilogue of a contraction.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { isOfKind, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import type { Access } from "../../ir-spec/tile.ts";
import type { FoldOp } from "../../ir-spec/tile-ops/alu.ts";
import { emitElementwise, reduceOps } from "./elementwise.ts";
import { emitIntegerReduce } from "./integers.ts";
import { chooseForms, type FormsContext, type Multiple, type NodeForms } from "./node-forms.ts";
import { emitFrom } from "./origin.ts";
import {
  type Destination,
  emitAlu,
  emitIota,
  emitReduce,
  emitUnary,
  freshColumn,
  type IotaSteps,
  materialize,
  type TileScope,
  type TileValue,
} from "./tile-values.ts";

export interface TileRun extends FormsContext {
  readonly scope: TileScope;
  /** Tile values by ValueId; grows as nodes run. */
  readonly values: Map<ValueId, TileValue>;
  /** How an `iota` of the region counts along the tile. */
  readonly iotaOf: (value: ValueId) => IotaSteps;
  /** Elements that a reduction folds. */
  readonly reducedCount: number;
  /** Folds parts of rows, one on each partition, across partitions; the result is as the parts. */
  readonly combine?: (scope: TileScope, op: FoldOp, parts: Access) => Access;
}

/** Runs the nodes in order, each value in a buffer of its own. */
export function runNodes(run: TileRun, nodes: readonly Node[], scopeOf: (node: Node) => TileScope): void {
  const running: RunningNodes = { run, forms: chooseForms(run, nodes), scopeOf, biases: new Map(), sums: new Map() };
  // Nodes that have emitted nothing are computed by those that read them.
  const waiting = new Map<ValueId, readonly ValueId[]>();
  for (const node of nodes) {
    const { body } = scopeOf(node);
    const [result] = node.results;
    const reduction = running.forms.summed.get(node)?.results ?? [];
    const target = running.forms.targets.get(result)?.node.results ?? [];
    const from = [result, ...reduction, ...target, ...node.operands.flatMap((operand) => waiting.get(operand) ?? [])];
    const before = body.length;
    run.values.set(
      result,
      emitFrom(run.context, body, from, () => runNode(running, node)),
    );
    if (body.length === before) waiting.set(result, from);
  }
}

interface RunningNodes {
  readonly run: TileRun;
  readonly forms: NodeForms;
  readonly scopeOf: (node: Node) => TileScope;
  /** What functions add to their operands, by the sums that they take the place of; grows. */
  readonly biases: Map<ValueId, Bias>;
  /** Where functions have added up their rows, by the reductions that this is for; grows. */
  readonly sums: Map<Node, Access>;
}

/** The value of a node, after its statements, if it needs any. */
function runNode({ run, forms, scopeOf, biases, sums }: RunningNodes, node: Node): TileValue {
  const [result] = node.results;
  const known = (value: ValueId): TileValue => run.values.get(value) as TileValue;
  const source = forms.sources.get(result) ?? forms.multiples.get(result)?.of;
  if (source !== undefined) return known(source);
  const biased = forms.takers.has(node)
    ? biasedTile(run, scopeOf(node), { node, multiples: forms.multiples })
    : undefined;
  if (biased !== undefined) {
    biases.set(result, biased.bias);
    return known(biased.tile);
  }
  const target = forms.targets.get(result);
  const scope = scopeOf(target?.node ?? node);
  const to = run.destinationOf(target?.value ?? result);
  const reduction = forms.summed.get(node);
  const sum = reduction && canSum(run, node) ? freshColumn(scope, "sum", "f32") : undefined;
  if (reduction !== undefined && sum !== undefined) sums.set(reduction, sum);
  const more = { ...biases.get(node.operands[0] as ValueId), ...(sum && { sum }) };
  const values = withMultiples({ ...run, scope }, node, forms.multiples);
  return valueOfNode({ ...run, scope, values }, node, to, { ...more, added: sums.get(node) });
}

/**
 * The values as a node sees them whose function does not multiply for it after all: what has many columns by its type may be one column
 * here, the same in all of them.
 */
function withMultiples(run: TileRun, { operands }: Node, multiples: NodeForms["multiples"]): TileRun["values"] {
  const own = operands.flatMap((operand): (readonly [ValueId, TileValue])[] => {
    const multiple = multiples.get(operand);
    const of = multiple === undefined ? undefined : run.values.get(multiple.of);
    if (multiple === undefined || of === undefined) return [];
    const factor = { kind: "number", value: multiple.factor } as const;
    return [[operand, emitAlu(run.scope, "multiply", of, factor, run.destinationOf(operand))]];
  });
  return own.length === 0 ? run.values : new Map([...run.values, ...own]);
}

/** What a function adds to its scaled operand, one number for each row. */
interface Bias {
  readonly bias: Access;
  readonly scale: number;
}

/** The tile among the operands of a sum or difference with a column, and what is added to it. */
function biasedTile(
  run: TileRun,
  scope: TileScope,
  { node: { op, operands }, multiples }: { readonly node: Node; readonly multiples: ReadonlyMap<ValueId, Multiple> },
): { readonly tile: ValueId; readonly bias: Bias } | undefined {
  const [left, right] = operands as readonly [ValueId, ValueId];
  if (scope.groups !== undefined) return undefined;
  const [x, y] = [run.values.get(left), run.values.get(right)];
  const isDifference = op === "sub";
  if (x?.kind === "tile" && y?.kind === "column") {
    const bias = isDifference ? negatedColumn(scope, y) : y.access;
    return { tile: left, bias: { bias, scale: multiples.get(left)?.factor ?? 1 } };
  }
  if (x?.kind !== "column" || y?.kind !== "tile") return undefined;
  const factor = multiples.get(right)?.factor ?? 1;
  return { tile: right, bias: { bias: x.access, scale: isDifference ? -factor : factor } };
}

/** Whether a function is evaluated for each element of the tile, whose partitions have one row each. */
function canSum(run: TileRun, { operands }: Node): boolean {
  return run.scope.groups === undefined && operands.every((operand) => run.values.get(operand)?.kind === "tile");
}

function negatedColumn(scope: TileScope, column: TileValue): Access {
  const negated = emitAlu(scope, "multiply", column, { kind: "number", value: -1 }, { name: "negated", dtype: "f32" });
  invariant(negated.kind === "column", "a column stays one");
  return negated.access;
}

/** What a node's statement does besides, or what another one has done for it. */
interface Besides extends Partial<Bias> {
  readonly sum?: Access;
  /** For a reduction: the sum of each row. */
  readonly added: Access | undefined;
}

function valueOfNode(run: TileRun, node: Node, to: Destination, { added, ...besides }: Besides): TileValue {
  const { op } = node;
  const result = node.results[0];
  const { dtype } = typeOf(run.context.graph, result);
  if (node.op === "full") return { kind: "number", value: roundTo(dtype, node.attrs.value) };
  if (op === "iota") return emitIota(run.scope, run.iotaOf(result), to);
  const operands = node.operands.map((operand) => {
    const value = run.values.get(operand);
    invariant(value !== undefined, `operand ${operand} of ${op} is not in the tile`);
    return value;
  });
  if (isKind(op, "reduce")) return reduceValue(run, op, { x: operands[0] as TileValue, added }, to);
  invariant(isOfKind(node, "elementwise"), `${op} does not run on tiles`);
  const operandDtype = typeOf(run.context.graph, node.operands[0] as ValueId).dtype;
  return emitElementwise(node, { scope: run.scope, operands, operandDtype, to, ...besides });
}

interface Reduced {
  readonly x: TileValue;
  /** The sum of each row of `x`, where the statement that computed `x` added it up. */
  readonly added: Access | undefined;
}

/** Folds each row of a value; a mean counts what the run says. */
export function reduceValue(run: TileRun, op: OpNameOf<"reduce">, { x, added }: Reduced, to: Destination): TileValue {
  if (to.dtype === "i32") {
    const source = materialize(run.scope, x, "i32");
    return emitIntegerReduce(run.scope, reduceOps[op], source, to.name);
  }
  if (run.combine !== undefined) return combinedValue(run, op, { x, added }, to);
  const column = added && ({ kind: "column", access: added } as const);
  if (op !== "reduce_mean") return column ?? emitReduce(run.scope, reduceOps[op], x, to.name, to.dtype);
  const sum = column ?? emitReduce(run.scope, "add", x, "sum", "f32");
  return emitAlu(run.scope, "multiply", sum, { kind: "number", value: 1 / run.reducedCount }, to);
}

/** The same where each partition has a part of a row: parts are f32, and the result is rounded once. */
function combinedValue(run: TileRun, op: OpNameOf<"reduce">, { x, added }: Reduced, to: Destination): TileValue {
  const { combine, ...inPartitions } = run;
  const fold = reduceOps[op];
  const parts = added ?? accessOf(emitReduce(inPartitions.scope, fold, x, "parts", "f32"));
  const folded = { kind: "column", access: combine?.(run.scope, fold, parts) ?? parts } as const;
  if (op === "reduce_mean") return emitAlu(run.scope, "multiply", folded, number(1 / run.reducedCount), to);
  return to.dtype === "f32" ? folded : emitUnary(run.scope, "tensor_copy", folded, to);
}

const number = (value: number): TileValue => ({ kind: "number", value });

function accessOf(value: TileValue): Access {
  invariant(value.kind !== "number", "a fold is a column");
  return value.access;
}
