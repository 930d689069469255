// Tensors for runs.

import { isDtype, roundAllTo } from "../../ir-spec/base/dtype.ts";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { elementCount, type Tensor, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeRandomInputs as makeInputs } from "../../ir-spec/random-tensor.ts";
import { bytesAsSource } from "../import/byte-source.ts";
import { readArraysOf, type TensorFileFormat } from "../tensors/formats.ts";
import { writeNpy as writeNpyOf } from "../tensors/npy.ts";

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

/** An array as a file holds it. */
export interface StoredArray {
  /** By the file's own name: `f32`, `i64`, `bf16`; files have more types than the language. */
  readonly elementType: string;
  readonly shape: readonly number[];
  /** In row-major order. */
  readonly values: Float64Array;
}

/**
 * Reads the arrays of a NumPy or safetensors file by name; that of an .npy file has none, and is under `""`. `makeTensor` makes tensors of
 * them. Fails for what is no such file, or damaged (E1305).
 *
 * @example
 * import { makeTensor, readArrays, unwrap, writeNpy } from "tgc";
 *
 * const bytes = writeNpy(makeTensor({ dtype: "f32", shape: [3] }, [1, 2, 0.5]));
 * const array = unwrap(readArrays(bytes, "npy")).get("");
 * console.log(array?.elementType, array?.shape, [...(array?.values ?? [])]); // f32 [ 3 ] [ 1, 2, 0.5 ]
 */
export function readArrays(bytes: Uint8Array, format: TensorFileFormat): Result<ReadonlyMap<string, StoredArray>> {
  const broken = (why: string) => fail([at(problem("E1305", { file: "what was given", format, why }), undefined)]);
  const file = readArraysOf(bytesAsSource(bytes), format);
  if (!file.ok) return broken(file.error);
  const arrays = new Map<string, StoredArray>();
  for (const [name, read] of file.value) {
    const array = read();
    const values = array.ok ? array.value.values() : array;
    if (!array.ok || !values.ok) return broken(`${name} ${values.ok ? "" : values.error}`.trim());
    const { elementType, shape } = array.value;
    arrays.set(name, { elementType, shape, values: values.value });
  }
  return ok(arrays);
}

/**
 * The bytes of a NumPy file (.npy) that holds a tensor.
 *
 * @example
 * import { makeTensor, writeNpy } from "tgc";
 *
 * console.log(writeNpy(makeTensor({ dtype: "f32", shape: [2] }, [1, 2])).byteLength); // 136
 */
export function writeNpy(tensor: Tensor): Uint8Array {
  return writeNpyOf(tensor);
}
