// Checks the invariants of a `Graph` (see graph.ts); runs after elaboration and after every pass on graphs.

import { type AttrSpecs, attrValuesEqual, printAttrValue } from "./base/attr.ts";
import { isLanguageName } from "./base/names.ts";
import { at, type Diagnostic, type Problem, problem } from "./base/result.ts";
import type { Span } from "./base/span.ts";
import { oversize, printType, type TensorType, typesEqual } from "./base/tensor.ts";
import type { Attrs, Graph, Node, ValueInfo } from "./graph.ts";
import { countAxesFromZero } from "./ops/axes.ts";
import { inferOp, opDef } from "./ops/index.ts";

/** Lists everything that is wrong with the graph; an empty list means that all invariants hold. */
export function verifyGraph(graph: Graph): readonly Diagnostic[] {
  const unknown = verifyIds(graph);
  // Without sound ids nothing else can be looked up.
  if (unknown.length > 0) return unknown;
  return [
    ...verifyTypes(graph),
    ...verifyOrder(graph),
    ...graph.nodes.flatMap((node) => verifyNode(graph, node)),
    ...verifyKernels(graph),
    ...verifyNames(graph),
    ...verifyUpdates(graph),
  ];
}

function infoOf(graph: Graph, value: number): ValueInfo {
  return graph.values[value] as ValueInfo;
}

/** Every id names something. */
function verifyIds(graph: Graph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const check = (reader: string, what: "value" | "kernel", id: number, span?: Span): void => {
    const count = what === "value" ? graph.values.length : graph.kernels.length;
    if (Number.isInteger(id) && id >= 0 && id < count) return;
    found.push(at(problem("E0410", { graph: graph.name, reader, what, id, count }), span));
  };
  for (const param of graph.params) check(`parameter ${param.name}`, "value", param.value);
  for (const node of graph.nodes) {
    for (const value of [...node.operands, ...node.results]) check(node.op, "value", value, node.span);
    if (node.kernel !== undefined) check(node.op, "kernel", node.kernel, node.span);
  }
  for (const result of graph.results) check(`result ${result.name}`, "value", result.value);
  for (const update of graph.updates) {
    check("an update", "value", update.param);
    check("an update", "value", update.value);
  }
  return found;
}

function verifyTypes(graph: Graph): readonly Diagnostic[] {
  return graph.values.flatMap(({ type, span }, value) => {
    if (!type.shape.every((size) => Number.isInteger(size) && size >= 1)) {
      return [at(problem("E0409", { graph: graph.name, value, found: printType(type) }), span)];
    }
    const excess = oversize(type.shape);
    return excess === undefined ? [] : [at(problem("E0316", { what: `%${value}`, ...excess }), span)];
  });
}

/** Every value is made once, and before it is read. */
function verifyOrder(graph: Graph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const definitions = graph.values.map(() => 0);
  const make = (value: number): void => {
    definitions[value] = (definitions[value] as number) + 1;
  };
  const read = (reader: string, value: number, span?: Span): void => {
    if (definitions[value] === 0) found.push(at(problem("E0401", { graph: graph.name, reader, value }), span));
  };
  for (const param of graph.params) make(param.value);
  for (const node of graph.nodes) {
    for (const operand of node.operands) read(node.op, operand, node.span);
    for (const result of node.results) make(result);
  }
  definitions.forEach((count, value) => {
    const { span } = infoOf(graph, value);
    if (count !== 1) found.push(at(problem("E0402", { graph: graph.name, value, count }), span));
  });
  return found;
}

/** The attributes are the op's, and the types of the results are those that the op infers. */
function verifyNode(graph: Graph, node: Node): readonly Diagnostic[] {
  const known = Object.keys(opDef(node.op).attrs);
  const unknown: readonly Problem[] = Object.keys(node.attrs)
    .filter((attr) => !known.includes(attr))
    .map((attr) => problem("E0404", { op: node.op, attr, expected: known.join(", ") || "none" }));
  const types = node.operands.map((operand) => infoOf(graph, operand).type);
  const inferred = inferOp(node.op, types, node.attrs);
  const wrong = inferred.ok
    ? [...verifyAxes(node, types), ...verifyResults(graph, node, inferred.value)]
    : [inferred.error];
  return [...unknown, ...wrong].map((found) => at(found, node.span));
}

