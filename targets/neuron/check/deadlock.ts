// Says why queues never finish: each waits for a token of some producer. Following the producers leads either around a
// cycle or to a queue that has ended without releasing enough.

import { problem } from "../../../ir-spec/base/result.ts";
import type { Stream } from "../stream.ts";
import { describeSemaphore, describeSite } from "./describe.ts";
import type { Findings } from "./findings.ts";
import type { CheckProgram } from "./program.ts";
import type { BlockedQueue, RunResult } from "./run.ts";

/** Reports all blocked queues as one deadlock. */
export function reportDeadlock(program: CheckProgram, { blocked, tokens }: RunResult, findings: Findings): void {
  const [first] = blocked;
  if (first === undefined) return;
  const { stream } = program;
  const waits = new Map(blocked.map((queue) => [nameOf(queue, stream), semOf(queue, program)]));
  const notes = blocked.map((queue) => ({
    text: describeWait(queue, tokens, program),
    part: program.sites[queue.site]?.instruction,
  }));
  const cycle = describeCycle(nameOf(first, stream), waits, stream);
  const args = { count: blocked.length, queues: stream.queues.length, cycle };
  findings.add("deadlock", problem("E0827", args), program.sites[first.site]?.instruction, notes);
}

function nameOf({ queue }: BlockedQueue, stream: Stream): string {
  return stream.queues[queue]?.queue ?? "";
}

function semOf({ site }: BlockedQueue, program: CheckProgram): number {
  return program.sites[site]?.token?.sem ?? -1;
}

/** `pe waits for 1 token of s3 "x full" (0 there, dma0 releases them), acquire at pe:0.1 of kernel mlp`. */
function describeWait(blocked: BlockedQueue, tokens: readonly number[], program: CheckProgram): string {
  const { stream, sites } = program;
  const site = sites[blocked.site];
  const token = site?.token;
  if (site === undefined || token === undefined) return `${nameOf(blocked, stream)} waits`;
  const wanted = `${token.count} ${token.count === 1 ? "token" : "tokens"} of ${describeSemaphore(stream, token.sem)}`;
  const producer = stream.semaphores[token.sem]?.producer ?? "";
  const there = `(${tokens[token.sem] ?? 0} there, ${producer} releases them)`;
  return `${site.queueName} waits for ${wanted} ${there}, ${describeSite(site, stream)}`;
}

/** Follows producers from `start` until a queue comes twice, or one does not wait. */
function describeCycle(start: string, waits: ReadonlyMap<string, number>, stream: Stream): string {
  const trail: string[] = [];
  let queue = start;
  while (!trail.includes(queue)) {
    trail.push(queue);
    const sem = waits.get(queue);
    if (sem === undefined) {
      const last = trail.at(-2) ?? start;
      return `${trail.slice(0, -1).join(" waits for ")} waits for ${queue}, which has ended without a token for ${last}`;
    }
    queue = stream.semaphores[sem]?.producer ?? "";
  }
  return [...trail.slice(trail.indexOf(queue)), queue].join(" waits for ");
}
