// Products whose columns are taken apart and meet again: of a gate and what it lets through, packed into one weight.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { type Shape, shapesEqual } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, isOfKind, type Node, type NodeOf, readersOf, typeOf } from "../../ir-spec/graph.ts";
import { sliceRanges } from "../../ir-spec/ops/slicing.ts";

/** A product with the elementwise ops behind it, and where its columns are taken apart. */
export interface PackedProduct {
  readonly product: NodeOf<"matmul">;
  /** From the product on; `along` is the operand that comes from it. */
  readonly steps: readonly Step[];
  readonly parts: readonly Part[];
  /** What takes the columns apart, and the elementwise ops on the parts and on what they become. */
  readonly after: ReadonlySet<Node>;
}

export interface Step {
  readonly node: Node;
  readonly along: number;
}

/** Some neighbouring columns, which are the value. */
export interface Part {
  readonly value: ValueId;
  readonly start: number;
  readonly end: number;
}

/** What the search for packed products knows of a graph. */
interface Surroundings {
  readonly graph: Graph;
  readonly readers: ReturnType<typeof readersOf>;
  readonly outputs: ReadonlySet<ValueId>;
}

/** All packed products of a graph whose parts have so many columns at least. */
export function findPackedProducts(graph: Graph, minColumns: number): readonly PackedProduct[] {
  const outputs = new Set(graphOutputs(graph).map(({ value }) => value));
  const around: Surroundings = { graph, readers: readersOf(graph), outputs };
  return graph.nodes.flatMap((node) => (node.op === "matmul" ? (findPacked(around, node, minColumns) ?? []) : []));
}

function findPacked(around: Surroundings, product: NodeOf<"matmul">, minColumns: number): PackedProduct | undefined {
  const { graph } = around;
  const { shape } = typeOf(graph, product.results[0]);
  const steps: Step[] = [];
  for (let value = product.results[0]; ; ) {
    const readers = readersOfValue(around, value);
    if (around.outputs.has(value) || readers.some(({ kernel }) => kernel !== product.kernel)) return undefined;
    const [only] = readers;
    const along = only?.operands.indexOf(value) ?? -1;
    const isOne = readers.length === 1 && only?.operands.lastIndexOf(value) === along;
    if (only !== undefined && isOne && keepsPlaces(graph, only, shape)) {
      steps.push({ node: only, along });
      value = only.results[0];
      continue;
    }
    const parts = partsOf(graph, readers);
    const isWide = parts.length > 1 && parts.every(({ start, end }) => end - start >= minColumns);
    const met = isWide && areApart(parts) ? findMeeting(around, parts) : undefined;
    return met === undefined ? undefined : { product, steps, parts, after: new Set([...readers, ...met]) };
  }
}

function readersOfValue({ graph, readers }: Surroundings, value: ValueId): readonly Node[] {
  return [...new Set(readers[value])].map((index) => graph.nodes[index] as Node);
}

/** Whether a node makes each element of its result of the element in the same place. */
function keepsPlaces(graph: Graph, node: Node, shape: Shape): boolean {
  return isOfKind(node, "elementwise") && shapesEqual(typeOf(graph, node.results[0]).shape, shape);
}

/** The columns that readers take; none where one of them reads something else. */
function partsOf(graph: Graph, readers: readonly Node[]): readonly Part[] {
  const parts = readers.map((reader) => columnsOf(graph, reader));
  return parts.every((each) => each !== undefined) ? parts.flat() : [];
}

function columnsOf(graph: Graph, node: Node): readonly Part[] | undefined {
  const { shape } = typeOf(graph, node.operands[0] as ValueId);
  const last = shape.length - 1;
  if (node.op === "split") {
    if (node.attrs.axis !== last) return undefined;
    const sizes = node.results.map((result) => typeOf(graph, result).shape[last] as number);
    return node.results.map((value, index): Part => {
      const start = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
      return { value, start, end: start + (sizes[index] as number) };
    });
  }
  if (node.op !== "slice") return undefined;
  const ranges = sliceRanges(shape, node.attrs);
  const isOfColumns = ranges.every(({ step, count }, axis) => step === 1 && (axis === last || count === shape[axis]));
  const columns = ranges[last];
  if (!isOfColumns || columns === undefined) return undefined;
  return [{ value: node.results[0], start: columns.start, end: columns.start + columns.count }];
}

/** Whether no column is in two parts, where it would be computed twice. */
function areApart(parts: readonly Part[]): boolean {
  const sorted = parts.toSorted((a, b) => a.start - b.start);
  return sorted.every(({ start }, index) => index === 0 || start >= (sorted[index - 1] as Part).end);
}

/** The elementwise ops on the parts and on what they become; none where no op reads what comes of two parts. */
function findMeeting(around: Surroundings, parts: readonly Part[]): readonly Node[] | undefined {
  const owners = new Map<ValueId, number>(parts.map(({ value }, index) => [value, index]));
  const found = new Set<Node>();
  let doMeet = false;
  const waiting = parts.map(({ value }) => value);
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const owner = owners.get(value) as number;
    const { shape } = typeOf(around.graph, value);
    for (const node of readersOfValue(around, value)) {
      if (!keepsPlaces(around.graph, node, shape)) continue;
      const [result] = node.results;
      const known = owners.get(result);
      doMeet ||= known !== undefined && known !== owner;
      if (known === undefined) waiting.push(result);
      owners.set(result, known ?? owner);
      found.add(node);
    }
  }
  return doMeet ? [...found] : undefined;
}
