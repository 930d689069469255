// One kernel: a WGSL module and how it is launched, with its buffers still named by their place in the node. Checks the
// adapter's limits before any text is made.

import { type Problem, problem } from "../../ir-spec/base/result.ts";
import { elementCount, type TensorType } from "../../ir-spec/base/tensor.ts";
import type { UseOf } from "../../ir-spec/graph.ts";
import type { OpName } from "../../ir-spec/ops/index.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { withFunctions } from "../gpu-host/wgsl/functions.ts";
import type { WgslType } from "./plan.ts";

/** The types of a node's values. */
export interface ValueTypes {
  readonly operands: readonly TensorType[];
  readonly results: readonly TensorType[];
}

/** A node as the rules see it: types and complete attributes. */
export type NodeTypes<N extends OpName = OpName> = UseOf<N> & ValueTypes;

/** A buffer, by its place in the node; scratch buffers belong to the node alone. */
export type Slot =
  | { readonly kind: "operand" | "result"; readonly index: number }
  | { readonly kind: "scratch"; readonly index: number; readonly type: WgslType; readonly elements: number };

export interface KernelBuffer {
  /** The variable that the body uses. */
  readonly name: string;
  readonly type: WgslType;
  readonly slot: Slot;
}

export interface Kernel {
  readonly kind: "kernel";
  /** What it does, in snake case; modules are named after it. */
  readonly name: string;
  readonly reads: readonly KernelBuffer[];
  readonly writes: KernelBuffer;
  readonly workgroup: readonly [x: number, y: number];
  readonly grid: readonly [x: number, y: number, z: number];
  /** The statements of `main`. */
  readonly body: string;
  /** Parameters of `main`. */
  readonly builtins: string;
  /** What the module begins with. */
  readonly enable?: string;
}

/** A block of elements that lies together in both buffers. */
export interface BlockCopy {
  readonly kind: "copy";
  readonly src: Slot;
  readonly srcElement: number;
  readonly dst: Slot;
  readonly dstElement: number;
  readonly elements: number;
}

export type Action = Kernel | BlockCopy;

export const result0: Slot = { kind: "result", index: 0 };

/** Invocations per workgroup of the kernels that count through elements. */
const lineWorkgroup = 64;

interface LineKernel {
  readonly name: string;
  readonly reads: readonly KernelBuffer[];
  readonly writes: KernelBuffer;
  /** The body runs once for each `i` below it. */
  readonly count: number;
  readonly body: string;
}

/** Makes a kernel that runs its body once for each `i` below `count`; long ones take a second dimension. */
export function makeLineKernel(line: LineKernel, limits: GpuLimits): Kernel {
  const groups = Math.ceil(line.count / lineWorkgroup);
  const rows = Math.ceil(groups / limits.maxComputeWorkgroupsPerDimension);
  const columns = Math.ceil(groups / rows);
  const index = rows === 1 ? "id.x" : `id.y * ${columns * lineWorkgroup}u + id.x`;
  const { name, reads, writes } = line;
  return {
    kind: "kernel",
    name,
    reads,
    writes,
    workgroup: [lineWorkgroup, 1],
    grid: [columns, rows, 1],
    builtins: "@builtin(global_invocation_id) id: vec3u",
    body: `let i = ${index};\nif (i >= ${line.count}u) { return; }\n${line.body}`,
  };
}

/** How many elements the buffer of a slot holds. */
function slotElements(slot: Slot, node: ValueTypes): number {
  if (slot.kind === "scratch") return slot.elements;
  const types = slot.kind === "operand" ? node.operands : node.results;
  return elementCount((types[slot.index] as TensorType).shape);
}

/**
 * The kernel's module: its buffers, the functions that it calls, and `main`. The buffers' lengths are written out, so
 * that bounds checks put in by the implementation are against constants.
 */
export function kernelText(kernel: Kernel, node: ValueTypes): string {
  const declarations = [...kernel.reads, kernel.writes].map(({ name, type, slot }, binding) => {
    const access = binding < kernel.reads.length ? "read" : "read_write";
    const array = `array<${type}, ${slotElements(slot, node)}>`;
    return `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: ${array};`;
  });
  const body = kernel.body.split("\n").map((line) => (line === "" ? "" : `  ${line}`));
  const main = [
    `@compute @workgroup_size(${kernel.workgroup.join(", ")})`,
    `fn main(${kernel.builtins}) {`,
    ...body,
    "}",
    "",
  ];
  return `${kernel.enable ?? ""}${declarations.join("\n")}\n\n${withFunctions(main.join("\n"))}`;
}

/** What of the kernel the adapter cannot run. */
export function checkKernel(kernel: Kernel, limits: GpuLimits): Problem | undefined {
  const { name: kernelName, workgroup, grid } = kernel;
  const buffers = kernel.reads.length + 1;
  if (buffers > limits.maxStorageBuffersPerShaderStage) {
    return problem("E1202", { kernel: kernelName, found: buffers, limit: limits.maxStorageBuffersPerShaderStage });
  }
  const invocations = workgroup[0] * workgroup[1];
  if (invocations > limits.maxComputeInvocationsPerWorkgroup) {
    const limit = limits.maxComputeInvocationsPerWorkgroup;
    return problem("E1203", { kernel: kernelName, found: invocations, limit });
  }
  const widest = Math.max(...grid);
  if (widest > limits.maxComputeWorkgroupsPerDimension) {
    return problem("E1204", { kernel: kernelName, found: widest, limit: limits.maxComputeWorkgroupsPerDimension });
  }
  return undefined;
}

/** What is wrong with a buffer of so many bytes (B). */
export function checkBuffer(value: string, bytes: number, limits: GpuLimits): Problem | undefined {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return bytes <= limit ? undefined : problem("E1201", { value, bytes, limit });
}
