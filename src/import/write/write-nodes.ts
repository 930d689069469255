// Writes the nodes of a graph in order, and what they repeat as functions that are called.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { bareName, isOpName, opDef } from "../../../ir-spec/ops/index.ts";
import { commonName, commonPrefix, withoutPrefix } from "./common-names.ts";
import { findRepeats, type Repeat } from "./repeats.ts";
import {
  freeName,
  shortName,
  targetText,
  typeText,
  type Writing,
  writeAttrs,
  writeNode,
  writeOperand,
} from "./write-node.ts";

/** Statements of the graph, and the functions that they call. */
interface Written {
  readonly lines: readonly string[];
  readonly functions: readonly string[];
}

export function writeNodes(writing: Writing): Written {
  const { graph, scalars } = writing;
  const repeats = findRepeats(
    graph,
    (node, index) => keyOf(writing, node, index),
    (value) => scalars.has(value),
  );
  const lines: string[] = [];
  const functions: string[] = [];
  let next = 0;
  for (const repeat of repeats) {
    const writtenFirst = (repeat.iterations[0]?.[0] ?? 0) - next;
    lines.push(...writeRange(writing, next, next + writtenFirst));
    const written = writeRepeat(writing, repeat);
    lines.push(...written.lines);
    functions.push(...written.functions);
    next = (repeat.iterations.at(-1)?.at(-1) ?? 0) + 1;
  }
  return { lines: [...lines, ...writeRange(writing, next, graph.nodes.length)], functions };
}

function writeRange(writing: Writing, from: number, to: number): readonly string[] {
  return writing.graph.nodes.slice(from, to).flatMap((node, offset) => writeNode(writing, node, from + offset));
}

/** What has to be equal of two nodes for one statement to stand for both. */
function keyOf(writing: Writing, node: Node, index: number): string {
  const operands = node.operands.map((operand) => {
    const number = writing.scalars.get(operand);
    return `${number === undefined ? "" : Object.is(number, -0) ? "-0" : number} ${typeText(writing, operand)}`;
  });
  const types = node.results.map((result) => typeText(writing, result));
  return [node.op, ...operands, ...writeAttrs(writing, node, index), ...types].join("\n");
}

function writeRepeat(writing: Writing, repeat: Repeat): Written {
  const { graph } = writing;
  const names = namesOf(writing, repeat);
  const name = freeName(writing, isOpName(names.block) ? `${names.block}_block` : names.block);
  const { params, body } = writeBody(writing, repeat, names);
  // A function sees its parameters alone: the dimensions that it names are handed over as well.
  const dims = [...writing.sizes.dims.keys()].filter((dim) => new RegExp(`\\b${dim}\\b`).test(body.join("\n")));
  const calls = repeat.iterations.flatMap((nodes, iteration) => {
    const own = new Set(nodes);
    // Constants may stand between two iterations, too.
    const before = repeat.iterations[iteration - 1]?.at(-1);
    const [first, last] = [before === undefined ? (nodes[0] ?? 0) : before + 1, nodes.at(-1) ?? 0];
    const beside = graph.nodes.slice(first, last).flatMap((node, offset) => {
      const index = first + offset;
      return own.has(index) ? [] : writeNode(writing, node, index);
    });
    return [...beside, writeCallOf(writing, name, repeat, { iteration, dims })];
  });
  return { lines: calls, functions: [[`def ${name}(${[...params, ...dims].join(", ")}) {`, ...body, "}"].join("\n")] };
}

function writeCallOf(
  writing: Writing,
  name: string,
  { inputs, outputs, iterations }: Repeat,
  { iteration, dims }: { readonly iteration: number; readonly dims: readonly string[] },
): string {
  const { graph, names } = writing;
  const words = (inputs[iteration] ?? []).map((value) => writeOperand(writing, value, undefined).text);
  const nodes = (iterations[iteration] ?? []).map((index) => graph.nodes[index] as Node);
  const targets = (outputs[iteration] ?? []).map((value) => {
    const node = nodes.find(({ results }) => results.includes(value)) as Node;
    const own = graph.values[value]?.name ?? shortName(node);
    names[value] ??= freeName(writing, writing.reads[value] === 0 ? `_${own}` : own);
    return targetText(writing, value);
  });
  return `${targets.join(", ")} = ${name}(${[...words, ...dims].join(", ")})`;
}

/** Names inside a function: of the block, of what it reads, and of the values of its first iteration. */
interface BlockNames {
  readonly block: string;
  readonly inputs: readonly string[];
  readonly values: ReadonlyMap<ValueId, string>;
}

function namesOf({ graph, names }: Writing, { iterations, inputs }: Repeat): BlockNames {
  const isResult = new Set(graph.results.map(({ value }) => value));
  const resultsOf = (iteration: number): readonly ValueId[] =>
    (iterations[iteration] ?? []).flatMap((index) => (graph.nodes[index] as Node).results);
  const all = iterations.map((_nodes, iteration) => resultsOf(iteration));
  const inner = (all[0] ?? []).map((value, place): readonly [ValueId, string] => {
    const same = all.map((values) => values[place] as ValueId).filter((other) => !isResult.has(other));
    return [value, commonName(same.map((other) => graph.values[other]?.name ?? ""))];
  });
  const read = (inputs[0] ?? []).map((first, place) => {
    const values = inputs.map((list) => list[place] as ValueId);
    const isShared = values.every((value) => value === first);
    const common = commonName(values.map((value) => names[value] ?? graph.values[value]?.name ?? ""));
    return { isShared, common, name: common === "" ? useOf(graph, iterations[0] ?? [], first) : common };
  });
  const ofLayers = read.filter(({ isShared }) => !isShared).map(({ common }) => common);
  const prefix = commonPrefix([...inner.map(([, name]) => name), ...ofLayers].filter((name) => name !== ""));
  const shorten = (name: string): string => withoutPrefix(name, prefix);
  return {
    block: prefix === "" ? "block" : prefix,
    inputs: read.map(({ isShared, name }) => (isShared ? name : shorten(name))),
    values: new Map(inner.map(([value, name]) => [value, shorten(name)])),
  };
}

/** What a value is for, by the operand of the first node that reads it. */
function useOf(graph: Graph, nodes: readonly number[], value: ValueId): string {
  const reader = nodes.map((index) => graph.nodes[index] as Node).find(({ operands }) => operands.includes(value));
  const name = reader === undefined ? undefined : opDef(reader.op).operands[reader.operands.indexOf(value)];
  return name === undefined ? "x" : bareName(name);
}

/** The first iteration as the statements of a function. */
function writeBody(writing: Writing, { iterations, inputs, outputs }: Repeat, given: BlockNames) {
  const { graph, sizes } = writing;
  const names: (string | undefined)[] = graph.values.map(() => undefined);
  const inner: Writing = { ...writing, names, taken: new Set(sizes.dims.keys()), inlined: new Map(), hasTypes: false };
  const params = (inputs[0] ?? []).map((value, place) => {
    names[value] = freeName(inner, given.inputs[place] ?? "x");
    return names[value];
  });
  const returned = new Set(outputs[0]);
  const lines = (iterations[0] ?? []).flatMap((index) => {
    const node = graph.nodes[index] as Node;
    for (const value of node.results) {
      const name = given.values.get(value) ?? "";
      if (name !== "" || returned.has(value)) names[value] = freeName(inner, name === "" ? shortName(node) : name);
    }
    return writeNode(inner, node, index);
  });
  const result = `return ${[...returned].map((value) => names[value] ?? "").join(", ")}`;
  return { params, body: [...lines, result].map((line) => `  ${line}`) };
}
