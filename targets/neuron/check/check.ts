// The stream check: proves, for a given stream and machine, that the stream is right whatever the timing. It shares no
// code with the steps that make streams, nor with the simulator; of the instruction table it uses the fields and the
// table's own check of an instruction by itself.
//
// Method. First the text of the programs (structure.ts). Then the stream is executed abstractly, once, without values:
// loops, addresses and tokens are exact, memory holds not numbers but who touched it last (granule-state.ts), in granules as large
// as the operands in the stream's text allow (reach.ts). Each semaphore has one producer and one consumer queue, so which
// instructions run, which tokens each acquire takes, and what happened before what, are the same for every timing; one run
// decides for all. Executions that differ in nothing but HBM addresses are checked by themselves once (prepare.ts).
//
// Order (clocks.ts): a vector clock per queue, its lattice the epochs of all queues under the maximum by component.
// A release hands out the clock of its queue, an acquire joins it. Two accesses race when they share a byte, one of them
// writes, they are of different queues, and the earlier one's epoch is not in the clock of the later one.
//
// Proven: names, scopes and ends of semaphores; operands legal, aligned and in bounds in every iteration; every queue
// finishes; no race; every byte read was written before (in HBM: as the tensor it is read as); accumulation groups are
// well formed; the systolic array holds weights of the product's shape; random generators and accumulators that are used have
// contents that are known; outputs are complete.
//
// An accumulation group is, byte by byte of PSUM: one instruction that overwrites (accumulate=false), any number that add
// (accumulate=true), and reads that end it; then the next group. Adding to what no group holds (E0830) or to a sum that was
// read (E0834) is a mistake, and so is overwriting a sum that nothing has read (E0833). The last two are stricter than the
// hardware, which can add on after a read. Together they leave no flag open: an execution that adds finds an unread sum,
// one that overwrites finds none, so either flag in the other's place is a mistake, and a change of a flag that passes
// changes no execution. What was written on chip and is never read otherwise is noted, and no mistake; so is a fold that
// accumulators hold for nothing.
// Source: AWS Neuron SDK documentation, nki.isa.nc_matmul: accumulate=True only on what a matmul has started.
//
// Assumed: a queue runs and completes its instructions in order, DMA queues too, so that a later instruction of a queue
// sees what an earlier one wrote; a release is visible only when all before it is complete; an instruction reads all its
// operands before it writes any; a gather may read any row of its table, and its indices are in range; indices within a tile
// may pick any of its elements, so that all of it counts as read, or as kept and written.

import type { ErrorCode } from "../../../ir-spec/base/errors/index.ts";
import { type Diagnostic, type Note, problem } from "../../../ir-spec/base/result.ts";
import { maxTokenExecutions } from "../../../ir-spec/limits.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { QueueName, Stream } from "../stream.ts";
import { findUnbounded } from "../stream-bounds.ts";
import type { StreamSpans } from "../stream-parts.ts";
import { reportDeadlock } from "./deadlock.ts";
import { describeSemaphore } from "./describe.ts";
import { makeSinks } from "./findings.ts";
import { checkTensors } from "./hbm-memory.ts";
import { mayLeaveMemory } from "./may-leave.ts";
import { checkOutputs } from "./outputs.ts";
import { type CheckProgram, makeCheckProgram } from "./program.ts";
import { findRedundantLinks } from "./redundant-links.ts";
import { type RunResult, runAbstractly } from "./run.ts";
import { checkStructure } from "./structure.ts";
import { noteUnreadAtEnd } from "./unread.ts";
import { noteUnreadAccumulatorsAtEnd } from "./unread-accumulators.ts";

export interface CheckOptions {
  /** Also looks for tokens that could be left out; takes several times as long. */
  readonly redundant?: boolean;
  /** The most diagnostics to report. */
  readonly maxDiagnostics?: number;
  /** Where the stream's parts are, if it was read from a text. */
  readonly spanOf?: StreamSpans;
  /** Instructions and iterations that all queues together may execute. */
  readonly maxExecutions?: number;
  /** Granules of memory that they may touch. */
  readonly maxSweptGranules?: number;
  /** Executions in all the runs that look for redundant tokens. */
  readonly maxTokenExecutions?: number;
}

/** An acquire or release that could be removed, with all the others of its link (links.ts). */
export interface RedundantToken {
  /** Numbers the links that have redundant tokens. */
  readonly link: number;
  readonly sem: number;
  readonly queue: QueueName;
  /** Index in the queue's body, then in the loop's body, and so on. */
  readonly path: readonly number[];
  readonly kind: "acquire" | "release";
  /** Index into `Stream.kernels`. */
  readonly kernel: number;
  /** How often it is executed. */
  readonly executions: number;
  /** Whether it could be removed together with all others of which this is true; if not, it stands in for one of them. */
  readonly isJoint: boolean;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
  /** What is odd, but no mistake. */
  readonly notes: readonly Note[];
  /** Empty unless asked for, and for streams with mistakes. */
  readonly redundantTokens: readonly RedundantToken[];
  /** Instructions, tokens included, over all iterations. */
  readonly executedInstructions: number;
  /** Acquires and releases among them. */
  readonly executedTokens: number;
}

