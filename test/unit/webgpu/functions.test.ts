// How accurate the WGSL functions are in f32: the largest error over many arguments, in units in the last place of the exact
// result. The bounds are what SwiftShader reaches, rounded up; quotients are correctly rounded on every adapter.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ulpAt } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Attrs } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder, nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { type OpName, opDef } from "../../../ir-spec/ops/index.ts";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { runGraphOnGpu } from "../../../targets/webgpu/run.ts";

/** Arguments spread evenly from `from` to `to`, or, with `isLog`, powers of two with exponents spread so and either sign. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly isLog?: boolean;
}

interface AccuracyCase {
  readonly op: OpName;
  readonly attrs?: Attrs;
  readonly ranges: readonly Range[];
  readonly ulps: number;
}

const even = (from: number, to: number): Range => ({ from, to });
const powers = (from: number, to: number): Range => ({ from, to, isLog: true });

const cases: readonly AccuracyCase[] = [
  { op: "exp", ranges: [even(-87, 88.7)], ulps: 1 },
  { op: "exp", ranges: [even(-1, 1)], ulps: 1 },
  { op: "log", ranges: [even(1e-30, 1e30)], ulps: 1 },
  { op: "log", ranges: [even(0.5, 2)], ulps: 1 },
  { op: "tanh", ranges: [even(-10, 10)], ulps: 1.5 },
  { op: "tanh", ranges: [powers(-30, 3)], ulps: 1.5 },
  { op: "sigmoid", ranges: [even(-87, 87)], ulps: 3 },
  { op: "silu", ranges: [even(-80, 80)], ulps: 3 },
  { op: "erf", ranges: [even(-4, 4)], ulps: 1.5 },
  { op: "erf", ranges: [powers(-30, 2)], ulps: 1.5 },
  { op: "gelu", ranges: [even(-3, 5)], ulps: 5 },
  { op: "gelu", ranges: [even(-12, -3)], ulps: 5 },
  { op: "gelu", ranges: [powers(-30, 2)], ulps: 5 },
  { op: "gelu", attrs: { approximate: "tanh" }, ranges: [even(-8, 5)], ulps: 4 },
  { op: "sin", ranges: [even(-100, 100)], ulps: 3 },
  { op: "sin", ranges: [powers(-20, 127)], ulps: 3 },
  { op: "cos", ranges: [even(-100, 100)], ulps: 3 },
  { op: "cos", ranges: [powers(-20, 127)], ulps: 3 },
  { op: "sqrt", ranges: [even(1e-30, 1e30)], ulps: 0.5 },
  { op: "rsqrt", ranges: [even(1e-30, 1e3)], ulps: 1.5 },
  { op: "reciprocal", ranges: [powers(-120, 120)], ulps: 0.5 },
  { op: "div", ranges: [powers(-60, 60), powers(-60, 60)], ulps: 0.5 },
  { op: "pow", ranges: [even(0.001, 1000), even(-10, 10)], ulps: 4 },
  { op: "pow", ranges: [even(0.5, 2), even(-100, 100)], ulps: 4 },
  { op: "pow", ranges: [even(0.95, 1.05), even(-1000, 1000)], ulps: 4 },
];

const pointCount = 10_007;

/** Point `index` of a range; the second operand steps through its range in another order than the first. */
function pointOf(range: Range, index: number, operand: number): number {
  const stride = operand === 0 ? 1 : 4_871;
  const place = ((index * stride) % pointCount) / pointCount;
  const x = range.from + (range.to - range.from) * place;
  return Math.fround(range.isLog === true ? (index % 2 === 0 ? 1 : -1) * 2 ** x : x);
}

function argumentsOf({ ranges }: AccuracyCase, index: number): readonly number[] {
  return ranges.map((range, operand) => pointOf(range, index, operand));
}

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);

/** The results of all cases, by index, from one job. */
async function runCases(): Promise<readonly Tensor[]> {
  const builder = makeGraphBuilder("functions");
  const inputs = new Map<string, Tensor>();
  const param = (name: string, data: Float64Array): ValueId => {
    const tensor: Tensor = { dtype: "f32", shape: [pointCount], data };
    inputs.set(name, tensor);
    return builder.param("input", name, tensor);
  };
  cases.forEach(({ op, attrs, ranges }, index) => {
    const operands = ranges.map((range, operand) =>
      param(
        `x${index}_${operand}`,
        Float64Array.from({ length: pointCount }, (_, i) => pointOf(range, i, operand)),
      ),
    );
    for (const value of builder.add(op, operands, attrs)) builder.result(`y${index}`, value);
  });
  const run = await runGraphOnGpu(builder.finish(), inputs, host);
  if (run.kind !== "done") throw new Error(JSON.stringify(run));
  return [...run.outputs.values()];
}

/** The largest error of a case (ulp), and the arguments where it occurs. Results that are not normal numbers do not count. */
function worstOf(found: AccuracyCase, got: Tensor): { readonly ulps: number; readonly at: string } {
  let worst = { ulps: 0, at: "" };
  for (let index = 0; index < pointCount; index++) {
    const args = argumentsOf(found, index);
    const want = opDef(found.op).apply?.(args, nodeAttrs(found.op, [], found.attrs ?? {}), "f32") ?? Number.NaN;
    if (Math.abs(want) < 2 ** -125 || Math.abs(want) > 2 ** 127) continue;
    const other = got.data[index] as number;
    const ulps = Math.abs(other - want) / ulpAt("f32", want);
    if (!(ulps <= worst.ulps)) worst = { ulps, at: `${found.op}(${args}) is ${other}, expected ${want}` };
  }
  return worst;
}

describe.skipIf(!adapter.ok)("accuracy in f32", () => {
  let results: readonly Tensor[] = [];
  beforeAll(async () => {
    results = await runCases();
  });
  afterAll(() => host.close());

  it.each(cases.map((found, index) => ({ ...found, index })))("$op, case $index: $ulps ulp", (found) => {
    const worst = worstOf(found, results[found.index] as Tensor);
    expect(worst.ulps, worst.at).toBeLessThanOrEqual(found.ulps);
  });
});
