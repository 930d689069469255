// How a kernel's schedule is chosen. `naive`: loads in the innermost loop, nothing kept, rows as wide as fit. `heuristic`: a
// short list of blockings, each lowered and measured; the quickest that fits wins, the smaller one among equals.

import type { Machine } from "../../ir-spec/machine.ts";
import {
  type ContractSchedule,
  contractFields,
  type MovementSchedule,
  movementFields,
  type RowsSchedule,
  rowsFields,
  type StoreOrder,
} from "../../ir-spec/schedule.ts";
import { completeAttrs } from "./fields.ts";
import { fits, type KernelMeasure } from "./measure.ts";

export type Strategy = "naive" | "heuristic";

const contractDefaults = completeAttrs(contractFields);
const rowsDefaults = completeAttrs(rowsFields);
export const movementDefaults: MovementSchedule = completeAttrs(movementFields);

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

const naiveRows: RowsSchedule = { ...rowsDefaults, slots_in: 1, slots_mid: 1, slots_out: 1 };

/** A product stored by columns is made transposed, so that the array itself turns it. */
const byOrder: { readonly [O in StoreOrder]: ContractSchedule } = {
  rows: contractDefaults,
  columns: {
    ...contractDefaults,
    store: "columns",
    stationary: "rhs",
    tile_m: contractDefaults.tile_n,
    tile_n: contractDefaults.tile_m,
    slots_psum: 4,
    slots_out: 8,
  },
};

/** What is known of a product before its schedule is chosen. */
export interface ContractChoice {
  readonly order: StoreOrder;
  /** Whether the DMA engines could transpose what must be. */
  readonly canTransposeOnDma: boolean;
}

function contractCandidates({ order, canTransposeOnDma }: ContractChoice): readonly ContractSchedule[] {
  const onPe = candidatesFrom(byOrder[order]);
  return canTransposeOnDma ? [...onPe, ...candidatesFrom({ ...byOrder[order], transpose_on: "dma" })] : onPe;
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

/** The widest tiles first; shallow rings only where no width fits with others. */
function rowsCandidates(strategy: Strategy): readonly RowsSchedule[] {
  const widths: number[] = [];
  for (let width = rowsDefaults.tile_columns; width >= 1; width = Math.floor(width / 2)) widths.push(width);
  const ringed = strategy === "naive" ? [] : widths.map((width) => ({ ...rowsDefaults, tile_columns: width }));
  return [...ringed, ...widths.map((width) => ({ ...naiveRows, tile_columns: width }))];
}

/** If nothing waits, the slowest engine decides; the others' time counts a little, so that ties break sensibly. */
function timeNs(measure: KernelMeasure): number {
  const { peNs, vectorNs, dmaNs } = measure;
  return Math.max(peNs, vectorNs, dmaNs) + (peNs + vectorNs + dmaNs) / 16;
}

function best<S>(candidates: readonly S[], measure: (candidate: S) => KernelMeasure, machine: Machine): S | undefined {
  let winner: { schedule: S; time: number; bytes: number } | undefined;
  for (const schedule of candidates) {
    const measured = measure(schedule);
    if (!fits(measured, machine)) continue;
    const time = timeNs(measured);
    const bytes = measured.sbufBytesPerPartition;
    const isFaster = winner === undefined || time < winner.time || (time === winner.time && bytes < winner.bytes);
    if (isFaster) winner = { schedule, time, bytes };
  }
  return winner?.schedule;
}

export function chooseContract(
  strategy: Strategy,
  choice: ContractChoice,
  measure: (schedule: ContractSchedule) => KernelMeasure,
  machine: Machine,
): ContractSchedule {
  const naive = { ...byOrder[choice.order], ...naiveFields };
  if (strategy === "naive") return naive;
  return best(contractCandidates(choice), measure, machine) ?? naive;
}

export function chooseRows(
  strategy: Strategy,
  measure: (schedule: RowsSchedule) => KernelMeasure,
  machine: Machine,
): RowsSchedule {
  return rowsCandidates(strategy).find((candidate) => fits(measure(candidate), machine)) ?? naiveRows;
}