/** Axes are counted from 0, as the builder counts them. */
function verifyAxes(node: Node, types: readonly TensorType[]): readonly Problem[] {
  const kinds: AttrSpecs = opDef(node.op).attrs;
  const attrs: Attrs = node.attrs;
  const counted = countAxesFromZero(kinds, types, attrs);
  return Object.entries(kinds).flatMap(([attr, kind]) => {
    const [found, wanted] = [attrs[attr] ?? null, counted[attr] ?? null];
    if (attrValuesEqual(found, wanted)) return [];
    const [foundText, wantedText] = [printAttrValue(kind, found), printAttrValue(kind, wanted)];
    return [problem("E0413", { op: node.op, attr, found: foundText, expected: wantedText })];
  });
}

function verifyResults(graph: Graph, node: Node, wanted: readonly TensorType[]): readonly Problem[] {
  const count = Math.max(wanted.length, node.results.length);
  return [...new Array(count).keys()].flatMap((index) => {
    const result = node.results[index];
    const found = result === undefined ? undefined : infoOf(graph, result).type;
    const want = wanted[index];
    if (found !== undefined && want !== undefined && typesEqual(found, want)) return [];
    const print = (type: TensorType | undefined): string => (type === undefined ? "nothing" : printType(type));
    return [problem("E0403", { op: node.op, index, found: print(found), expected: print(want) })];
  });
}

function verifyKernels(graph: Graph): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const closed = new Set<number>();
  let open: number | undefined;
  for (const node of graph.nodes) {
    if (node.kernel === open) continue;
    if (open !== undefined) closed.add(open);
    open = node.kernel;
    if (open === undefined || !closed.has(open)) continue;
    const kernel = graph.kernels[open]?.name ?? "";
    found.push(at(problem("E0405", { graph: graph.name, kernel }), node.span));
  }
  return found;
}

/** Names are names of the language, so that the text reads back, and those of one kind differ. */
function verifyNames(graph: Graph): readonly Diagnostic[] {
  const check = (what: string, named: readonly { readonly name: string }[]): readonly Diagnostic[] => {
    const names = named.map(({ name }) => name);
    const seen = new Set<string>();
    const doubled = names.filter((name) => seen.size === seen.add(name).size);
    const unprintable = names.filter((name) => !isLanguageName(name));
    return [
      ...doubled.map((name) => at(problem("E0406", { graph: graph.name, what: `${what}s`, name }), undefined)),
      ...unprintable.map((name) => at(problem("E0412", { graph: graph.name, what, name }), undefined)),
    ];
  };
  return [
    ...check("graph", [graph]),
    ...check("parameter", graph.params),
    ...check("result", graph.results),
    ...check("kernel", graph.kernels),
    ...verifyResultNames(graph),
  ];
}

/** A result with a parameter's name is that parameter, or the new content of that state. */
function verifyResultNames(graph: Graph): readonly Diagnostic[] {
  const params = new Map(graph.params.map((param) => [param.name, param]));
  const updates = new Map(graph.updates.map((update) => [update.param, update.value]));
  return graph.results.flatMap(({ name, value }) => {
    const param = params.get(name);
    if (param === undefined) return [];
    const last = updates.get(param.value) ?? param.value;
    if (last === value) return [];
    return [at(problem("E0411", { graph: graph.name, name }), infoOf(graph, value).span)];
  });
}

function verifyUpdates(graph: Graph): readonly Diagnostic[] {
  const updated = new Set<number>();
  const params = new Map(graph.params.map((param) => [param.value, param]));
  return graph.updates.flatMap((update) => {
    const param = params.get(update.param);
    const { type, span } = infoOf(graph, update.value);
    const isFirst = !updated.has(update.param);
    updated.add(update.param);
    if (param?.kind !== "state" || !isFirst) {
      const found = param === undefined ? `%${update.param}` : `${param.kind} ${param.name}`;
      return [at(problem("E0407", { graph: graph.name, found }), span)];
    }
    const wanted = infoOf(graph, update.param).type;
    if (typesEqual(type, wanted)) return [];
    const args = { graph: graph.name, name: param.name, found: printType(type), expected: printType(wanted) };
    return [at(problem("E0408", args), span)];
  });
}
