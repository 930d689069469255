// The schedules of a contraction that are considered. `naive`: loads in the innermost loop, nothing kept. `heuristic`: a short list
// of blockings in both orders.

import { completeAttrs } from "../../schedule/fields.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import type { StoreOrder } from "../stored.ts";
import { canTransposeOnDma } from "./dependent-fields.ts";
import { type ContractSchedule, contractFields } from "./fields.ts";
import type { ContractPlan } from "./plan.ts";

const contractDefaults = completeAttrs(contractFields);

/** One tile of each operand for each matmul, single buffers: the first of the four classical steps. */
const naiveFields = {
  block_k: 1,
  load_lhs: "block_2",
  load_rhs: "block_2",
  slots_lhs: 1,
  slots_rhs: 1,
  slots_psum: 1,
  slots_out: 1,
} as const satisfies Partial<ContractSchedule>;

/** A product stored by columns is made transposed, so that the array itself transposes it. */
const byOrder: { readonly [O in StoreOrder]: ContractSchedule } = {
  rows: contractDefaults,
  columns: {
    ...contractDefaults,
    store: "columns",
    stationary: "rhs",
    slots_psum: 4,
    slots_out: 8,
  },
};

/** Results wait for their DMA, accumulators for the engine that empties them, operands for HBM. */
const deeperRings = [
  { slots_lhs: 3, slots_rhs: 3, slots_psum: 4, slots_out: 4 },
  { slots_psum: 4, slots_out: 4 },
  { slots_out: 4 },
] as const satisfies readonly Partial<ContractSchedule>[];

export function contractSpace(
  plan: ContractPlan,
  { strategy, order }: SpaceChoice,
): ScheduleSpace<typeof contractFields> {
  const naive = { ...byOrder[order], ...naiveFields };
  if (strategy === "naive") return { candidates: [naive], take: "first", rings: [] };
  const onPe = candidatesFrom(byOrder[order]);
  const onDma = canTransposeOnDma(plan) ? candidatesFrom({ ...byOrder[order], transpose_on: "dma" }) : [];
  return { candidates: [...onPe, ...onDma, naive], take: "fastest", rings: deeperRings };
}

function candidatesFrom(defaults: ContractSchedule): readonly ContractSchedule[] {
  const candidates: ContractSchedule[] = [];
  for (const blockM of [1, 2, 4, 8, 16]) {
    for (const blockN of [1, 2, 4, 8]) {
      const blocks = { ...defaults, block_m: blockM, block_n: blockN };
      candidates.push(
        { ...blocks, block_order: ["m", "n", "k"], load_lhs: "block_0", load_rhs: "block_1" },
        { ...blocks, block_order: ["n", "m", "k"], load_lhs: "block_1", load_rhs: "block_0" },
        { ...blocks, block_k: 8, load_lhs: "block_2", load_rhs: "block_2", accumulate: "sbuf" },
      );
    }
  }
  const naive = { ...defaults, ...naiveFields };
  candidates.push({ ...naive, slots_lhs: 2, slots_rhs: 2 }, naive);
  return candidates;
}
