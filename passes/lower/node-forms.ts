// Which nodes of a region need no statement of their own when it runs over tiles: casts that engines do as they read and write, what a
// function adds and multiplies by itself, sums that it takes of its own row.

import { dtypes, isFloat, roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind } from "../../ir-spec/ops/index.ts";
import { sumForm, takesBias } from "./elementwise.ts";
import { type LowerContext, readersAmong } from "./region.ts";
import type { Destination } from "./tile-values.ts";

/** What the choice depends on besides the nodes. */
export interface FormsContext {
  readonly context: LowerContext;
  /** Where a value shall go; a new buffer of the value's dtype where nothing is said. */
  readonly destinationOf: (value: ValueId) => Destination;
  /** Whether a value is stored, so that it must be made by itself. */
  readonly isStored: (value: ValueId) => boolean;
}

/** Nodes that need no statement of their own. */
export interface NodeForms {
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
export interface Multiple {
  readonly of: ValueId;
  readonly factor: number;
}

type ReadersOf = ReturnType<typeof readersAmong>;

export function chooseForms(run: FormsContext, nodes: readonly Node[]): NodeForms {
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
  { context: { graph } }: FormsContext,
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
  run: FormsContext,
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
  run: FormsContext,
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
  run: FormsContext,
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
