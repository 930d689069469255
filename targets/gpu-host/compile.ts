// Compiles the WGSL modules of a job and makes one pipeline per module, entry point and constants. Compile errors come
// back with the module's name, line and column. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { type GpuDispatch, type GpuFailure, type GpuJob, type GpuModule, type GpuPlace, gpuFailure } from "./gpu.ts";
import { makeErrorLog, oneLine } from "./scopes.ts";

export interface Compiled {
  readonly ok: true;
  /** The pipeline of a step. */
  readonly pipelines: (step: GpuDispatch) => GPUComputePipeline;
}

/** Compiles all modules and pipelines of a job; reports every compile error, not only the first. */
export async function compileModules(device: GPUDevice, job: GpuJob): Promise<Compiled | GpuFailure> {
  const log = makeErrorLog(device);
  const shaders = new Map<string, GPUShaderModule>();
  for (const { name, wgsl } of job.modules) {
    shaders.set(
      name,
      log.watch(`module "${name}"`, () => device.createShaderModule({ label: name, code: wgsl })),
    );
  }
  const places = await Promise.all(job.modules.map((module) => placesOf(module, shaders)));
  const broken = places.flat();
  if (broken.length > 0) return shaderFailure(broken);
  const unplaced = await log.failure();
  if (unplaced !== undefined) return { ...unplaced, kind: "shader" };
  return makePipelines(device, job, shaders);
}

async function placesOf(
  module: GpuModule,
  shaders: ReadonlyMap<string, GPUShaderModule>,
): Promise<readonly GpuPlace[]> {
  const info = await shaders.get(module.name)?.getCompilationInfo();
  const errors = (info?.messages ?? []).filter((message) => message.type === "error");
  return errors.map(({ lineNum, linePos, message }) => ({
    module: module.name,
    line: lineNum,
    column: linePos,
    message: oneLine(message),
  }));
}

async function makePipelines(
  device: GPUDevice,
  job: GpuJob,
  shaders: ReadonlyMap<string, GPUShaderModule>,
): Promise<Compiled | GpuFailure> {
  const dispatches = job.steps.filter((step) => step.kind === "dispatch");
  const wanted = new Map(dispatches.map((step) => [pipelineKey(step), step]));
  const made = await Promise.all(
    [...wanted].map(async ([key, step]) => {
      const module = shaders.get(step.module);
      if (module === undefined) return { key, message: `no module "${step.module}"` };
      const compute = { module, entryPoint: step.entryPoint, constants: { ...step.constants } };
      const label = `${step.module}/${step.entryPoint}`;
      return device.createComputePipelineAsync({ label, layout: "auto", compute }).then(
        (pipeline) => ({ key, pipeline }),
        (error: unknown) => ({ key, message: `${label}: ${oneLine(messageOf(error))}` }),
      );
    }),
  );
  const pipelines = new Map(made.map((result) => [result.key, "pipeline" in result ? result.pipeline : undefined]));
  const messages = made.flatMap((result) => ("message" in result ? [result.message] : []));
  if (messages.length > 0) return gpuFailure("shader", messages.join("; "), "mend the shader or its entry point");
  return {
    ok: true,
    pipelines(step) {
      const pipeline = pipelines.get(pipelineKey(step));
      if (pipeline === undefined) throw new Error(`no pipeline for ${step.module}/${step.entryPoint}`);
      return pipeline;
    },
  };
}

function shaderFailure(places: readonly GpuPlace[]): GpuFailure {
  const lines = places.map(({ module, line, column, message }) => `module "${module}", ${line}:${column}: ${message}`);
  return gpuFailure("shader", lines.join("; "), "mend the WGSL at these places", places);
}

function pipelineKey(step: GpuDispatch): string {
  return step.constants === undefined
    ? `${step.module}/${step.entryPoint}`
    : JSON.stringify([step.module, step.entryPoint, step.constants]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
