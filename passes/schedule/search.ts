// The search among a kernel's candidates. Each one that is measured is lowered, so a kind may say that its candidates are combinations of
// choices: then the search goes from one to the next that differs in one field, as long as that helps (coordinate descent).

import type { AttrSpecs, AttrValues } from "../../ir-spec/base/attr.ts";

export interface Rated<F extends AttrSpecs> {
  readonly schedule: AttrValues<F>;
  /** What is least of the best. */
  readonly timeNs: number;
  /** Decides where times are equal. */
  readonly bytes: number;
}

/** Rates a candidate; undefined where it does not fit. */
export type Rate<F extends AttrSpecs> = (candidate: AttrValues<F>) => Rated<F> | undefined;

/** So few candidates are all measured. Assumed: a search would measure most of them. */
const fewCandidates = 16;

/** The best candidate, of equal ones the first; undefined where none fits. */
export function bestOf<F extends AttrSpecs>(candidates: readonly AttrValues<F>[], rate: Rate<F>): Rated<F> | undefined {
  let best: Rated<F> | undefined;
  for (const candidate of candidates) {
    const rated = rate(candidate);
    if (rated === undefined) continue;
    const isBetter =
      best === undefined || rated.timeNs < best.timeNs || (rated.timeNs === best.timeNs && rated.bytes < best.bytes);
    if (isBetter) best = rated;
  }
  return best;
}

/** The best candidate that is found from the first one of each group whose members differ in one field from another one. */
export function bestOfCombinations<F extends AttrSpecs>(
  candidates: readonly AttrValues<F>[],
  rate: Rate<F>,
): Rated<F> | undefined {
  const known = new Map<AttrValues<F>, Rated<F> | undefined>();
  const rateOnce: Rate<F> = (candidate) => {
    if (!known.has(candidate)) known.set(candidate, rate(candidate));
    return known.get(candidate);
  };
  if (candidates.length <= fewCandidates) return bestOf(candidates, rate);
  const found = groupsOf(candidates).map((group) => descend(group, rateOnce)?.schedule);
  return bestOf(
    candidates.filter((candidate) => found.includes(candidate)),
    rateOnce,
  );
}

/** Where the first one does not fit, little is known of where the best one is: all are measured. */
function descend<F extends AttrSpecs>(group: readonly AttrValues<F>[], rate: Rate<F>): Rated<F> | undefined {
  const first = bestOf(group.slice(0, 1), rate);
  return first === undefined ? bestOf(group, rate) : descendFrom(first, group, rate);
}

function descendFrom<F extends AttrSpecs>(
  best: Rated<F>,
  group: readonly AttrValues<F>[],
  rate: Rate<F>,
): Rated<F> | undefined {
  const near = group.filter((candidate) => areNear(candidate, best.schedule));
  const next = bestOf(near, rate);
  return next === undefined || next.schedule === best.schedule ? best : descendFrom(next, group, rate);
}

/** Groups of candidates that are connected by those that differ in one field, each in the order of the candidates. */
function groupsOf<F extends AttrSpecs>(candidates: readonly AttrValues<F>[]): readonly (readonly AttrValues<F>[])[] {
  const left = new Set(candidates);
  const groups: (readonly AttrValues<F>[])[] = [];
  for (const first of candidates) {
    if (!left.delete(first)) continue;
    const group = new Set([first]);
    for (const member of group) {
      for (const other of left) if (areNear(member, other)) group.add(other);
      for (const other of group) left.delete(other);
    }
    groups.push(candidates.filter((candidate) => group.has(candidate)));
  }
  return groups;
}

/** Whether two candidates differ in one field at most. */
function areNear<F extends AttrSpecs>(a: AttrValues<F>, b: AttrValues<F>): boolean {
  const other = b as Readonly<Record<string, unknown>>;
  return Object.entries(a).filter(([name, value]) => value !== other[name]).length <= 1;
}
