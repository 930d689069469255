// What the tests of the WebGPU target share.

import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import type { Attrs, Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import type { GpuHost } from "../../../targets/gpu-host/gpu.ts";

/** A graph of one op, with inputs `x0, x1, ...` and results `y0, y1, ...`. */
export function oneOp(op: OpName, types: readonly TensorType[], attrs: Attrs = {}): Graph {
  const builder = makeGraphBuilder("one");
  const operands = types.map((type, index) => builder.param("input", `x${index}`, type));
  builder.add(op, operands, attrs).forEach((value, index) => {
    builder.result(`y${index}`, value);
  });
  return builder.finish();
}

/** The host as if its adapter had no subgroups, for which other kernels are made. */
export function withoutSubgroups(of: GpuHost): GpuHost {
  return {
    ...of,
    describe: async () => {
      const found = await of.describe();
      if (!found.ok) return found;
      const { subgroupSize: _, ...limits } = found.adapter.limits;
      return { ...found, adapter: { ...found.adapter, limits } };
    },
  };
}
