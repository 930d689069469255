// Graph -> graph: computes at compile time what depends on no parameter.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../ir-spec/base/ids.ts";
import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { elementCount, makeTensor, type Tensor, type TensorType } from "../../ir-spec/base/tensor.ts";
import { type Call, type Graph, type Node, typeOf } from "../../ir-spec/graph.ts";
import { isKind, opDef } from "../../ir-spec/ops/index.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { definePass, makeRemark, type PassOutput, type Remark } from "../pass.ts";
import { type Rewriter, rewriteGraph } from "../rewrite.ts";
import { removeDead } from "./dead.ts";

export const constantFold = definePass({
  name: "constant-fold",
  summary: "computes at compile time what depends on no parameter",
  detail: `A node whose operands are all sources is evaluated by its op's reference meaning and rounded to its dtype, as a run would.
The result is a \`full\` when all its elements are equal, else a \`constant\`. Tensors with more than \`max_elements\` elements are
left alone, and so is a node whose \`constant\` would be bigger than its operands, such as a causal mask made of two \`iota\`:
making it costs less than loading it. Nor are positions folded, as in \`iota + 1\`, since masks are found by them. Elementwise ops on \`full\` are folded at any size.`,
  before: `graph example(x: f32[4]) -> (y: f32[4]) {
  three = full(value=3, shape=[4], dtype=f32)
  half = sqrt(three + 1) / 4
  i = iota(shape=[4], dtype=f32)
  y = x * half + i * i
}`,
  after: `graph example(x: f32[4]) -> (y: f32[4]) {
  half = full(value=0.5, shape=[4], dtype=f32)
  scaled = x * half
  squares = constant(values=[0, 1, 4, 9], shape=[4], dtype=f32)
  y = scaled + squares
}`,
  from: "graph",
  to: "graph",
  options: {
    max_elements: {
      kind: "int",
      min: 1,
      // Each constant is in the graph, and in its text, element by element.
      max: 100_000,
      default: 1024,
      summary: "most elements of a tensor that is computed",
    },
  },
  run: (graph, { max_elements }) => ok(foldGraph(graph, max_elements)),
});

function foldGraph(graph: Graph, maxElements: number): PassOutput<Graph> {
  const names = nameValues(graph);
  const remarks: Remark[] = [];
  const rewritten = rewriteGraph(graph, (node, operands, to) => {
    const sources = operands.map((operand) => sourceOf(operand, to));
    if (isKind(node.op, "source") || sources.length === 0 || !sources.every((source) => source !== undefined)) {
      return undefined;
    }
    const shown = node.results.map((result) => `"${names[result]}"`).join(", ");
    const types = node.results.map((result) => typeOf(graph, result));
    const folded = foldNode(node, types, sources, maxElements);
    const why = folded.ok ? "" : `: ${folded.error}`;
    const text = `${folded.ok ? "" : "not "}folded: ${node.op} ${shown}${why}`;
    remarks.push(makeRemark(folded.ok ? "done" : "missed", "constant-fold", text, node.span));
    return folded.ok ? folded.value.flatMap((tensor) => to.add(tensorToCall(tensor))) : undefined;
  });
  const isChanged = remarks.some((remark) => remark.kind === "done");
  return { ir: isChanged ? removeDead(rewritten) : graph, remarks };
}

interface SourceValue {
  readonly call: Call;
  readonly type: TensorType;
}

/** The source that makes a value, if one does. */
function sourceOf(value: ValueId, to: Rewriter): SourceValue | undefined {
  const call = to.definingCall(value);
  return call !== undefined && isKind(call.op, "source") ? { call, type: to.typeOf(value) } : undefined;
}

/** The results of a node whose operands are sources, or why it is better left. */
function foldNode(
  node: Node,
  types: readonly TensorType[],
  sources: readonly SourceValue[],
  maxElements: number,
): Result<readonly Tensor[], string> {
  const areUniform = isKind(node.op, "elementwise") && sources.every(({ call }) => call.op === "full");
  if (areUniform) {
    const scalars = sources.map(({ call, type }) => evaluateCall(call, [], [{ ...type, shape: [] }])[0] as Tensor);
    const results = evaluateCall(node, scalars, types.map(scalarType));
    return ok(results.map((result, index) => ({ ...result, shape: (types[index] as TensorType).shape })));
  }
  const operandTypes = sources.map(({ type }) => type);
  if ([...types, ...operandTypes].some((type) => elementCount(type.shape) > maxElements)) {
    return fail(`it has tensors of more than ${maxElements} elements (max_elements)`);
  }
  const inputs = sources.map(({ call, type }) => evaluateCall(call, [], [type])[0] as Tensor);
  const results = evaluateCall(node, inputs, types);
  const areCounted = sources.some(({ call }) => call.op === "iota") && results.every(isEven);
  if (areCounted) return fail("it counts positions, which masks are found by");
  const isGrowing = countElements(types) > countElements(operandTypes) && !results.every(isUniform);
  return isGrowing ? fail("its results are bigger than what they are made of") : ok(results);
}

function scalarType(type: TensorType): TensorType {
  return { ...type, shape: [] };
}

function countElements(types: readonly TensorType[]): number {
  return types.map((type) => elementCount(type.shape)).reduce((sum, count) => sum + count, 0);
}

function isUniform({ data }: Tensor): boolean {
  return data.every((element) => Object.is(element, data[0]));
}

/** Whether elements are evenly spaced integers, and not all equal. */
function isEven({ data }: Tensor): boolean {
  const step = (data[1] ?? 0) - (data[0] ?? 0);
  return step !== 0 && data.every((x, at) => Number.isInteger(x) && x === (data[0] ?? 0) + at * step);
}

/** Runs one op as the reference interpreter does: its `eval`, then rounding. */
function evaluateCall({ op, attrs }: Call, inputs: readonly Tensor[], types: readonly TensorType[]): readonly Tensor[] {
  const outputs = types.map(makeTensor);
  opDef(op).eval(inputs, attrs, outputs);
  return outputs.map((output) => ({ ...output, data: output.data.map((x) => roundTo(output.dtype, x)) }));
}

/** A tensor as a source; one element represents all where all are equal. */
function tensorToCall({ dtype, shape, data }: Tensor): Call {
  const isFull = isUniform({ dtype, shape, data });
  return isFull
    ? { op: "full", operands: [], attrs: { value: data[0] as number, shape, dtype } }
    : { op: "constant", operands: [], attrs: { values: [...data], shape, dtype } };
}
