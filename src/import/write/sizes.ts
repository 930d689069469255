// Which numbers of a graph depend on symbolic dimensions, and how: the model is imported again with other sizes, and what changed with them is
// written by their names. A number is a multiple of a product of dimensions, or a sum of multiples; one more import, with all sizes changed, proves it.

import type { Graph } from "../../../ir-spec/graph.ts";

/** How the numbers of a graph are written. */
export interface Sizes {
  /** Dimensions with the sizes of the graph as it is. */
  readonly dims: ReadonlyMap<string, number>;
  /** Writes the number that `read` finds in a graph; it is asked of graphs of other sizes as well. */
  readonly print: (read: (graph: Graph) => number) => string;
  /** Whether all numbers so far could be written so that they follow the dimensions. */
  readonly isSound: () => boolean;
}

/** Numbers as they are. */
export function plainSizes(graph: Graph): Sizes {
  return { dims: new Map(), print: (read) => String(read(graph)), isSound: () => true };
}

interface Variant {
  readonly name: string;
  readonly size: number;
  readonly other: number;
  readonly graph: Graph;
}

/** Numbers by the names of dimensions; undefined where other sizes give graphs of another structure. */
export function namedSizes(
  graph: Graph,
  dims: ReadonlyMap<string, number>,
  importWith: (dims: ReadonlyMap<string, number>) => Graph | undefined,
): Sizes | undefined {
  const changed = (factor: number, only?: string): Graph | undefined =>
    importWith(
      new Map([...dims].map(([name, size]) => [name, only === undefined || only === name ? size * factor : size])),
    );
  const variants: Variant[] = [];
  for (const [name, size] of dims) {
    const made = changed(2, name);
    if (made === undefined || !isAlike(graph, made)) return undefined;
    variants.push({ name, size, other: size * 2, graph: made });
  }
  const proof = changed(3);
  if (proof === undefined || !isAlike(graph, proof)) return undefined;
  let sound = true;
  const print: Sizes["print"] = (read) => {
    const value = read(graph);
    const text = expressionOf(value, variants, read);
    const inProof = text?.at(new Map([...dims].map(([name, size]) => [name, size * 3])));
    if (text !== undefined && inProof === read(proof)) return text.text;
    sound = false;
    return String(value);
  };
  return { dims, print, isSound: () => sound };
}

interface Expression {
  readonly text: string;
  readonly at: (dims: ReadonlyMap<string, number>) => number;
}

function expressionOf(
  value: number,
  variants: readonly Variant[],
  read: (graph: Graph) => number,
): Expression | undefined {
  const moving = variants.filter((variant) => read(variant.graph) !== value);
  if (moving.length === 0) return { text: String(value), at: () => value };
  return productOf(value, moving, read) ?? sumOf(value, moving, read);
}

/** value = factor * the product of the dimensions that change it. */
function productOf(value: number, moving: readonly Variant[], read: (graph: Graph) => number): Expression | undefined {
  const isProduct = moving.every(({ size, other, graph }) => read(graph) * size === value * other);
  const factor = value / moving.reduce((product, { size }) => product * size, 1);
  if (!isProduct || !Number.isInteger(factor)) return undefined;
  const names = moving.map(({ name }) => name);
  return {
    text: [...(factor === 1 ? [] : [String(factor)]), ...names].join(" * "),
    at: (dims) => names.reduce((product, name) => product * (dims.get(name) ?? 0), factor),
  };
}

/** value = a sum of multiples of dimensions and a number. */
function sumOf(value: number, moving: readonly Variant[], read: (graph: Graph) => number): Expression | undefined {
  const slopes = moving.map(({ size, other, graph }) => (read(graph) - value) / (other - size));
  if (!slopes.every((slope) => Number.isInteger(slope) && slope > 0)) return undefined;
  const rest = value - moving.reduce((sum, { size }, index) => sum + slopes[index]! * size, 0);
  const terms = moving.map(({ name }, index) => (slopes[index] === 1 ? name : `${slopes[index]} * ${name}`));
  const end = rest === 0 ? "" : rest > 0 ? ` + ${rest}` : ` - ${-rest}`;
  return {
    text: `${terms.join(" + ")}${end}`,
    at: (dims) => moving.reduce((sum, { name }, index) => sum + slopes[index]! * (dims.get(name) ?? 0), rest),
  };
}

/** Whether two graphs differ in sizes alone. */
function isAlike(a: Graph, b: Graph): boolean {
  const shape = (graph: Graph): string =>
    JSON.stringify([
      graph.params.map(({ kind, name, value }) => [kind, name, value, rankOf(graph, value)]),
      graph.nodes.map(({ op, operands, results, attrs }) => [
        op,
        operands,
        results,
        Object.values(attrs).map(lengthOf),
      ]),
      graph.results,
    ]);
  return shape(a) === shape(b);
}

const rankOf = (graph: Graph, value: number): string => {
  const type = graph.values[value]?.type;
  return `${type?.dtype} ${type?.shape.length}`;
};

/** Lists of numbers may differ in their numbers, words not at all. */
function lengthOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length;
  return typeof value === "number" ? "number" : value;
}
