// Tensors to raw bytes and back, on the host.

import { type Dtype, dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import { elementCount, printType, type Tensor, tensorBytes, typesEqual } from "../../../ir-spec/base/tensor.ts";
import { codecs, makeBytes } from "../sim/codecs.ts";
import type { Stream, StreamTensor } from "../stream.ts";

const wholeRun = (count: number) => ({ first: 0, stride: 1, count, at: 0 });

/** The bits of the element of the dtype that is nearest to a number. */
export function bitsOf(dtype: Dtype, value: number): number {
  const bytes = makeBytes(Uint32Array.BYTES_PER_ELEMENT);
  codecs[dtype].write(bytes, wholeRun(1), Float64Array.of(value));
  if (dtypeBytes(dtype) === 1) return bytes.u8[0]!;
  return dtypeBytes(dtype) === 2 ? bytes.u16[0]! : bytes.i32[0]!;
}

function valuesToBytes(dtype: Dtype, values: Float64Array): Uint8Array {
  const bytes = makeBytes(values.length * dtypeBytes(dtype));
  codecs[dtype].write(bytes, wholeRun(values.length), values);
  return bytes.u8;
}

export function bytesToTensor({ dtype, shape }: StreamTensor, given: Uint8Array): Tensor {
  const bytes = makeBytes(tensorBytes({ dtype, shape }));
  bytes.u8.set(given);
  const data = new Float64Array(elementCount(shape));
  codecs[dtype].read(bytes, wholeRun(data.length), data);
  return { dtype, shape, data };
}

/** The bytes that each tensor starts with, by TensorId; undefined for those that the stream fills. */
export function initialBytes(stream: Stream, inputs: ReadonlyMap<string, Tensor>): readonly (Uint8Array | undefined)[] {
  return stream.tensors.map((tensor) => {
    const given = isGiven(tensor) ? inputs.get(tensor.name)?.data : undefined;
    const values = tensor.role === "constant" ? constantValues(tensor) : given;
    return values === undefined ? undefined : valuesToBytes(tensor.dtype, values);
  });
}

/** A constant's elements; one number stands for all of them. */
function constantValues({ shape, data = [] }: StreamTensor): Float64Array {
  const values = new Float64Array(elementCount(shape));
  const [only] = data;
  if (data.length === 1 && only !== undefined) return values.fill(only);
  values.set(data);
  return values;
}

const isGiven = ({ role }: StreamTensor): boolean => role === "input" || role === "weight" || role === "state";

/** Whether the run gives the tensor back. */
export function isResult({ role }: StreamTensor): boolean {
  return role === "output" || role === "state";
}

/** What is missing or of another type. */
export function checkInputs(stream: Stream, inputs: ReadonlyMap<string, Tensor>): readonly Diagnostic[] {
  return stream.tensors.filter(isGiven).flatMap((tensor) => {
    const { name, role } = tensor;
    const given = inputs.get(name);
    const wanted = printType(tensor);
    if (given === undefined) return [at(problem("E1002", { role, tensor: name, expected: wanted }), undefined)];
    if (typesEqual(given, tensor)) return [];
    return [at(problem("E1003", { tensor: name, found: printType(given), expected: wanted }), undefined)];
  });
}
