// The exact cases on everything that runs graphs: all are one graph, as each run on a GPU takes a while.
import { afterAll, expect, test } from "vitest";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { type ExecutorName, executors, makeTask } from "../../../src/driver/executors.ts";
import { runsOn } from "../../../src/driver/gpu-runs.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { exactCases } from "./exact-cases.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`exact cases are not tested on webgpu: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

const names: readonly ExecutorName[] = ["tiles", "neuron", ...(adapter.ok ? (["webgpu"] as const) : [])];

function makeCaseGraph() {
  const builder = makeGraphBuilder("cases");
  const inputs = new Map<string, Tensor>();
  for (const [index, [op, tensors, attrs]] of exactCases.entries()) {
    const operands = tensors.map((tensor, position) => {
      const name = `c${index}_x${position}`;
      inputs.set(name, tensor);
      return builder.param("input", name, tensor);
    });
    for (const [result, value] of builder.add(op, operands, attrs).entries()) {
      builder.result(`${op}_${index}_${result}`, value);
    }
  }
  return { graph: builder.finish(), inputs };
}

const { graph, inputs } = makeCaseGraph();
const wanted = runGraph(graph, inputs, { rounding: true });

test.each(names)("%s", async (name) => {
  const target = targetByName("trn2");
  if (!target.ok) throw new Error("no trn2");
  const options = { target: target.value, strategy: "naive" } as const;
  const ran = await executors[name].run(makeTask({ graph, inputs, options, gpu: runsOn(host) }));
  if (ran.kind !== "done") throw new Error(JSON.stringify(ran));
  const wrong = [...wanted].filter(([output, { data }]) => {
    const found = ran.outputs.get(output)?.data ?? [];
    // -0 and 0 are the same here: sums of zeros may have either sign.
    return !data.every((x, index) => Object.is(x + 0, (found[index] as number) + 0));
  });
  expect(wrong.map(([output]) => output)).toEqual([]);
});
