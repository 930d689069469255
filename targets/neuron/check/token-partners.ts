// Which acquires take the tokens of which releases, found by running the queues' tokens alone. A stream that has passed the check gets to
// its end, and which token meets which acquire does not depend on timing.

import { type Cursor, makeCursor } from "./cursor.ts";
import type { CheckProgram, TokenUse } from "./program.ts";

/** Tokens that one site released, one after the other. */
interface Batch {
  readonly site: number;
  tokens: number;
}

/** Tokens of a semaphore that are released and not yet acquired, oldest first from `head` on. */
interface Waiting {
  batches: Batch[];
  head: number;
  tokens: number;
}

/** Where a semaphore's first tokens come from. */
const fromStart = -1;

/** For each site one of those that exchange tokens with it, directly or by others: the same one for all of them. */
export function findPartners(program: CheckProgram): Int32Array {
  const partners = Int32Array.from(program.sites.keys());
  const waiting = program.stream.semaphores.map(({ initial }): Waiting => {
    const known: Waiting = { batches: [], head: 0, tokens: 0 };
    putTokens(known, fromStart, initial);
    return known;
  });
  runTokens(program, (site, { kind, sem, count }) => {
    const known = waiting[sem] as Waiting;
    if (kind === "release") putTokens(known, site, count);
    else if (known.tokens < count) return false;
    else for (const from of takeTokens(known, count)) if (from !== fromStart) join(partners, from, site);
    return true;
  });
  return partners.map((_partner, site) => rootOf(partners, site));
}

function putTokens(waiting: Waiting, site: number, tokens: number): void {
  const last = waiting.batches.at(-1);
  waiting.tokens += tokens;
  if (last?.site === site && waiting.head < waiting.batches.length) last.tokens += tokens;
  else waiting.batches.push({ site, tokens });
}

/** Takes the oldest ones; the sites that released them. */
function takeTokens(waiting: Waiting, count: number): readonly number[] {
  const sites: number[] = [];
  waiting.tokens -= count;
  for (let left = count; left > 0; ) {
    const batch = waiting.batches[waiting.head] as Batch;
    const taken = Math.min(left, batch.tokens);
    left -= taken;
    batch.tokens -= taken;
    if (taken > 0) sites.push(batch.site);
    if (batch.tokens === 0) waiting.head++;
  }
  if (waiting.head * 2 > waiting.batches.length) {
    waiting.batches = waiting.batches.slice(waiting.head);
    waiting.head = 0;
  }
  return sites;
}

/** Runs all queues to their end; `step` says whether a site's queue may go on. */
function runTokens(program: CheckProgram, step: (site: number, token: TokenUse) => boolean): void {
  const cursors = program.stream.queues.map((_program, queue) => makeCursor(program, queue));
  const goOn = (cursor: Cursor): boolean => {
    const site = cursor.site();
    const token = program.sites[site]?.token;
    if (site < 0 || (token !== undefined && !step(site, token))) return false;
    cursor.advance();
    return true;
  };
  for (let hasProgress = true; hasProgress; ) {
    hasProgress = false;
    for (const cursor of cursors) while (goOn(cursor)) hasProgress = true;
  }
}

function rootOf(partners: Int32Array, site: number): number {
  let at = site;
  while (partners[at] !== at) {
    const next = partners[at] as number;
    partners[at] = partners[next] as number;
    at = next;
  }
  return at;
}

function join(partners: Int32Array, a: number, b: number): void {
  const [left, right] = [rootOf(partners, a), rootOf(partners, b)];
  partners[Math.max(left, right)] = Math.min(left, right);
}
