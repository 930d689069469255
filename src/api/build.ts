// Graphs made by a program in place of a text. What is wrong with a call is a diagnostic, as it is in a text.

import type { LooseAttrs } from "../../ir-spec/base/attr.ts";
import { type Dtype, dtypeNames, isDtype } from "../../ir-spec/base/dtype.ts";
import type { KernelId, ValueId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, fail, ok, type Problem, problem, type Result } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { TensorType } from "../../ir-spec/base/tensor.ts";
import type { Graph, ParamKind } from "../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../ir-spec/graph-builder.ts";
import { type GivenAttrs, isOpName, type OpName, opNames } from "../../ir-spec/ops/index.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";

/** What a graph is made with. A mistake ends `buildGraph`, which gives its diagnostic. */
export interface GraphMaker {
  /** A parameter that is given at each run. */
  readonly input: (name: string, type: TensorType) => ValueId;
  /** A parameter that is constant at run time, and may be re-laid-out at compile time. */
  readonly weight: (name: string, type: TensorType) => ValueId;
  /** A parameter that is kept between runs; `update` gives its new contents. */
  readonly state: (name: string, type: TensorType) => ValueId;
  /** A constant of any shape, `[]` unless given, every element of which is `value`. */
  readonly constant: (value: number, type: Partial<TensorType> & Pick<TensorType, "dtype">) => ValueId;
  /** Adds an op of the op table that has one result; the attributes are those of OPS.md. */
  readonly op: <N extends OpName>(op: N, operands: readonly ValueId[], attrs?: GivenAttrs<N>) => ValueId;
  /** Adds an op that may have several results, such as `split`. */
  readonly ops: <N extends OpName>(op: N, operands: readonly ValueId[], attrs?: GivenAttrs<N>) => readonly ValueId[];
  /** Makes one kernel of all the ops that `body` adds. */
  readonly kernel: (name: string, body: () => void) => void;
  /** Dtype and shape of a value. */
  readonly typeOf: (value: ValueId) => TensorType;
  readonly result: (name: string, value: ValueId) => void;
  readonly update: (state: ValueId, value: ValueId) => void;
}

/** Thrown by a maker, and caught by `buildGraph` alone. */
interface Stop {
  readonly diagnostic: Diagnostic;
}

const isStop = (error: unknown): error is Stop =>
  typeof error === "object" && error !== null && "diagnostic" in error && !(error instanceof Error);

/**
 * Makes a graph op by op. Shapes and dtypes are inferred and checked as in a text; a mistake of any kind is a diagnostic.
 *
 * @example
 * import { buildGraph, print, unwrap } from "tgc";
 *
 * const graph = unwrap(
 *   buildGraph("mlp", (b) => {
 *     const x = b.input("x", { dtype: "bf16", shape: [128, 64] });
 *     const w = b.weight("w", { dtype: "bf16", shape: [64, 256] });
 *     const hidden = b.op("gelu", [b.op("matmul", [x, w])], { approximate: "tanh" });
 *     b.result("y", b.op("mul", [hidden, b.constant(0.5, { dtype: "bf16" })]));
 *   }),
 * );
 * console.log(print(graph));
 */
export function buildGraph(name: string, make: (maker: GraphMaker) => void): Result<Graph> {
  const builder = makeGraphBuilder(name);
  try {
    make(makeMaker(name, builder));
  } catch (error) {
    if (!isStop(error)) throw error;
    return fail([error.diagnostic]);
  }
  const graph = builder.finish();
  const wrong = verifyGraph(graph);
  return wrong.length > 0 ? fail(wrong) : ok(graph);
}

function makeMaker(name: string, builder: ReturnType<typeof makeGraphBuilder>): GraphMaker {
  let kernel: KernelId | undefined;
  let count = 0;
  const param = (kind: ParamKind) => (paramName: string, type: TensorType) => {
    checkDtype(type.dtype);
    count++;
    return builder.param(kind, paramName, type);
  };
  const checkValue = (reader: string, id: ValueId): void => {
    if (Number.isInteger(id) && id >= 0 && id < count) return;
    stop(problem("E0410", { graph: name, reader, what: "value", id: String(id), count }));
  };
  const ops: GraphMaker["ops"] = (op, operands, attrs = {}) => {
    if (!isOpName(op)) stop(problem("E0202", { name: op }), suggest(op, opNames).notes);
    for (const operand of operands) checkValue(op, operand);
    const added = builder.tryAdd(op, operands, attrs as LooseAttrs, { kernel });
    if (!added.ok) return stop(added.error);
    count += added.value.length;
    return added.value;
  };
  const op: GraphMaker["op"] = (opName, operands, attrs) => {
    const results = ops(opName, operands, attrs);
    const [only] = results;
    if (only !== undefined && results.length === 1) return only;
    return stop(problem("E0209", { op: opName, found: `${results.length} values`, expected: "1 for `op`" }));
  };
  return {
    ...{ input: param("input"), weight: param("weight"), state: param("state"), op, ops },
    constant: (value, { dtype, shape = [] }) => op("full", [], { value, shape, dtype } as GivenAttrs<"full">),
    kernel: (kernelName, body) => {
      kernel = builder.kernel(kernelName);
      body();
      kernel = undefined;
    },
    typeOf: (value) => {
      checkValue("typeOf", value);
      return builder.typeOf(value);
    },
    result: builder.result,
    update: builder.update,
  };
}

function checkDtype(dtype: Dtype): void {
  if (!isDtype(dtype)) stop(problem("E0210", { name: dtype, expected: dtypeNames.join(", ") }));
}

function stop(found: Problem, notes: Diagnostic["notes"] = []): never {
  const thrown: Stop = { diagnostic: at(found, undefined, notes) };
  throw thrown;
}
