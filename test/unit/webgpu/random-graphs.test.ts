// Random graphs give the same on a GPU as in the reference: exactly where every op is exact or correctly rounded, and nearly
// for all smooth ops in f32. Without an adapter the tests are skipped, aloud.

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { OpName } from "../../../ir-spec/ops/index.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { type RandomCase, smoothOps } from "../../../src/find/fuzz/random-graph.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runGraph } from "../../../targets/ref/graph.ts";
import { runGraphOnGpu } from "../../../targets/webgpu/run.ts";
import { randomCase } from "../../property/random-graph.ts";

const isLong = process.env.TGC_LONG !== undefined;
const numRuns = isLong ? 400 : 12;

const exactOps: readonly OpName[] = [
  ...(["neg", "abs", "relu", "floor", "logical_not", "cast", "add", "sub", "mul", "max", "min"] as const),
  ...(["equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal", "where"] as const),
  ...([
    "logical_and",
    "logical_or",
    "reduce_max",
    "reduce_min",
    "transpose",
    "reshape",
    "unsqueeze",
    "squeeze",
  ] as const),
  ...(["broadcast_to", "slice", "update_slice", "concat", "split", "gather", "full", "iota", "constant"] as const),
];

/** Adapters may flush subnormal numbers to 0. */
const minNormal = 2 ** -126;

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);

/** Runs a case on both, and expects the outputs to differ by at most `relative` times their largest size, or 1. */
async function expectAgreement({ graph, inputs }: RandomCase, relative: number): Promise<void> {
  const run = await runGraphOnGpu(graph, inputs, host);
  if (run.kind !== "done") throw new Error(`${JSON.stringify(run)}\n${printGraph(graph)}`);
  for (const [name, want] of runGraph(graph, inputs, { rounding: true })) {
    const got = run.outputs.get(name)?.data ?? [];
    const slack = relative * want.data.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1) + minNormal;
    const index = want.data.findIndex((x, position) => {
      const other = got[position] as number;
      return !Object.is(x, other) && !(Math.abs(x - other) <= slack);
    });
    const place = `${name}[${index}] is ${got[index]}, expected ${want.data[index]} in\n${printGraph(graph)}`;
    expect(index, place).toBe(-1);
  }
}

describe.skipIf(!adapter.ok)("random graphs agree with the reference", () => {
  afterAll(() => host.close());

  it("exactly, of exact ops", async () => {
    const cases = randomCase({ ops: exactOps });
    await fc.assert(
      fc.asyncProperty(cases, (found) => expectAgreement(found, 0)),
      { numRuns },
    );
  });

  it("nearly, of smooth ops in f32", async () => {
    const cases = randomCase({ ops: smoothOps, dtypes: ["f32", "bool", "i32"] });
    await fc.assert(
      fc.asyncProperty(cases, (found) => expectAgreement(found, 2e-4)),
      { numRuns },
    );
  });
});
