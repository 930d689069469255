// Random graphs for property tests, made from THE OP TABLE: ops are picked by name, operands and attributes by chance, and
// what the op infers is kept; so a new row is fuzzed without a word here. Each case comes with inputs for which every
// value is finite and of moderate size (unless special values are asked for), as it is evaluated while it is built.
// A case is made from a seed and a list of steps, so that it can be made again, and shrunk.
import { type Dtype, isFloat, roundTo } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, makeTensor, type Tensor, type TensorType, typesEqual } from "../../../ir-spec/base/tensor.ts";
import type { Attrs, Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder, nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { factsOf, inferOp, type OpName, opDef, operandRange, opNames } from "../../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import {
  type Limits,
  makeRandom,
  pickAttrs,
  pickRelatedType,
  pickShape,
  type Random,
  usualNumbers,
} from "./random-choices.ts";

export interface RandomGraphOptions {
  /** The ops that may occur; all by default. */
  readonly ops?: readonly OpName[];
  /** The dtypes that values may have; all by default. */
  readonly dtypes?: readonly Dtype[];
  /** The most steps, each of which adds one node and the few that its operands need; 12 by default. */
  readonly maxNodes?: number;
  /** The largest dimension; 9 by default. */
  readonly maxSize?: number;
  /** 4 by default. */
  readonly maxRank?: number;
  /** Puts NaN, infinities and -0 into the inputs, and keeps values of any size. For what must be exact. */
  readonly hasSpecialValues?: boolean;
}

export interface RandomCase {
  readonly graph: Graph;
  /** One tensor per parameter, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** Ops without jumps: a small change of an operand makes a small change of the result, so executors may differ a little. */
export const smoothOps: readonly OpName[] = opNames.filter((op) => factsOf(op).jumps !== true);

/** Operands that must keep away from 0 (or be positive): they become |x| + 1. */
const guardedOperands: Partial<Record<OpName, number>> = { log: 0, sqrt: 0, rsqrt: 0, reciprocal: 0, pow: 0, div: 1 };

/** Larger values than this are not kept: they would soon overflow, in f16 first. */
const MAX_MAGNITUDE = 1000;
const MAX_ELEMENTS = 4096;
const MAX_TRIES = 40;

export interface Recipe {
  readonly seed: number;
  /** A seed for each node. */
  readonly steps: readonly number[];
}

interface Made {
  readonly value: ValueId;
  readonly tensor: Tensor;
}

/** What operands are picked from, and how nodes are added. */
interface Workbench {
  readonly limits: Limits;
  readonly ops: readonly OpName[];
  readonly isExact: boolean;
  readonly made: readonly Made[];
  readonly addParam: (type: TensorType) => Made;
  /** Adds a node and evaluates it; false when its results are not wanted. */
  readonly addNode: (op: OpName, operands: readonly Made[], attrs: Attrs) => readonly Made[] | undefined;
}

/** Makes the case of a recipe; the same recipe and options always make the same. */
export function makeCase(recipe: Recipe, options: RandomGraphOptions = {}): RandomCase {
  const { bench, finish } = makeWorkbench(recipe.seed, options);
  const random = makeRandom(recipe.seed);
  const floats = bench.limits.dtypes.filter(isFloat);
  for (let count = 0; count < 2; count++) {
    bench.addParam({
      dtype: random.pick(floats.length > 0 ? floats : bench.limits.dtypes),
      shape: pickShape(random, bench.limits),
    });
  }
  for (const step of recipe.steps) addRandomNode(bench, makeRandom(step));
  return finish();
}

function makeWorkbench(seed: number, options: RandomGraphOptions) {
  const builder = makeGraphBuilder("random");
  const made: Made[] = [];
  const inputs = new Map<string, Tensor>();
  const isExact = options.hasSpecialValues === true;
  const limits: Limits = {
    dtypes: options.dtypes ?? ["f32", "bf16", "f16", "i32", "bool"],
    maxSize: options.maxSize ?? 9,
    maxRank: options.maxRank ?? 4,
  };
  const addParam = (type: TensorType): Made => {
    const name = `p${inputs.size}`;
    const plain = makeRandomTensor(
      type,
      seed,
      name,
      type.dtype === "i32" ? { kind: "integer", min: -1, max: 4 } : undefined,
    );
    const tensor = isExact ? withSpecialValues(plain, makeRandom(seed + inputs.size)) : plain;
    inputs.set(name, tensor);
    const param = { value: builder.param(inputs.size % 3 === 0 ? "weight" : "input", name, type), tensor };
    made.push(param);
    return param;
  };
  const addNode: Workbench["addNode"] = (op, operands, attrs) => {
    const tensors = evaluate(op, operands, attrs);
    if (tensors === undefined || !tensors.every((tensor) => isWanted(tensor, limits, isExact))) return undefined;
    const values = builder.add(
      op,
      operands.map(({ value }) => value),
      attrs,
    );
    const results = values.map((value, index) => ({ value, tensor: tensors[index] as Tensor }));
    made.push(...results);
    return results;
  };
  const ops = options.ops ?? opNames;
  const bench: Workbench = { limits, ops, isExact, made, addParam, addNode };
  const finish = (): RandomCase => ({ graph: withOutputs(builder.finish(), seed), inputs });
  return { bench, finish };
}

/** The results of one op as the reference interpreter computes them; undefined when the op does not infer. */
function evaluate(op: OpName, operands: readonly Made[], attrs: Attrs): readonly Tensor[] | undefined {
  const inputs = operands.map(({ tensor }) => tensor);
  const complete = nodeAttrs(op, inputs, attrs);
  const types = inferOp(op, inputs, complete);
  if (!types.ok || types.value.some((type) => elementCount(type.shape) > MAX_ELEMENTS)) return undefined;
  const outputs = types.value.map(makeTensor);
  opDef(op).eval(inputs, complete, outputs);
  return outputs.map((output) => ({ ...output, data: output.data.map((x) => roundTo(output.dtype, x)) }));
}

function isWanted({ dtype, shape, data }: Tensor, { dtypes, maxRank }: Limits, isExact: boolean): boolean {
  const fits = dtypes.includes(dtype) && shape.length <= maxRank + 1;
  return fits && (isExact || data.every((x) => Math.abs(x) <= MAX_MAGNITUDE));
}

function withSpecialValues(tensor: Tensor, random: Random): Tensor {
  const { dtype } = tensor;
  if (!isFloat(dtype)) return tensor;
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1];
  return { ...tensor, data: tensor.data.map((x) => (random.oneIn(3) ? random.pick(special) : x)) };
}

