// Inputs for which arithmetic is exact in the program's own dtypes: small integers, few enough not to be 0 that every partial
// sum, in any order, and every value fits its dtype. On such inputs every right executor gives the same bits, so the program's own plan
// is compared without any bound. What functions, quotients and roots make is never exact; outputs that depend on them are left out.

import { dtypes, isFloat } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { makeTensor, type Tensor } from "../../ir-spec/base/tensor.ts";
import { type Graph, graphOutputs, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, type OpName } from "../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../ir-spec/random-tensor.ts";
import { evalOp } from "../../targets/ref/eval.ts";
import { lastReaders, runGraph } from "../../targets/ref/graph.ts";
import { isExactSum } from "./bounds.ts";
import { granuleOf, maxMagnitude } from "./terms.ts";

type Tensors = ReadonlyMap<string, Tensor>;

export interface ExactInputs {
  /** In words. */
  readonly what: string;
  readonly inputs: Tensors;
  /** What every executor must give, bit for bit: the outputs that are exact. */
  readonly wanted: Tensors;
}

export interface ExactSearch {
  /** Undefined where no output can be exact. */
  readonly found: ExactInputs | undefined;
  /** For each output that is not compared, the op that is in the way. */
  readonly inexact: ReadonlyMap<string, OpName>;
}

/** From telling ones to sparse ones, which stay small through many products. */
const fills = [
  { largest: 3, oneIn: 1 },
  { largest: 1, oneIn: 1 },
  { largest: 1, oneIn: 4 },
  { largest: 1, oneIn: 16 },
] as const;

type ExactFill = (typeof fills)[number];

const sparsest = Math.max(...fills.map(({ oneIn }) => oneIn));

/** Looks for inputs that make outputs exact; `expanded` is the same graph without composites. */
export function findExactInputs(graph: Graph, expanded: Graph, given: Tensors): ExactSearch {
  const never = neverExact(graph);
  const names = graphOutputs(graph).flatMap(({ name }) => (never.has(name) ? [] : [name]));
  if (names.length === 0) return { found: undefined, inexact: never };
  let best: ExactWalk | undefined;
  let found: ExactInputs | undefined;
  for (const fill of fills.filter((candidate) => mayFit(expanded, candidate))) {
    const inputs = exactInputs(graph, given, fill);
    const walked = walkExactly(expanded, inputs, names);
    if (best !== undefined && walked.exact.size <= best.exact.size) continue;
    best = walked;
    if (walked.exact.size > 0) found = { what: describe(fill), inputs, wanted: walked.exact };
    if (walked.exact.size === names.length) break;
  }
  const inexact = new Map([...never, ...(best?.inexact ?? [])]);
  const isExpanded = graph.nodes.length !== expanded.nodes.length;
  return { found: found && isExpanded ? { ...found, wanted: wantedOf(graph, found) } : found, inexact };
}

/** Whether products of two such matrices stay below what their dtype can tell from its neighbours, as far as their size says. */
function mayFit(graph: Graph, { largest, oneIn }: ExactFill): boolean {
  const meanSquare = (largest * (largest + 1)) / 3 / oneIn;
  return graph.nodes.every(({ op, operands, attrs, results }) => {
    if (op !== "matmul") return true;
    const terms = typeOf(graph, operands[0] as ValueId).shape.at(attrs.transpose_lhs === true ? -2 : -1) as number;
    const { mantissaBits } = dtypes[typeOf(graph, results[0] as ValueId).dtype];
    return LARGEST_OF_MANY * Math.sqrt(terms) * meanSquare <= 2 ** (mantissaBits + 1) || oneIn === sparsest;
  });
}

/** Standard deviations of the largest of some ten million normal numbers. */
const LARGEST_OF_MANY = 5.5;

function describe({ largest, oneIn }: ExactFill): string {
  return `integers from -${largest} to ${largest}${oneIn === 1 ? "" : `, one in ${oneIn} of them not 0`}`;
}

/** The exact outputs by the composites' own meaning, whose expansion is what executors run. */
function wantedOf(graph: Graph, { inputs, wanted }: ExactInputs): Tensors {
  const outputs = runGraph(graph, inputs, { rounding: true });
  return new Map([...wanted.keys()].map((name) => [name, outputs.get(name) as Tensor]));
}

/** Floats become integers; what is integer or bool already stays, as it may pick elements. */
function exactInputs(graph: Graph, given: Tensors, { largest, oneIn }: ExactFill): Tensors {
  return new Map(
    graph.params.map(({ name, value }) => {
      const type = typeOf(graph, value);
      if (!isFloat(type.dtype)) return [name, given.get(name) as Tensor];
      const max = oneIn * (2 * largest + 1) - 1;
      const drawn = makeRandomTensor({ dtype: "i32", shape: type.shape }, 1, name, {
        kind: "integer",
        min: 0,
        max,
      });
      const data = drawn.data.map((x) => (x <= 2 * largest ? x - largest : 0));
      return [name, { ...type, data }];
    }),
  );
}

