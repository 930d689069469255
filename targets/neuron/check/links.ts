// Links: the parts into which a semaphore's tokens fall. Kernels that run one after the other share semaphores, and what one
// of them needs another may not; so tokens are left out link by link.
//
//     release a, release b   ->   the link of `release a` and `acquire a`, and that of b
//     acquire a, acquire b
//
// A link ends where as many tokens have been acquired as released, and where no loop continues, on neither side. So all of a
// link's acquires and releases come before those of the next, and leaving out a link takes no token from another. Within these, sites that
// take turns on a semaphore without tokens at the start are links by themselves, as they are acquired in the order of the releases.

import type { CheckProgram } from "./program.ts";
import { findPartners } from "./token-partners.ts";

export interface Link {
  readonly sem: number;
  /** Its acquires and releases. */
  readonly sites: readonly number[];
}

/** The links of all semaphores; `executions` says how often each site is executed. */
export function findLinks(program: CheckProgram, executions: Int32Array): readonly Link[] {
  const partners = findPartners(program);
  return program.stream.semaphores.flatMap(({ initial }, sem) => {
    const sites = [...program.sites.keys()].filter((site) => program.sites[site]!.token?.sem === sem);
    const isRelease = (site: number): boolean => program.sites[site]!.token?.kind === "release";
    const releases = partsOf(sites.filter(isRelease), program, executions);
    const acquires = partsOf(
      sites.filter((site) => !isRelease(site)),
      program,
      executions,
    );
    const merged = mergeParts(releases, acquires);
    const parts = initial > 0 ? merged : merged.flatMap((part) => splitByPartners(part, partners));
    return parts.map((part) => ({ sem, sites: part }));
  });
}

function splitByPartners(sites: readonly number[], partners: Int32Array): readonly (readonly number[])[] {
  const parts = new Map<number, number[]>();
  for (const site of sites) {
    const partner = partners[site] as number;
    const part = parts.get(partner) ?? [];
    parts.set(partner, part);
    part.push(site);
  }
  return [...parts.values()];
}

/** Sites of one side that lie in one loop, or a site by itself. */
interface LinkPart {
  readonly sites: readonly number[];
  /** Tokens of this part and of all before it. */
  readonly endTokens: number;
}

function partsOf(sites: readonly number[], program: CheckProgram, executions: Int32Array): readonly LinkPart[] {
  const parts: LinkPart[] = [];
  let lastLoop: number | undefined;
  let endTokens = 0;
  for (const site of sites) {
    const { token, path, loops } = program.sites[site]!;
    const outermostLoop = loops.length === 0 ? undefined : path[0];
    const isSameLoop = outermostLoop !== undefined && outermostLoop === lastLoop;
    const before = isSameLoop ? (parts.pop()?.sites ?? []) : [];
    endTokens += executions[site]! * (token?.count ?? 0);
    parts.push({ sites: [...before, site], endTokens });
    lastLoop = outermostLoop;
  }
  return parts;
}

/** Cuts both sides where equally many tokens are released and acquired. */
function mergeParts(releases: readonly LinkPart[], acquires: readonly LinkPart[]): readonly (readonly number[])[] {
  const acquired = new Set(acquires.map(({ endTokens }) => endTokens));
  const cuts = [...new Set(releases.map(({ endTokens }) => endTokens))].filter((tokens) => acquired.has(tokens));
  const links: number[][] = [];
  for (const { sites, endTokens } of [...releases, ...acquires]) {
    const at = cuts.filter((tokens) => tokens < endTokens).length;
    links[at] = [...(links[at] ?? []), ...sites];
  }
  return links.filter((sites) => sites !== undefined);
}
