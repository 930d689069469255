// The words of the check's messages: places, bytes, semaphores.

import type { Memory } from "../../../ir-spec/base/memory.ts";
import type { Stream } from "../stream.ts";
import type { Site } from "./program.ts";

/** `matmul at pe:0.2 of kernel mlp`, and with indices `, i0=2`. */
export function describeSite(site: Site, stream: Stream, indices: readonly number[] = []): string {
  const kernel = stream.kernels[site.instruction.kernel];
  const ofKernel = kernel === undefined ? "" : ` of kernel ${kernel.name}`;
  const iteration = indices.map((index, at) => `, ${describeLoop(stream, site.loops[at] ?? -1)}=${index}`);
  return `${site.instruction.inst} at ${site.queueName}:${site.path.join(".")}${ofKernel}${iteration.join("")}`;
}

export function describeLoop(stream: Stream, loop: number): string {
  return stream.loops[loop] || `i${loop}`;
}

/** `s3 "x full"`. */
export function describeSemaphore(stream: Stream, sem: number): string {
  const name = stream.semaphores[sem]?.name;
  return name ? `s${sem} "${name}"` : `s${sem}`;
}

/** `0x400..0x5ff`: both ends belong to it. */
export function describeRange(low: number, end: number): string {
  return `${hex(low)}..${hex(end - 1)}`;
}

/** `sbuf bytes 0x400..0x5ff of partitions 32..63`. */
export function describeBytes(memory: Memory | string, low: number, end: number, where = ""): string {
  return `${memory} bytes ${describeRange(low, end)}${where}`;
}

function hex(value: number): string {
  return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}
