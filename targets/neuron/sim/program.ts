// A queue's program as a flat list of steps, and the walk over it: loop counters and ring registers of one queue.

import { type Extent, evalExtent } from "../../../ir-spec/affine.ts";
import type { LoopId, RingId } from "../../../ir-spec/base/ids.ts";
import type { Instruction, Stream, StreamItem, StreamLoop } from "../stream.ts";

/** Numbers, as they are distinguished faster than words. `repeat` is after a loop's body. */
export const stepKinds = { exec: 0, drain: 1, acquire: 2, release: 3, enter: 4, repeat: 5 } as const;

/**
 * The steps of a queue's program, which name each other by index. Each array has an element for each step, 0 where a kind of
 * step has nothing of the sort: as columns of a table the steps lie close together, so that the event loop, which goes from
 * queue to queue, finds them in the processor's cache.
 */
export interface SimProgram {
  readonly steps: number;
  /** The instruction, or the loop that is entered or repeated. */
  readonly items: readonly StreamItem[];
  readonly kinds: Uint8Array;
  /** Instructions. */
  readonly kernels: Int32Array;
  /** Acquire and release. */
  readonly sems: Int32Array;
  readonly counts: Float64Array;
  /** Enter: the first step after the loop. Repeat: the first one in it. */
  readonly targets: Int32Array;
}

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
export function flatten(body: readonly StreamItem[]): SimProgram {
  const steps = countSteps(body);
  const program = {
    steps,
    items: new Array<StreamItem>(steps),
    kinds: new Uint8Array(steps),
    kernels: new Int32Array(steps),
    sems: new Int32Array(steps),
    counts: new Float64Array(steps),
    targets: new Int32Array(steps),
  };
  fillBody(program, body, 0);
  return program;
}

function countSteps(body: readonly StreamItem[]): number {
  let steps = 0;
  for (const item of body) steps += item.kind === "inst" ? 1 : countSteps(item.body) + 2;
  return steps;
}

interface UnfinishedProgram extends SimProgram {
  readonly items: StreamItem[];
}

/** Fills in the steps from `first` on; returns the one after them. */
function fillBody(program: UnfinishedProgram, body: readonly StreamItem[], first: number): number {
  const { items, kinds, targets } = program;
  let at = first;
  for (const item of body) {
    items[at] = item;
    if (item.kind === "inst") {
      fillInstruction(program, item, at++);
      continue;
    }
    const repeat = fillBody(program, item.body, at + 1);
    items[repeat] = item;
    kinds[at] = stepKinds.enter;
    targets[at] = repeat + 1;
    kinds[repeat] = stepKinds.repeat;
    targets[repeat] = at + 1;
    at = repeat + 1;
  }
  return at;
}

function fillInstruction(
  { kinds, kernels, sems, counts }: SimProgram,
  { inst, args, kernel }: Instruction,
  at: number,
): void {
  kernels[at] = kernel;
  if (inst === "drain") kinds[at] = stepKinds.drain;
  const { sem, count } = args;
  if ((inst !== "acquire" && inst !== "release") || sem?.kind !== "sem") return;
  kinds[at] = stepKinds[inst];
  sems[at] = sem.sem;
  counts[at] = count?.kind === "value" && typeof count.value === "number" ? count.value : 1;
}

/**
 * Continues from step `at` through loop ends and beginnings to the next instruction; the number of steps at the program's end.
 */
export function nextInstruction(program: SimProgram, at: number, registers: Registers, slots: Int32Array): number {
  const { steps, kinds } = program;
  let index = at;
  while (index < steps && kinds[index]! >= stepKinds.enter) {
    const { loop, trips, advance } = program.items[index] as StreamLoop;
    const isEntered = kinds[index] === stepKinds.enter;
    const goesOn = isEntered ? enterLoop(loop, trips, registers) : repeatLoop(loop, advance, registers, slots);
    index = goesOn === isEntered ? index + 1 : program.targets[index]!;
  }
  return index;
}

/** Says whether the loop has an iteration. */
function enterLoop(loop: LoopId, trips: Extent, registers: Registers): boolean {
  const count = evalExtent(trips, registers.indices);
  registers.indices[loop] = 0;
  registers.trips[loop] = count;
  return count > 0;
}

/** Says whether the loop has another iteration. */
function repeatLoop(
  loop: LoopId,
  advance: readonly RingId[],
  { indices, trips, rings }: Registers,
  slots: Int32Array,
): boolean {
  for (const ring of advance) {
    const next = rings[ring]! + 1;
    rings[ring] = next < slots[ring]! ? next : 0;
  }
  const next = indices[loop]! + 1;
  const goesOn = next < trips[loop]!;
  indices[loop] = goesOn ? next : 0;
  return goesOn;
}
