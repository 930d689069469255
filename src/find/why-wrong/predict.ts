// Tries the hypotheses of all nodes of a graph: evaluates the graph with one node's result replaced, and scores how much of the difference
// between what was found and the reference that explains.

import { isFloat, roundAllTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, makeTensor, type Tensor, type TensorType } from "../../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf, type UseOf } from "../../../ir-spec/graph.ts";
import { inferOp, type OpName } from "../../../ir-spec/ops/index.ts";
import { evalOp } from "../../../targets/ref/eval.ts";
import type { Tensors } from "../judge.ts";
import { type Hypothesis, hypothesesOf } from "./hypotheses.ts";

export interface Explanation {
  readonly hypothesis: Pick<Hypothesis, "kind" | "words">;
  readonly node: number;
  readonly operand?: number | undefined;
  /** Which part of the difference it explains: 1 all of it. */
  readonly score: number;
}

export interface Found {
  readonly graph: Graph;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly tileSizes: readonly number[];
  /** Nodes that come first among equally good ones. */
  readonly suspects: ReadonlySet<number>;
}

type Values = readonly Tensor[];

/** Every value of a graph. */
export function evaluateAll(graph: Graph, inputs: Tensors, rounding = true): Values {
  const values = graph.values.map(({ type }) => makeTensor(type));
  for (const { name, value } of graph.params) values[value] = inputs.get(name) as Tensor;
  for (const node of graph.nodes) evaluateInto(node, values, rounding);
  return values;
}

function evaluateInto(node: Node, values: Tensor[], rounding = true): void {
  const results = node.results.map((result) => makeTensor(values[result] as Tensor));
  evalOp(
    node,
    node.operands.map((operand) => values[operand] as Tensor),
    results,
  );
  for (const [at, result] of results.entries()) {
    if (rounding || !isFloat(result.dtype)) roundAllTo(result.dtype, result.data);
    values[node.results[at] as ValueId] = result;
  }
}

/** Evaluations of a node that a search may cost; the most likely nodes come first. Assumed: seconds on a laptop. */
const maxWork = 3e8;

/** The explanations of a difference, best first. */
export function explain(found: Found): readonly Explanation[] {
  const { graph, inputs, suspects } = found;
  const values = evaluateAll(graph, inputs);
  const measure = makeMeasure(found, values);
  const order = [...graph.nodes.keys()].toSorted((a, b) => Number(suspects.has(b)) - Number(suspects.has(a)) || a - b);
  const explanations: Explanation[] = [];
  let work = 0;
  for (const index of order) {
    const node = graph.nodes[index] as Node;
    if (work > maxWork) break;
    const after = downstream(graph, index);
    if (after === undefined) continue;
    const cost = [node, ...after].reduce((sum, each) => sum + workOf(each, values), 0);
    for (const hypothesis of hypothesesOf(nodeValues(found, node, values))) {
      work += cost;
      const score = scoreOf(hypothesis, { node, after, values, measure });
      if (score > 0) explanations.push({ hypothesis, node: index, operand: hypothesis.operand, score });
    }
  }
  const rank = (node: number): number => Number(suspects.has(node));
  return explanations.toSorted((a, b) => roundScore(b.score) - roundScore(a.score) || rank(b.node) - rank(a.node));
}

/** Scores that differ by less are equal. */
const roundScore = (score: number): number => Math.round(score * 50);

function workOf({ operands, results }: Node, values: Values): number {
  return [...operands, ...results].reduce((sum, value) => sum + (values[value]?.data.length ?? 0), 0);
}

function nodeValues({ graph, tileSizes }: Found, node: Node, values: Values) {
  const [first] = node.results;
  return {
    graph,
    node,
    tileSizes,
    operands: node.operands.map((operand) => values[operand] as Tensor),
    result: values[first] as Tensor,
    evaluate: (operands: readonly Tensor[], attrs: Node["attrs"] = node.attrs) => {
      const types = inferOp(node.op, operands, attrs as never);
      const [type] = types.ok ? types.value : [];
      const wanted = typeOf(graph, first);
      // An axis that is kept or not, of size 1, makes another shape of as many elements.
      if (type === undefined || type.dtype !== wanted.dtype || !haveSameCount(type, wanted)) return undefined;
      const results = types.ok ? types.value.map(makeTensor) : [];
      evalOp({ op: node.op, attrs } as UseOf<OpName>, operands, results);
      return results[0] && { ...results[0], shape: wanted.shape };
    },
  };
}

const haveSameCount = (a: TensorType, b: TensorType): boolean => elementCount(a.shape) === elementCount(b.shape);

/** The nodes after one that depend on it; undefined where no output does. */
function downstream(graph: Graph, index: number): readonly Node[] | undefined {
  const touched = new Set<ValueId>(graph.nodes[index]?.results);
  const after = graph.nodes.slice(index + 1).filter(({ operands, results }) => {
    const depends = operands.some((operand) => touched.has(operand));
    if (depends) for (const result of results) touched.add(result);
    return depends;
  });
  return graphOutputs(graph).some(({ value }) => touched.has(value)) ? after : undefined;
}

interface Scoring {
  readonly node: Node;
  readonly after: readonly Node[];
  readonly values: Values;
  readonly measure: (values: Values) => number;
}

function scoreOf({ predict }: Hypothesis, { node, after, values, measure }: Scoring): number {
  const predicted = predict();
  if (predicted === undefined) return 0;
  const changed = [...values];
  const data = Float64Array.from(predicted.data);
  roundAllTo(predicted.dtype, data);
  changed[node.results[0]] = { ...predicted, data };
  for (const next of after) evaluateInto(next, changed);
  return measure(changed);
}

/** How much of the difference the outputs of changed values explain; every element counts as far as it is off, but none for all. */
function makeMeasure({ graph, outputs }: Found, right: Values): (values: Values) => number {
  const compared = graphOutputs(graph).flatMap(({ name, value }) => {
    const found = outputs.get(name);
    return found === undefined
      ? []
      : [{ found: found.data, wanted: (right[value] as Tensor).data, value, dtype: found.dtype }];
  });
  const scaleOf = (data: Float64Array): number => {
    const sizes = data
      .map(Math.abs)
      .filter((x) => Number.isFinite(x) && x > 0)
      .toSorted();
    return sizes[sizes.length >> 1] ?? 1;
  };
  const prepared = compared.map((each) => ({ ...each, scale: isFloat(each.dtype) ? scaleOf(each.wanted) : 1 }));
  const total = prepared.reduce((sum, { found, wanted, scale }) => sum + distanceOf(found, wanted, scale), 0);
  return (values) => {
    if (total === 0) return 0;
    const left = prepared.reduce((sum, { found, value, scale }) => {
      return sum + distanceOf(found, (values[value] as Tensor).data, scale);
    }, 0);
    return 1 - left / total;
  };
}

function distanceOf(a: Float64Array, b: Float64Array, scale: number): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number];
    if (Object.is(x, y) || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const distance = Math.abs(x - y) / scale;
    sum += Number.isFinite(distance) ? Math.min(distance, 1) : 1;
  }
  return sum;
}
