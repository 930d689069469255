// How a kernel's schedule is chosen among those that its kind considers: each is lowered and measured.

import type { AttrSpecs, AttrValues } from "../../ir-spec/base/attr.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { ScheduleSpace } from "../lower/kinds/define.ts";
import { fits, type KernelMeasure } from "./measure.ts";

/** If nothing waits, the slowest engine decides; the others' time counts a little, so that ties break sensibly. */
function timeNs(measure: KernelMeasure): number {
  const { peNs, vectorNs, dmaNs } = measure;
  return Math.max(peNs, vectorNs, dmaNs) + (peNs + vectorNs + dmaNs) / 16;
}

/** The fastest candidate that fits, of equal ones the smaller; or the first that fits; the last one where none does. */
export function chooseSchedule<F extends AttrSpecs>(
  { candidates, take }: ScheduleSpace<F>,
  measure: (candidate: AttrValues<F>) => KernelMeasure,
  machine: Machine,
): AttrValues<F> {
  const last = candidates.at(-1) as AttrValues<F>;
  if (candidates.length === 1) return last;
  if (take === "first") return candidates.find((candidate) => fits(measure(candidate), machine)) ?? last;
  let best: { schedule: AttrValues<F>; time: number; bytes: number } | undefined;
  for (const schedule of candidates) {
    const measured = measure(schedule);
    if (!fits(measured, machine)) continue;
    const time = timeNs(measured);
    const bytes = measured.sbufBytesPerPartition;
    const isBetter = best === undefined || time < best.time || (time === best.time && bytes < best.bytes);
    if (isBetter) best = { schedule, time, bytes };
  }
  return best?.schedule ?? last;
}
