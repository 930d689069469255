// Executes a stream abstractly, once. Any queue whose next instruction does not have to wait may continue; since each
// semaphore has one producer and one consumer, the order chosen here changes neither what is executed nor its clocks.

import { problem } from "../../../ir-spec/base/result.ts";
import { maxGranules, maxSweptGranules, maxWaitingClocks } from "../../../ir-spec/limits.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { type Clocks, makeClocks } from "./clocks.ts";
import { type Cursor, makeCursor } from "./cursor.ts";
import { makeExecutor } from "./execute.ts";
import type { Sinks } from "./findings.ts";
import type { OrderTest } from "./granule-state.ts";
import type { Link } from "./links.ts";
import { type Memories, makeMemories } from "./memories.ts";
import type { CheckProgram } from "./program.ts";
import { makeUnreadAccumulators, type UnreadAccumulators } from "./unread-accumulators.ts";

export interface RunOptions {
  /** Links to leave out: their releases and acquires do nothing. */
  readonly leftOut: readonly Link[];
  /** Links to ask about: which of them order two accesses that nothing else orders. */
  readonly asked: readonly Link[];
  /** Fewer granules to be touched than usual. */
  readonly maxSweptGranules?: number;
}

/** A queue that waits for tokens that never come. */
export interface BlockedQueue {
  readonly queue: number;
  /** The acquire at which it waits. */
  readonly site: number;
}

export interface RunResult {
  readonly executedInstructions: number;
  /** The same by site. */
  readonly executions: Int32Array;
  readonly blocked: readonly BlockedQueue[];
  /** Tokens at the end, by semaphore. */
  readonly tokens: readonly number[];
  /** Those of the asked links that are needed. */
  readonly needed: ReadonlySet<Link>;
  readonly memories: Memories;
  readonly folds: UnreadAccumulators;
  /** It was not run to its end, as that takes too much; a mistake says so. */
  readonly isCut: boolean;
}

/** Runs a stream whose structure is sound; what it finds goes to `sinks`. */
export function runAbstractly(program: CheckProgram, machine: Machine, sinks: Sinks, options: RunOptions): RunResult {
  const { stream } = program;
  const clocks = makeClocks(stream, options.asked.length);
  const [memories, folds] = [makeMemories(program, machine), makeUnreadAccumulators(program)];
  const execute = makeExecutor({ program, machine, memories, folds, sinks });
  const cursors = stream.queues.map((_program, queue) => makeCursor(program, queue));
  const leftOut = new Set(options.leftOut.flatMap(({ sites }) => sites));
  const worlds = new Map(options.asked.flatMap(({ sites }, at) => sites.map((site) => [site, at + 1])));
  const order = makeOrder(clocks, options.asked);
  const executions = new Int32Array(program.sites.length);
  let executedInstructions = 0;

  /** Executes the next instruction of a queue, unless it must wait. */
  const step = (queue: number, cursor: Cursor): boolean => {
    const site = cursor.site();
    const { token } = program.sites[site]!;
    if (token === undefined) {
      execute({ site, epoch: clocks.epoch(queue), counters: cursor.counters, isOrdered: order.tests[queue]! });
    } else if (!leftOut.has(site)) {
      const { sem, count } = token;
      if (token.kind === "release") clocks.release(queue, sem, count, worlds.get(site));
      else if (clocks.tokens(sem) < count) return false;
      else clocks.acquire(queue, sem, count, worlds.get(site));
    }
    executedInstructions++;
    executions[site]!++;
    cursor.advance();
    return true;
  };
  const excess = (): Excess | undefined => findExcess(memories, clocks, options);
  let isCut = excess() !== undefined;
  let hasProgress = !isCut;
  while (hasProgress) {
    hasProgress = false;
    for (const [queue, cursor] of cursors.entries()) {
      while (!isCut && cursor.site() >= 0 && step(queue, cursor)) {
        hasProgress = true;
        isCut = excess() !== undefined;
      }
    }
  }
  const found = excess();
  if (found !== undefined) sinks.mistakes.add("cut", problem("E0835", { place: "the stream", ...found }), undefined);
  const blocked = cursors.map((cursor, queue) => ({ queue, site: cursor.site() })).filter(({ site }) => site >= 0);
  const tokens = stream.semaphores.map((_semaphore, sem) => clocks.tokens(sem));
  return { executedInstructions, executions, blocked, tokens, needed: order.needed, memories, folds, isCut };
}

interface Excess {
  readonly found: string;
  readonly expected: string;
}

/** What a run takes more of than it may. */
function findExcess({ shadow }: Memories, clocks: Clocks, options: RunOptions): Excess | undefined {
  const most = options.maxSweptGranules ?? maxSweptGranules;
  if (shadow.isShortOfGranules()) {
    return { found: "memory that falls into more granules", expected: `at most ${maxGranules} of them` };
  }
  if (shadow.sweptGranules() > most) {
    return { found: "more accesses to granules of memory", expected: `at most ${most} of them` };
  }
  if (clocks.waitingClocks() <= maxWaitingClocks) return undefined;
  return {
    found: "more releases whose tokens nobody has taken",
    expected: `clocks of at most ${maxWaitingClocks} numbers for them`,
  };
}

/** Order tests by the queue that runs now; each yes also notes which asked links it depends on. */
function makeOrder(clocks: Clocks, asked: readonly Link[]) {
  const needed = new Set<Link>();
  const tests = clocks.queues.map(
    (later): OrderTest =>
      ({ queue, epoch }) => {
        if (!clocks.isOrdered(queue, epoch, later, 0)) return false;
        for (const [at, link] of asked.entries()) {
          if (!needed.has(link) && !clocks.isOrdered(queue, epoch, later, at + 1)) needed.add(link);
        }
        return true;
      },
  );
  return { needed, tests };
}
