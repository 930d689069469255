// The search of delta debugging: parts of a program are left out, many at a time and then fewer, as long as what is left keeps the property.
// Source: A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28 (2002): ddmin, here always with the
// rest of the list after a part was left out.

/** One search; `best` changes in place. */
export interface Search<S> {
  best: S;
  tried: number;
  readonly keeps: (candidate: S) => Promise<boolean>;
  /** True once the time is up or somebody has interrupted. */
  readonly isOver: () => boolean;
  /** Called for each smaller program. */
  readonly tell: (search: Search<S>) => void;
  /** Texts of candidates that were tried, as candidates come up again and again. */
  readonly known: Set<string>;
  readonly print: (state: S) => string;
}

/** A way to make a program smaller: it has parts, counted for each program, some of which can be left out. */
export interface Reduction<S> {
  readonly name: string;
  readonly count: (state: S) => number;
  /** The program without parts `from` to `to`; undefined where there is none. */
  readonly without: (state: S, from: number, to: number) => S | undefined;
}

/** Tries one candidate, and takes it where it keeps the property. */
export async function tryCandidate<S>(search: Search<S>, candidate: S | undefined): Promise<boolean> {
  if (candidate === undefined || search.isOver()) return false;
  const text = search.print(candidate);
  if (search.known.has(text)) return false;
  search.known.add(text);
  search.tried++;
  if (!(await search.keeps(candidate))) return false;
  search.best = candidate;
  search.tell(search);
  return true;
}

/** Leaves out as many parts as can be; says whether there were any. */
export async function reduceBy<S>(search: Search<S>, { count, without }: Reduction<S>): Promise<boolean> {
  let isSmaller = false;
  for (let chunk = count(search.best); chunk >= 1 && !search.isOver(); chunk = Math.floor(chunk / 2)) {
    // From the end: what comes last is needed by nothing else.
    let end = count(search.best);
    while (end > 0 && !search.isOver()) {
      const start = Math.max(0, end - chunk);
      if (await tryCandidate(search, without(search.best, start, end))) {
        isSmaller = true;
        end = Math.min(start, count(search.best));
      } else end = start;
    }
  }
  return isSmaller;
}

/** Runs all reductions again and again until none makes the program smaller. */
export async function reduceAll<S>(search: Search<S>, reductions: readonly Reduction<S>[]): Promise<void> {
  for (let isSmaller = true; isSmaller && !search.isOver(); ) {
    isSmaller = false;
    for (const reduction of reductions) {
      const helped = await reduceBy(search, reduction);
      isSmaller = helped || isSmaller;
    }
  }
}
