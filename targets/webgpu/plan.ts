// Stage 6c: `WgslPlan`, a graph as WGSL modules and the steps that launch them. Plain data. Invariants: each module text
// occurs once; a step reads only buffers that are given or were written by a step before it; every module has one entry
// point `main`, and binds at @group(0) the buffers it reads, in order, and then the one that it writes.

import type { TensorType } from "../../ir-spec/base/tensor.ts";

/** How elements lie in a buffer: floats of every width as f32, i32 as it is, bool as 0 or 1. All take 4 bytes. */
export type WgslType = "f32" | "i32" | "u32";

export const wgslElementBytes = 4;

export interface WgslModule {
  readonly name: string;
  readonly wgsl: string;
}

/**
 * What a buffer holds before the first step:
 * - param: the tensor given for a parameter
 * - fill: one value everywhere
 * - values: these values
 * - scratch: nothing; a step writes it before another one reads it
 */
export type BufferContent =
  | { readonly kind: "param"; readonly param: string }
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "values"; readonly values: readonly number[] }
  | { readonly kind: "scratch" };

/** A storage buffer; it is named by its index, `b3`. */
export interface PlanBuffer {
  readonly type: WgslType;
  readonly elements: number;
  readonly content: BufferContent;
}

export interface PlanDispatch {
  readonly kind: "dispatch";
  readonly module: string;
  /** Buffers by index, in the order of their bindings; the last one is written. */
  readonly bindings: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** The graph's statement that the step belongs to, for people. */
  readonly note: string;
}

export interface PlanCopy {
  readonly kind: "copy";
  readonly src: number;
  readonly srcElement: number;
  readonly dst: number;
  readonly dstElement: number;
  readonly elements: number;
  readonly note: string;
}

export type PlanStep = PlanDispatch | PlanCopy;

/** A parameter or an output: which buffer holds it, and what it is to the user. */
export interface PlanPort {
  readonly name: string;
  readonly buffer: number;
  readonly type: TensorType;
}

export interface WgslPlan {
  readonly name: string;
  readonly modules: readonly WgslModule[];
  readonly buffers: readonly PlanBuffer[];
  readonly steps: readonly PlanStep[];
  readonly inputs: readonly PlanPort[];
  readonly outputs: readonly PlanPort[];
}

/** The buffers that a step reads, and the one that it writes. */
export function stepBuffers(step: PlanStep): { readonly reads: readonly number[]; readonly writes: number } {
  if (step.kind === "copy") return { reads: [step.src], writes: step.dst };
  return { reads: step.bindings.slice(0, -1), writes: step.bindings.at(-1) as number };
}
