// What exact inputs are filled with, and what a fill is expected to come to, by shapes alone: so a large program is evaluated
// once, with the first fill that its sums have room for, or not at all.

import { dtypes, isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { elementCount, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, isOfKind, type Node, typeOf } from "../../ir-spec/graph.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../ir-spec/random-tensor.ts";

/** Integers from -`largest` to `largest`, of which one in `oneIn` is drawn and the others are 0. */
export interface ExactFill {
  readonly largest: number;
  readonly oneIn: number;
}

/** From telling ones to sparse ones, which stay small through many products. */
const fills: readonly ExactFill[] = [
  { largest: 3, oneIn: 1 },
  { largest: 1, oneIn: 1 },
  { largest: 1, oneIn: 4 },
  { largest: 1, oneIn: 16 },
];

/**
 * Multiply-adds and elements up to which every fill is tried by evaluating it; above, the sizes decide.
 * Assumed: a few hundredths of a second for each try.
 */
const maxTriedWork = 2 ** 26;

export type FillChoice =
  | { readonly kind: "try"; readonly fills: readonly ExactFill[] }
  /** The op whose sums have no room with any fill. */
  | { readonly kind: "hopeless"; readonly op: OpName };

/** The fills worth an evaluation of the nodes that make the `needed` values. */
export function chooseFills(graph: Graph, needed: ReadonlySet<ValueId>): FillChoice {
  const nodes = graph.nodes.filter(({ results }) => results.some((result) => needed.has(result)));
  if (workOf(graph, nodes) <= maxTriedWork) return { kind: "try", fills };
  let culprit: OpName | undefined;
  for (const fill of fills) {
    culprit = findTooLarge(graph, nodes, fill);
    if (culprit === undefined) return { kind: "try", fills: [fill] };
  }
  return { kind: "hopeless", op: culprit as OpName };
}

/** The multiply-adds of products, and the elements of all results. */
export function workOf(graph: Graph, nodes: readonly Node[]): number {
  let work = 0;
  for (const node of nodes) {
    const perElement = node.op === "matmul" ? termsOf(graph, node) : 1;
    for (const result of node.results) work += perElement * elementCount(typeOf(graph, result).shape);
  }
  return work;
}

/** Standard deviations of the largest of some ten million normal numbers. */
const LARGEST_OF_MANY = 5.5;

/** The magnitudes of a value's elements: their root mean square, and the largest. */
interface Magnitude {
  readonly rms: number;
  readonly largest: number;
}

/** The first op some of whose results would need more digits than their dtype has, with terms of random signs. */
function findTooLarge(graph: Graph, nodes: readonly Node[], { largest, oneIn }: ExactFill): OpName | undefined {
  const drawn: Magnitude = { rms: Math.sqrt((largest * (largest + 1)) / 3 / oneIn), largest };
  const one: Magnitude = { rms: 1, largest: 1 };
  const ofParameters = new Map(
    graph.params.map(({ value }) => [value, isFloat(typeOf(graph, value).dtype) ? drawn : one]),
  );
  const magnitudes = new Map<ValueId, Magnitude>(ofParameters);
  for (const node of nodes) {
    const magnitude = magnitudeOf(
      graph,
      node,
      node.operands.map((operand) => magnitudes.get(operand) ?? one),
    );
    for (const result of node.results) {
      const { dtype } = typeOf(graph, result);
      if (isFloat(dtype) && magnitude.largest > 2 ** (dtypes[dtype].mantissaBits + 1)) return node.op;
      magnitudes.set(result, magnitude);
    }
  }
  return undefined;
}

function magnitudeOf(graph: Graph, node: Node, operands: readonly Magnitude[]): Magnitude {
  const [x, y = x] = operands;
  if (x === undefined || y === undefined) return { rms: 1, largest: 1 };
  const product: Magnitude = { rms: x.rms * y.rms, largest: x.largest * y.largest };
  switch (node.op) {
    case "mul":
      return product;
    case "add":
    case "sub":
      return { rms: Math.hypot(x.rms, y.rms), largest: x.largest + y.largest };
    case "matmul":
      return summed(product, termsOf(graph, node));
    case "reduce_sum":
    case "reduce_mean":
      return summed(x, termsOf(graph, node));
    default: {
      const values = operands.slice(node.op === "where" ? 1 : 0);
      const greatest = (field: keyof Magnitude) => Math.max(...values.map((value) => value[field]));
      return { rms: greatest("rms"), largest: greatest("largest") };
    }
  }
}

function summed({ rms, largest }: Magnitude, terms: number): Magnitude {
  const ofSum = Math.sqrt(terms) * rms;
  return { rms: ofSum, largest: Math.min(terms * largest, LARGEST_OF_MANY * ofSum) };
}

/** How many terms each element of a product or a reduction has. */
export function termsOf(graph: Graph, node: Node): number {
  const { shape } = typeOf(graph, node.operands[0] as ValueId);
  if (isOfKind(node, "contract")) return shape.at(node.attrs.transpose_lhs ? -2 : -1) as number;
  return elementCount(shape) / Math.max(1, elementCount(typeOf(graph, node.results[0]).shape));
}

export function describeFill({ largest, oneIn }: ExactFill): string {
  return `integers from -${largest} to ${largest}${oneIn === 1 ? "" : `, one in ${oneIn} of them not 0`}`;
}

/** Floats become integers; what is integer or bool already stays, as it may pick elements. */
export function fillInputs(
  graph: Graph,
  given: ReadonlyMap<string, Tensor>,
  { largest, oneIn }: ExactFill,
): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.params.map(({ name, value }) => {
      const type = typeOf(graph, value);
      if (!isFloat(type.dtype)) return [name, given.get(name) as Tensor];
      const max = oneIn * (2 * largest + 1) - 1;
      const { data } = makeRandomTensor({ dtype: "i32", shape: type.shape }, 1, name, { kind: "integer", min: 0, max });
      for (let index = 0; index < data.length; index++) {
        const drawn = data[index]!;
        data[index] = drawn <= 2 * largest ? drawn - largest : 0;
      }
      return [name, { ...type, data }];
    }),
  );
}
