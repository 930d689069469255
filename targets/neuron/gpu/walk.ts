// Walks the queues' programs: loops, ring registers and tokens are carried out here, on the host, and all instructions come
// out in one order that the tokens allow. Each queue goes as far as it can before the next has its turn. Since a semaphore
// has one producer and one consumer, any such order gives the same result. The walk stops and continues where its caller
// likes, so that nothing grows with a stream's length. It shares no code with the simulator's walk and the checker's: it is
// a third reading of the stream.

import { type Extent, evalExtent } from "../../../ir-spec/affine.ts";
import type { LoopId, RingId } from "../../../ir-spec/base/ids.ts";
import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import type { UnitName } from "../isa/define.ts";
import type { Instruction, QueueName, Stream, StreamItem } from "../stream.ts";
import type { Registers } from "./resolve.ts";

/** An instruction in a queue's program; one object, however often it runs. */
export interface Site {
  readonly kind: "site";
  readonly instruction: Instruction;
  readonly queue: QueueName;
  readonly unit: UnitName;
}

/** Takes tokens (a negative count, when so many are there) or gives them. */
interface TokenStep {
  readonly kind: "token";
  readonly sem: number;
  readonly count: number;
  readonly isWaiting: boolean;
  readonly kernel: number;
}

/** A program without nesting: a loop is its start, which knows the place after its end, its body, and its end. */
type ProgramStep =
  | Site
  | TokenStep
  | { readonly kind: "loop"; readonly loop: LoopId; readonly trips: Extent; readonly after: number }
  | { readonly kind: "again"; readonly loop: LoopId; readonly advance: readonly RingId[]; readonly first: number };

/** One queue on its way; changed in place. */
interface Walker {
  readonly queue: QueueName;
  readonly program: readonly ProgramStep[];
  readonly registers: Registers;
  /** Iterations of each loop that it is in, by LoopId. */
  readonly trips: Int32Array;
  place: number;
}

/** A walk on its way; changed in place. */
export interface StreamWalk {
  readonly stream: Stream;
  readonly tokens: Int32Array;
  readonly slots: readonly number[];
  readonly walkers: readonly Walker[];
  /** The queue whose turn it is, and how many had their turn since one of them moved. */
  current: number;
  idle: number;
}

/** Called for each execution in order; may refuse it, which ends the walk, or pause the walk after it. */
export type OnExecute = (site: Site, registers: Registers) => readonly Diagnostic[] | "pause" | "continue";

export function makeWalk(stream: Stream): StreamWalk {
  const walkers = stream.queues.map(({ queue, body }) => ({
    queue,
    program: flatten(body, queue),
    registers: { indices: new Int32Array(stream.loops.length), rings: new Int32Array(stream.rings.length) },
    trips: new Int32Array(stream.loops.length),
    place: 0,
  }));
  const tokens = Int32Array.from(stream.semaphores, ({ initial }) => initial);
  return { stream, tokens, slots: stream.rings.map((ring) => ring.slots), walkers, current: 0, idle: 0 };
}

/** Every instruction of the walk, once. */
export function sitesOf({ walkers }: StreamWalk): readonly Site[] {
  return walkers.flatMap(({ program }) => program.filter((step) => step.kind === "site"));
}

/** Continues until it is paused, or every queue is at its end; or says what was refused, or which queues block forever. */
export function walkOn(walk: StreamWalk, onExecute: OnExecute): "paused" | "ended" | readonly Diagnostic[] {
  const { walkers } = walk;
  while (walk.idle < walkers.length) {
    const walker = walkers[walk.current]!;
    const outcome = walkQueue(walk, walker, onExecute);
    walk.idle = outcome === "waits" ? walk.idle + 1 : 0;
    if (outcome === "pause") return "paused";
    if (typeof outcome !== "string") return outcome;
    walk.current = (walk.current + 1) % walkers.length;
  }
  const waiting = walkers.filter(({ place, program }) => place < program.length);
  return waiting.length === 0 ? "ended" : [describeDeadlock(walk.stream, waiting, walk.tokens)];
}

