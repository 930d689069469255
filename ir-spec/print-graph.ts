// Prints a `Graph` in the canonical form of the language: one statement per node, each with its type, attributes where
// they differ from their defaults. Reading the text back gives the same graph, and printing that the same text.
// Names: parameters keep theirs; a value that is a result or a state's new content has that name; other values keep
// the user's name, with `_1` where it is taken; the rest are `%0`, `%1`, ... in order.

import { attrValuesEqual, printAttrValue } from "./base/attr.ts";
import type { ValueId } from "./base/ids.ts";
import { isLanguageName } from "./base/names.ts";
import { printType } from "./base/tensor.ts";
import type { Attrs, Graph, KernelInfo, Node, StateUpdate } from "./graph.ts";
import { typeOf } from "./graph.ts";
import { countAxesFromZero } from "./ops/axes.ts";
import { opDef } from "./ops/index.ts";

const LINE_WIDTH = 120;

/** Prints one graph; the text ends with a line break. */
export function printGraph(graph: Graph): string {
  const names = nameValues(graph);
  const body = [...printNodes(graph, names), ...printAliases(graph, names)];
  return [...printHeader(graph), ...body.map((line) => `  ${line}`), "}", ""].join("\n");
}

/** Prints several graphs, with an empty line between them. */
export function printGraphs(graphs: readonly Graph[]): string {
  return graphs.map(printGraph).join("\n");
}

function printHeader(graph: Graph): readonly string[] {
  const params = graph.params.map(({ kind, name, value }) => {
    const prefix = kind === "input" ? "" : `${kind} `;
    return `${prefix}${name}: ${printType(typeOf(graph, value))}`;
  });
  const results = graph.results.map(({ name, value }) => `${name}: ${printType(typeOf(graph, value))}`);
  const opening = `graph ${graph.name}(`;
  const line = `${opening}${params.join(", ")}) -> (${results.join(", ")}) {`;
  if (line.length <= LINE_WIDTH) return [line];
  const resultsLine = `) -> (${results.join(", ")}) {`;
  const shortResults =
    resultsLine.length <= LINE_WIDTH ? [resultsLine] : [") -> (", ...results.map((text) => `  ${text},`), ") {"];
  return [opening, ...params.map((text) => `  ${text},`), ...shortResults];
}

function printNodes(graph: Graph, names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  graph.nodes.forEach((node, index) => {
    const isInside = node.kernel !== undefined;
    const statement = printNode(graph, node, names);
    if (isInside && graph.nodes[index - 1]?.kernel !== node.kernel) {
      lines.push(`kernel ${(graph.kernels[node.kernel] as KernelInfo).name} {`);
    }
    lines.push(isInside ? `  ${statement}` : statement);
    if (isInside && graph.nodes[index + 1]?.kernel !== node.kernel) lines.push("}");
  });
  return lines;
}

/** One statement; `names` are those of the values (see `nameValues`). */
export function printNode(graph: Graph, node: Node, names: readonly string[]): string {
  const results = node.results.map((result) => `${names[result]}: ${printType(typeOf(graph, result))}`);
  const operands = node.operands.map((operand) => names[operand] as string);
  return `${results.join(", ")} = ${node.op}(${[...operands, ...printAttrs(graph, node)].join(", ")})`;
}

/** Prints the attributes that have another value than their default, as `name=value`. */
function printAttrs(graph: Graph, node: Node): readonly string[] {
  const kinds = opDef(node.op).attrs;
  const attrs: Attrs = node.attrs;
  const types = node.operands.map((operand) => typeOf(graph, operand));
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const value = attrs[name] ?? null;
    const byDefault = countAxesFromZero(kinds, types, { ...attrs, [name]: kind.default ?? null });
    const isDefault = attrValuesEqual(value, byDefault[name]);
    return isDefault ? [] : [`${name}=${printAttrValue(kind, value)}`];
  });
}

