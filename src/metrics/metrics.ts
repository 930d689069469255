// THE TABLE OF METRICS: what is computed of a profile, each with its unit and formula. `metrics` in JSON, the columns of CSV and
// METRICS.md are made from it. Names are those of Neuron Explorer's summary where it has the metric, in its units.
// Source: AWS Neuron SDK documentation, Neuron Explorer, summary viewer and glossary.

import { type EnergyKey, energyFields, energyKeys } from "../../ir-spec/machine-energy.ts";
import type { ReportUnit } from "../../targets/neuron/sim/report.ts";
import { actionCounts } from "../driver/energy.ts";
import type { Profile } from "../driver/profile.ts";

export interface Metric {
  readonly name: string;
  readonly unit:
    | "s"
    | "cycles"
    | "flop"
    | "elements"
    | "flop/B"
    | "B"
    | "J"
    | "share of 1"
    | "count"
    | "banks"
    | "ratio";
  readonly summary: string;
  readonly formula: string;
  /** Whether Neuron Explorer has a metric of this name. */
  readonly isNeuron: boolean;
  /** Undefined where the profile does not say, such as the floor of a graph of which there is only a stream. */
  readonly value: (profile: Profile) => number | undefined;
}

const seconds = (ns: number): number => ns / 1e9;
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const hbmBytes = ({ hbm }: Profile): number => hbm.readBytes + hbm.writeBytes;

/** Unit -> the beginning of its metrics' names. */
const engineNames: { readonly [U in ReportUnit]: string } = {
  pe: "tensor_engine",
  act: "scalar_engine",
  dve: "vector_engine",
  pool: "gpsimd_engine",
  sp: "sync_engine",
  dma: "dma",
};

function engineMetrics(unit: ReportUnit): readonly Metric[] {
  const name = engineNames[unit];
  const isDma = unit === "dma";
  const busy = isDma
    ? "time in which bytes move in at least one DMA engine"
    : `time in which ${unit} issues instructions`;
  const metrics: readonly Metric[] = [
    {
      name: `${name}_active_time`,
      unit: "s",
      summary: busy,
      formula: `engines.${unit}.busyNs / 1e9`,
      isNeuron: true,
      value: ({ engines }) => seconds(engines[unit].busyNs),
    },
    {
      name: `${name}_active_time_percent`,
      unit: "share of 1",
      summary: "the same as a share of the whole time",
      formula: `engines.${unit}.busyNs / timeNs`,
      isNeuron: true,
      value: ({ engines, timeNs }) => ratio(engines[unit].busyNs, timeNs),
    },
    {
      name: `${name}_floor_time`,
      unit: "s",
      summary: isDma
        ? "the larger of the engines' time for all descriptors, shared evenly, and the time of the bytes at HBM's bandwidth"
        : "issue time of its instructions at full clock",
      formula: `bound.floorNs.${unit} / 1e9`,
      isNeuron: false,
      value: ({ bound }) => seconds(bound.floorNs[unit]),
    },
  ];
  if (isDma) return metrics;
  const waiting: Metric = {
    name: `${name}_waiting_time`,
    unit: "s",
    summary: "time in which it waits for tokens of other queues",
    formula: `engines.${unit}.waitingNs / 1e9`,
    isNeuron: false,
    value: ({ engines }) => seconds(engines[unit].waitingNs),
  };
  const instructions: Metric = {
    name: `${name}_instruction_count`,
    unit: "count",
    summary: "instructions executed, without tokens and drains",
    formula: `engines.${unit}.instructions`,
    isNeuron: true,
    value: ({ engines }) => engines[unit].instructions,
  };
  return [...metrics, waiting, instructions];
}

