// How the rules of `recognize` look at a graph: they go from a node back to what defines its operands. A match remembers the nodes that it went
// through, as they must serve nobody else.

import { dtypes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import {
  definingNodes,
  type Graph,
  isOneOf,
  type Node,
  type NodeOf,
  readersOf,
  typeOf,
} from "../../../ir-spec/graph.ts";
import type { Expander } from "../../../ir-spec/ops/define.ts";
import { factsOf, type OpName, opNames } from "../../../ir-spec/ops/index.ts";
import { findPositions, type Positions } from "../../analysis/positions.ts";

/** What stands for a match: made of the values that it reads, which `of` gives in the new graph. */
export type Replacement = (b: Expander, of: (value: ValueId) => ValueId) => ValueId;

/** One form of a composite, as it is written in primitives. */
export interface RecognizeRule {
  /** The op that it becomes. */
  readonly name: OpName;
  readonly summary: string;
  /** A small program before and after; the tests run them. */
  readonly before: string;
  readonly after: string;
  /** The ops of the node that gives the composite's result. */
  readonly roots: readonly OpName[];
  readonly match: (root: Node, from: Matching) => Replacement | undefined;
}

/** A graph with who defines and who reads each value. */
export interface GraphView {
  readonly graph: Graph;
  readonly definitions: readonly (number | undefined)[];
  readonly readers: readonly (readonly number[])[];
  readonly outputs: ReadonlySet<ValueId>;
  readonly positions: Positions;
  /** What replacements made of values, once for all that share it; grows while the new graph is made. */
  readonly shared: Map<ValueId, ValueId>;
}

export function viewGraph(graph: Graph): GraphView {
  const outputs = new Set([...graph.results, ...graph.updates].map(({ value }) => value));
  const positions = findPositions(graph);
  return { graph, definitions: definingNodes(graph), readers: readersOf(graph), outputs, positions, shared: new Map() };
}

export interface Matching {
  readonly typeOf: (value: ValueId) => TensorType;
  /** The node of one of some ops that defines a value; the match goes through it. */
  readonly through: <N extends OpName>(value: ValueId, ...ops: readonly N[]) => NodeOf<N> | undefined;
  /** The same for a value that nobody else reads. */
  readonly throughOwn: <N extends OpName>(value: ValueId, ...ops: readonly N[]) => NodeOf<N> | undefined;
  /** The node of one of some ops that defines a value, which may serve others as well. */
  readonly behind: <N extends OpName>(value: ValueId, ...ops: readonly N[]) => NodeOf<N> | undefined;
  readonly shared: GraphView["shared"];
  /** When the elements of a bool value are true, where positions alone decide. */
  readonly conditionOf: Positions["conditionOf"];
  /** The number that every element of a value is. */
  readonly numberOf: (value: ValueId) => number | undefined;
  /** Whether two values are one, or made by equal nodes. */
  readonly isSame: (a: ValueId, b: ValueId) => boolean;
  /** The nodes that the match went through. */
  readonly nodes: ReadonlySet<number>;
}

export const reshapes = opNames.filter((op) => factsOf(op).keepsOrder);

/** Ops that give another shape to the same elements, or repeat them. */
export const spreadingOps = [...reshapes, "broadcast_to"] as const;

export function startMatching({ graph, definitions, readers, positions, shared }: GraphView): Matching {
  const nodes = new Set<number>();
  const defining = (value: ValueId): Node | undefined => {
    const index = definitions[value];
    return index === undefined ? undefined : graph.nodes[index];
  };
  const behind: Matching["behind"] = (value, ...ops) => {
    const node = defining(value);
    return node !== undefined && isOneOf(node, ops) ? node : undefined;
  };
  const through: Matching["through"] = (value, ...ops) => {
    const node = behind(value, ...ops);
    if (node !== undefined) nodes.add(definitions[value] as number);
    return node;
  };
  const numberOf = (value: ValueId): number | undefined => {
    const node = defining(value);
    if (node === undefined) return undefined;
    if (node.op === "full") return node.attrs.value;
    return isOneOf(node, spreadingOps) ? numberOf(node.operands[0] as ValueId) : undefined;
  };
  const isSame = (a: ValueId, b: ValueId): boolean => {
    if (a === b) return true;
    const [left, right] = [defining(a), defining(b)];
    if (left === undefined || right === undefined || left.results.length > 1) return false;
    const areEqual =
      left.op === right.op &&
      JSON.stringify(left.attrs) === JSON.stringify(right.attrs) &&
      left.operands.length === right.operands.length &&
      left.operands.every((operand, index) => operand === right.operands[index]);
    if (areEqual) nodes.add(definitions[a] as number).add(definitions[b] as number);
    return areEqual;
  };
  return {
    typeOf: (value) => typeOf(graph, value),
    through,
    throughOwn: (value, ...ops) => ((readers[value]?.length ?? 0) === 1 ? through(value, ...ops) : undefined),
    behind,
    shared,
    conditionOf: positions.conditionOf,
    numberOf,
    isSame,
    nodes,
  };
}

/** Whether what a match went through serves the match alone, so that it is gone once `root` is the composite. */
export function servesAlone({ graph, readers, outputs }: GraphView, { nodes }: Matching, root: number): boolean {
  const isInside = (reader: number): boolean => reader === root || nodes.has(reader);
  const results = [...nodes].filter((index) => index !== root).flatMap((index) => (graph.nodes[index] as Node).results);
  return results.every((value) => !outputs.has(value) && (readers[value] ?? []).every(isInside));
}

/** The ops that products are made of. */
export const productOps = ["mul", "div"] as const;

/** Factors of a value: a number, and values that are multiplied or that it is divided by. */
export interface Product {
  readonly factor: number;
  readonly times: readonly ValueId[];
  readonly over: readonly ValueId[];
}

const alone = (value: ValueId): Product => ({ factor: 1, times: [value], over: [] });

/** The factors of the value of a node that is a product or quotient. */
export function productOfNode(node: Node, from: Matching): Product | undefined {
  if (!isOneOf(node, productOps)) return undefined;
  const [left, right] = node.operands.map((operand) => productOf(operand, from)) as [Product, Product];
  if (node.op === "div") {
    const { factor, times, over } = right;
    return { factor: left.factor / factor, times: [...left.times, ...over], over: [...left.over, ...times] };
  }
  return {
    factor: left.factor * right.factor,
    times: [...left.times, ...right.times],
    over: [...left.over, ...right.over],
  };
}

/** The factors of a value, through products that nobody else reads. */
export function productOf(value: ValueId, from: Matching): Product {
  const number = from.numberOf(value);
  if (number !== undefined) return { factor: number, times: [], over: [] };
  const node = from.throughOwn(value, ...productOps);
  return (node && productOfNode(node, from)) ?? alone(value);
}

/** Whether a number is another one, but for the rounding of a constant. */
export function isNear(number: number, wanted: number, { dtype }: TensorType): boolean {
  // Assumed: exporters compute a constant in f64 or in the dtype, in at most a few steps.
  return Math.abs(number / wanted - 1) <= 4 * 2 ** -dtypes[dtype].mantissaBits;
}

/** What is left of a sum with a number. */
export function addedTo(value: ValueId, number: number, from: Matching): ValueId | undefined {
  const sum = from.through(value, "add");
  const [left, right] = sum?.operands ?? [];
  if (left === undefined || right === undefined) return undefined;
  if (from.numberOf(right) === number) return left;
  return from.numberOf(left) === number ? right : undefined;
}

/** The value before reshapes. */
export function withoutReshapes(value: ValueId, from: Matching): ValueId {
  const node = from.through(value, ...reshapes);
  return node === undefined ? value : withoutReshapes(node.operands[0] as ValueId, from);
}