/** Carries out the queue's steps until it waits for tokens or is at its end. */
function walkQueue(
  { tokens, slots }: StreamWalk,
  walker: Walker,
  onExecute: OnExecute,
): readonly Diagnostic[] | "pause" | "waits" | "moved" {
  const { program, registers } = walker;
  let reached: "waits" | "moved" = "waits";
  while (walker.place < program.length) {
    const step = program[walker.place]!;
    switch (step.kind) {
      case "site": {
        walker.place += 1;
        const outcome = onExecute(step, registers);
        if (outcome !== "continue") return outcome;
        break;
      }
      case "token":
        if (step.isWaiting && tokens[step.sem]! + step.count < 0) return reached;
        tokens[step.sem] = tokens[step.sem]! + step.count;
        walker.place += 1;
        break;
      case "loop":
        walker.trips[step.loop] = evalExtent(step.trips, registers.indices);
        walker.place = walker.trips[step.loop]! > 0 ? walker.place + 1 : step.after;
        break;
      case "again":
        walker.place = nextIteration(walker, step, slots);
        break;
      default:
        step satisfies never;
    }
    reached = "moved";
  }
  return reached;
}

/** Steps rings and index at the end of a loop's body; returns the place to continue at. */
function nextIteration(
  { registers, trips, place }: Walker,
  { loop, advance, first }: Extract<ProgramStep, { kind: "again" }>,
  slots: readonly number[],
): number {
  const { indices, rings } = registers;
  for (const ring of advance) rings[ring] = (rings[ring]! + 1) % slots[ring]!;
  const next = indices[loop]! + 1;
  indices[loop] = next < trips[loop]! ? next : 0;
  return next < trips[loop]! ? first : place + 1;
}

function flatten(body: readonly StreamItem[], queue: QueueName, start = 0): readonly ProgramStep[] {
  const steps: ProgramStep[] = [];
  for (const item of body) {
    if (item.kind === "inst") {
      steps.push(stepOf(item, queue));
      continue;
    }
    const first = start + steps.length + 1;
    const inner = flatten(item.body, queue, first);
    const after = first + inner.length + 1;
    steps.push({ kind: "loop", loop: item.loop, trips: item.trips, after });
    for (const step of inner) steps.push(step);
    steps.push({ kind: "again", loop: item.loop, advance: item.advance, first });
  }
  return steps;
}

function stepOf(instruction: Instruction, queue: QueueName): ProgramStep {
  const { inst, kernel } = instruction;
  if (inst !== "acquire" && inst !== "release") return { kind: "site", instruction, queue, unit: unitOf(queue) };
  const isWaiting = inst === "acquire";
  const { sem, count } = tokenUse(instruction);
  return { kind: "token", sem, count: isWaiting ? -count : count, isWaiting, kernel };
}

function tokenUse({ args }: Instruction): { readonly sem: number; readonly count: number } {
  const { sem, count } = args;
  return {
    sem: sem?.kind === "sem" ? sem.sem : -1,
    count: count?.kind === "value" && typeof count.value === "number" ? count.value : 1,
  };
}

/** DMA queues are one unit. */
function unitOf(queue: QueueName): UnitName {
  return queue === "pe" || queue === "act" || queue === "dve" || queue === "pool" || queue === "sp" ? queue : "dma";
}

/** Names each queue that waits, for which tokens, and who would have to release them. */
function describeDeadlock(stream: Stream, waiting: readonly Walker[], tokens: Int32Array): Diagnostic {
  const notes = waiting.flatMap(({ queue, program, place }): readonly Note[] => {
    const next = program[place];
    if (next?.kind !== "token") return [];
    const { sem, count } = next;
    const semaphore = stream.semaphores[sem];
    const where = `\`acquire sem=s${sem}, count=${-count}\` in kernel ${stream.kernels[next.kernel]?.name}`;
    const from = `${semaphore?.name}, released by ${semaphore?.producer}; ${tokens[sem] ?? 0} there`;
    return [{ text: `${queue} waits at ${where} for ${from}` }];
  });
  const args = { waiting: waiting.length, queues: stream.queues.length };
  return at(problem("E1008", args), undefined, notes);
}
