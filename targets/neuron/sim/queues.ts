// The event loop: always steps the queue whose local time is smallest, so shared resources are taken in order of time.
// Instructions are timed in issue.ts. Tokens are shared by two queues in an order of their own, whenever they are seen to, so
// a queue passes them as soon as it comes to them.

import { at, type Diagnostic, problem } from "../../../ir-spec/base/result.ts";
import { maxWaitingReleases } from "../../../ir-spec/limits.ts";
import { drain, execute, type OnExecute } from "./issue.ts";
import { bookWait } from "./ledger.ts";
import { nextInstruction, stepKinds } from "./program.ts";
import { canStep, nextStepNs, type QueueState, type RunState } from "./run-state.ts";
import { addTokens, type Tokens, takeTokens } from "./tokens.ts";

const noDiagnostics: readonly Diagnostic[] = [];

/** Runs until every queue is at its end or blocks forever; returns what an execution refused. */
export function runQueues(run: RunState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  findRival(run, -1);
  while (run.rivalIndex >= 0) {
    const queue = run.queues[run.rivalIndex]!;
    findRival(run, queue.index);
    const found = stepWhileFirst(run, queue, onExecute);
    if (found.length > 0) return found;
  }
  for (const queue of run.queues) closeWait(run, queue);
  return noDiagnostics;
}

/**
 * The rival of the queue that steps is the one that comes after it: of the others that can step the one that is furthest
 * after, of equal ones the first of the stream.
 */
function findRival(run: RunState, stepping: number): void {
  const { nextNs } = run;
  let rivalNs = Number.POSITIVE_INFINITY;
  let rivalIndex = -1;
  for (let index = 0; index < nextNs.length; index++) {
    if (nextNs[index]! < rivalNs && index !== stepping) {
      rivalNs = nextNs[index]!;
      rivalIndex = index;
    }
  }
  run.rivalNs = rivalNs;
  run.rivalIndex = rivalIndex;
}

/** Steps a queue until it waits, is at its end, or is no longer the first. */
function stepWhileFirst(run: RunState, queue: QueueState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  do {
    const found = step(run, queue, onExecute);
    if (found.length > 0) return found;
  } while (canStep(queue) && isBeforeRival(run, queue));
  run.nextNs[queue.index] = nextStepNs(queue);
  return noDiagnostics;
}

function isBeforeRival({ rivalNs, rivalIndex }: RunState, { timeNs, index }: QueueState): boolean {
  return timeNs < rivalNs || (timeNs === rivalNs && index < rivalIndex);
}

/** Carries out the queue's next instruction, if that is what comes next, and sees to the tokens after it. */
function step(run: RunState, queue: QueueState, onExecute: OnExecute | undefined): readonly Diagnostic[] {
  closeWait(run, queue);
  const kind = queue.program.kinds[queue.at]!;
  if (kind <= stepKinds.drain) {
    const found = kind === stepKinds.exec ? execute(run, queue, onExecute) : drain(run, queue);
    if (found.length > 0) return found;
    goOn(run, queue);
  }
  passTokens(run, queue);
  return areTooMany(run.tokens) ? [at(tooManyReleases, undefined)] : noDiagnostics;
}

const tooManyReleases = problem("E0835", {
  place: "the stream",
  found: "more releases whose tokens nobody has taken",
  expected: `at most ${maxWaitingReleases} of them at once`,
});

/** Places are made for what waits, and are never more than twice as many. */
const areTooMany = ({ places }: Tokens): boolean => places > 2 * maxWaitingReleases;

/** Takes and releases tokens up to the next instruction, or to a wait: that ends in its turn. */
function passTokens(run: RunState, queue: QueueState): void {
  const { kinds, steps } = queue.program;
  while (queue.at < steps && !areTooMany(run.tokens)) {
    const kind = kinds[queue.at]!;
    if (kind === stepKinds.release) release(run, queue);
    else if (kind !== stepKinds.acquire || !acquire(run, queue)) return;
  }
}

/** To the next instruction of the queue, tokens included. */
function goOn({ slots }: RunState, queue: QueueState): void {
  queue.at = nextInstruction(queue.program, queue.at + 1, queue.registers, slots);
}

function closeWait(run: RunState, { index, wait }: QueueState): void {
  if (!wait.isOpen) return;
  bookWait(run.ledger, index, wait);
  wait.isOpen = false;
}

/** Takes the tokens, or blocks the queue: then it tries again after a release. Returns true if it did not have to wait. */
function acquire(run: RunState, queue: QueueState): boolean {
  const { tokens } = run;
  const { at, program } = queue;
  const [sem, count] = [program.sems[at]!, program.counts[at]!];
  if (tokens.available[sem]! < count) {
    queue.isBlocked = true;
    return false;
  }
  const readyNs = takeTokens(tokens, sem, count, queue.hopNs);
  if (readyNs > queue.lastStartNs) queue.lastStartNs = readyNs;
  const isReady = readyNs <= queue.timeNs;
  if (!isReady) {
    openWait(queue, sem, program.kernels[at]!, readyNs);
    queue.timeNs = readyNs;
  }
  queue.timeNs += run.machine.queueIssueNs;
  goOn(run, queue);
  return isReady;
}

function openWait({ wait, timeNs }: QueueState, sem: number, kernel: number, toNs: number): void {
  wait.isOpen = true;
  wait.sem = sem;
  wait.kernel = kernel;
  wait.fromNs = timeNs;
  wait.toNs = toNs;
}

/** Adds tokens as of the completion of all that the queue did so far, and lets a queue that waits for them try again. */
function release(run: RunState, queue: QueueState): void {
  const { at, program } = queue;
  const sem = program.sems[at]!;
  addTokens(run.tokens, sem, program.counts[at]!, Math.max(queue.timeNs, queue.completionNs) + queue.releaseNs);
  queue.timeNs += run.machine.queueIssueNs;
  goOn(run, queue);
  const waiting = run.consumers[sem];
  if (waiting === undefined || !waiting.isBlocked) return;
  waiting.isBlocked = false;
  run.nextNs[waiting.index] = waiting.timeNs;
  if (!isBeforeRival(run, waiting)) return;
  run.rivalNs = waiting.timeNs;
  run.rivalIndex = waiting.index;
}
