// What the numbers of a machine add up to: what people compare with data sheets, and what bounds a program.

import type { Machine } from "../../../ir-spec/machine.ts";

const nsPerSecond = 1e9;

export interface MachineFacts {
  /** A multiply-add of each cell of the array in each cycle, which counts 2; by format, for those that the array multiplies. */
  readonly peakFlops: Readonly<Record<string, number>>;
  /** All DMA engines of a core with long descriptors. */
  readonly dmaBytesPerSecond: number;
  /** What can arrive from HBM: bytes pass through both, so the slower of the two decides. */
  readonly arrivingBytesPerSecond: number;
  readonly boundOfArriving: "HBM" | "DMA engines";
  /** The same for each core while all cores of its HBM stack are at work. */
  readonly sharedBytesPerSecond: number;
  /** A descriptor of so many bytes takes as long for itself as for them, so that half of the engines' bandwidth is left (B). */
  readonly halfRateDescriptorBytes: number;
  /** Operations for each byte that arrives at which a program is bound by neither; by format. */
  readonly ridgeFlopsPerByte: Readonly<Record<string, number>>;
  readonly sbufBytes: number;
  readonly psumBytes: number;
  /** From HBM, all of SBUF. */
  readonly fillSbufNs: number;
}

/** Bytes that can come from HBM or go there in a second, at most (B/s). */
function arrivingBytesPerSecond(machine: Machine): number {
  return Math.min(machine.hbmBytesPerSecond, dmaBytesPerSecond(machine));
}

/** All DMA engines of a core with long descriptors (B/s). */
export function dmaBytesPerSecond({ dmaEngines, dmaEngineBytesPerSecond }: Machine): number {
  return dmaEngines * dmaEngineBytesPerSecond;
}

export function machineFacts(machine: Machine): MachineFacts {
  const peak = peakFlops(machine);
  const arriving = arrivingBytesPerSecond(machine);
  const sbufBytes = machine.partitions * machine.sbufBytesPerPartition;
  const ridges = Object.entries(peak).map(([format, flops]) => [format, flops / arriving]);
  return {
    peakFlops: peak,
    dmaBytesPerSecond: dmaBytesPerSecond(machine),
    arrivingBytesPerSecond: arriving,
    boundOfArriving: arriving === machine.hbmBytesPerSecond ? "HBM" : "DMA engines",
    sharedBytesPerSecond: Math.min(arriving, machine.hbmStackBytesPerSecond / machine.coresPerHbmStack),
    halfRateDescriptorBytes: (machine.dmaDescriptorNs / nsPerSecond) * machine.dmaEngineBytesPerSecond,
    ridgeFlopsPerByte: Object.fromEntries(ridges) as Readonly<Record<string, number>>,
    sbufBytes,
    psumBytes: machine.partitions * machine.psumBanks * machine.psumBankBytesPerPartition,
    fillSbufNs: (sbufBytes / arriving) * nsPerSecond,
  };
}

function peakFlops(machine: Machine): MachineFacts["peakFlops"] {
  const bf16 = 2 * machine.peRows * machine.peColumns * machine.peClockHz;
  return {
    bf16,
    f32: bf16 / machine.peF32Factor,
    ...(machine.peDoubleRow === 0 ? {} : { f8: 2 * bf16 }),
    ...(machine.peMx === 0 ? {} : { mx: 4 * bf16 }),
  };
}
