// Runs single ops and their expansions through the reference interpreter, for the tests of the op table.
import type { AttrValue } from "../../../ir-spec/base/attr.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Shape, Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeExpander, makeGraphBuilder, nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { type OpName, opDef } from "../../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import { runGraph } from "../../../targets/ref/graph.ts";

export type AttrsGiven = Readonly<Record<string, AttrValue>>;

export function tensor(shape: Shape, values: readonly number[], dtype: Dtype = "f32"): Tensor {
  return { dtype, shape, data: Float64Array.from(values) };
}

export function random(shape: Shape, name: string, dtype: Dtype = "f32"): Tensor {
  return makeRandomTensor({ dtype, shape }, 1, name);
}

type Body = (operands: readonly ValueId[], b: ReturnType<typeof makeGraphBuilder>) => readonly ValueId[];

function graphOf(inputs: readonly Tensor[], body: Body): Graph {
  const builder = makeGraphBuilder("test");
  const operands = inputs.map((input, index) => builder.param("input", `x${index}`, input));
  for (const [index, value] of body(operands, builder).entries()) builder.result(`y${index}`, value);
  return builder.finish();
}

function run(graph: Graph, inputs: readonly Tensor[], rounding: boolean): readonly Tensor[] {
  return [...runGraph(graph, new Map(inputs.map((input, index) => [`x${index}`, input])), { rounding }).values()];
}

/** Runs one op by its `eval`. */
export function runOp(
  op: OpName,
  inputs: readonly Tensor[],
  attrs: AttrsGiven = {},
  rounding = true,
): readonly Tensor[] {
  const graph = graphOf(inputs, (operands, builder) => builder.add(op, operands, attrs));
  return run(graph, inputs, rounding);
}

/** The graph of an op's expansion. */
export function expansion(op: OpName, inputs: readonly Tensor[], attrs: AttrsGiven = {}): Graph {
  return graphOf(inputs, (operands, builder) => {
    const { expand } = opDef(op);
    return expand?.(makeExpander(builder), operands, nodeAttrs(op, inputs, attrs)) ?? [];
  });
}

/** Runs one composite by its `expand`. */
export function runExpansion(
  op: OpName,
  inputs: readonly Tensor[],
  attrs: AttrsGiven = {},
  rounding = true,
): readonly Tensor[] {
  return run(expansion(op, inputs, attrs), inputs, rounding);
}

/** The values of an op's only result. */
export function valuesOf(op: OpName, inputs: readonly Tensor[], attrs: AttrsGiven = {}): readonly number[] {
  return [...(runOp(op, inputs, attrs)[0] as Tensor).data];
}
