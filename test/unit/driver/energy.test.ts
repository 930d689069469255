// The estimate of energy: counts of actions that can be counted by hand, times the numbers of the machine; kernels add up to the whole.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { energyKeys } from "../../../ir-spec/machine-energy.ts";
import { energyShares } from "../../../src/driver/energy.ts";
import { type Profile, profileGraph } from "../../../src/driver/profile.ts";
import { metricsOf, profileMetrics } from "../../../src/metrics/metrics.ts";
import { printProfile } from "../../../src/report/print-profile.ts";
import { readProgram } from "../why/support.ts";

function profileOf(text: string, machine: string): Profile {
  const { graph, options } = readProgram(text, machine);
  const profile = profileGraph(graph, options);
  invariant(profile.ok, "the program runs");
  return profile.value;
}

/** With each operand loaded once, so that its bytes can be counted. */
const product = (dtype: string): string =>
  `graph g(x: ${dtype}[256, 128], weight w: ${dtype}[128, 512]) -> (y: ${dtype}[256, 512]) {\n  y = matmul(x, w)\n}
schedule given for g { kernel y { others=default, load_lhs=kernel, load_rhs=kernel } }`;

test.each([
  ["bf16", 2],
  ["f32", 4],
  ["f16", 2],
] as const)("a product of %s", (dtype, bytes) => {
  const profile = profileOf(product(dtype), "trn2");
  const macs = 256 * 128 * 512;
  expect(profile.actions.macs).toEqual({ f32: 0, bf16: 0, f16: 0, f8: 0, [dtype]: macs });
  const moved = (256 * 128 + 128 * 512 + 256 * 512) * bytes;
  expect(profile.hbm.readBytes + profile.hbm.writeBytes).toBe(moved);
  // Each operand is written to SBUF at least once and read by the array at least once, and so is the result.
  expect(profile.actions.sbufBytes).toBeGreaterThanOrEqual(2 * moved);
  // The array writes f32 sums into PSUM, and an engine reads them.
  expect(profile.actions.psumBytes).toBeGreaterThanOrEqual(2 * 256 * 512 * 4);
  const { energyEstimate } = profile;
  invariant(energyEstimate !== undefined, "trn2 has a table");
  expect(energyEstimate.actionsPj.hbmBytePj).toBe(31 * moved);
  const perMac = { bf16: 0.59, f32: 1.69, f16: 0.72 }[dtype];
  const sum = energyKeys.reduce((all, key) => all + energyEstimate.actionsPj[key], 0);
  expect(energyShares(energyEstimate).find(({ key }) => key.startsWith("mac"))?.pj).toBeCloseTo(perMac * macs, 3);
  expect(energyEstimate.totalPj).toBe(sum);
});

const steps = `graph g(x: bf16[256, 256], weight w: bf16[256, 256]) -> (y: bf16[256, 256]) {
  h = softmax(matmul(x, w))
  y = matmul(h, w) + x
}`;

test("kernels add up to the whole, and shares to 1", () => {
  const profile = profileOf(steps, "trn1");
  invariant(profile.energyEstimate !== undefined, "trn1 has a table");
  const ofKernels = profile.kernels.reduce((sum, { energyEstimate }) => sum + (energyEstimate?.totalPj ?? 0), 0);
  expect(ofKernels).toBeCloseTo(profile.energyEstimate.totalPj, 3);
  const metrics = metricsOf(profile);
  const shares = profileMetrics.filter(({ name }) => /^energy_estimate_.*_share$/.test(name));
  expect(shares).toHaveLength(energyKeys.length);
  expect(shares.reduce((sum, { name }) => sum + (metrics[name] ?? 0), 0)).toBeCloseTo(1, 9);
  expect(metrics.energy_estimate).toBeCloseTo(profile.energyEstimate.totalPj / 1e12, 15);
  expect(printProfile(profile)).toMatch(/\n {2}energy +\S+ uJ by a rough estimate: HBM \d/);
});

test("a machine whose file says nothing of energy has no estimate", () => {
  const profile = profileOf(steps, "tiny");
  expect(JSON.stringify(profile)).not.toContain("energy");
  expect(Object.keys(metricsOf(profile)).filter((name) => name.includes("energy"))).toEqual([]);
  expect(printProfile(profile)).not.toContain("energy");
});
