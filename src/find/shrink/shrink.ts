// `tgc.shrink/1`: the smallest program that can be found that still has a property. Deterministic, unless the time is up or somebody
// interrupts: then it is the best so far.

import type { CompileOptions } from "../../driver/compile.ts";
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

/**
 * Shrinks a graph; undefined where it does not have the property in the first place. Candidates are compiled in cheaper ways first that show
 * the property as well, so that of most of them only those that have it are compiled as asked for.
 */
export async function shrinkGraph(
  start: ShrinkState,
  keep: Keep,
  compilation: Compilation,
  limits: ShrinkLimits,
): Promise<ShrinkReport | undefined> {
  const asked = await makeSight(start, keep, compilation);
  if (asked === undefined) return undefined;
  let best = start;
  let tried = 0;
  for (const options of [...cheaperWays(keep, compilation.options), undefined]) {
    const sight = options && (await makeSight(best, keep, { ...compilation, options }));
    if (options !== undefined && sight === undefined) continue;
    const keeps = async (candidate: ShrinkState) =>
      (sight === undefined || (await sight.keeps(candidate))) && (await asked.keeps(candidate));
    const found = await searchWith({ start: best, keeps, print: printState, limits }, reductions);
    best = found.best;
    tried += found.tried;
  }
  // What is left may show it in a simpler way than the whole program did.
  const seen = (await see(best, keep, compilation)) ?? asked.seen;
  return reportOf({ best, tried, print: printState, seen }, limits);
}

const reductions = [withoutSchedule, ...graphReductions];

/** Most faults show however tiles are chosen, and many whatever ops are fused; how much faster a choice is does not. */
function cheaperWays({ kind }: Keep, options: CompileOptions): readonly CompileOptions[] {
  if (kind === "slower-than") return [];
  const naive = { ...options, strategy: "naive" } as const;
  const ways = options.fusion === undefined ? [{ ...naive, fusion: "forced" } as const, naive] : [naive];
  return ways.filter(({ strategy, fusion }) => strategy !== options.strategy || fusion !== options.fusion);
}

/** How a program shows the property, and whether others show it in the same way; undefined where it does not. */
async function makeSight(start: ShrinkState, keep: Keep, compilation: Compilation) {
  const seen = await see(start, keep, compilation);
  if (seen === undefined) return undefined;
  return { seen, keeps: async (other: ShrinkState) => (await see(other, keep, compilation, seen)) === seen };
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
