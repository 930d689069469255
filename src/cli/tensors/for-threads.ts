// Tensors in memory that all threads see, so that none of them gets a copy of its own.

import type { Tensor } from "../../../ir-spec/base/tensor.ts";

export function tensorsForThreads(tensors: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: shared(tensor.data) }]));
}

function shared(data: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
