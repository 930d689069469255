// Walks the queues' programs: loops, ring registers, affine addresses, clamped sizes, flags and tokens are carried out
// here, on the host, and all instructions come out in one order that the tokens allow. Each queue goes as far as it can
// before the next has its turn. Since a semaphore has one producer and one consumer, any such order gives the same
// result. It shares no code with the simulator's walk and the checker's: it is a third reading of the stream.

import { type Extent, evalAffine, evalExtent, evalFlag } from "../../../ir-spec/affine.ts";
import { at, type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import type { ResolvedArgs, ResolvedOperand, UnitName } from "../isa/define.ts";
import type { InstName } from "../isa/index.ts";
import type { Address, Argument, Instruction, Operand, QueueName, Stream, StreamItem } from "../stream.ts";

/** One instruction as it runs once: every number known. */
export interface Execution {
  readonly inst: InstName;
  readonly queue: QueueName;
  readonly unit: UnitName;
  readonly args: ResolvedArgs;
}

/** Called for each execution in order; may refuse it, which ends the walk. */
export type OnExecute = (execution: Execution) => readonly Diagnostic[];

/** The loop indices and ring registers of one queue; changed in place as it goes on. */
interface Registers {
  readonly indices: Int32Array;
  readonly rings: Int32Array;
}

/** One queue on its way. */
interface Walker {
  readonly queue: QueueName;
  readonly registers: Registers;
  readonly steps: Iterator<Instruction>;
  /** The instruction that comes next; undefined at the program's end. */
  next: Instruction | undefined;
}

/** Walks until every queue is at its end; returns what was refused, or which queues wait for good. */
export function walkStream(stream: Stream, onExecute: OnExecute): readonly Diagnostic[] {
  const tokens = Int32Array.from(stream.semaphores, ({ initial }) => initial);
  const walkers = stream.queues.map(({ queue, body }) => makeWalker(stream, queue, body));
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const walker of walkers) {
      while (walker.next !== undefined && isReady(walker.next, tokens)) {
        const refused = step(walker, walker.next, tokens, onExecute);
        if (refused.length > 0) return refused;
        hasMoved = true;
      }
    }
  }
  const waiting = walkers.filter(({ next }) => next !== undefined);
  return waiting.length === 0 ? [] : [describeStandstill(stream, waiting, tokens)];
}

function makeWalker(stream: Stream, queue: QueueName, body: readonly StreamItem[]): Walker {
  const registers = {
    indices: new Int32Array(stream.loops.length),
    rings: new Int32Array(stream.rings.length),
  };
  const slots = stream.rings.map((ring) => ring.slots);
  const steps = walkBody(body, registers, slots);
  return { queue, registers, steps, next: nextOf(steps) };
}

function nextOf(steps: Iterator<Instruction>): Instruction | undefined {
  const { done, value } = steps.next();
  return done === true ? undefined : value;
}

function* walkBody(
  body: readonly StreamItem[],
  registers: Registers,
  slots: readonly number[],
): Generator<Instruction, void> {
  for (const item of body) {
    if (item.kind === "inst") {
      yield item;
      continue;
    }
    const trips = evalExtent(item.trips, registers.indices);
    for (let index = 0; index < trips; index++) {
      registers.indices[item.loop] = index;
      yield* walkBody(item.body, registers, slots);
      for (const ring of item.advance) registers.rings[ring] = (registers.rings[ring]! + 1) % slots[ring]!;
    }
    registers.indices[item.loop] = 0;
  }
}

function isReady(next: Instruction, tokens: Int32Array): boolean {
  if (next.inst !== "acquire") return true;
  const { sem, count } = tokenUse(next);
  return tokens[sem]! >= count;
}

/** Carries out the next instruction. */
function step(walker: Walker, next: Instruction, tokens: Int32Array, onExecute: OnExecute): readonly Diagnostic[] {
  const { queue, registers } = walker;
  let refused: readonly Diagnostic[] = [];
  if (next.inst === "acquire" || next.inst === "release") {
    const { sem, count } = tokenUse(next);
    tokens[sem] = tokens[sem]! + (next.inst === "acquire" ? -count : count);
  } else refused = onExecute({ inst: next.inst, queue, unit: unitOf(queue), args: resolveArgs(next, registers) });
  walker.next = nextOf(walker.steps);
  return refused;
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

function resolveArgs({ args }: Instruction, registers: Registers): ResolvedArgs {
  const operands: Record<string, ResolvedOperand> = {};
  const values: Record<string, ResolvedArgs["values"][string]> = {};
  for (const [name, argument] of Object.entries(args)) {
    if (argument.kind === "operand") operands[name] = resolveOperand(argument.operand, registers);
    else values[name] = resolveValue(argument, registers);
  }
  return { operands, values };
}

function resolveValue(
  argument: Exclude<Argument, { kind: "operand" }>,
  { indices }: Registers,
): ResolvedArgs["values"][string] {
  switch (argument.kind) {
    case "value":
      return argument.value;
    case "flag":
      return evalFlag(argument.flag, indices);
    case "affine":
      return evalAffine(argument.affine, indices);
    case "sem":
      return argument.sem;
    default:
      return argument satisfies never;
  }
}

function resolveOperand(operand: Operand, registers: Registers): ResolvedOperand {
  const sizeOf = (size: Extent): number => evalExtent(size, registers.indices);
  const { memory, dtype } = operand;
  const addressBytes = addressOf(operand.address, registers);
  const sizes = operand.dims.map(({ size }) => sizeOf(size));
  const strides = operand.dims.map(({ stride }) => stride);
  if (operand.memory !== "hbm") {
    const { startPartition } = operand;
    const partitions = sizeOf(operand.partitions);
    return { memory, dtype, tensor: -1, startPartition, partitions, partitionStride: 0, addressBytes, sizes, strides };
  }
  const { tensor } = operand;
  const rows = { startPartition: 0, partitions: sizes[0] ?? 1, partitionStride: strides[0] ?? 0 };
  return { memory, dtype, tensor, ...rows, addressBytes, sizes: sizes.slice(1), strides: strides.slice(1) };
}

function addressOf({ base, rings }: Address, registers: Registers): number {
  let bytes = evalAffine(base, registers.indices);
  for (const { ring, scale } of rings) bytes += scale * registers.rings[ring]!;
  return bytes;
}

/** Names each queue that waits, for which tokens, and who would have to release them. */
function describeStandstill(stream: Stream, waiting: readonly Walker[], tokens: Int32Array): Diagnostic {
  const notes = waiting.flatMap(({ queue, next }): readonly Note[] => {
    if (next === undefined) return [];
    const { sem, count } = tokenUse(next);
    const semaphore = stream.semaphores[sem];
    const where = `\`acquire sem=s${sem}, count=${count}\` in kernel ${stream.kernels[next.kernel]?.name}`;
    const from = `${semaphore?.name}, released by ${semaphore?.producer}; ${tokens[sem] ?? 0} there`;
    return [{ text: `${queue} waits at ${where} for ${from}` }];
  });
  const args = { waiting: waiting.length, queues: stream.queues.length };
  return at(problem("E1008", args), undefined, notes);
}