const timeMetrics: readonly Metric[] = [
  {
    name: "total_time",
    unit: "s",
    summary: "from launch to end",
    formula: "timeNs / 1e9",
    isNeuron: true,
    value: ({ timeNs }) => seconds(timeNs),
  },
  {
    name: "neuroncore_cycle_count",
    unit: "cycles",
    summary: "the same in cycles of the systolic array's clock",
    formula: "ceil(timeNs * peClockHz / 1e9)",
    isNeuron: true,
    value: ({ cycles }) => cycles,
  },
  {
    name: "graph_floor_time",
    unit: "s",
    summary: "time below which no program for the graph can be, launch included",
    formula:
      "bound.graphFloorNs / 1e9: the largest of the array's time for the products, the functions' and the bytes'",
    isNeuron: false,
    value: ({ bound }) => (bound.graphFloorNs === undefined ? undefined : seconds(bound.graphFloorNs)),
  },
  {
    name: "graph_floor_ratio",
    unit: "ratio",
    summary: "how many times its graph's floor the program takes",
    formula: "timeNs / bound.graphFloorNs",
    isNeuron: false,
    value: ({ bound, timeNs }) => (bound.graphFloorNs === undefined ? undefined : timeNs / bound.graphFloorNs),
  },
];

const workMetrics: readonly Metric[] = [
  {
    name: "matmul_flops",
    unit: "flop",
    summary: "operations of the array's products, without transposes",
    formula: "flops: 2 for each multiply-add",
    isNeuron: false,
    value: ({ flops }) => flops,
  },
  {
    name: "element_ops",
    unit: "elements",
    summary: "elements that the scalar, vector and general engines work on",
    formula: "elementOps: for each instruction the elements of its largest operand",
    isNeuron: false,
    value: ({ elementOps }) => elementOps,
  },
  {
    name: "mfu_estimated_percent",
    unit: "share of 1",
    summary: "products against the array's peak for bf16",
    formula: "flops / (2 * peRows * peColumns * peClockHz * timeNs / 1e9)",
    isNeuron: true,
    value: ({ mfuPercent }) => mfuPercent / 100,
  },
  {
    name: "mbu_estimated_percent",
    unit: "share of 1",
    summary: "HBM traffic against HBM's bandwidth",
    formula: "(hbm.readBytes + hbm.writeBytes) / (roofline.hbmBytesPerSecond * timeNs / 1e9)",
    isNeuron: true,
    value: (profile) => ratio(hbmBytes(profile), profile.roofline.hbmBytesPerSecond * seconds(profile.timeNs)),
  },
  {
    name: "mm_arithmetic_intensity",
    unit: "flop/B",
    summary: "operations of products for each byte of HBM traffic",
    formula: "flops / (hbm.readBytes + hbm.writeBytes)",
    isNeuron: true,
    value: ({ flopsPerByte }) => flopsPerByte,
  },
  {
    name: "peak_flops_bandwidth_ratio",
    unit: "flop/B",
    summary: "intensity above which the array is the limit and below which HBM is (the roofline's ridge)",
    formula: "roofline.peakFlops / roofline.hbmBytesPerSecond",
    isNeuron: true,
    value: ({ roofline }) => roofline.peakFlops / roofline.hbmBytesPerSecond,
  },
];

