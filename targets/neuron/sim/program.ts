// A queue's program as a flat list of steps, and the walk over it: loop counters and ring registers of one queue.

import { type Extent, evalExtent } from "../../../ir-spec/affine.ts";
import type { RingId } from "../../../ir-spec/base/ids.ts";
import type { Instruction, Stream, StreamItem } from "../stream.ts";

/** Numbers, as they are told apart faster than words. */
export const stepKinds = { exec: 0, drain: 1, acquire: 2, release: 3, enter: 4, repeat: 5 } as const;
export type StepKind = (typeof stepKinds)[keyof typeof stepKinds];

/**
 * A step of a queue's program. Steps of all kinds have the same fields, what does not belong to a kind being empty there, so
 * that the event loop reads each in the same way. Steps name each other by index.
 */
export interface Step {
  readonly kind: StepKind;
  /** Of steps that are instructions. */
  readonly inst: Instruction | undefined;
  readonly kernel: number;
  /** Acquire and release. */
  readonly sem: number;
  readonly count: number;
  /** Enter and repeat: the loop, and its step that does not simply follow: the first one behind it, or the first in it. */
  readonly loop: number;
  readonly target: number;
  readonly trips: Extent;
  readonly advance: readonly RingId[];
}

interface StepParts extends Partial<Step> {
  readonly kind: StepKind;
}

function makeStep(parts: StepParts): Step {
  const { kind, inst, kernel = -1, sem = -1, count = 0, loop = -1, target = -1, trips = noTrips, advance = [] } = parts;
  return { kind, inst, kernel, sem, count, loop, target, trips, advance };
}

const noTrips: Extent = { max: 0 };

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
    const { loop, trips, advance } = item;
    const enter = steps.length;
    steps.push(makeStep({ kind: stepKinds.enter }));
    appendBody(steps, item.body);
    steps.push(makeStep({ kind: stepKinds.repeat, loop, advance, target: enter + 1 }));
    steps[enter] = makeStep({ kind: stepKinds.enter, loop, trips, target: steps.length });
  }
}

function instructionToStep(inst: Instruction): Step {
  const { kernel, args } = inst;
  if (inst.inst === "drain") return makeStep({ kind: stepKinds.drain, inst, kernel });
  if ((inst.inst !== "acquire" && inst.inst !== "release") || args.sem?.kind !== "sem") {
    return makeStep({ kind: stepKinds.exec, inst, kernel });
  }
  const { sem, count } = args;
  const tokens = count?.kind === "value" && typeof count.value === "number" ? count.value : 1;
  return makeStep({ kind: stepKinds[inst.inst], inst, kernel, sem: sem.sem, count: tokens });
}

/**
 * Goes on from step `at` through loop ends and beginnings to the next instruction; the number of steps at the program's end.
 */
export function nextInstruction(steps: readonly Step[], at: number, registers: Registers, slots: Int32Array): number {
  let index = at;
  while (index < steps.length) {
    const step = steps[index]!;
    if (step.kind === stepKinds.enter) index = enterLoop(step, index, registers);
    else if (step.kind === stepKinds.repeat) index = repeatLoop(step, index, registers, slots);
    else return index;
  }
  return index;
}

function enterLoop(step: Step, at: number, { indices, trips }: Registers): number {
  const count = evalExtent(step.trips, indices);
  indices[step.loop] = 0;
  trips[step.loop] = count;
  return count > 0 ? at + 1 : step.target;
}

function repeatLoop(step: Step, at: number, { indices, trips, rings }: Registers, slots: Int32Array): number {
  for (const ring of step.advance) {
    const next = rings[ring]! + 1;
    rings[ring] = next < slots[ring]! ? next : 0;
  }
  const next = indices[step.loop]! + 1;
  const isDone = next >= trips[step.loop]!;
  indices[step.loop] = isDone ? 0 : next;
  return isDone ? at + 1 : step.target;
}
