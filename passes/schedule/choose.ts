// How a kernel's schedule is chosen among those that its kind considers: each is lowered and measured.

import type { AttrSpecs, AttrValues } from "../../ir-spec/base/attr.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { ScheduleSpace } from "../lower/kinds/define.ts";
import type { KernelTime } from "../time/time-kernel.ts";
import { bestFinalist } from "./finalists.ts";
import { fits, type KernelRoom } from "./measure.ts";
import { bestOf, bestOfCombinations, type Rate, type Rated } from "./search.ts";

/** The share of all units' work that counts beside the kernel's time, so that ties break sensibly. Assumed: less work, fewer conflicts. */
const workShare = 1 / 32;

const scoreOf = ({ timeNs, workNs }: KernelTime): number => timeNs + workShare * workNs;

/** A lowered candidate. Its times take long, and are not asked for where it does not fit. */
export interface Measured {
  readonly room: KernelRoom;
  readonly time: () => KernelTime;
  /** By going through all iterations, without or with the stages that its loops get; undefined where they are too many. */
  readonly iteratedNs: (stages: "plain" | "staged") => number | undefined;
}

type Measure<F extends AttrSpecs> = (candidate: AttrValues<F>) => Measured;

/** The candidate that the space says, with the deepest of its rings that leave room for other kernels. */
export function chooseSchedule<F extends AttrSpecs>(
  space: ScheduleSpace<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  const rated: Rated<F>[] = [];
  const taken = takeCandidate(space, noting(rated, rateBy(space, measure, machine)), measure, machine);
  const ringed = (schedule: AttrValues<F>): AttrValues<F> => deepest(schedule, space, measure, machine);
  const variants = [...(space.variants ?? []), ...(space.variantsOf?.(taken) ?? [])];
  const iterated = (stages: "plain" | "staged") => (schedule: AttrValues<F>) => {
    const { room, iteratedNs } = measure(schedule);
    return fits(room, machine) ? iteratedNs(stages) : undefined;
  };
  const times = { ringed, plainNs: iterated("plain"), stagedNs: iterated("staged") };
  const finalist = space.hasFinalists ? bestFinalist(rated, variants, times) : undefined;
  if (finalist !== undefined) return finalist;
  const asCompared = space.areVariantsInRings ? ringed : (schedule: AttrValues<F>) => schedule;
  return ringed(varied(variants, taken, (schedule) => measure(asCompared(schedule)), machine));
}

/** Rates, and keeps what was rated in `rated`. */
function noting<F extends AttrSpecs>(rated: Rated<F>[], rate: Rate<F>): Rate<F> {
  return (candidate) => {
    const found = rate(candidate);
    if (found !== undefined) rated.push(found);
    return found;
  };
}

/** The schedule with the deepest rings that leave half of SBUF, or those that are worth all of it. */
function deepest<F extends AttrSpecs>(
  schedule: AttrValues<F>,
  { rings, lastRings = [] }: ScheduleSpace<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  const half = { ...machine, sbufBytesPerPartition: machine.sbufBytesPerPartition / 2 };
  const fitting = (some: readonly Partial<AttrValues<F>>[], room: Machine): AttrValues<F> | undefined =>
    some.map((ring) => deepened(schedule, ring)).find((deep) => fits(measure(deep).room, room));
  return fitting(rings, half) ?? fitting(lastRings, machine) ?? schedule;
}

/** What a variant must at least take off. Assumed: less is not worth another engine's tokens. */
const variantShare = 0.97;

/** The schedule with those of the variants that make it faster and fit. */
function varied<F extends AttrSpecs>(
  variants: readonly Partial<AttrValues<F>>[],
  taken: AttrValues<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  let best = taken;
  for (const variant of variants) {
    const other = { ...best, ...variant };
    const [now, then] = [measure(best), measure(other)];
    if (fits(then.room, machine) && scoreOf(then.time()) < variantShare * scoreOf(now.time())) best = other;
  }
  return best;
}

/** The schedule with rings of at least these depths. */
function deepened<F extends AttrSpecs>(schedule: AttrValues<F>, rings: Partial<AttrValues<F>>): AttrValues<F> {
  const depths = Object.entries(rings).map(([name, depth]) => {
    const own = (schedule as Readonly<Record<string, unknown>>)[name];
    return [name, Math.max(Number(own), Number(depth))];
  });
  return { ...schedule, ...Object.fromEntries(depths) };
}

/** By the estimate: what the space says is least of the best one. */
function rateBy<F extends AttrSpecs>({ take }: ScheduleSpace<F>, measure: Measure<F>, machine: Machine): Rate<F> {
  return (schedule) => {
    const { room, time } = measure(schedule);
    if (!fits(room, machine)) return undefined;
    const { timeNs, busiestNs, workNs } = time();
    const ns = take === "least busy" ? busiestNs : timeNs;
    return { schedule, timeNs: ns + workShare * workNs, bytes: room.sbufBytesPerPartition };
  };
}

/** The fastest candidate that fits, of equal ones the smaller; or the first that fits; the last one where none does. */
function takeCandidate<F extends AttrSpecs>(
  { candidates, take, areCombinations = false }: ScheduleSpace<F>,
  rate: Rate<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  const last = candidates.at(-1) as AttrValues<F>;
  if (candidates.length === 1) return last;
  if (take === "first") return candidates.find((candidate) => fits(measure(candidate).room, machine)) ?? last;
  const best = areCombinations ? bestOfCombinations(candidates, rate) : bestOf(candidates, rate);
  return best?.schedule ?? last;
}
