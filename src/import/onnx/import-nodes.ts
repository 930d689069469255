// Imports the nodes of a graph, of a body or of a function, in order. A node that cannot be imported is noted, and what depends on it is skipped,
// so that one run says all that is missing.

import { onnxOp } from "./ops/index.ts";
import { valueOfTensor } from "./ops/shapes.ts";
import type { Message } from "./proto/schema.ts";
import { readTensor } from "./read-tensor.ts";
import { isRefusal, refuse } from "./refuse.ts";
import { type ImportState, lookUp, type Named, opsetsOf, type Scope, standardDomain } from "./scope.ts";
import { makeAttrs, type Use } from "./use.ts";
import type { Value } from "./values.ts";

/** Functions and bodies in one another. Assumed: deeper than any exporter writes them; a function that calls itself ends here. */
const maxDepth = 32;

export function importNodes(state: ImportState, scope: Scope, nodes: readonly Message<"Node">[]): void {
  for (const node of nodes) {
    if (--state.budget.nodes < 0) refuse("it has too many nodes once its functions and loops are written out");
    importNode(state, scope, node);
  }
}

function importNode(state: ImportState, scope: Scope, node: Message<"Node">): void {
  const opType = node.opType ?? "";
  const results = attempt(state, describe(node), opType, () => resultsOf(state, scope, node));
  for (const [index, name] of node.output.entries()) {
    if (name === "") continue;
    const value = results?.[index];
    scope.names.set(name, value ?? "broken");
    if (value?.id !== undefined && !state.valueNames.has(value.id)) state.valueNames.set(value.id, name);
  }
}

/** Runs what may refuse; a reason is noted. */
export function attempt<T>(state: ImportState, where: string, op: string, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    state.problems.push({ where, op, why: error.message, wanted: error.wanted });
    return undefined;
  }
}

function describe(node: Message<"Node">): string {
  const name = node.name ?? "";
  return name === ""
    ? `the node that gives ${node.output.find((output) => output !== "") ?? "nothing"}`
    : `node ${name}`;
}

/** The results of a node; undefined where an operand is broken, which was said before. */
function resultsOf(
  state: ImportState,
  scope: Scope,
  node: Message<"Node">,
): readonly (Value | undefined)[] | undefined {
  const domain = standardDomain(node.domain);
  const opType = node.opType ?? "";
  const called = state.functions.get(functionKey(domain, opType, node.overload));
  const row = onnxOp(domain, opType);
  if (called === undefined && row === undefined) {
    return refuse(
      domain === ""
        ? "no op of the language, nor several, do what it does"
        : `it is of the operator set ${domain}, of which no such op is known`,
    );
  }
  const named = node.input.map((name): Named | undefined => (name === "" ? undefined : namedValue(scope, name)));
  if (named.includes("broken")) return undefined;
  const operands = named as readonly (Value | undefined)[];
  state.counts.set(opType, (state.counts.get(opType) ?? 0) + 1);
  if (called !== undefined) return inlineFunction(state, scope, called, { operands, node });
  const use = makeUse(state, scope, { node, operands });
  const results = row!.make(use);
  const [unread] = use.attrs.unread();
  if (unread !== undefined) return refuse(`attribute ${unread} is not known`);
  const missing = node.output.findIndex((name, index) => name !== "" && results[index] === undefined);
  return missing < 0 ? results : refuse(`its result ${missing} is not made`);
}

function namedValue(scope: Scope, name: string): Named {
  return lookUp(scope, name) ?? refuse(`its operand ${name} is not defined before it`);
}

function makeUse(
  state: ImportState,
  scope: Scope,
  { node, operands }: Pick<Use, "operands"> & { readonly node: Message<"Node"> },
): Use {
  const attributes = node.attribute.flatMap((attr) => {
    if (attr.refAttrName === undefined || attr.refAttrName === "") return [attr];
    const given = scope.attributes.get(attr.refAttrName);
    return given === undefined ? [] : [{ ...given, name: attr.name }];
  });
  return {
    op: node.opType ?? "",
    opset: scope.opsets.get("") ?? 1,
    operands,
    wants: (index) => (node.output[index] ?? "") !== "",
    attrs: makeAttrs(attributes, state.options.external),
    body: (graph, inputs) => importBody(state, scope, graph, inputs),
    maker: state.maker,
  };
}

export function functionKey(
  domain: string | undefined,
  name: string | undefined,
  overload: string | undefined,
): string {
  return JSON.stringify([standardDomain(domain), name ?? "", overload ?? ""]);
}

function innerScope(scope: Scope, given: Partial<Scope>): Scope {
  if (scope.depth >= maxDepth) return refuse(`functions and bodies are nested more than ${maxDepth} deep`);
  return {
    outer: undefined,
    opsets: scope.opsets,
    attributes: scope.attributes,
    ...given,
    names: new Map(),
    depth: scope.depth + 1,
  };
}

/** Runs a body; reasons inside it are its node's. */
function importBody(
  state: ImportState,
  outer: Scope,
  graph: Message<"Graph">,
  inputs: readonly Value[],
): readonly Value[] {
  const scope = innerScope(outer, { outer });
  for (const [index, { name }] of graph.input.entries()) {
    scope.names.set(name ?? "", inputs[index] ?? refuse(`its body reads more inputs than ${inputs.length}`));
  }
  bindInitializers(state, scope, graph);
  importNodes(state, scope, graph.node);
  return graph.output.map(({ name }) => {
    const value = lookUp(scope, name ?? "");
    return value === undefined || value === "broken" ? refuse("a node of its body cannot be imported") : value;
  });
}

/** A function's nodes in place of its call. */
function inlineFunction(
  state: ImportState,
  caller: Scope,
  called: Message<"Function">,
  { operands, node }: { readonly operands: readonly (Value | undefined)[]; readonly node: Message<"Node"> },
): readonly (Value | undefined)[] {
  const given = [...called.attributeProto, ...node.attribute];
  const attributes = new Map(given.map((attr) => [attr.name ?? "", attr]));
  const scope = innerScope(caller, { opsets: opsetsOf(called.opsetImport), attributes });
  for (const [index, name] of called.input.entries()) {
    const value = operands[index];
    if (value !== undefined) scope.names.set(name, value);
  }
  importNodes(state, scope, called.node);
  return called.output.map((name) => {
    const value = scope.names.get(name);
    return value === "broken" ? undefined : value;
  });
}

/** Tensors of the file under their names; one of an element type without a dtype is noted where somebody reads it. */
export function bindInitializers(state: ImportState, scope: Scope, graph: Message<"Graph">): void {
  for (const message of graph.initializer) {
    const name = message.name ?? "";
    const value = attempt(state, `weight ${name}`, "", () => {
      const tensor = readTensor(message, state.options.external);
      return tensor.ok ? valueOfTensor(tensor.value) : refuse(tensor.error);
    });
    scope.names.set(name, value === undefined ? "broken" : { ...value, weight: name });
  }
}
