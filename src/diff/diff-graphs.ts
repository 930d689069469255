// Compares two graphs: their normal forms, what their outputs are computed as, and at last their values on inputs.

import { fail, ok } from "../../ir-spec/base/result.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, typeOf } from "../../ir-spec/graph.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { inputBounds } from "../../ir-spec/random-tensor.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { findTooMuchToCompute, findTooMuchToHold } from "../driver/graph-data.ts";
import { hashNodes, normalGraph } from "./normal/normal-graph.ts";
import { partGraphs } from "./part-graphs.ts";
import type { ValuesFinding } from "./report.ts";
import { compareRuns, type Runner } from "./values/compare.ts";
import { type Alignment, alignPorts, type Port } from "./values/interface.ts";
import { describeProblem } from "./words.ts";

export function graphPorts(graph: Graph): readonly Port[] {
  const params = graph.params.map(({ kind, name, value }): Port => ({ ...typeOf(graph, value), name, role: kind }));
  const results = graph.results.map(({ name, value }): Port => ({ ...typeOf(graph, value), name, role: "output" }));
  return [...params, ...results];
}

/** The graph after under the names of the one before. */
export function renameGraph(graph: Graph, { renamed }: Alignment): Graph {
  const names = new Map(renamed.map(({ before, after }) => [after, before]));
  const rename = <T extends { readonly name: string }>(part: T): T => ({
    ...part,
    name: names.get(part.name) ?? part.name,
  });
  return { ...graph, params: graph.params.map(rename), results: graph.results.map(rename) };
}

export interface ComparedPrograms {
  readonly renamed: Alignment["renamed"];
  readonly values: ValuesFinding;
  /** The texts of the normal forms. */
  readonly before: string;
  readonly after: string;
}

export function compareGraphs(before: Graph, given: Graph, seed: number): ComparedPrograms {
  const alignment = alignPorts(graphPorts(before), graphPorts(given));
  const after = renameGraph(given, alignment);
  const [textBefore, textAfter] = [before, after].map((graph) => printGraph(normalGraph(graph))) as [string, string];
  const values = compareGraphValues(before, after, { alignment, seed, isSameForm: textBefore === textAfter });
  return { renamed: alignment.renamed, values, before: textBefore, after: textAfter };
}

interface GraphComparison {
  readonly alignment: Alignment;
  readonly seed: number;
  readonly isSameForm: boolean;
}

function compareGraphValues(before: Graph, after: Graph, comparison: GraphComparison): ValuesFinding {
  const { alignment, seed, isSameForm } = comparison;
  if (isSameForm) return { kind: "identical", why: "the normal forms are equal" };
  if (alignment.mismatches.length > 0) return { kind: "interface", mismatches: alignment.mismatches };
  if (computeTheSame(before, after)) return { kind: "proven", why: "each result is computed by the same ops" };
  const tooMuch = [before, after].map((graph) => findTooMuchToHold(graph) ?? findTooMuchToCompute(graph));
  const [first] = tooMuch.filter((found) => found !== undefined);
  if (first !== undefined) return { kind: "undecided", why: describeProblem(first) };
  const types = new Map(before.params.map(({ name, value }) => [name, typeOf(before, value)]));
  const bounds = new Map([...inputBounds(before), ...inputBounds(after)]);
  const pair = { before: runnerOf(before), after: runnerOf(after), alignment: sameNames };
  const compared = compareRuns(pair, { types, bounds, seed });
  if (compared.kind === "equal") return { kind: "tested", inputs: compared.inputs };
  if (compared.kind === "refused") return compared;
  const parting = partGraphs(before, after, compared.inputs, compared.difference.output);
  return { kind: "differ", difference: compared.difference, ...(parting === undefined ? {} : { parting }) };
}

/** After `renameGraph` both graphs have the same names. */
const sameNames: Alignment = { names: new Map(), renamed: [], mismatches: [] };

function computeTheSame(before: Graph, after: Graph): boolean {
  const [a, b] = [hashOutputs(before), hashOutputs(after)];
  return a.size === b.size && [...a].every(([name, hash]) => b.get(name) === hash);
}

function hashOutputs(graph: Graph): ReadonlyMap<string, string> {
  const hashes = hashNodes(graph);
  const made = graph.nodes.flatMap(({ results }, index) =>
    results.map((value, position) => [value, `${hashes[index]}.${position}`] as const),
  );
  const byValue = new Map([...graph.params.map(({ name, value }) => [value, JSON.stringify(name)] as const), ...made]);
  return new Map(graphOutputs(graph).map(({ name, value }) => [name, byValue.get(value) ?? ""]));
}

function runnerOf(graph: Graph): Runner {
  return (inputs) => {
    const missing = graph.params.find(({ name }) => !inputs.has(name));
    if (missing !== undefined) return fail([]);
    // A state that is not updated stays as it was given.
    const states = graph.params.flatMap(({ kind, name }) => (kind === "state" ? [name] : []));
    const kept = states.map((name) => [name, inputs.get(name) as Tensor] as const);
    return ok(new Map([...kept, ...runGraph(graph, inputs, { rounding: true })]));
  };
}
