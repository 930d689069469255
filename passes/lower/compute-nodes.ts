// Runs the nodes of a region over one tile: looks up each node's operands as tile values and emits its statements.
// Shared by the row-wise lowering and by the epilogue of a contraction.

import { dtypes, isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { type Graph, isOfKind, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpNameOf } from "../../ir-spec/ops/index.ts";
import type { Access } from "../../ir-spec/tile.ts";
import { emitElementwise, reduceOps, sumForm, takesBias } from "./elementwise.ts";
import { emitIntegerReduce } from "./integers.ts";
import { emitFrom } from "./origin.ts";
import { type LowerContext, readersAmong } from "./region.ts";
import {
  type Destination,
  emitAlu,
  emitIota,
  emitReduce,
  freshColumn,
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
  const sum = reduction && isTile(run, node) ? freshColumn(scope, "sum", "f32") : undefined;
  if (reduction !== undefined && sum !== undefined) sums.set(reduction, sum);
  const more = { ...biases.get(node.operands[0] as ValueId), ...(sum && { sum }) };
  return valueOfNode({ ...run, scope }, node, to, { ...more, added: sums.get(node) });
}

/** Nodes that need no statement of their own. */
interface NodeForms {
  /** Results of casts that are their operand: engines read and write every dtype. */
  readonly sources: ReadonlyMap<ValueId, ValueId>;
  /** For values that are only cast: the result of the cast, which is computed in their place. */
  readonly targets: ReadonlyMap<ValueId, { readonly value: ValueId; readonly node: Node }>;
  /** Sums that a function computes by itself, and that function. */
  readonly takers: ReadonlyMap<Node, Node>;
  /** Products with a number that only such sums read: the function multiplies as well. */
  readonly multiples: ReadonlyMap<ValueId, Multiple>;
  /** Functions that add up their own rows, and the reduction that they do so for. */
  readonly summed: ReadonlyMap<Node, Node>;
}

/** A tensor times a number. */
interface Multiple {
  readonly of: ValueId;
  readonly factor: number;
}

type ReadersOf = ReturnType<typeof readersAmong>;

function chooseForms(run: TileRun, nodes: readonly Node[]): NodeForms {
  const sources = new Map<ValueId, ValueId>();
  const targets = new Map<ValueId, { value: ValueId; node: Node }>();
  const defining = new Map(nodes.flatMap((node) => node.results.map((result) => [result, node] as const)));
  const readersOf = readersAmong(nodes);
  const summed = findSummed(run, nodes, readersOf);
  for (const node of nodes) {
    const [operand, result] = [node.operands[0], node.results[0]];
    if (node.op !== "cast" || operand === undefined || result === undefined) continue;
    if (isWideningCast(run.context.graph, node) && !run.isStored(result)) sources.set(result, operand);
    else if (isWrittenAs(run, operand, node, { readersOf, maker: defining.get(operand), sources, summed })) {
      sources.set(result, operand);
      targets.set(operand, { value: result, node });
    }
  }
  const takers = findBiasTakers(run, nodes, { sources, readersOf });
  return { sources, targets, takers, multiples: findMultiples(run, nodes, { takers, defining, readersOf }), summed };
}

/** Functions in f32 whose rows one reduction adds up. What only that reads need not be kept. */
function findSummed(
  { context: { graph } }: TileRun,
  nodes: readonly Node[],
  readersOf: ReadersOf,
): ReadonlyMap<Node, Node> {
  const summed = new Map<Node, Node>();
  for (const node of nodes) {
    const [result] = node.results;
    if (result === undefined || typeOf(graph, result).dtype !== "f32") continue;
    const form = sumForm(node);
    if (form === undefined) continue;
    const readers = readersOf(result);
    const [sum, ...others] = readers.filter(({ op }) => op === "reduce_sum" || op === "reduce_mean");
    // A square that something else reads as well is left where it is fastest.
    const isWorthIt = form === "function" || readers.length === 1;
    if (sum !== undefined && others.length === 0 && isWorthIt) summed.set(node, sum);
  }
  return summed;
}

/** Whether a cast of floats changes no number. */
export function isWideningCast(graph: Pick<Graph, "values">, { operands, results }: Node): boolean {
  const [from, to] = [operands[0], results[0]].map((value) => dtypes[typeOf(graph, value as ValueId).dtype]);
  if (from?.kind !== "float" || to?.kind !== "float") return false;
  const hasDigits = from.mantissaBits <= to.mantissaBits;
  const hasRange = from.maxFinite <= to.maxFinite;
  return hasDigits && hasRange && from.minExponent - from.mantissaBits >= to.minExponent - to.mantissaBits;
}

interface CastContext {
  readonly readersOf: ReadersOf;
  readonly maker: Node | undefined;
  readonly sources: ReadonlyMap<ValueId, ValueId>;
  readonly summed: ReadonlyMap<Node, Node>;
}

/** Whether a value in f32 that is only cast to a narrower float can be written in that dtype by the engine that computes it. */
function isWrittenAs(
  run: TileRun,
  value: ValueId,
  cast: Node,
  { readersOf, maker, sources, summed }: CastContext,
): boolean {
  const { graph } = run.context;
  const isNarrowing = typeOf(graph, value).dtype === "f32" && isFloat(typeOf(graph, cast.results[0]).dtype);
  if (!isNarrowing || maker === undefined || sources.has(value) || run.isStored(value)) return false;
  const isComputed = isKind(maker.op, "elementwise") && maker.op !== "cast";
  // The statement that makes the value adds it up before it rounds.
  const sum = summed.get(maker);
  return isComputed && readersOf(value).every((node) => node === cast || node === sum);
}

/** Sums and differences that only one function reads, in f32: the function can add by itself what is one number for each row. */
function findBiasTakers(
  run: TileRun,
  nodes: readonly Node[],
  { sources, readersOf }: { readonly sources: ReadonlyMap<ValueId, ValueId>; readonly readersOf: ReadersOf },
): ReadonlyMap<Node, Node> {
  const takers = new Map<Node, Node>();
  for (const node of nodes) {
    const [sum] = node.results;
    if ((node.op !== "add" && node.op !== "sub") || sum === undefined) continue;
    if (run.isStored(sum) || run.destinationOf(sum).dtype !== "f32") continue;
    const [reader, ...others] = readersOf(sum);
    const isSole = reader !== undefined && others.length === 0 && !sources.has(reader.results[0]);
    if (isSole && takesBias(reader.op)) takers.set(node, reader);
  }
  return takers;
}

interface ProductContext {
  readonly takers: ReadonlyMap<Node, Node>;
  readonly defining: ReadonlyMap<ValueId, Node>;
  readonly readersOf: ReadersOf;
}

/** Products of a tile with a number, in f32, of which every reader is a sum with a column that a function makes. */
function findMultiples(
  run: TileRun,
  nodes: readonly Node[],
  { takers, defining, readersOf }: ProductContext,
): ReadonlyMap<ValueId, Multiple> {
  const { graph } = run.context;
  const multiples = new Map<ValueId, Multiple>();
  const columnsOf = (value: ValueId): number => typeOf(graph, value).shape.at(-1) ?? 1;
  const numberOf = (value: ValueId): number | undefined => {
    const maker = defining.get(value);
    return maker?.op === "full" ? Number(maker.attrs.value) : undefined;
  };
  for (const node of nodes) {
    const [result] = node.results;
    if (node.op !== "mul" || result === undefined || run.isStored(result) || columnsOf(result) === 1) continue;
    if (run.destinationOf(result).dtype !== "f32") continue;
    const [x, y] = node.operands as readonly [ValueId, ValueId];
    const factor = numberOf(y) ?? numberOf(x);
    const of = numberOf(y) === undefined ? y : x;
    const readers = readersOf(result);
    const isTaken = (reader: Node): boolean => {
      const other = reader.operands.find((operand) => operand !== result);
      return takers.has(reader) && other !== undefined && columnsOf(other) === 1 && numberOf(other) === undefined;
    };
    const isTile = columnsOf(of) === columnsOf(result);
    if (factor !== undefined && isTile && readers.length > 0 && readers.every(isTaken))
      multiples.set(result, { of, factor: roundTo("f32", factor) });
  }
  return multiples;
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

/** Whether a function is evaluated for each element of the tile. */
function isTile(run: TileRun, { operands }: Node): boolean {
  return operands.every((operand) => run.values.get(operand)?.kind === "tile");
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
  const column = added && ({ kind: "column", access: added } as const);
  if (op !== "reduce_mean") return column ?? emitReduce(run.scope, reduceOps[op], x, to.name, to.dtype);
  const sum = column ?? emitReduce(run.scope, "add", x, "sum", "f32");
  return emitAlu(run.scope, "multiply", sum, { kind: "number", value: 1 / run.reducedCount }, to);
}
