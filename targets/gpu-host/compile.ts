// Compiles the WGSL modules of a job and makes one pipeline per module, entry point and constants; what is compiled serves all
// that is run on the device, as a text means the same in every job. Compile errors come back with the module's name, line and column. Runs in a browser and in the child process of the Node host.

/// <reference types="@webgpu/types" />

import { type GpuDispatch, type GpuFailure, type GpuModule, type GpuPart, type GpuPlace, gpuFailure } from "./gpu.ts";
import { type ErrorLog, makeErrorLog, oneLine } from "./scopes.ts";

export interface Compiled {
  readonly ok: true;
  /** The pipeline of a step. */
  readonly pipelines: (step: GpuDispatch) => GPUComputePipeline;
}

/** Compiles all modules and pipelines of a part; reports every compile error, not only the first. */
export type Compiler = (part: GpuPart) => Promise<Compiled | GpuFailure>;

/** What is compiled on a device so far; grows in place. */
export interface Library {
  readonly device: GPUDevice;
  /** By text. */
  readonly shaders: Map<string, Shader>;
}

interface Shader {
  readonly module: GPUShaderModule;
  /** By entry point and constants. */
  readonly pipelines: Map<string, GPUComputePipeline>;
}

export function makeLibrary(device: GPUDevice): Library {
  return { device, shaders: new Map() };
}

/** What a job compiles with: the library, and its own names of modules. Grows in place. */
interface JobLibrary extends Library {
  readonly names: Map<string, Shader>;
}

/** Makes what compiles the parts of one job. */
export function makeCompiler(shared: Library): Compiler {
  const library: JobLibrary = { ...shared, names: new Map() };
  return async (part) => {
    const failure = (await addShaders(library, part)) ?? (await addPipelines(library, part));
    if (failure !== undefined) return failure;
    return {
      ok: true,
      pipelines(step) {
        const pipeline = library.names.get(step.module)?.pipelines.get(pipelineKey(step));
        if (pipeline === undefined) throw new Error(`no pipeline for ${step.module}/${step.entryPoint}`);
        return pipeline;
      },
    };
  };
}

async function addShaders(library: JobLibrary, part: GpuPart): Promise<GpuFailure | undefined> {
  const { device, shaders, names } = library;
  const log = makeErrorLog(device);
  const made: GpuModule[] = [];
  for (const added of part.modules) {
    const { name, wgsl } = added;
    const known = shaders.get(wgsl);
    const makeModule = () =>
      log.watch(`module "${name}"`, () => device.createShaderModule({ label: name, code: wgsl }));
    const shader = known ?? { module: makeModule(), pipelines: new Map() };
    if (known === undefined) made.push(added);
    shaders.set(wgsl, shader);
    names.set(name, shader);
  }
  const failure = await shaderFailures(made, names, log);
  // Not even another job may take a shader that is broken for a known one.
  if (failure !== undefined) for (const { wgsl } of made) shaders.delete(wgsl);
  return failure;
}

async function shaderFailures(
  modules: readonly GpuModule[],
  names: ReadonlyMap<string, Shader>,
  log: ErrorLog,
): Promise<GpuFailure | undefined> {
  const places = await Promise.all(modules.map((module) => placesOf(module, names)));
  const broken = places.flat();
  if (broken.length > 0) return shaderFailure(broken);
  const unplaced = await log.failure();
  return unplaced === undefined ? undefined : { ...unplaced, kind: "shader" };
}

async function placesOf(module: GpuModule, names: ReadonlyMap<string, Shader>): Promise<readonly GpuPlace[]> {
  const info = await names.get(module.name)?.module.getCompilationInfo();
  const errors = (info?.messages ?? []).filter((message) => message.type === "error");
  return errors.map(({ lineNum, linePos, message }) => ({
    module: module.name,
    line: lineNum,
    column: linePos,
    message: oneLine(message),
  }));
}

async function addPipelines(library: JobLibrary, part: GpuPart): Promise<GpuFailure | undefined> {
  const dispatches = part.steps.filter((step) => step.kind === "dispatch");
  const wanted = new Map(dispatches.map((step) => [`${step.module}/${pipelineKey(step)}`, step]));
  const missing = [...wanted.values()].filter(
    (step) => library.names.get(step.module)?.pipelines.has(pipelineKey(step)) !== true,
  );
  const made = await Promise.all(missing.map(async (step) => ({ step, result: await makePipeline(library, step) })));
  for (const { step, result } of made) {
    if (typeof result !== "string") library.names.get(step.module)?.pipelines.set(pipelineKey(step), result);
  }
  const messages = made.flatMap(({ result }) => (typeof result === "string" ? [result] : []));
  return messages.length === 0
    ? undefined
    : gpuFailure("shader", messages.join("; "), "fix the shader or its entry point");
}

/** The pipeline, or why there is none. */
async function makePipeline({ device, names }: JobLibrary, step: GpuDispatch): Promise<GPUComputePipeline | string> {
  const module = names.get(step.module)?.module;
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

function pipelineKey({ entryPoint, constants }: GpuDispatch): string {
  return constants === undefined ? entryPoint : JSON.stringify([entryPoint, constants]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
