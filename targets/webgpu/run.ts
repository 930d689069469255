// Runs graphs on a GPU: compiles for the host's adapter, sends the plan as one job, and reads the outputs back.

import type { Diagnostic } from "../../ir-spec/base/result.ts";
import { invariant } from "../../ir-spec/base/result.ts";
import { makeTensor, type Tensor, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { GpuAdapterInfo, GpuBuffer, GpuFailure, GpuHost, GpuJob, GpuStep } from "../gpu-host/gpu.ts";
import { compileWgsl } from "./compile.ts";
import { wgslTypeOf } from "./dtypes.ts";
import { type PlanBuffer, type PlanStep, type WgslPlan, type WgslType, wgslElementBytes } from "./plan.ts";

/** Outputs by name; or why the graph does not compile (`refused`), or why the GPU gave nothing (`failed`). */
export type GpuRun =
  | {
      readonly kind: "done";
      readonly outputs: ReadonlyMap<string, Tensor>;
      readonly adapter: GpuAdapterInfo;
      readonly compileMs: number;
      readonly executeMs: number;
    }
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "failed"; readonly failure: GpuFailure };

const arrays = { f32: Float32Array, i32: Int32Array, u32: Uint32Array } as const;

const bytesOf = (type: WgslType, values: ArrayLike<number>): Uint8Array =>
  new Uint8Array(arrays[type].from(values).buffer);

/** Runs a graph on one tensor per parameter, by name. */
export async function runGraphOnGpu(graph: Graph, inputs: ReadonlyMap<string, Tensor>, host: GpuHost): Promise<GpuRun> {
  const found = await host.describe();
  if (!found.ok) return { kind: "failed", failure: found };
  const compiled = compileWgsl(graph, found.adapter.limits);
  if (!compiled.ok) return { kind: "refused", diagnostics: compiled.error };
  const plan = compiled.value;
  const result = await host.run(planToJob(plan, inputs));
  if (!result.ok) return { kind: "failed", failure: result };
  const { adapter, compileMs, executeMs } = result;
  return { kind: "done", outputs: readOutputs(plan, result.outputs), adapter, compileMs, executeMs };
}

/** The job that runs a plan on one tensor per input, by name. */
export function planToJob(plan: WgslPlan, inputs: ReadonlyMap<string, Tensor>): GpuJob {
  return {
    modules: plan.modules,
    buffers: plan.buffers.map((buffer, index) => gpuBuffer(`b${index}`, buffer, inputs)),
    steps: plan.steps.map(gpuStep),
    readBack: [...new Set(plan.outputs.map((output) => `b${output.buffer}`))],
  };
}

function gpuBuffer(name: string, buffer: PlanBuffer, inputs: ReadonlyMap<string, Tensor>): GpuBuffer {
  const { type, elements, content } = buffer;
  const empty: GpuBuffer = { name, byteLength: elements * wgslElementBytes };
  switch (content.kind) {
    case "param": {
      const tensor = inputs.get(content.param);
      invariant(tensor !== undefined, `no tensor is given for parameter ${content.param}`);
      invariant(tensor.data.length === elements, `the tensor for parameter ${content.param} has another shape`);
      return { ...empty, init: bytesOf(type, tensor.data) };
    }
    case "fill":
      return { ...empty, fillWord: new Uint32Array(arrays[type].of(content.value).buffer)[0] as number };
    case "values":
      return { ...empty, init: bytesOf(type, content.values) };
    case "scratch":
      return empty;
    default:
      return content satisfies never;
  }
}

function gpuStep(step: PlanStep): GpuStep {
  if (step.kind === "copy") {
    return {
      kind: "copy",
      src: `b${step.src}`,
      srcByteOffset: step.srcElement * wgslElementBytes,
      dst: `b${step.dst}`,
      dstByteOffset: step.dstElement * wgslElementBytes,
      byteLength: step.elements * wgslElementBytes,
    };
  }
  return {
    kind: "dispatch",
    module: step.module,
    entryPoint: "main",
    bindings: step.bindings.map((buffer, binding) => ({ group: 0, binding, buffer: `b${buffer}` })),
    workgroups: step.workgroups,
  };
}

/** The outputs of a plan, by name, out of the buffers that its job read back. */
export function readOutputs(plan: WgslPlan, buffers: ReadonlyMap<string, ArrayBuffer>): ReadonlyMap<string, Tensor> {
  return new Map(
    plan.outputs.map(({ name, buffer, type }) => [name, readTensor(type, buffers.get(`b${buffer}`) as ArrayBuffer)]),
  );
}

function readTensor(type: TensorType, bytes: ArrayBuffer): Tensor {
  const tensor = makeTensor(type);
  tensor.data.set(new arrays[wgslTypeOf(type.dtype)](bytes, 0, tensor.data.length));
  return tensor;
}