/** Ops of floats that are exact where their result is a number of its dtype. */
const exactOps: readonly OpName[] = [
  ...(["neg", "abs", "relu", "floor", "cast", "add", "sub", "mul", "max", "min", "where"] as const),
  ...(["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal"] as const),
  ...(["logical_not", "logical_and", "logical_or"] as const),
  ...(["reduce_max", "reduce_min", "reduce_sum", "reduce_mean", "matmul", "rotary_embedding"] as const),
];

/** Outputs that depend on an op of floats that is never exact. */
function neverExact(graph: Graph): ReadonlyMap<string, OpName> {
  const culprits = new Map<ValueId, OpName>();
  for (const node of graph.nodes) {
    const inherited = node.operands.flatMap((operand) => culprits.get(operand) ?? [])[0];
    const isOwn = node.operands.some((operand) => isFloat(typeOf(graph, operand).dtype)) && !mayBeExact(node);
    const culprit = inherited ?? (isOwn ? node.op : undefined);
    if (culprit !== undefined) for (const result of node.results) culprits.set(result, culprit);
  }
  return outputsIn(graph, culprits);
}

function outputsIn(graph: Graph, culprits: ReadonlyMap<ValueId, OpName>): ReadonlyMap<string, OpName> {
  return new Map(
    graphOutputs(graph).flatMap(({ name, value }) => {
      const culprit = culprits.get(value);
      return culprit === undefined ? [] : [[name, culprit] as const];
    }),
  );
}

function mayBeExact({ op }: Node): boolean {
  return exactOps.includes(op) || isKind(op, "movement") || isKind(op, "source");
}

interface ExactWalk {
  /** The outputs that no rounding touches. */
  readonly exact: Tensors;
  /** For each other one the op that rounds first. */
  readonly inexact: ReadonlyMap<string, OpName>;
}

/** Evaluates what the named outputs need. */
function walkExactly(graph: Graph, inputs: Tensors, names: readonly string[]): ExactWalk {
  const outputs = graphOutputs(graph).filter(({ name }) => names.includes(name));
  const kept = new Set(outputs.map(({ value }) => value));
  const needed = neededValues(graph, kept);
  const culprits = new Map<ValueId, OpName>();
  const live = new Map<ValueId, Tensor>(graph.params.map(({ name, value }) => [value, inputs.get(name) as Tensor]));
  const ended = lastReaders(graph, kept);
  for (const [index, node] of graph.nodes.entries()) {
    if (!node.results.some((result) => needed.has(result))) continue;
    const inherited = node.operands.flatMap((operand) => culprits.get(operand) ?? [])[0];
    const operands = node.operands.map((operand) => live.get(operand) as Tensor);
    const results = inherited === undefined ? evaluateExactly(graph, node, operands) : undefined;
    for (const [position, result] of node.results.entries()) {
      if (results === undefined) culprits.set(result, inherited ?? node.op);
      else live.set(result, results[position] as Tensor);
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

/** The results of an op; undefined where an executor may round something. */
function evaluateExactly(graph: Graph, node: Node, operands: readonly Tensor[]): readonly Tensor[] | undefined {
  if (!mayBeExact(node) && operands.some(({ dtype }) => isFloat(dtype))) return undefined;
  const results = node.results.map((result) => makeTensor(typeOf(graph, result)));
  evalOp(node.op, operands, node.attrs, results);
  const [first] = results;
  if (first !== undefined && isFloat(first.dtype) && !areSumsExact(node, operands, first)) return undefined;
  for (const { dtype, data } of results) {
    const { round } = dtypes[dtype];
    if (!isFloat(dtype)) data.set(data.map(round));
    else if (data.some((x) => round(x) !== x || !Number.isFinite(x))) return undefined;
  }
  return results;
}

/** Whether no partial sum needs more digits than f32 has; true of ops that add nothing up. */
function areSumsExact({ op, attrs }: Node, operands: readonly Tensor[], result: Tensor): boolean {
  const [x, y] = operands as readonly [Tensor, Tensor];
  if (op === "matmul") {
    const terms = x.shape.at(attrs.transpose_lhs === true ? -2 : -1) as number;
    return isExactSum(terms * maxMagnitude(x.data) * maxMagnitude(y.data), granuleOf(x.data) * granuleOf(y.data));
  }
  if (op !== "reduce_sum" && op !== "reduce_mean") return true;
  const terms = x.data.length / Math.max(1, result.data.length);
  const isPowerOf2 = Number.isInteger(Math.log2(terms));
  return isExactSum(terms * maxMagnitude(x.data), granuleOf(x.data)) && (op === "reduce_sum" || isPowerOf2);
}
