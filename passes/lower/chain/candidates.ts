// The schedules of a chain that are considered.

import { completeAttrs } from "../../schedule/fields.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import { type ChainSchedule, chainFields } from "./fields.ts";
import type { ChainPlan } from "./plan.ts";

const defaults = completeAttrs(chainFields);

const single = {
  slots_lhs: 1,
  slots_rhs: 1,
  slots_mid: 1,
  slots_psum: 1,
  slots_out: 1,
} as const satisfies Partial<ChainSchedule>;

export function chainSpace(_plan: ChainPlan, { strategy }: SpaceChoice): ScheduleSpace<typeof chainFields> {
  const naive = { ...defaults, ...single, psum_banks: 1, load_rhs: "piece" } as const;
  if (strategy === "naive") return { candidates: [naive], take: "first", rings: [] };
  const units = ["pe", "dma"] as const;
  const wide = units.flatMap((transpose_on) =>
    [0, 75, 100].flatMap((transposes_by_dma) =>
      [2, 1].map((psum_banks) => ({ ...defaults, transpose_on, transposes_by_dma, psum_banks })),
    ),
  );
  const streamed = wide.map((candidate) => ({ ...candidate, load_rhs: "piece" as const }));
  return {
    candidates: [...wide, ...streamed, { ...defaults, ...single }, naive],
    take: "fastest",
    rings: [],
  };
}
