// Compiles the WGSL modules of a job and makes one pipeline per module, entry point and constants; those of a part serve
// the later ones, too. Compile errors come back with the module's name, line and column. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { type GpuDispatch, type GpuFailure, type GpuModule, type GpuPart, type GpuPlace, gpuFailure } from "./gpu.ts";
import { makeErrorLog, oneLine } from "./scopes.ts";

export interface Compiled {
  readonly ok: true;
  /** The pipeline of a step. */
  readonly pipelines: (step: GpuDispatch) => GPUComputePipeline;
}

/** Compiles all modules and pipelines of a part; reports every compile error, not only the first. */
export type Compiler = (part: GpuPart) => Promise<Compiled | GpuFailure>;

/** What is compiled so far; grows in place. */
interface Library {
  readonly device: GPUDevice;
  readonly shaders: Map<string, GPUShaderModule>;
  readonly pipelines: Map<string, GPUComputePipeline>;
}

export function makeCompiler(device: GPUDevice): Compiler {
  const library: Library = { device, shaders: new Map(), pipelines: new Map() };
  return async (part) => {
    const failure = (await addShaders(library, part)) ?? (await addPipelines(library, part));
    if (failure !== undefined) return failure;
    return {
      ok: true,
      pipelines(step) {
        const pipeline = library.pipelines.get(pipelineKey(step));
        if (pipeline === undefined) throw new Error(`no pipeline for ${step.module}/${step.entryPoint}`);
        return pipeline;
      },
    };
  };
}

async function addShaders({ device, shaders }: Library, part: GpuPart): Promise<GpuFailure | undefined> {
  const log = makeErrorLog(device);
  for (const { name, wgsl } of part.modules) {
    shaders.set(
      name,
      log.watch(`module "${name}"`, () => device.createShaderModule({ label: name, code: wgsl })),
    );
  }
  const places = await Promise.all(part.modules.map((module) => placesOf(module, shaders)));
  const broken = places.flat();
  if (broken.length > 0) return shaderFailure(broken);
  const unplaced = await log.failure();
  return unplaced === undefined ? undefined : { ...unplaced, kind: "shader" };
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

async function addPipelines(library: Library, part: GpuPart): Promise<GpuFailure | undefined> {
  const { pipelines } = library;
  const dispatches = part.steps.filter((step) => step.kind === "dispatch");
  const wanted = new Map(dispatches.map((step) => [pipelineKey(step), step]));
  const missing = [...wanted].filter(([key]) => !pipelines.has(key));
  const made = await Promise.all(
    missing.map(async ([key, step]) => ({ key, result: await makePipeline(library, step) })),
  );
  for (const { key, result } of made) if (typeof result !== "string") pipelines.set(key, result);
  const messages = made.flatMap(({ result }) => (typeof result === "string" ? [result] : []));
  return messages.length === 0
    ? undefined
    : gpuFailure("shader", messages.join("; "), "fix the shader or its entry point");
}

/** The pipeline, or why there is none. */
async function makePipeline({ device, shaders }: Library, step: GpuDispatch): Promise<GPUComputePipeline | string> {
  const module = shaders.get(step.module);
  if (module === undefined) return `no module "${step.module}"`;
  const compute = { module, entryPoint: step.entryPoint, constants: { ...step.constants } };
  const label = `${step.module}/${step.entryPoint}`;
  return device
    .createComputePipelineAsync({ label, layout: "auto", compute })
    .catch((error: unknown) => `${label}: ${oneLine(messageOf(error))}`);
}

function shaderFailure(places: readonly GpuPlace[]): GpuFailure {
  const lines = places.map(({ module, line, column, message }) => `module "${module}", ${line}:${column}: ${message}`);
  return gpuFailure("shader", lines.join("; "), "fix the WGSL at these places", places);
}

function pipelineKey(step: GpuDispatch): string {
  return step.constants === undefined
    ? `${step.module}/${step.entryPoint}`
    : JSON.stringify([step.module, step.entryPoint, step.constants]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