const defaultMaxDiagnostics = 50;

/** Codes of operands outside of their memory, or of broken elements. */
const outsideCodes: readonly ErrorCode[] = ["E0703", "E0713", "E0825"];

/**
 * What keeps a stream from having a time: names, arguments and tensors that are wrong as they are written, and operands
 * outside of their memory. Races and the like leave it its time; then nothing is reported.
 */
export function checkForTime(stream: Stream, machine: Machine, options: CheckOptions = {}): readonly Diagnostic[] {
  const { program, sinks } = beginCheck(stream, machine, options);
  const { diagnostics: written } = sinks.mistakes;
  if (written.length > 0 || !mayLeaveMemory(program, machine)) return written;
  const { diagnostics } = checkStream(stream, machine, options);
  return diagnostics.some(({ code }) => outsideCodes.includes(code)) ? diagnostics : [];
}

function beginCheck(stream: Stream, machine: Machine, options: CheckOptions) {
  const sinks = makeSinks(options.maxDiagnostics ?? defaultMaxDiagnostics, options.spanOf);
  for (const { found, part } of findUnbounded(stream, machine, options)) {
    sinks.mistakes.add(`bound ${found.args.place} ${found.args.found}`, found, part);
  }
  const isBounded = sinks.mistakes.diagnostics.length === 0;
  const program = makeCheckProgram(isBounded ? stream : { ...stream, queues: [] });
  if (!isBounded) return { program, sinks };
  checkStructure(program, machine, sinks.mistakes);
  checkTensors(stream, machine, sinks.mistakes);
  return { program, sinks };
}

/** Checks a stream for a machine. */
export function checkStream(stream: Stream, machine: Machine, options: CheckOptions = {}): CheckReport {
  const { program, sinks } = beginCheck(stream, machine, options);
  const { mistakes, groupMistakes, notes } = sinks;
  if (mistakes.diagnostics.length > 0) {
    const { diagnostics } = mistakes;
    return { ok: false, diagnostics, notes: [], redundantTokens: [], executedInstructions: 0, executedTokens: 0 };
  }
  const result = runAbstractly(program, machine, sinks, { leftOut: [], asked: [], ...options });
  if (!result.isCut) reportDeadlock(program, result, mistakes);
  if (result.blocked.length === 0) checkOutputs(program, result.memories, mistakes);
  const isRight = mistakes.diagnostics.length + groupMistakes.diagnostics.length === 0;
  const most = options.maxTokenExecutions ?? maxTokenExecutions;
  const redundant = isRight && options.redundant === true ? redundantTokens(program, machine, result, most) : [];
  if (redundant === undefined) mistakes.add("redundant", tooManyRuns(most), undefined);
  const { diagnostics } = mistakes.diagnostics.length > 0 ? mistakes : groupMistakes;
  const isSound = diagnostics.length === 0;
  if (isSound) {
    noteUnreadAtEnd(program, result.memories, notes);
    noteUnreadAccumulatorsAtEnd(program, result.folds, notes);
  }
  return {
    ok: isSound,
    diagnostics,
    notes: [...leftoverNotes(stream, result), ...(isSound ? notes.notes : [])],
    redundantTokens: redundant ?? [],
    executedInstructions: result.executedInstructions,
    executedTokens: program.sites.reduce((sum, { token }, site) => sum + (token ? result.executions[site]! : 0), 0),
  };
}

/** Tokens released but never taken; a ring that ends with as many tokens as it started with is in order. */
function leftoverNotes(stream: Stream, { tokens, blocked }: RunResult): readonly Note[] {
  if (blocked.length > 0) return [];
  return stream.semaphores.flatMap(({ initial, consumer }, sem) => {
    const left = tokens[sem] ?? 0;
    if (left <= initial) return [];
    const counts = `ends with ${left} tokens and started with ${initial}`;
    return [{ text: `semaphore ${describeSemaphore(stream, sem)} ${counts}: ${consumer} does not take all of them` }];
  });
}

const tooManyRuns = (most: number) =>
  problem("E0835", {
    place: "the search for redundant tokens",
    found: "more executions in all of its runs",
    expected: `at most ${most} of them`,
  });

/** Undefined where it takes too long to find them. */
function redundantTokens(
  program: CheckProgram,
  machine: Machine,
  result: RunResult,
  most: number,
): readonly RedundantToken[] | undefined {
  const found = findRedundantLinks(program, machine, result, most);
  if (found === undefined) return undefined;
  const { alone, joint } = found;
  const { executions } = result;
  return alone.flatMap((single, link) =>
    single.sites.flatMap((site) => {
      const { token, queueName: queue, path, instruction } = program.sites[site]!;
      if (token === undefined) return [];
      const { sem, kind } = token;
      const { kernel } = instruction;
      return [{ link, sem, queue, path, kind, kernel, executions: executions[site]!, isJoint: joint.includes(single) }];
    }),
  );
}
