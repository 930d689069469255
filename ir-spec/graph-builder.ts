// Builds a `Graph` node by node: fills in attribute defaults, runs the op's inference and numbers the values.
// Used by elaboration and by every pass that makes a new graph.

import { completeAttrs, type LooseAttrs } from "./base/attr.ts";
import type { Dtype } from "./base/dtype.ts";
import { type KernelId, kernelId, type ValueId, valueId } from "./base/ids.ts";
import { fail, invariant, ok, type Problem, type Result } from "./base/result.ts";
import type { Span } from "./base/span.ts";
import type { TensorType } from "./base/tensor.ts";
import {
  type Call,
  callOf,
  type Graph,
  type GraphResult,
  type KernelInfo,
  type Node,
  type Param,
  type ParamKind,
  type StateUpdate,
  type ValueInfo,
} from "./graph.ts";
import { countAxesFromZero } from "./ops/axes.ts";
import type { AtLeastOne, Expander } from "./ops/define.ts";
import { type AttrsOf, type GivenAttrs, inferOp, type OpName, opDef } from "./ops/index.ts";

export interface NodeInfo {
  readonly names?: readonly (string | undefined)[];
  readonly span?: Span | undefined;
  readonly kernel?: KernelId | undefined;
}

export interface GraphBuilder {
  readonly param: (kind: ParamKind, name: string, type: TensorType, span?: Span) => ValueId;
  /** Adds a node, of whose attributes nothing is known; the problem is the op's own (shapes, dtypes, attributes). */
  readonly tryAdd: (
    op: OpName,
    operands: readonly ValueId[],
    attrs: LooseAttrs,
    info?: NodeInfo,
  ) => Result<AtLeastOne<ValueId>, Problem>;
  /** Adds a node that is known to be right. */
  readonly add: <N extends OpName>(
    op: N,
    operands: readonly ValueId[],
    attrs?: GivenAttrs<N>,
    info?: NodeInfo,
  ) => AtLeastOne<ValueId>;
  /** Adds a node of another graph again, whose operands have the types there that `operands` have here: so do its results, `types`. */
  readonly copy: (
    node: Node,
    operands: readonly ValueId[],
    types: readonly TensorType[],
    info?: NodeInfo,
  ) => readonly ValueId[];
  /** Opens a new kernel, to be named in `NodeInfo.kernel`. */
  readonly kernel: (name: string) => KernelId;
  readonly typeOf: (value: ValueId) => TensorType;
  readonly result: (name: string, value: ValueId) => void;
  readonly update: (param: ValueId, value: ValueId) => void;
  readonly finish: () => Graph;
}

/** The attributes as nodes hold them: the defaults of the op's row filled in, and axes counted from 0. */
export function nodeAttrs<N extends OpName>(op: N, types: readonly TensorType[], attrs: LooseAttrs): AttrsOf<N> {
  const specs = opDef(op).attrs;
  return countAxesFromZero(specs, types, completeAttrs(specs, attrs)) as AttrsOf<N>;
}

export function makeGraphBuilder(name: string): GraphBuilder {
  const values: ValueInfo[] = [];
  const params: Param[] = [];
  const nodes: Node[] = [];
  const kernels: KernelInfo[] = [];
  const results: GraphResult[] = [];
  const updates: StateUpdate[] = [];

  const newValue = (type: TensorType, valueName: string | undefined, span: Span | undefined): ValueId => {
    values.push({
      type,
      ...(valueName === undefined ? {} : { name: valueName }),
      ...(span === undefined ? {} : { span }),
    });
    return valueId(values.length - 1);
  };
  const typeOf = (value: ValueId): TensorType => (values[value] as ValueInfo).type;

  const tryAdd: GraphBuilder["tryAdd"] = (op, operands, attrs, info = {}) => {
    const types = operands.map(typeOf);
    const complete = nodeAttrs(op, types, attrs);
    const inferred = inferOp(op, types, complete);
    if (!inferred.ok) return fail(inferred.error);
    return ok(push(callOf(op, operands, complete), inferred.value, info));
  };
  const push = (call: Call, types: readonly TensorType[], info: NodeInfo): Node["results"] => {
    const [first, ...others] = types.map((type, index) => newValue(type, info.names?.[index], info.span));
    invariant(first !== undefined, `${call.op} has no result`);
    const results = [first, ...others] as const;
    nodes.push({
      ...call,
      results,
      ...(info.kernel === undefined ? {} : { kernel: info.kernel }),
      ...(info.span === undefined ? {} : { span: info.span }),
    });
    return results;
  };

  return {
    param: (kind, paramName, type, span) => {
      const value = newValue(type, paramName, span);
      params.push({ kind, name: paramName, value });
      return value;
    },
    tryAdd,
    add: (op, operands, attrs = {}, info = {}) => {
      const added = tryAdd(op, operands, attrs as LooseAttrs, info);
      invariant(added.ok, `${op} does not infer: ${added.ok ? "" : JSON.stringify(added.error)}`);
      return added.value;
    },
    copy: (node, operands, types, info = {}) => push(callOf(node.op, operands, node.attrs), types, info),
    kernel: (kernelName) => {
      kernels.push({ name: kernelName });
      return kernelId(kernels.length - 1);
    },
    typeOf,
    result: (resultName, value) => {
      results.push({ name: resultName, value });
    },
    update: (param, value) => {
      updates.push({ param, value });
    },
    finish: () => ({ name, values, params, nodes, kernels, results, updates }),
  };
}

/** The builder as an op's `expand` sees it; the nodes it makes carry `info`. */
export function makeExpander(builder: GraphBuilder, info: NodeInfo = {}): Expander {
  const ops: Expander["ops"] = (op, operands, attrs = {}) => builder.add(op as OpName, operands, attrs, info);
  const op: Expander["op"] = (opName, operands, attrs = {}) => {
    const [only] = ops(opName, operands, attrs);
    invariant(only !== undefined, `${opName} has no result`);
    return only;
  };
  const scalar = (value: number, like: ValueId): ValueId => {
    const dtype: Dtype = builder.typeOf(like).dtype;
    return op("full", [], { value, shape: [], dtype });
  };
  return { op, ops, scalar, typeOf: builder.typeOf };
}
