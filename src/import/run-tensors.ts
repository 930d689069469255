// The tensors that a run of an imported graph is given: the model's weights, and values for its inputs.

import { roundTo } from "../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../ir-spec/base/tensor.ts";
import { typeOf } from "../../ir-spec/graph.ts";
import type { Imported } from "./onnx/import-model.ts";
import type { OnnxTensor } from "./onnx/read-tensor.ts";

/** One tensor for each parameter of the graph, rounded to its dtype; `data` are by the model's names. */
export function runTensors(
  { graph, weights, inputs }: Imported,
  data: ReadonlyMap<string, OnnxTensor>,
): ReadonlyMap<string, Tensor> {
  const given = new Map(inputs.map(({ name, inGraph }) => [inGraph, data.get(name)?.data]));
  return new Map(
    graph.params.map(({ name, value }) => {
      const type = typeOf(graph, value);
      const elements = given.get(name)?.() ?? weights.get(name)?.known() ?? new Float64Array();
      return [name, { ...type, data: elements.map((x) => roundTo(type.dtype, x)) }];
    }),
  );
}
