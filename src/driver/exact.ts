// Inputs for which arithmetic is exact in the program's own dtypes: small integers, few enough not to be 0 that every partial
// sum, in any order, and every value fits its dtype. On such inputs every right executor gives the same bits, so the program's own plan
// is compared without any bound. What functions, quotients and roots make is never exact; outputs that depend on them are left out.

import { dtypes, isFloat, roundAllTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { factsOf, isKind, type OpName } from "../../ir-spec/ops/index.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { lastReaders, runGraph } from "../../targets/ref/graph.ts";
import { chooseFills, describeFill, fillInputs, termsOf, workOf } from "./exact-fill.ts";
import { findMagnitudes } from "./magnitudes.ts";
import { areProductsExact, areSumsExact, type Terms } from "./terms.ts";

type Tensors = ReadonlyMap<string, Tensor>;

export interface ExactInputs {
  /** In words. */
  readonly what: string;
  readonly inputs: Tensors;
  /** What every executor must give, bit for bit: the outputs that are exact. */
  readonly wanted: Tensors;
  /** Multiply-adds and elements of one evaluation of the whole graph. */
  readonly work: number;
}

/** The first op that is in the way: it rounds, or what it gives is not finite, such as the NaN of an index out of range. */
export interface Culprit {
  readonly op: OpName;
  readonly why: "rounds" | "not finite";
}

export interface ExactSearch {
  /** Undefined where no output can be exact. */
  readonly found: ExactInputs | undefined;
  /** For each output that is not compared, what is in the way. */
  readonly inexact: ReadonlyMap<string, Culprit>;
}

/** Looks for inputs that make outputs exact; `expanded` is the same graph without composites. */
export function findExactInputs(graph: Graph, expanded: Graph, given: Tensors): ExactSearch {
  const never = neverExact(graph);
  const outputs = graphOutputs(expanded).filter(({ name }) => !never.has(name));
  if (outputs.length === 0) return { found: undefined, inexact: never };
  const needed = neededValues(expanded, new Set(outputs.map(({ value }) => value)));
  const choice = chooseFills(expanded, needed);
  if (choice.kind === "hopeless") {
    const culprit: Culprit = { op: choice.op, why: "rounds" };
    const inexact = new Map([...never, ...outputs.map(({ name }) => [name, culprit] as const)]);
    return { found: undefined, inexact };
  }
  let best: ExactWalk | undefined;
  let found: Omit<ExactInputs, "work"> | undefined;
  for (const fill of choice.fills) {
    const inputs = fillInputs(graph, given, fill);
    const walked = walkExactly(expanded, inputs, outputs);
    if (best !== undefined && walked.exact.size <= best.exact.size) continue;
    best = walked;
    if (walked.exact.size > 0) found = { what: describeFill(fill), inputs, wanted: walked.exact };
    if (walked.exact.size === outputs.length) break;
  }
  const inexact = new Map([...never, ...(best?.inexact ?? [])]);
  if (found === undefined) return { found, inexact };
  const isExpanded = graph.nodes.length !== expanded.nodes.length;
  const wanted = isExpanded ? wantedOf(graph, found) : found.wanted;
  return { found: { ...found, wanted, work: workOf(expanded, expanded.nodes) }, inexact };
}

/** The exact outputs by the composites' own meaning, whose expansion is what executors run. */
function wantedOf(graph: Graph, { inputs, wanted }: Pick<ExactInputs, "inputs" | "wanted">): Tensors {
  const outputs = runGraph(graph, inputs, { rounding: true });
  return new Map([...wanted.keys()].map((name) => [name, outputs.get(name) as Tensor]));
}

/** Outputs that depend on an op of floats that is never exact. */
function neverExact(graph: Graph): ReadonlyMap<string, Culprit> {
  const culprits = new Map<ValueId, Culprit>();
  for (const node of graph.nodes) {
    const inherited = node.operands.flatMap((operand) => culprits.get(operand) ?? [])[0];
    const isOwn = node.operands.some((operand) => isFloat(typeOf(graph, operand).dtype)) && !mayBeExact(node);
    const own: Culprit = { op: node.op, why: "rounds" };
    const culprit = inherited ?? (isOwn ? own : undefined);
    if (culprit !== undefined) for (const result of node.results) culprits.set(result, culprit);
  }
  return outputsIn(graph, culprits);
}

function outputsIn(graph: Graph, culprits: ReadonlyMap<ValueId, Culprit>): ReadonlyMap<string, Culprit> {
  return new Map(
    graphOutputs(graph).flatMap(({ name, value }) => {
      const culprit = culprits.get(value);
      return culprit === undefined ? [] : [[name, culprit] as const];
    }),
  );
}

function mayBeExact({ op }: Node): boolean {
  return factsOf(op).mayBeExact === true || isKind(op, "movement") || isKind(op, "source");
}

interface ExactWalk {
  /** The outputs that no rounding touches. */
  readonly exact: Tensors;
  /** For each other one what is in the way. */
  readonly inexact: ReadonlyMap<string, Culprit>;
}

/** Evaluates what some outputs need. */
function walkExactly(graph: Graph, inputs: Tensors, outputs: ReturnType<typeof graphOutputs>): ExactWalk {
  const kept = new Set(outputs.map(({ value }) => value));
  const needed = neededValues(graph, kept);
  const culprits = new Map<ValueId, Culprit>();
  const live = new Map<ValueId, Tensor>(graph.params.map(({ name, value }) => [value, inputs.get(name) as Tensor]));
  const ended = lastReaders(graph, kept);
  for (const [index, node] of graph.nodes.entries()) {
    if (!node.results.some((result) => needed.has(result))) continue;
    const inherited = node.operands.flatMap((operand) => culprits.get(operand) ?? [])[0];
    const operands = node.operands.map((operand) => live.get(operand) as Tensor);
    const made = inherited ?? evaluateExactly(graph, node, operands);
    for (const [position, result] of node.results.entries()) {
      if ("why" in made) culprits.set(result, made);
      else live.set(result, made[position] as Tensor);
    }
    for (const value of ended.get(index) ?? []) live.delete(value);
  }
  const inexact = outputsIn({ ...graph, results: outputs, updates: [] }, culprits);
  const exact = outputs.filter(({ name }) => !inexact.has(name));
  return { exact: new Map(exact.map(({ name, value }) => [name, live.get(value) as Tensor])), inexact };
}

function neededValues(graph: Graph, wanted: ReadonlySet<ValueId>): ReadonlySet<ValueId> {
  const needed = new Set(wanted);
  for (const node of graph.nodes.toReversed()) {
    if (node.results.some((result) => needed.has(result))) for (const operand of node.operands) needed.add(operand);
  }
  return needed;
}

/** The results of an op, or why they are not compared: an executor may round something. */
function evaluateExactly(graph: Graph, node: Node, operands: readonly Tensor[]): readonly Tensor[] | Culprit {
  const rounds: Culprit = { op: node.op, why: "rounds" };
  if (!mayBeExact(node) && operands.some(({ dtype }) => isFloat(dtype))) return rounds;
  const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
  evalOp(node, operands, results);
  const floats = results.filter(({ dtype }) => isFloat(dtype));
  if (floats.some(({ data }) => !data.every(Number.isFinite))) return { op: node.op, why: "not finite" };
  if (floats.length > 0 && !isSumExact(graph, node, operands)) return rounds;
  for (const { dtype, data } of results) {
    const { round } = dtypes[dtype];
    if (!isFloat(dtype)) roundAllTo(dtype, data);
    else if (data.some((x) => round(x) !== x)) return rounds;
  }
  return results;
}

function termsIn({ data }: Tensor): Terms {
  return { data, magnitudes: findMagnitudes(data) };
}

/** Whether no partial sum needs more digits than f32 has; true of ops that add nothing up. */
function isSumExact(graph: Graph, node: Node, [x, y]: readonly Tensor[]): boolean {
  if (x === undefined) return true;
  if (node.op === "matmul" && y !== undefined) return areProductsExact(termsOf(graph, node), termsIn(x), termsIn(y));
  if (node.op !== "reduce_sum" && node.op !== "reduce_mean") return true;
  const terms = termsOf(graph, node);
  const isPowerOf2 = Number.isInteger(Math.log2(terms));
  return areSumsExact(terms, termsIn(x)) && (node.op === "reduce_sum" || isPowerOf2);
}
