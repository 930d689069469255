// The schedules of a contraction that are considered. `naive`: loads in the innermost loop, nothing kept. `heuristic`: a short list
// of blockings in both orders.

import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ScheduleSpace, SpaceChoice } from "../kinds/define.ts";
import type { StoreOrder } from "../stored.ts";
import { batchesAtOnce } from "./batches.ts";
import { canTransposeOnDma } from "./dependent-fields.ts";
import { type ContractSchedule, contractFields } from "./fields.ts";
import type { ContractPlan } from "./plan.ts";
import { roughCost } from "./rough-cost.ts";

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
  { slots_lhs: 3, slots_rhs: 3, slots_out: 4 },
  { slots_psum: 4, slots_out: 4 },
  { slots_out: 4 },
] as const satisfies readonly Partial<ContractSchedule>[];

export function contractSpace(
  plan: ContractPlan,
  { strategy, order, machine, given }: SpaceChoice,
): ScheduleSpace<typeof contractFields> {
  const naive = { ...byOrder[order], ...naiveFields };
  if (strategy === "naive") return { candidates: [naive], take: "first", rings: [] };
  const best = (fields: Partial<ContractSchedule>, count: number): readonly ContractSchedule[] => {
    const slots = { slots_psum: Math.min(byOrder[order].slots_psum, machine.psumBanks) };
    const candidates = candidatesFrom({ ...byOrder[order], ...slots, ...fields });
    const complete = candidates.map((candidate) => completeAttrs(contractFields, { ...candidate, ...given }));
    return promising(plan, complete, machine).slice(0, count);
  };
  const canUseDma = canTransposeOnDma(plan);
  const onDma = canUseDma ? best({ transpose_on: "dma" }, maxLowered) : [];
  const asTheyAre = best({}, canUseDma ? maxLowered / 2 : maxLowered);
  const batched = batchedFrom(plan, { ...byOrder[order], ...given }, machine);
  // Rows of few bytes come in longer runs where each partition has several of them.
  const longRuns = { k_tiles: "interleaved", tile_k: Math.max(1, machine.peRows / 4) } as const;
  return {
    candidates: [...batched, ...asTheyAre, ...onDma, { ...naive, slots_lhs: 2, slots_rhs: 2 }, naive],
    take: "fastest",
    hasFinalists: true,
    variants: [
      { k_tiles: "interleaved" },
      ...(batched.length === 0 ? [] : [longRuns]),
      { evict: "act" },
      { tile_order: ["k", "m", "n"] },
    ],
    rings: deeperRings,
  };
}

/** Batches at once, at most; their number is divided evenly where that is possible. Assumed: more make no transfer faster. */
const batchCounts = [20, 70, 140, 300] as const;

/** Several batches at once, where a product is a tile, with either operand stationary. */
function batchedFrom(plan: ContractPlan, defaults: ContractSchedule, machine: Machine): readonly ContractSchedule[] {
  const size = plan.batch.at(-1) ?? 1;
  const units = canTransposeOnDma(plan) ? (["pe", "dma"] as const) : (["pe"] as const);
  const families = units.flatMap((transpose_on) =>
    (["lhs", "rhs"] as const).map((stationary) => ({ ...defaults, transpose_on, stationary })),
  );
  return families.flatMap((family) => {
    const counts = batchCounts.map((batches) =>
      batchesAtOnce(plan, { ...family, batches: Math.min(batches, size) }, machine),
    );
    const different = [...new Set(counts)].filter((batches) => batches > 1);
    return different.map((batches) => ({ ...family, batches, slots_psum: Math.min(4, machine.psumBanks) }));
  });
}

/** How many candidates of a family are lowered: those that differ in blocks and loads. Assumed: the rough order is right within these. */
const maxLowered = 12;

/** The candidates that fit and, by arithmetic, take the least time; those that the sizes make equal once. */
function promising(
  plan: ContractPlan,
  candidates: readonly ContractSchedule[],
  machine: Machine,
): readonly ContractSchedule[] {
  const costs = candidates.map((schedule) => ({ schedule, ...roughCost(plan, schedule, machine) }));
  const fitting = costs.filter(
    (cost) => cost.sbufBytesPerPartition <= machine.sbufBytesPerPartition && cost.psumBanks <= machine.psumBanks,
  );
  const seen = new Set<string>();
  const different = fitting.filter(({ key }) => !seen.has(key) && seen.add(key));
  return different.sort((a, b) => a.timeNs - b.timeNs).map(({ schedule }) => schedule);
}

/** Tiles of k in one load of a stream, and the loads in flight that hide the time from a load's issue to its arrival. */
const streams = [
  { block_k: 1, slots: 8 },
  { block_k: 2, slots: 6 },
  { block_k: 4, slots: 4 },
  { block_k: 8, slots: 3 },
] as const;

const blockings = [1, 2, 4, 8, 16].flatMap((block_m) => [1, 2, 4, 8].map((block_n) => ({ block_m, block_n })));

function candidatesFrom(defaults: ContractSchedule): readonly ContractSchedule[] {
  const candidates: ContractSchedule[] = [];
  for (const blocking of blockings) {
    const blocks = { ...defaults, ...blocking };
    candidates.push(
      { ...blocks, block_order: ["m", "n", "k"], load_lhs: "block_0", load_rhs: "block_1" },
      { ...blocks, block_order: ["n", "m", "k"], load_lhs: "block_1", load_rhs: "block_0" },
    );
    if (blocking.block_m * blocking.block_n > 1) {
      candidates.push({ ...blocks, tile_order: ["k", "m", "n"], load_lhs: "block_0", load_rhs: "block_1" });
    }
    for (const { block_k, slots } of streams) {
      const streamed = { ...blocks, block_k };
      candidates.push(
        { ...streamed, load_lhs: "block_2", load_rhs: "block_2", slots_lhs: slots, slots_rhs: slots },
        { ...streamed, block_order: ["m", "n", "k"], load_lhs: "block_0", load_rhs: "block_2", slots_rhs: slots },
        { ...streamed, block_order: ["n", "m", "k"], load_lhs: "block_2", load_rhs: "block_0", slots_lhs: slots },
      );
    }
  }
  return candidates;
}
