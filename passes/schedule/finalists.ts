// The last choice among a kernel's candidates: those that the estimate finds promising are compared by going through all of their iterations
// (time-iterations.ts), where these are few, then variants of the fastest one. In large kernels the estimate misses little.

import type { AttrSpecs, AttrValues } from "../../ir-spec/base/attr.ts";
import type { Rated } from "./search.ts";

/** How much slower than the fastest one, by the estimate, a candidate is at most that is promising. Assumed. */
const promisingShare = 1.6;
const maxPromising = 10;

/** Those that are compared with the stages that their loops get, which takes longer: the fastest without them. Assumed. */
const maxStaged = 3;

/** Those whose variants are compared, too. Assumed. */
const maxVaried = 3;

/** What must at least be taken off the time of what the estimate finds fastest, and by a variant. Assumed: less may not be there. */
const variantShare = 0.99;

/** Candidates whose estimates differ by less are equal but for fields that change nothing here. Assumed. */
const sameShare = 1.0005;

/** How long schedules take by going through all iterations, and the rings that they get; undefined where one does not fit, or has too many of them. */
export interface IterationTimes<F extends AttrSpecs> {
  readonly plainNs: (schedule: AttrValues<F>) => number | undefined;
  /** With the stages that its loops get. */
  readonly stagedNs: (schedule: AttrValues<F>) => number | undefined;
  readonly ringed: (schedule: AttrValues<F>) => AttrValues<F>;
}

/** The fastest of the promising candidates, with the variants that make it faster; undefined where the estimate's fastest has too many iterations. */
export function bestFinalist<F extends AttrSpecs>(
  rated: readonly Rated<F>[],
  variants: readonly Partial<AttrValues<F>>[],
  times: IterationTimes<F>,
): AttrValues<F> | undefined {
  const { ringed, plainNs, stagedNs } = times;
  const candidates = promising(rated);
  const [estimated] = candidates;
  const timed = fastestOf(candidates, plainNs);
  if (estimated === undefined || !timed.some(({ schedule }) => schedule === estimated)) return undefined;
  const best = timed.slice(0, maxVaried).map(({ schedule }) => schedule);
  const varied = best.flatMap((schedule) => variants.map((variant) => ({ ...schedule, ...variant })));
  const fastest = fastestOf([...best, ...varied], (schedule) => plainNs(ringed(schedule))).slice(0, maxStaged);
  const few = [...new Set([estimated, ...fastest.map(({ schedule }) => schedule)])];
  const staged = fastestOf(few, (schedule) => stagedNs(ringed(schedule)));
  const [first] = staged;
  const own = staged.find(({ schedule }) => schedule === estimated);
  const isFaster = first !== undefined && own !== undefined && first.timeNs < variantShare * own.timeNs;
  return ringed(withVariants(isFaster ? first.schedule : estimated, variants, (schedule) => plainNs(ringed(schedule))));
}

/** With the variants that make it faster, one after the other. */
function withVariants<F extends AttrSpecs>(
  schedule: AttrValues<F>,
  variants: readonly Partial<AttrValues<F>>[],
  timeOf: (schedule: AttrValues<F>) => number | undefined,
): AttrValues<F> {
  let best = schedule;
  let bestNs = timeOf(best) ?? 0;
  for (const variant of variants) {
    const other = { ...best, ...variant };
    const otherNs = timeOf(other);
    if (otherNs === undefined || otherNs >= variantShare * bestNs) continue;
    best = other;
    bestNs = otherNs;
  }
  return best;
}

/** Those that are about as fast as the fastest one, which is the first; of equal ones the first. */
function promising<F extends AttrSpecs>(rated: readonly Rated<F>[]): readonly AttrValues<F>[] {
  const sorted = rated.toSorted((a, b) => a.timeNs - b.timeNs || a.bytes - b.bytes);
  const most = promisingShare * (sorted[0]?.timeNs ?? 0);
  const distinct = sorted.filter(({ timeNs }, at) => {
    const before = sorted[at - 1];
    return timeNs <= most && (before === undefined || timeNs > sameShare * before.timeNs);
  });
  return distinct.slice(0, maxPromising).map(({ schedule }) => schedule);
}

interface Timed<F extends AttrSpecs> {
  readonly schedule: AttrValues<F>;
  readonly timeNs: number;
}

/** Those whose time is known, the fastest first. */
function fastestOf<F extends AttrSpecs>(
  candidates: readonly AttrValues<F>[],
  timeOf: (schedule: AttrValues<F>) => number | undefined,
): readonly Timed<F>[] {
  const timed = candidates.flatMap((schedule): readonly Timed<F>[] => {
    const timeNs = timeOf(schedule);
    return timeNs === undefined ? [] : [{ schedule, timeNs }];
  });
  return timed.sort((a, b) => a.timeNs - b.timeNs);
}
