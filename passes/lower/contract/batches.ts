// How many batches of a contraction are computed at once.

import type { Machine } from "../../../ir-spec/machine.ts";
import { largestDivisorUpTo } from "../space.ts";
import type { ContractSchedule } from "./fields.ts";
import { makeNest } from "./nest.ts";
import type { ContractPlan } from "./plan.ts";

/** Batches of the innermost batch dimension that an iteration computes: 1 where a product is more than a tile, or its epilogue differs by batch. */
export function batchesAtOnce(plan: ContractPlan, schedule: ContractSchedule, machine: Machine): number {
  const size = plan.batch.at(-1) ?? 1;
  const { s, v } = makeNest(plan.sizes, schedule, machine).dims;
  const isOneTile = s.tiles === 1 && v.tiles === 1 && machine.accessDims > 2;
  const columns = schedule.stationary === "rhs" ? "m" : "n";
  const isTogether = plan.epilogue.reads.every((value) => {
    const tensor = plan.others.get(value);
    return tensor !== undefined && (tensor[columns] !== 0 || v.size === 1 || (tensor.batch.at(-1) ?? 0) === 0);
  });
  if (!isOneTile || !isTogether) return 1;
  const wanted = Math.min(schedule.batches, size);
  const divisor = largestDivisorUpTo(size, wanted);
  return 2 * divisor >= wanted ? divisor : wanted;
}
