// THE TABLE OF REDUCTIONS of graphs and their schedules, in the order in which they are tried: those first that leave most out.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { typesEqual } from "../../../ir-spec/base/tensor.ts";
import { type Graph, type GraphResult, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { opDef } from "../../../ir-spec/ops/index.ts";
import type { KernelSchedule } from "../../../ir-spec/schedule.ts";
import { type Change, rebuildGraph } from "./rebuild.ts";
import type { Reduction } from "./search.ts";
import { sizeReduction } from "./sizes.ts";
import type { ShrinkState } from "./state.ts";

type GraphReduction = Reduction<ShrinkState>;

function changed(state: ShrinkState, change: Change): ShrinkState | undefined {
  const graph = rebuildGraph(state.graph, change);
  return graph === undefined ? undefined : { ...state, graph };
}

/** Results and states' new contents. */
const outputs: GraphReduction = {
  name: "outputs",
  count: ({ graph }) => graph.results.length + graph.updates.length,
  without: (state, from, to) => {
    const { results, updates } = state.graph;
    const isKept = (at: number): boolean => at < from || at >= to;
    return changed(state, {
      results: results.filter((_, at) => isKept(at)),
      updates: updates.filter((_, at) => isKept(results.length + at)),
    });
  },
};

/** Nodes at the end: what they read of others becomes the results. */
const lastNodes: GraphReduction = {
  name: "last nodes",
  count: ({ graph }) => graph.nodes.length,
  without: (state, from, to) => {
    const { graph } = state;
    if (to !== graph.nodes.length) return undefined;
    const gone = new Set(graph.nodes.slice(from).flatMap(({ results }) => [...results]));
    const made = new Set(graph.nodes.slice(0, from).flatMap(({ results }) => [...results]));
    const read = new Set(graph.nodes.slice(from).flatMap(({ operands }) => operands));
    const results = graph.results.filter(({ value }) => !gone.has(value));
    const isResult = (value: ValueId): boolean => results.some((other) => other.value === value);
    const more = [...read].filter((value) => made.has(value) && !isResult(value));
    const updates = graph.updates.filter(({ value }) => !gone.has(value));
    return changed(state, { results: [...results, ...namedResults(graph, more)], updates });
  },
};

function namedResults(graph: Graph, values: readonly ValueId[]): readonly GraphResult[] {
  const taken = new Set([...graph.params, ...graph.results].map(({ name }) => name));
  let next = 0;
  return values.map((value) => {
    while (taken.has(`r${next}`)) next++;
    const name = `r${next}`;
    taken.add(name);
    return { name, value };
  });
}

/** Nodes anywhere: what is read of them becomes parameters. */
const nodes: GraphReduction = {
  name: "nodes",
  count: ({ graph }) => graph.nodes.length,
  without: (state, from, to) => {
    const dropped = new Set(state.graph.nodes.slice(from, to));
    if (dropped.size === state.graph.nodes.length) return undefined;
    const made = new Set([...dropped].flatMap(({ results }) => [...results]));
    const kept = (output: { readonly value: ValueId }): boolean => !made.has(output.value);
    return changed(state, {
      dropped,
      results: state.graph.results.filter(kept),
      updates: state.graph.updates.filter(kept),
    });
  },
};

/** Results of nodes that have the type of an operand: the operand takes their place. */
const bypassed: GraphReduction = {
  name: "bypassed nodes",
  count: ({ graph }) => graph.nodes.length,
  without: (state, from, to) => {
    const { graph } = state;
    const replaced = new Map<ValueId, ValueId>();
    const at = (value: ValueId): ValueId => replaced.get(value) ?? value;
    for (const { operands, results } of graph.nodes.slice(from, to)) {
      const [result] = results;
      const same = operands.find((operand) => typesEqual(typeOf(graph, operand), typeOf(graph, result)));
      if (same !== undefined && results.length === 1) replaced.set(result, at(same));
    }
    return replaced.size === 0 ? undefined : changed(state, { replaced });
  },
};

/** Parameters of the type of an earlier one, which takes their place. */
const parameters: GraphReduction = {
  name: "parameters",
  count: ({ graph }) => graph.params.length,
  without: (state, from, to) => {
    const { graph } = state;
    const replaced = new Map<ValueId, ValueId>();
    for (const [index, param] of graph.params.entries()) {
      if (index < from || index >= to || param.kind === "state") continue;
      const same = graph.params
        .slice(0, from)
        .find((other) => other.kind !== "state" && typesEqual(typeOf(graph, other.value), typeOf(graph, param.value)));
      if (same !== undefined) replaced.set(param.value, same.value);
    }
    return replaced.size === 0 ? undefined : changed(state, { replaced });
  },
};

const attrsGiven = (graph: Graph): readonly (readonly [Node, string])[] =>
  graph.nodes.flatMap((node) =>
    Object.entries(opDef(node.op).attrs).flatMap(([name, { default: byDefault, optional }]) =>
      byDefault !== undefined || optional === true ? [[node, name] as const] : [],
    ),
  );

/** Attributes that can be left out. */
const attributes: GraphReduction = {
  name: "attributes",
  count: ({ graph }) => attrsGiven(graph).length,
  without: (state, from, to) => {
    const gone = attrsGiven(state.graph).slice(from, to);
    const attrsOf: Change["attrsOf"] = (node) => {
      const names = gone.flatMap(([other, name]) => (other === node ? [name] : []));
      return Object.fromEntries(Object.entries(node.attrs).filter(([name]) => !names.includes(name)));
    };
    return changed(state, { attrsOf });
  },
};

/** What the text says of kernels. */
const kernels: GraphReduction = {
  name: "kernels",
  count: ({ graph }) => Math.min(1, graph.kernels.length),
  without: (state) => changed(state, { isWithoutKernels: true }),
};

const fieldsOf = ({ schedule }: ShrinkState): readonly (readonly [KernelSchedule, string])[] =>
  (schedule?.kernels ?? []).flatMap((kernel) => Object.keys(kernel.fields).map((field) => [kernel, field] as const));

/** Fields of the schedule, and kernels that have none left. */
const scheduleFields: GraphReduction = {
  name: "schedule fields",
  count: (state) => fieldsOf(state).length,
  without: (state, from, to) => {
    const { schedule } = state;
    if (schedule === undefined) return undefined;
    const kept = fieldsOf(state).filter((_, at) => at < from || at >= to);
    const left = schedule.kernels.flatMap((kernel): readonly KernelSchedule[] => {
      const names = kept.flatMap(([other, field]) => (other === kernel ? [field] : []));
      if (names.length === 0) return [];
      return [{ ...kernel, fields: Object.fromEntries(names.map((name) => [name, kernel.fields[name] as number])) }];
    });
    return { ...state, schedule: left.length === 0 ? undefined : { ...schedule, kernels: left } };
  },
};

export const graphReductions: readonly GraphReduction[] = [
  outputs,
  lastNodes,
  nodes,
  bypassed,
  parameters,
  scheduleFields,
  attributes,
  kernels,
  sizeReduction,
];
