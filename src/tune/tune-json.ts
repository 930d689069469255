// The fields of `tgc.tune/1`, and each schedule that was tried as a line of JSON.

import { printSchedule } from "../report/print-profile.ts";
import type { Tuned, TunedKernel } from "./tune-graph.ts";

/** The name of the schedule that is written. */
const scheduleName = "tuned";

/** The best schedule, all fields said: in the program or in a file of its own it gives the same stream again. */
export function tunedSchedule({ best, fusion }: Tuned): string {
  return printSchedule(best.profile.graph, best.profile.kernels, { name: scheduleName, fusion });
}

export function tuneJson(tuned: Tuned) {
  const { heuristic, best, tried, simulated, fusion, kernels } = tuned;
  return {
    graph: best.profile.graph,
    target: best.profile.target,
    best: { schedule: tunedSchedule(tuned), timeNs: best.profile.timeNs },
    heuristic: { timeNs: heuristic.profile.timeNs },
    tried,
    simulated,
    fusion: fusion ?? null,
    kernels: kernels.map(kernelJson),
  };
}

function kernelJson({ kernel, found, isKept }: TunedKernel) {
  const { name, kind, print, chosen } = kernel;
  return {
    name,
    kind,
    best: { fields: print(found.fields), timeNs: found.timeNs ?? null },
    heuristic: { fields: print(chosen), timeNs: found.startNs ?? null },
    tried: found.tried.length,
    simulated: found.simulated,
    isKept,
  };
}

/** `{"kernel":"y","fields":"block_m=4","fits":true,"estimateNs":1,"timeNs":2}`, in the order in which they were tried. */
export function triedLines({ kernels }: Tuned): string {
  const lines = kernels.flatMap(({ kernel, found }) =>
    found.tried.map(({ fields, ...point }) =>
      JSON.stringify({ kernel: kernel.name, fields: kernel.print(fields), ...point }),
    ),
  );
  return lines.map((line) => `${line}\n`).join("");
}
