// Tensors for runs.

import { isDtype, roundAllTo } from "../../ir-spec/base/dtype.ts";
import { elementCount, type Tensor, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeRandomInputs as makeInputs } from "../../ir-spec/random-tensor.ts";

/**
 * Makes a tensor of values in row-major order, rounded to the dtype; without values it is zero. A number of values that does not fill the
 * shape is reported where the tensor is used (E1307).
 *
 * @example
 * import { makeTensor } from "tgc";
 *
 * const x = makeTensor({ dtype: "bf16", shape: [2, 2] }, [1, 2, 3, 0.1]);
 * console.log([...x.data]); // [ 1, 2, 3, 0.10009765625 ]
 */
export function makeTensor({ dtype, shape }: TensorType, values?: Iterable<number>): Tensor {
  const data = values === undefined ? new Float64Array(elementCount(shape)) : Float64Array.from(values);
  if (isDtype(dtype)) roundAllTo(dtype, data);
  return { dtype, shape, data };
}

/**
 * Makes reproducible random values for all parameters of a graph, by name: the same on every machine, and such that what reads them has a
 * meaning (indices lie inside, variances are positive). It is what `run` and `check` take for parameters that are not given.
 *
 * @example
 * import { makeRandomInputs, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[4], i: i32[2]) -> (y: f32[2]) { y = gather(x, i, axis=0) }"));
 * console.log([...makeRandomInputs(graph, 1).keys()]); // [ 'x', 'i' ]
 */
export function makeRandomInputs(graph: Graph, seed = 0): ReadonlyMap<string, Tensor> {
  return makeInputs(graph, seed);
}