/**
 * The statements `name = name` at the end, which make no node: they bind the results, then the states' new contents,
 * where the value could not be given the name itself. A state whose old content becomes another state's new content is
 * first put aside, since its own name will be bound again.
 */
function printAliases(graph: Graph, names: readonly string[]): readonly string[] {
  const taken = numbersOf([...names, ...reservedNames(graph)]);
  const params = new Map(graph.params.map((param) => [param.value, param]));
  const open = graph.updates.filter(({ param, value }) => names[value] !== params.get(param)?.name || value === param);
  const rebound = new Set(open.map((update) => update.param));
  const stateNames = new Set(graph.updates.map((update) => params.get(update.param)?.name));

  const results = graph.results
    .filter(({ name, value }) => names[value] !== name && !stateNames.has(name))
    .map(({ name, value }) => `${name} = ${names[value]}`);
  const aside = new Map<ValueId, string>();
  for (const { param, value } of open) {
    if (rebound.has(value) && value !== param) aside.set(value, uniqueName(`${names[value]}_old`, taken));
  }
  return [
    ...results,
    ...[...aside].map(([value, name]) => `${name} = ${names[value]}`),
    ...open.map(({ param, value }) => `${params.get(param)?.name} = ${aside.get(value) ?? names[value]}`),
  ];
}

function reservedNames(graph: Graph): readonly string[] {
  return [...graph.params.map((param) => param.name), ...graph.results.map((result) => result.name)];
}

/** Names that are taken, without numbers. */
function numbersOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name) => [name, 0]));
}

/**
 * The first of `name`, `name_1`, `name_2`, ... that is free; it is taken from then on. `taken` has the number that each name was
 * last given with, so that no number is tried twice.
 */
function uniqueName(name: string, taken: Map<string, number>): string {
  const known = taken.get(name);
  taken.set(name, known ?? 0);
  if (known === undefined) return name;
  let count = known + 1;
  while (taken.has(`${name}_${count}`)) count++;
  taken.set(name, count);
  taken.set(`${name}_${count}`, 0);
  return `${name}_${count}`;
}

/** The name under which each value is printed, indexed by ValueId. */
export function nameValues(graph: Graph): readonly string[] {
  const bound = boundNames(graph);
  const taken = numbersOf(reservedNames(graph));
  const names = graph.values.map(() => "");
  for (const param of graph.params) names[param.value] = param.name;
  let unnamed = 0;
  for (const value of graph.nodes.flatMap((node) => node.results)) {
    const own = graph.values[value]?.name;
    const bare = own !== undefined && isLanguageName(own) ? own : undefined;
    names[value] = bound.get(value) ?? (bare === undefined ? `%${unnamed++}` : uniqueName(bare, taken));
  }
  return names;
}

/** For each node result that can carry the name of a result or of a state, that name. */
function boundNames(graph: Graph): ReadonlyMap<ValueId, string> {
  const defined = new Set(graph.nodes.flatMap((node) => node.results));
  const paramNames = new Set(graph.params.map((param) => param.name));
  const candidates = [
    ...graph.results.filter((result) => !paramNames.has(result.name)),
    ...graph.updates.flatMap((update) => {
      const param = graph.params.find((candidate) => candidate.value === update.param);
      return param !== undefined && canRebindEarly(graph, update) ? [{ name: param.name, value: update.value }] : [];
    }),
  ].filter((candidate) => defined.has(candidate.value));
  const bound = new Map<ValueId, string>();
  for (const { name, value } of candidates) {
    if (!bound.has(value) || graph.values[value]?.name === name) bound.set(value, name);
  }
  return bound;
}

/** True when nothing reads the state's old content once its new content is made. */
function canRebindEarly(graph: Graph, { param, value }: StateUpdate): boolean {
  const definition = graph.nodes.findIndex((node) => node.results.includes(value));
  const isReadLater = graph.nodes.slice(definition + 1).some((node) => node.operands.includes(param));
  const outputs: readonly { readonly value: ValueId }[] = [...graph.results, ...graph.updates];
  return !isReadLater && !outputs.some((output) => output.value === param);
}
