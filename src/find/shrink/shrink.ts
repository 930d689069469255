// `tgc.shrink/1`: the smallest program that can be found that still has a property. Deterministic, unless the time is up or somebody
// interrupts: then it is the best so far.

import { graphReductions } from "./graph-reductions.ts";
import { type Compilation, type Keep, see } from "./keep.ts";
import { type Reduction, reduceAll, type Search } from "./search.ts";
import { printState, type ShrinkState } from "./state.ts";

export interface ShrinkProgress {
  readonly tried: number;
  readonly lines: number;
}

export interface ShrinkLimits {
  readonly isOver: () => boolean;
  readonly tell?: ((progress: ShrinkProgress) => void) | undefined;
}

/** The fields of `tgc.shrink/1`. */
export interface ShrinkReport {
  readonly text: string;
  /** How the property shows: the code, the message of the crash. */
  readonly seen: string;
  readonly tried: number;
  /** False where the search was ended before it was done. */
  readonly isComplete: boolean;
}

/** Schedules name kernels after nodes, which a smaller program may not have: those entries are left out where that is needed. */
const withoutSchedule: Reduction<ShrinkState> = {
  name: "the schedule",
  count: ({ schedule }) => (schedule === undefined ? 0 : 1),
  without: (state) => ({ ...state, schedule: undefined }),
};

/** Shrinks a graph; undefined where it does not have the property in the first place. */
export async function shrinkGraph(
  start: ShrinkState,
  keep: Keep,
  compilation: Compilation,
  limits: ShrinkLimits,
): Promise<ShrinkReport | undefined> {
  const quick = await shrinkQuickly(start, keep, compilation, limits);
  const shrunk = quick && (await shrinkIn(quick.best, keep, compilation, limits));
  if (shrunk !== undefined) return { ...shrunk, tried: shrunk.tried + (quick?.tried ?? 0) };
  return shrinkIn(start, keep, compilation, limits);
}

/**
 * Most faults show however tiles are chosen: then a small program is found without the time that the choice takes, and only what is left of
 * it is compiled as asked for.
 */
async function shrinkQuickly(start: ShrinkState, keep: Keep, compilation: Compilation, limits: ShrinkLimits) {
  const isAboutChoice = keep.kind === "diagnostic" || keep.kind === "slower-than";
  const options = {
    ...compilation.options,
    strategy: "naive",
    fusion: compilation.options.fusion ?? "forced",
  } as const;
  return isAboutChoice ? undefined : searchIn(start, keep, { ...compilation, options }, limits);
}

async function shrinkIn(
  start: ShrinkState,
  keep: Keep,
  compilation: Compilation,
  limits: ShrinkLimits,
): Promise<ShrinkReport | undefined> {
  const found = await searchIn(start, keep, compilation, limits);
  return found && reportOf(found, limits);
}

async function searchIn(start: ShrinkState, keep: Keep, compilation: Compilation, limits: ShrinkLimits) {
  const seen = await see(start, keep, compilation);
  if (seen === undefined) return undefined;
  const keeps = async (candidate: ShrinkState) => (await see(candidate, keep, compilation, seen)) === seen;
  const search = { start, keeps, print: printState, limits };
  return { ...(await searchWith(search, [withoutSchedule, ...graphReductions])), seen };
}

export interface ShrinkCase<S> {
  readonly start: S;
  readonly keeps: (candidate: S) => Promise<boolean>;
  readonly print: (state: S) => string;
  readonly limits: ShrinkLimits;
}

/** Shrinks anything that can be printed. */
export async function searchWith<S>(
  { start, keeps, print, limits }: ShrinkCase<S>,
  reductions: readonly Reduction<S>[],
): Promise<Pick<Search<S>, "best" | "tried" | "print">> {
  const tell = ({ tried, best }: Search<S>) => limits.tell?.({ tried, lines: linesOf(print(best)) });
  const search: Search<S> = {
    best: start,
    tried: 0,
    // An interrupt is noticed at the event loop's turn.
    keeps: async (candidate) => {
      await new Promise((resolve) => setTimeout(resolve));
      return keeps(candidate);
    },
    isOver: limits.isOver,
    tell,
    known: new Set([print(start)]),
    print,
  };
  await reduceAll(search, reductions);
  return search;
}

export function reportOf<S>(
  { best, tried, print, seen }: Pick<Search<S>, "best" | "tried" | "print"> & { readonly seen: string },
  limits: ShrinkLimits,
): ShrinkReport {
  return { text: print(best), seen, tried, isComplete: !limits.isOver() };
}

export function linesOf(text: string): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
