// What a schedule of a product costs, by arithmetic on its loop nest: which of many candidates are worth lowering. Transfers at the
// machine's bandwidth, the first loads before the array can start, and the array's own time.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { type Machine, psumBankColumns } from "../../../ir-spec/machine.ts";
import type { ContractSchedule } from "./fields.ts";
import { makeNest, type Nest, placeTrips, tilesInside } from "./nest.ts";
import type { ContractPlan, ProductTensor } from "./plan.ts";
import { throughArray } from "./tiled.ts";

export interface RoughCost {
  readonly timeNs: number;
  readonly sbufBytesPerPartition: number;
  readonly psumBanks: number;
  /** The same for schedules that the sizes make equal. */
  readonly key: string;
}

const nsPerSecond = 1e9;

export function roughCost(plan: ContractPlan, schedule: ContractSchedule, machine: Machine): RoughCost {
  const isOnArray = schedule.transpose_on === "pe" && plan.transposed.length > 0;
  const nest = makeNest(plan.sizes, isOnArray ? throughArray(schedule, machine) : schedule, machine);
  const batches = plan.batch.reduce((count, size) => count * size, 1);
  const isSwapped = schedule.stationary === "rhs";
  const load = (tensor: ProductTensor, side: "s" | "v", slots: number): Load =>
    loadOf(nest, tensor, side, { slots, batches, machine });
  const lhs = load(plan.lhs, isSwapped ? "v" : "s", schedule.slots_lhs);
  const rhs = load(plan.rhs, isSwapped ? "s" : "v", schedule.slots_rhs);
  const dmaNs = lhs.ns * lhs.times + rhs.ns * rhs.times;
  const sums = tilesInside(nest, "s", nest.groupAt) * tilesInside(nest, "v", nest.groupAt) * nest.dims.v.tile;
  const banks = schedule.slots_psum * Math.ceil(sums / psumBankColumns(machine));
  const blocks = [nest.dims.s.block, nest.dims.v.block, nest.dims.k.block];
  return {
    key: [...blocks, lhs.times, rhs.times, lhs.bytesPerPartition, rhs.bytesPerPartition].join(" "),
    timeNs: Math.max(dmaNs, arrayNs(nest, plan, machine)) + lhs.ns + rhs.ns,
    sbufBytesPerPartition: lhs.bytesPerPartition + rhs.bytesPerPartition,
    psumBanks: banks + (isOnArray ? 1 : 0),
  };
}

interface Load {
  readonly ns: number;
  readonly times: number;
  /** All slots. */
  readonly bytesPerPartition: number;
}

/** One load of an operand, and how often it is loaded. */
function loadOf(
  nest: Nest,
  tensor: ProductTensor,
  side: "s" | "v",
  { slots, batches, machine }: { readonly slots: number; readonly batches: number; readonly machine: Machine },
): Load {
  const depth = nest.loadAt[side];
  const times = placeTrips(nest, depth) * batches;
  const elementBytes = dtypeBytes(tensor.dtype);
  const rowBytes = tilesInside(nest, side, depth) * nest.dims[side].tile * elementBytes;
  const kTiles = tilesInside(nest, "k", depth);
  const descriptorBytes = (machine.dmaDescriptorNs * machine.dmaEngineBytesPerSecond) / nsPerSecond;
  const runBytes = tensor.k === 1 ? kTiles * nest.dims.k.tile * elementBytes : rowBytes;
  const bytes = rowBytes * kTiles * nest.dims.k.tile;
  const ns = (bytes * (1 + descriptorBytes / runBytes) * nsPerSecond) / machine.hbmBytesPerSecond;
  return { ns: Math.max(ns, machine.dmaIssueNs), times, bytesPerPartition: rowBytes * kTiles * Math.min(slots, times) };
}

/** The array's time for all products, without transposes. */
function arrayNs({ dims: { s, v, k } }: Nest, { batch, lhs, rhs }: ContractPlan, machine: Machine): number {
  const isF32 = dtypeBytes(lhs.dtype) === 4 || dtypeBytes(rhs.dtype) === 4;
  const columns = v.tile * (isF32 ? machine.peF32Factor : 1);
  const cycles = Math.max(machine.peMinCycles, columns + machine.peOverheadCycles);
  const products = s.tiles * v.tiles * k.tiles * batch.reduce((count, size) => count * size, 1);
  return (products * cycles * nsPerSecond) / machine.peClockHz;
}
