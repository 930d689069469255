// Launch plans and their limits, without an adapter.

import { describe, expect, it } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { TensorType } from "../../../ir-spec/base/tensor.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { type GpuLimits, guaranteedGpuLimits } from "../../../targets/gpu-host/gpu.ts";
import { compileWgsl } from "../../../targets/webgpu/compile.ts";
import type { WgslPlan } from "../../../targets/webgpu/plan.ts";
import { printWgslPlan } from "../../../targets/webgpu/print-plan.ts";
import { coalesceDomain } from "../../../targets/webgpu/views.ts";
import { oneOp } from "./support.ts";

const f32 = (...shape: readonly number[]): TensorType => ({ dtype: "f32", shape });

function planOf(graph: Graph, limits: GpuLimits = guaranteedGpuLimits): WgslPlan {
  const compiled = compileWgsl(graph, limits);
  invariant(compiled.ok, "the graph compiles");
  return compiled.value;
}

function codesOf(graph: Graph, limits: Partial<GpuLimits>): readonly string[] {
  const compiled = compileWgsl(graph, { ...guaranteedGpuLimits, ...limits });
  return compiled.ok ? [] : compiled.error.map((found) => found.code);
}

/** A chain of `length` ops on one input. */
function chain(length: number): Graph {
  const builder = makeGraphBuilder("chain");
  let value = builder.param("input", "x", f32(10));
  for (let index = 0; index < length; index++) value = builder.add("neg", [value])[0] ?? value;
  builder.result("y", value);
  return builder.finish();
}

describe("a launch plan", () => {
  it("prints its buffers, its steps, and each module once", () => {
    const builder = makeGraphBuilder("bias");
    const x = builder.param("input", "x", { dtype: "bf16", shape: [3, 4] });
    const b = builder.param("weight", "b", { dtype: "bf16", shape: [4] });
    const [h] = builder.add("add", [x, b], {}, { names: ["h"] });
    invariant(h !== undefined, "add has a result");
    const [y] = builder.add("add", [h, b]);
    invariant(y !== undefined, "add has a result");
    builder.result("y", y);
    expect(printWgslPlan(planOf(builder.finish()))).toMatchInlineSnapshot(`
      "// bias: 2 steps, 1 module, 4 buffers
      // inputs
      //   b0: x: bf16[3, 4]
      //   b1: b: bf16[4]
      // outputs
      //   b3: y: bf16[3, 4]
      // buffers
      //   b2: scratch f32[12]
      //   b3: scratch f32[12]
      // steps
      //   0: add_0 (1, 1, 1): b0 b1 -> b2  // h = add(x, b)
      //   1: add_0 (1, 1, 1): b2 b1 -> b3  // %3 = add(h, b)

      // module add_0

      @group(0) @binding(0) var<storage, read> operand0: array<f32, 12>;
      @group(0) @binding(1) var<storage, read> operand1: array<f32, 4>;
      @group(0) @binding(2) var<storage, read_write> result: array<f32, 12>;

      // Keeps the upper 16 bits, ties to even; NaN stays as it is.
      fn round_bf16(x: f32) -> f32 {
        let bits = bitcast<u32>(x);
        let odd = (bits >> 16u) & 1u;
        let rounded = (bits + 0x7fffu + odd) & 0xffff0000u;
        let is_number = (bits & 0x7fffffffu) <= 0x7f800000u;
        return bitcast<f32>(select(bits, rounded, is_number));
      }

      @compute @workgroup_size(64, 1)
      fn main(@builtin(global_invocation_id) id: vec3u) {
        let i = id.x;
        if (i >= 12u) { return; }
        let x = operand0[i];
        let y = operand1[(i % 4u)];
        result[i] = round_bf16(x + y);
      }
      "
    `);
  });

  it("holds equal modules once and lets scratch buffers share memory", () => {
    const { modules, steps, buffers } = planOf(chain(9));
    expect([modules.length, steps.length, buffers.length]).toEqual([1, 9, 4]);
  });

  it("gives views no step", () => {
    expect(planOf(oneOp("reshape", [f32(4, 6)], { shape: [24] })).steps).toEqual([]);
    expect(planOf(oneOp("cast", [{ dtype: "bf16", shape: [4] }], { to: "f32" })).steps).toEqual([]);
  });

  it("copies blocks without a kernel", () => {
    const { steps, modules } = planOf(oneOp("slice", [f32(12, 5)], { starts: [3], ends: [7] }));
    expect(modules).toEqual([]);
    expect(steps).toMatchObject([{ kind: "copy", srcElement: 15, dstElement: 0, elements: 20 }]);
  });

  it("never binds a buffer for writing that it also reads", () => {
    for (const step of planOf(chain(9)).steps) {
      if (step.kind === "dispatch") expect(new Set(step.bindings).size).toBe(step.bindings.length);
    }
  });

  it("binds at most four buffers, however many operands are joined", () => {
    const many = Array.from({ length: 40 }, () => f32(3, 2));
    const { steps } = planOf(oneOp("concat", many, { axis: 1 }));
    expect(steps).toHaveLength(40);
    for (const step of steps) if (step.kind === "dispatch") expect(step.bindings.length).toBeLessThanOrEqual(4);
  });

  it("folds a long dispatch into two dimensions", () => {
    const { steps } = planOf(oneOp("neg", [f32(1000)]), {
      ...guaranteedGpuLimits,
      maxComputeWorkgroupsPerDimension: 7,
    });
    expect(steps).toMatchObject([{ workgroups: [6, 3, 1] }]);
  });
});

describe("the limits of the adapter", () => {
  it("E1201: a tensor too large for a buffer", () => {
    expect(codesOf(oneOp("neg", [f32(100)]), { maxStorageBufferBindingSize: 399 })).toEqual(["E1201", "E1201"]);
    expect(codesOf(oneOp("neg", [f32(100)]), { maxBufferSize: 400 })).toEqual([]);
  });

  it("E1202: too many storage buffers", () => {
    expect(codesOf(oneOp("add", [f32(2), f32(2)]), { maxStorageBuffersPerShaderStage: 2 })).toEqual(["E1202"]);
  });

  it("E1203: a workgroup too large", () => {
    expect(codesOf(oneOp("neg", [f32(2)]), { maxComputeInvocationsPerWorkgroup: 32 })).toEqual(["E1203"]);
  });

  it("E1204: a dispatch too large", () => {
    const batch = oneOp("matmul", [f32(9, 2, 2), f32(9, 2, 2)]);
    expect(codesOf(batch, { maxComputeWorkgroupsPerDimension: 8 })).toEqual(["E1204"]);
    expect(codesOf(batch, { maxComputeWorkgroupsPerDimension: 9 })).toEqual([]);
  });
});

describe("coalesceWalk", () => {
  it("joins axes that every view steps through evenly", () => {
    const whole = { base: 0, strides: [20, 5, 1] };
    const repeated = { base: 0, strides: [0, 5, 1] };
    expect(coalesceDomain({ domain: [3, 4, 5], views: [whole] })).toEqual({
      domain: [60],
      views: [{ base: 0, strides: [1] }],
    });
    expect(coalesceDomain({ domain: [3, 4, 5], views: [whole, repeated] })).toEqual({
      domain: [3, 20],
      views: [
        { base: 0, strides: [20, 1] },
        { base: 0, strides: [0, 1] },
      ],
    });
  });

  it("drops axes of size 1", () => {
    const walk = { domain: [1, 4, 1], views: [{ base: 7, strides: [99, 2, 99] }] };
    expect(coalesceDomain(walk)).toEqual({ domain: [4], views: [{ base: 7, strides: [2] }] });
  });
});
