// Runs every op of the op table on a GPU adapter and compares with the reference interpreter: all cases are one graph, and so
// one job. Without an adapter the tests are skipped, aloud.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roundTo, ulpAt } from "../../../ir-spec/base/dtype.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { opNames } from "../../../ir-spec/ops/index.ts";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import type { GpuHost } from "../../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runGraphOnGpu } from "../../../targets/webgpu/run.ts";
import type { OpCase } from "./op-case.ts";
import { opCases, takesPositive } from "./op-cases.ts";
import { withoutSubgroups } from "./support.ts";

function operandTensor(found: OpCase, index: number, name: string): Tensor {
  const type = found.operands[index] as OpCase["operands"][number];
  const values = found.values?.[index];
  if (values !== undefined) return { ...type, data: Float64Array.from(values, (x) => roundTo(type.dtype, x)) };
  const fill = takesPositive(found.op) && index === 0 ? { kind: "positive" as const } : undefined;
  return makeRandomTensor(type, 1, name, fill);
}

/** A graph with one node, and so one or more results `c<index>_<result>`, for each case. */
function makeCaseGraph(cases: readonly OpCase[]): {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor>;
} {
  const builder = makeGraphBuilder("ops");
  const inputs = new Map<string, Tensor>();
  cases.forEach((found, index) => {
    const operands = found.operands.map((type, position) => {
      const name = `c${index}_x${position}`;
      inputs.set(name, operandTensor(found, position, name));
      return builder.param("input", name, type);
    });
    builder.add(found.op, operands, found.attrs).forEach((value, result) => {
      builder.result(`c${index}_${result}`, value);
    });
  });
  return { graph: builder.finish(), inputs };
}

/** Adapters may flush subnormal results to 0. */
const minNormal = 2 ** -126;

function isNear(found: OpCase, got: number, want: number, dtype: Tensor["dtype"]): boolean {
  if (Number.isNaN(want) || !Number.isFinite(want)) return Object.is(got, want);
  return Math.abs(got - want) <= found.ulps * ulpAt(dtype, want) + found.noise + (dtype === "i32" ? 0 : minNormal);
}

/** The first element that is too far off, or undefined. */
function firstMismatch(found: OpCase, got: Tensor, want: Tensor): string | undefined {
  const index = want.data.findIndex(
    (value, position) => !isNear(found, got.data[position] as number, value, want.dtype),
  );
  return index < 0 ? undefined : `element ${index} is ${got.data[index]}, expected ${want.data[index]}`;
}

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);

describe.skipIf(!adapter.ok)("WGSL of every op", () => {
  const { graph, inputs } = makeCaseGraph(opCases);
  const wanted = runGraph(graph, inputs, { rounding: true });
  let outputs: ReadonlyMap<string, Tensor> = new Map();

  beforeAll(async () => {
    const run = await runGraphOnGpu(graph, inputs, host);
    if (run.kind !== "done") throw new Error(JSON.stringify(run));
    outputs = run.outputs;
  });
  afterAll(() => host.close());

  it("has a case for each op", () => {
    const covered = new Set(opCases.map((found) => found.op));
    expect(opNames.filter((name) => !covered.has(name))).toEqual([]);
  });

  it.each([...opNames])("%s agrees with the reference", (op) => {
    const mismatches = opCases.flatMap((found, index) => {
      if (found.op !== op) return [];
      const names = [...wanted.keys()].filter((name) => name.startsWith(`c${index}_`));
      return names.flatMap((name) => {
        const mismatch = firstMismatch(found, outputs.get(name) as Tensor, wanted.get(name) as Tensor);
        return mismatch === undefined ? [] : [`${JSON.stringify({ ...found, values: undefined })}: ${mismatch}`];
      });
    });
    expect(mismatches).toEqual([]);
  });

  it("has products that are the same with and without subgroups", async () => {
    const products = makeCaseGraph(opCases.filter(({ op }) => op === "matmul"));
    const [some, none] = [await outputsOf(products, host), await outputsOf(products, withoutSubgroups(host))];
    for (const [name, { data }] of some) expect(data, name).toEqual(none.get(name)?.data);
  });
});

async function outputsOf({ graph, inputs }: ReturnType<typeof makeCaseGraph>, on: GpuHost) {
  const run = await runGraphOnGpu(graph, inputs, on);
  if (run.kind !== "done") throw new Error(JSON.stringify(run));
  return run.outputs;
}