/** Adds a node of a random op; gives up when nothing that is tried fits. */
function addRandomNode(bench: Workbench, random: Random): void {
  const op = random.pick(bench.ops);
  const { min, max } = operandRange(op);
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const count = min + random.below(Math.min(max, min + 2) - min + 1);
    const candidates = pickOperands(bench, random, count);
    const attrs = pickAttrs(random, op, candidates[0], bench.limits);
    const infers = inferOp(op, candidates, nodeAttrs(op, candidates, attrs)).ok;
    if (infers && addCall(bench, op, candidates, attrs)) return;
  }
}

/** Adds the call with operands made where they are only types; false when its values are not wanted. */
function addCall(bench: Workbench, op: OpName, candidates: readonly Candidate[], attrs: Attrs): boolean {
  const operands = candidates.map((candidate) => candidate.made ?? candidate.make());
  const guarded = bench.isExact ? undefined : guardedOperands[op];
  const apart = guarded === undefined ? operands : guardOperand(bench, operands, guarded);
  const safe = bench.isExact ? apart : withIndicesInside(bench, op, apart, attrs);
  return safe !== undefined && bench.addNode(op, safe, attrs) !== undefined;
}

interface Candidate extends TensorType {
  readonly made?: Made;
  readonly make: () => Made;
}

