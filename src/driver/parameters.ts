// What a run must be given: the types of the parameters, random values for those that are left out, and the check of those that are
// given.

import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import { elementCount, printType, type Tensor, type TensorType, typesEqual } from "../../ir-spec/base/tensor.ts";
import { type Graph, typeOf } from "../../ir-spec/graph.ts";
import { type Fill, makeRandomInputs, makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import { programIndexBounds } from "./index-bounds.ts";
import { type DriverProgram, programInputs } from "./programs.ts";

/** What wants tensors, and how what is not given is made up. */
export interface Parameters {
  readonly types: ReadonlyMap<string, TensorType>;
  /** Names of those that a file of weights should have. */
  readonly weights: readonly string[];
  readonly random: (seed: number) => ReadonlyMap<string, Tensor>;
}

export function graphParameters(graph: Graph): Parameters {
  return {
    types: new Map(graph.params.map(({ name, value }) => [name, typeOf(graph, value)])),
    weights: graph.params.flatMap(({ name, kind }) => (kind === "weight" ? [name] : [])),
    random: (seed) => makeRandomInputs(graph, seed),
  };
}

/** Without the graph it is not known what a tensor is for, but for indices; else random values depend on name and type alone. */
export function programParameters(program: DriverProgram): Parameters {
  const inputs = programInputs(program);
  const bounds = programIndexBounds(program);
  const fillOf = ({ name }: { readonly name: string }): Fill | undefined => {
    const rows = bounds.get(name);
    return rows === undefined ? undefined : { kind: "integer", min: 0, max: rows - 1 };
  };
  return {
    types: new Map(inputs.map((input) => [input.name, input])),
    weights: inputs.flatMap(({ name, role }) => (role === "weight" ? [name] : [])),
    random: (seed) =>
      new Map(inputs.map((input) => [input.name, makeRandomTensor(input, seed, input.name, fillOf(input))])),
  };
}

/** What is wrong with tensors that are given: names of no parameter, other types, numbers that do not fill their shape. */
export function checkTensors(
  { types }: Pick<Parameters, "types">,
  tensors: ReadonlyMap<string, Tensor>,
): readonly Diagnostic[] {
  return [...tensors].flatMap(([name, tensor]) => {
    const type = types.get(name);
    if (type === undefined) return [unknownParam(name, [...types.keys()])];
    const { length } = tensor.data;
    const isFull = length === elementCount(tensor.shape);
    if (typesEqual(type, tensor) && isFull) return [];
    const found = isFull ? printType(tensor) : `${printType(tensor)} with ${length} elements`;
    return [at(problem("E1307", { name, found, expected: printType(type) }), undefined)];
  });
}

export function unknownParam(name: string, names: readonly string[]): Diagnostic {
  return at(problem("E1306", { name, expected: names.join(", ") }), undefined, suggest(name, names).notes);
}
