// Whole programs: their streams on the GPU against the simulator, on a small machine and on a real one.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isFloat, ulpAt } from "../../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { invariant, type Result } from "../../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../../ir-spec/base/tensor.ts";
import { makeRandomInputs } from "../../../../ir-spec/random-tensor.ts";
import { graphToTiles } from "../../../../src/driver/compile.ts";
import { targetByName } from "../../../../src/driver/targets.ts";
import { parseGraphs } from "../../../../src/text/index.ts";
import type { GpuHost } from "../../../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../../../targets/gpu-host/node.ts";
import { compileTiles } from "../../../../targets/neuron/compile/compile.ts";
import { runStreamOnGpu } from "../../../../targets/neuron/gpu/run.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import { rootDirectory } from "../../../architecture/source-files.ts";
import { withoutSubgroups } from "../../webgpu/support.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.error.map(({ code, args }) => errorMessage(code, args)).join("\n"));
}

/** Multiplications and sums agree bit for bit, as both sides round in the same places; functions differ a little. */
const cases = [
  { file: "vector-add.tg", target: "tiny", relative: 0 },
  { file: "vector-add.tg", target: "trn2", relative: 0 },
  { file: "matmul.tg", target: "trn2", relative: 0 },
  { file: "softmax.tg", target: "trn2", relative: 2 ** -20 },
  { file: "layer-norm.tg", target: "trn2", relative: 2 ** -20 },
  { file: "kv-cache.tg", target: "trn2", relative: 2 ** -20 },
  { file: "mlp.tg", target: "trn2", relative: 2 ** -7 },
] as const;

/** The largest error of an element, and the largest element. */
function largestError(got: Tensor, wanted: Tensor): { readonly error: number; readonly largest: number } {
  let [error, largest] = [0, 0];
  wanted.data.forEach((x, at) => {
    const found = got.data[at] ?? Number.NaN;
    if (!Object.is(found, x))
      error = Math.max(error, Number.isNaN(found - x) ? Number.POSITIVE_INFINITY : Math.abs(found - x));
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  });
  return { error, largest };
}

function compiled(file: string, target: string) {
  const text = readFileSync(join(rootDirectory, "samples", file), "utf8");
  const compile = { target: unwrap(targetByName(target)), strategy: "heuristic" } as const;
  const [graph] = unwrap(parseGraphs({ name: file, text }));
  invariant(graph !== undefined, "the sample has a graph");
  const stream = unwrap(compileTiles(unwrap(graphToTiles(graph, compile)).value, compile.target.machine));
  return { stream, machine: compile.target.machine, inputs: makeRandomInputs(graph, 1) };
}

async function outputsOnGpu({ stream, machine, inputs }: ReturnType<typeof compiled>, on: GpuHost) {
  const run = await runStreamOnGpu(stream, machine, inputs, { host: on });
  invariant(run.kind === "done", `the GPU runs it, but: ${JSON.stringify(run)}`);
  return run.outputs;
}

describe.skipIf(!adapter.ok)("a sample's stream on the GPU", () => {
  it("has products that are the same with and without subgroups", async () => {
    const program = compiled("matmul.tg", "trn2");
    const [some, none] = [await outputsOnGpu(program, host), await outputsOnGpu(program, withoutSubgroups(host))];
    for (const [name, { data }] of some) expect(data, name).toEqual(none.get(name)?.data);
  });

  it.each(cases)("$file on $target", async ({ file, target, relative }) => {
    const program = compiled(file, target);
    const wanted = unwrap(simulate(program.stream, program.machine, program.inputs)).outputs;
    const outputs = await outputsOnGpu(program, host);
    for (const [name, tensor] of wanted) {
      const { error, largest } = largestError(outputs.get(name) ?? tensor, tensor);
      const ulp = relative > 0 && isFloat(tensor.dtype) ? ulpAt(tensor.dtype, largest) : 0;
      expect(error, name).toBeLessThanOrEqual(Math.max(relative * largest, ulp));
    }
  });
});