/** Operands: values that are there, the later the likelier; types that fit the first; and numbers. */
function pickOperands(bench: Workbench, random: Random, count: number): readonly Candidate[] {
  const existing = (): Candidate => {
    const index = Math.max(random.below(bench.made.length), random.below(bench.made.length));
    const made = bench.made[index] as Made;
    return { dtype: made.tensor.dtype, shape: made.tensor.shape, made, make: () => made };
  };
  if (count === 0) return [];
  const first = existing();
  const related = (): Candidate => {
    const type = pickRelatedType(random, first, bench.limits);
    const known = bench.made.find(({ tensor }) => typesEqual(tensor, type));
    return { ...type, ...(known === undefined ? {} : { made: known }), make: () => bench.addParam(type) };
  };
  const number = (): Candidate => {
    const type = { dtype: first.dtype, shape: random.oneIn(3) ? first.shape : [] };
    const attrs = { ...type, value: random.pick(usualNumbers) };
    return { ...type, make: () => bench.addNode("full", [], attrs)?.[0] ?? bench.addParam(type) };
  };
  const kinds = bench.ops.includes("full") ? [existing, related, related, number] : [existing, related];
  const rest = Array.from({ length: count - 1 }, () => random.pick(kinds)());
  return random.oneIn(6) && kinds.length > 2 ? [number(), ...rest] : [first, ...rest];
}

/** The operands with |x| + 1 in the place of one; undefined when the ops for that may not be used. */
function guardOperand(bench: Workbench, operands: readonly Made[], index: number): readonly Made[] | undefined {
  const operand = operands[index] as Made;
  const { dtype } = operand.tensor;
  const needed: readonly OpName[] = ["abs", "add", "full"];
  if (!needed.every((op) => bench.ops.includes(op)) || !isFloat(dtype)) return undefined;
  const [size] = bench.addNode("abs", [operand], {}) ?? [];
  const [one] = bench.addNode("full", [], { value: 1, shape: [], dtype }) ?? [];
  const [safe] = size && one ? (bench.addNode("add", [size, one], {}) ?? []) : [];
  return safe === undefined ? undefined : operands.with(index, safe);
}

/** The operands with indices that are cut to what lies inside; undefined when the ops may not be used. */
function withIndicesInside(
  bench: Workbench,
  op: OpName,
  operands: readonly Made[] | undefined,
  attrs: Attrs,
): readonly Made[] | undefined {
  const { indexBound } = opDef(op);
  if (indexBound === undefined || operands === undefined) return operands;
  const [table, indices, ...rest] = operands;
  const types = operands.map(({ tensor }) => tensor);
  const size = indexBound(types, nodeAttrs(op, types, attrs));
  if (indices?.tensor.data.every((index) => index >= 0 && index < size)) return operands;
  const needed: readonly OpName[] = ["min", "max", "full"];
  if (table === undefined || indices === undefined || !needed.every((op) => bench.ops.includes(op))) return undefined;
  const number = (value: number): Made | undefined =>
    bench.addNode("full", [], { value, shape: [], dtype: indices.tensor.dtype })?.[0];
  const [min, max] = [number(0), number(size - 1)];
  const [above] = min ? (bench.addNode("max", [indices, min], {}) ?? []) : [];
  const [inside] = above && max ? (bench.addNode("min", [above, max], {}) ?? []) : [];
  return inside === undefined ? undefined : [table, inside, ...rest];
}

/** Makes every value that nothing reads a result; sometimes a parameter becomes a state with a new content. */
function withOutputs(graph: Graph, seed: number): Graph {
  const read = new Set(graph.nodes.flatMap((node) => node.operands));
  const made = graph.nodes.flatMap((node) => node.results);
  const wanted = made.filter((value) => !read.has(value) || value % 7 === 0);
  const values = wanted.length > 0 ? wanted : graph.params.slice(0, 1).map((param) => param.value);
  const results = values.map((value, index) => ({ name: `r${index}`, value }));
  const isSame = (a: ValueId, b: ValueId): boolean =>
    typesEqual(graph.values[a]?.type as TensorType, graph.values[b]?.type as TensorType);
  const state =
    seed % 3 === 0 ? graph.params.find(({ value }) => made.some((other) => isSame(value, other))) : undefined;
  if (state === undefined) return { ...graph, results };
  const content = made.findLast((other) => isSame(state.value, other)) as ValueId;
  const params = graph.params.map((param) => (param === state ? { ...param, kind: "state" as const } : param));
  return { ...graph, params, results, updates: [{ param: state.value, value: content }] };
}
