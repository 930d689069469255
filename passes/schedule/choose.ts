// How a kernel's schedule is chosen among those that its kind considers: each is lowered and measured.

import type { AttrSpecs, AttrValues } from "../../ir-spec/base/attr.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { ScheduleSpace } from "../lower/kinds/define.ts";
import { fits, type KernelMeasure } from "./measure.ts";

/** The share of all units' work that counts beside the kernel's time, so that ties break sensibly. Assumed: less work, fewer conflicts. */
const workShare = 1 / 32;

const scoreOf = ({ timeNs, workNs }: KernelMeasure): number => timeNs + workShare * workNs;

type Measure<F extends AttrSpecs> = (candidate: AttrValues<F>) => KernelMeasure;

/** The candidate that the space says, with the deepest of its rings that leave room for other kernels. */
export function chooseSchedule<F extends AttrSpecs>(
  space: ScheduleSpace<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  const taken = varied(space.variants ?? [], takeCandidate(space, measure, machine), measure, machine);
  const half = { ...machine, sbufBytesPerPartition: machine.sbufBytesPerPartition / 2 };
  const deepest = (rings: readonly Partial<AttrValues<F>>[], room: Machine): AttrValues<F> | undefined =>
    rings.map((ring) => deepened(taken, ring)).find((schedule) => fits(measure(schedule), room));
  return deepest(space.rings, half) ?? deepest(space.lastRings ?? [], machine) ?? taken;
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
    if (fits(then, machine) && scoreOf(then) < variantShare * scoreOf(now)) best = other;
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

/** The fastest candidate that fits, of equal ones the smaller; or the first that fits; the last one where none does. */
function takeCandidate<F extends AttrSpecs>(
  { candidates, take }: ScheduleSpace<F>,
  measure: Measure<F>,
  machine: Machine,
): AttrValues<F> {
  const last = candidates.at(-1) as AttrValues<F>;
  if (candidates.length === 1) return last;
  if (take === "first") return candidates.find((candidate) => fits(measure(candidate), machine)) ?? last;
  let best: { schedule: AttrValues<F>; time: number; bytes: number } | undefined;
  for (const schedule of candidates) {
    const measured = measure(schedule);
    if (!fits(measured, machine)) continue;
    const time = take === "least busy" ? measured.busiestNs + workShare * measured.workNs : scoreOf(measured);
    const bytes = measured.sbufBytesPerPartition;
    const isBetter = best === undefined || time < best.time || (time === best.time && bytes < best.bytes);
    if (isBetter) best = { schedule, time, bytes };
  }
  return best?.schedule ?? last;
}
