// A queue's program as a flat list of steps, and the walk over it: loop counters and ring registers of one queue.

import { type Extent, evalExtent } from "../../../ir-spec/affine.ts";
import type { LoopId, RingId, SemId } from "../../../ir-spec/base/ids.ts";
import type { Instruction, Stream, StreamItem } from "../stream.ts";

export interface TokenStep {
  readonly kind: "acquire" | "release";
  readonly sem: SemId;
  readonly count: number;
  readonly kernel: number;
  readonly inst: Instruction;
}

/** Steps name each other by index. */
export type Step =
  | { readonly kind: "exec" | "drain"; readonly inst: Instruction }
  | TokenStep
  | { readonly kind: "enter"; readonly loop: LoopId; readonly trips: Extent; readonly behind: number }
  | { readonly kind: "repeat"; readonly loop: LoopId; readonly advance: readonly RingId[]; readonly first: number };

/** The loop counters and ring registers of one queue; changed in place as it runs. */
export interface Registers {
  readonly indices: Int32Array;
  readonly trips: Int32Array;
  readonly rings: Int32Array;
}

export function makeRegisters(stream: Stream): Registers {
  const loops = stream.loops.length;
  return {
    indices: new Int32Array(loops),
    trips: new Int32Array(loops),
    rings: new Int32Array(stream.rings.length),
  };
}

/** Flattens a tree of instructions and loops. */
export function flatten(body: readonly StreamItem[]): readonly Step[] {
  const steps: Step[] = [];
  appendBody(steps, body);
  return steps;
}

function appendBody(steps: Step[], body: readonly StreamItem[]): void {
  for (const item of body) {
    if (item.kind === "inst") {
      steps.push(instructionToStep(item));
      continue;
    }
    const enter = steps.length;
    steps.push({ kind: "enter", loop: item.loop, trips: item.trips, behind: 0 });
    appendBody(steps, item.body);
    steps.push({ kind: "repeat", loop: item.loop, advance: item.advance, first: enter + 1 });
    steps[enter] = { kind: "enter", loop: item.loop, trips: item.trips, behind: steps.length };
  }
}

function instructionToStep(inst: Instruction): Step {
  const { sem, count } = inst.args;
  if (inst.inst === "drain") return { kind: "drain", inst };
  if ((inst.inst !== "acquire" && inst.inst !== "release") || sem?.kind !== "sem") return { kind: "exec", inst };
  const tokens = count?.kind === "value" && typeof count.value === "number" ? count.value : 1;
  return { kind: inst.inst, sem: sem.sem, count: tokens, kernel: inst.kernel, inst };
}

/**
 * Goes on from step `at` through loop ends and beginnings to the next instruction; the number of steps at the program's end.
 */
export function nextInstruction(steps: readonly Step[], at: number, registers: Registers, slots: Int32Array): number {
  let index = at;
  while (index < steps.length) {
    const step = steps[index]!;
    if (step.kind === "enter") index = enterLoop(step, index, registers);
    else if (step.kind === "repeat") index = repeatLoop(step, index, registers, slots);
    else return index;
  }
  return index;
}

function enterLoop(step: Step & { readonly kind: "enter" }, at: number, { indices, trips }: Registers): number {
  const count = evalExtent(step.trips, indices);
  indices[step.loop] = 0;
  trips[step.loop] = count;
  return count > 0 ? at + 1 : step.behind;
}

function repeatLoop(
  step: Step & { readonly kind: "repeat" },
  at: number,
  { indices, trips, rings }: Registers,
  slots: Int32Array,
): number {
  for (const ring of step.advance) {
    const next = rings[ring]! + 1;
    rings[ring] = next < slots[ring]! ? next : 0;
  }
  const next = indices[step.loop]! + 1;
  const isDone = next >= trips[step.loop]!;
  indices[step.loop] = isDone ? 0 : next;
  return isDone ? at + 1 : step.first;
}