const trafficMetrics: readonly Metric[] = [
  {
    name: "hbm_read_bytes",
    unit: "B",
    summary: "read in HBM",
    formula: "hbm.readBytes: the sum over all transfers",
    isNeuron: true,
    value: ({ hbm }) => hbm.readBytes,
  },
  {
    name: "hbm_write_bytes",
    unit: "B",
    summary: "written to HBM",
    formula: "hbm.writeBytes: the sum over all transfers",
    isNeuron: true,
    value: ({ hbm }) => hbm.writeBytes,
  },
  {
    name: "spill_bytes",
    unit: "B",
    summary: "part of both that the program itself does not ask for: saved and reloaded for want of memory on chip",
    formula: "hbm.spillBytes: reads and writes of spilled tensors",
    isNeuron: false,
    value: ({ hbm }) => hbm.spillBytes,
  },
  {
    name: "dma_transfer_count",
    unit: "count",
    summary: "DMA instructions executed",
    formula: "engines.dma.instructions",
    isNeuron: true,
    value: ({ engines }) => engines.dma.instructions,
  },
  {
    name: "dma_transfer_total_bytes",
    unit: "B",
    summary: "moved by the DMA engines, on chip and in HBM",
    formula: "dma.bytes",
    isNeuron: true,
    value: ({ dma }) => dma.bytes,
  },
  {
    name: "dma_transfer_average_bytes",
    unit: "B",
    summary: "bytes of a transfer, on average",
    formula: "dma.bytes / engines.dma.instructions",
    isNeuron: true,
    value: ({ dma, engines }) => ratio(dma.bytes, engines.dma.instructions),
  },
  {
    name: "dma_descriptor_count",
    unit: "count",
    summary: "descriptors of all transfers: runs that are contiguous on both sides",
    formula: "dma.descriptors",
    isNeuron: false,
    value: ({ dma }) => dma.descriptors,
  },
  {
    name: "dma_descriptor_average_bytes",
    unit: "B",
    summary: "bytes of a descriptor, on average: the DMA row; short rows waste the engines' time",
    formula: "dma.bytes / dma.descriptors",
    isNeuron: false,
    value: ({ dma }) => dma.averageRowBytes,
  },
];

const memoryMetrics: readonly Metric[] = [
  {
    name: "sbuf_peak_bytes_per_partition",
    unit: "B",
    summary: "the highest address in use in SBUF",
    formula: "sbuf.peakBytesPerPartition: the largest end of a buffer",
    isNeuron: false,
    value: ({ sbuf }) => sbuf.peakBytesPerPartition,
  },
  {
    name: "psum_peak_banks",
    unit: "banks",
    summary: "banks of PSUM in use by the kernel that uses the most",
    formula: "psum.peakBanks",
    isNeuron: false,
    value: ({ psum }) => psum.peakBanks,
  },
];

/** `macBf16Pj` -> `mac_bf16` */
const nameOfAction = (key: EnergyKey): string =>
  key.replace(/(Byte)?Pj$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Shares of what is spent on each action come after the whole. */
const energyMetrics: readonly Metric[] = [
  {
    name: "energy_estimate",
    unit: "J",
    summary:
      "a rough estimate of the energy of all counted actions, where the machine file has a table of them: leakage, clocks and control are not in it",
    formula: "energyEstimate.totalPj / 1e12: for each action its count times its energy in the machine file",
    isNeuron: false,
    value: ({ energyEstimate }) => energyEstimate && energyEstimate.totalPj / 1e12,
  },
  ...energyKeys.map(
    (key): Metric => ({
      name: `energy_estimate_${nameOfAction(key)}_share`,
      unit: "share of 1",
      summary: `part of it for ${energyFields[key].word}: ${energyFields[key].summary}`,
      formula: `energyEstimate.actionsPj.${key} / energyEstimate.totalPj: ${actionCounts[key].formula} times energy.${key}`,
      isNeuron: false,
      value: ({ energyEstimate }) => energyEstimate && ratio(energyEstimate.actionsPj[key], energyEstimate.totalPj),
    }),
  ),
];

/** In the order of METRICS.md and of the columns of CSV. */
export const profileMetrics: readonly Metric[] = [
  ...timeMetrics,
  ...workMetrics,
  ...trafficMetrics,
  ...memoryMetrics,
  ...energyMetrics,
  ...(["pe", "act", "dve", "pool", "sp", "dma"] as const).flatMap(engineMetrics),
];

/** All metrics that the profile has, by name. */
export function metricsOf(profile: Profile): Readonly<Record<string, number>> {
  return Object.fromEntries(
    profileMetrics.flatMap(({ name, value }) => {
      const found = value(profile);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
}
