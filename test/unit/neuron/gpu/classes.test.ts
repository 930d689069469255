// Each instruction that runs on the GPU, against the simulator: the same stream on the same random operands.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ulpAt } from "../../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../../ir-spec/base/errors/index.ts";
import { invariant } from "../../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../../ir-spec/base/tensor.ts";
import { makeNodeGpuHost } from "../../../../targets/gpu-host/node.ts";
import { runStreamOnGpu } from "../../../../targets/neuron/gpu/run.ts";
import { instNames } from "../../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import { actCases } from "../isa-act-cases.ts";
import { indirectCases } from "../isa-indirect-cases.ts";
import { fewOperatorCases } from "../isa-operator-cases.ts";
import { arrayCases, otherCases } from "../isa-other-cases.ts";
import { searchCases } from "../isa-search-cases.ts";
import type { InstCase } from "../isa-special-fixtures.ts";
import { vectorCases } from "../isa-vector-cases.ts";
import { caseStream, type GpuCase } from "./case-stream.ts";
import { accumulatorCases, classCases } from "./class-cases.ts";
import { indirectProducts } from "./indirect-products.ts";

const machine = machineByName("trn3");
invariant(machine !== undefined, "trn3 is shipped: it has every ability");

/** Of what the GPU computes in f32 where the instruction says exactly, or with functions of its own. */
const specialUlps: Readonly<Record<string, number>> = { bn_stats: 8, bn_aggr: 8, exponential: 16 };

const operatorUlps = ({ values = {} }: InstCase): number => (values.op1 === "rsqrt" ? 1.5 : 0);

const asGpuCase = (entry: InstCase): GpuCase => ({ ...entry, ulps: specialUlps[entry.name] ?? operatorUlps(entry) });
const special = [...vectorCases, ...otherCases, ...arrayCases, ...fewOperatorCases, ...actCases, ...searchCases];
/** Random operands go by the number of a case: new cases come last. */
const cases = [
  ...classCases,
  ...special.map(asGpuCase),
  ...accumulatorCases,
  ...indirectCases.map(asGpuCase),
  ...indirectProducts,
];

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);

it("every instruction has a case", () => {
  const byOthers = ["load_weights", "load_weights_mx", "acquire", "release", "drain"];
  const covered = new Set<string>([...cases.map(({ name }) => name), ...byOthers]);
  const missing = instNames.filter((name) => !covered.has(name));
  expect(missing).toEqual([]);
});

describe.skipIf(!adapter.ok)("instructions on the GPU", () => {
  const { stream, inputs, results } = caseStream(cases, machine, 1);
  let got: ReadonlyMap<string, Tensor> = new Map();
  let wanted: ReadonlyMap<string, Tensor> = new Map();

  beforeAll(async () => {
    const simulated = simulate(stream, machine, inputs);
    if (!simulated.ok) throw new Error(simulated.error.map(({ code, args }) => errorMessage(code, args)).join("; "));
    const run = await runStreamOnGpu(stream, machine, inputs, { host });
    if (run.kind !== "done") throw new Error(JSON.stringify(run).slice(0, 5000));
    wanted = simulated.value.outputs;
    got = run.outputs;
  });
  afterAll(() => host.close());

  it.each(cases.map((entry, index) => ({ ...entry, index })))("$name, case $index", ({ index, ulps = 0 }) => {
    for (const name of results[index] ?? []) {
      const [gpu, simulator] = [got.get(name), wanted.get(name)];
      invariant(gpu !== undefined && simulator !== undefined, `${name} is an output`);
      simulator.data.forEach((x, at) => {
        const found = gpu.data[at] ?? 0;
        const isNear = Object.is(found, x) || Math.abs(found - x) <= ulps * ulpAt(simulator.dtype, x);
        if (!isNear) expect.fail(`${name}[${at}], ${simulator.dtype}, is ${found}, expected ${x}`);
      });
    }
  });
});
