// Imports a model: its inputs and weights become parameters of a graph, its nodes nodes. What is not expressible is listed completely.

import { fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import { oversize } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { recognizeComposites } from "../../../passes/graph/recognize.ts";
import { type ElementName, elementByCode, elementRow } from "./elements.ts";
import { attempt, bindInitializers, functionKey, importNodes } from "./import-nodes.ts";
import { idOf } from "./maker.ts";
import { cleanName, uniqueName } from "./names.ts";
import { valueOfTensor } from "./ops/shapes.ts";
import type { Message } from "./proto/schema.ts";
import { refuse } from "./refuse.ts";
import { type ImportOptions, type ImportProblem, type ImportState, lookUp, opsetsOf, type Scope } from "./scope.ts";
import { dtypeOf, isKnown, type KnownValue, knownValue, type Value } from "./values.ts";

/** Nodes of a model once its functions and loops are written out; as many as a graph of the language may have. */
const maxNodes = 100_000;

/** An input or output of the model, and the parameter or result that it became. */
export interface Port {
  readonly name: string;
  readonly inGraph: string;
  readonly element: ElementName;
}

export interface Imported {
  readonly graph: Graph;
  /** The elements of the graph's weights, by their names there. */
  readonly weights: ReadonlyMap<string, KnownValue>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly remarks: readonly string[];
  /** How many nodes of each op there were. */
  readonly counts: ReadonlyMap<string, number>;
}

export function importModel(
  model: Message<"Model">,
  options: ImportOptions,
): Result<Imported, readonly ImportProblem[]> {
  const { graph } = model;
  if (graph === undefined) return fail([{ where: "the model", op: "", why: "it has no graph", wanted: [] }]);
  const taken = new Set<string>();
  const weights = new Map<string, KnownValue>();
  const state = makeState(model, options, { taken, weights });
  const scope: Scope = {
    names: new Map(),
    outer: undefined,
    opsets: opsetsOf(model.opsetImport),
    attributes: new Map(),
    depth: 0,
  };
  bindInitializers(state, scope, graph);
  const inputs = bindInputs(state, scope, graph, taken);
  attempt(state, "the model", "", () => importNodes(state, scope, graph.node));
  const outputs = bindOutputs(state, scope, graph, taken);
  if (state.problems.length > 0) return fail(state.problems);
  const written = withNames(state.maker.builder.finish(), state.valueNames);
  // Exporters write composites as their steps.
  const made = options.keepSteps ? written : recognizeComposites(written).ir;
  return ok({ graph: made, weights, inputs, outputs, remarks: [...state.remarks], counts: state.counts });
}

function makeState(
  model: Message<"Model">,
  options: ImportOptions,
  { taken, weights }: { readonly taken: Set<string>; readonly weights: Map<string, KnownValue> },
): ImportState {
  const builder = makeGraphBuilder(cleanName(model.graph?.name ?? "", "main"));
  const weight = (value: KnownValue, use: string) => {
    const name = uniqueName(cleanName(value.weight ?? use, "weight"), taken);
    weights.set(name, value);
    return builder.param("weight", name, { dtype: value.dtype, shape: value.shape });
  };
  return {
    options,
    maker: { builder, weight, emitted: new Map() },
    functions: new Map(
      model.functions.map((called) => [functionKey(called.domain, called.name, called.overload), called]),
    ),
    problems: [],
    remarks: new Set(),
    valueNames: new Map(),
    budget: { nodes: maxNodes },
    counts: new Map(),
  };
}

function bindInputs(state: ImportState, scope: Scope, graph: Message<"Graph">, taken: Set<string>): readonly Port[] {
  return graph.input.flatMap((info): readonly Port[] => {
    const name = info.name ?? "";
    if (scope.names.has(name)) return [];
    const value = attempt(state, `input ${name}`, "", () => inputValue(state, info, taken));
    scope.names.set(name, value?.value ?? "broken");
    return value?.port === undefined ? [] : [value.port];
  });
}

function inputValue(
  state: ImportState,
  info: Message<"ValueInfo">,
  taken: Set<string>,
): { readonly value: Value; readonly port?: Port } {
  const name = info.name ?? "";
  const { options, maker, remarks } = state;
  const given = options.constants.get(name);
  const inputs = new Set([name]);
  if (given !== undefined) return { value: valueOfTensor(given) };
  const element = elementOf(info);
  const shape = options.shapes.get(name) ?? shapeOf(info, options.dims);
  const excess = oversize(shape);
  if (excess !== undefined) return refuse(`it has ${excess.found}, expected at most ${excess.limit}`);
  if (shape.includes(0)) return { value: { ...knownValue(element, shape, []), inputs } };
  const narrowed = elementRow(element).bits === 64 || element === "UINT32";
  if (narrowed) remarks.add(`${name} is ${element}, held as ${dtypeOf(element)}`);
  const inGraph = uniqueName(cleanName(name, "input"), taken);
  const dtype = dtypeOf(element);
  const id = maker.builder.param("input", inGraph, { dtype, shape });
  return { value: { dtype, shape, element, id, inputs }, port: { name, inGraph, element } };
}

function elementOf({ type }: Message<"ValueInfo">): ElementName {
  const code = type?.tensorType?.elemType;
  if (type?.tensorType === undefined) return refuse("it is no tensor: a sequence, a map or an optional");
  const element = elementByCode(code);
  if (element === undefined) return refuse(`its element type ${code ?? 0} is not known`);
  const { reason } = elementRow(element);
  return reason === undefined ? element : refuse(`it has elements of type ${element}: ${reason}`);
}

function shapeOf({ name, type }: Message<"ValueInfo">, dims: ImportOptions["dims"]): readonly number[] {
  const shape = type?.tensorType?.shape;
  if (shape === undefined) return refuse("its number of dimensions is not said");
  return shape.dim.map(({ value, param }, axis) => {
    if (value !== undefined && param === undefined) {
      return Number.isSafeInteger(value) && value >= 0 ? value : refuse(`it has a dimension of ${value}`);
    }
    const symbol = dimName(param, name, axis);
    return dims.get(symbol) ?? refuse(`its dimension ${symbol} has no size; give it with --dim ${symbol}=SIZE`);
  });
}

/** The name of a symbolic dimension; one without a name is called after its input. */
export function dimName(param: string | undefined, input: string | undefined, axis: number): string {
  return param === undefined || param === "" ? `${cleanName(input ?? "", "input")}_${axis}` : cleanName(param, "dim");
}

function bindOutputs(state: ImportState, scope: Scope, graph: Message<"Graph">, taken: Set<string>): readonly Port[] {
  return graph.output.flatMap((info): readonly Port[] => {
    const name = info.name ?? "";
    const port = attempt(state, `output ${name}`, "", () => outputPort(state, scope, name, taken));
    return port === undefined ? [] : [port];
  });
}

function outputPort(state: ImportState, scope: Scope, name: string, taken: Set<string>): Port | undefined {
  const value = lookUp(scope, name);
  if (value === "broken") return undefined;
  if (value === undefined) return refuse("no node gives it");
  const inGraph = uniqueName(cleanName(name, "output"), taken);
  state.maker.builder.result(inGraph, idOf(state.maker, value, "constant"));
  if (isKnown(value)) state.remarks.add(`output ${name} depends on no input`);
  return { name, inGraph, element: value.element };
}

/** The values of a graph under the names that the model has for them. */
function withNames(graph: Graph, names: ReadonlyMap<number, string>): Graph {
  const taken = new Set([...graph.params.map(({ name }) => name), ...graph.results.map(({ name }) => name)]);
  const params = new Set<number>(graph.params.map(({ value }) => value));
  const values = graph.values.map((info, id) => {
    const name = names.get(id) ?? info.name;
    if (name === undefined || params.has(id)) return info;
    return { ...info, name: uniqueName(cleanName(name, "value"), taken) };
  });
  return { ...graph, values };
}
