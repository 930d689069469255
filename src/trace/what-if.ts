// What a faster unit would be worth: the same stream on the machine with one unit twice as fast.

import { invariant } from "../../ir-spec/base/result.ts";
import type { Machine, MachineKey } from "../../ir-spec/machine.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { TimedStream } from "../driver/profile.ts";

export type FasterUnit = "pe" | "act" | "dve" | "pool" | "dma" | "hbm" | "tokens";

export interface WhatIf {
  readonly unit: FasterUnit;
  /** What is twice as fast, and the numbers of the machine that say so. */
  readonly what: string;
  readonly fields: readonly MachineKey[];
  readonly timeNs: number;
  readonly savesNs: number;
}

/** Numbers that double, and times that halve. */
interface Change {
  readonly unit: FasterUnit;
  readonly what: string;
  readonly doubled?: readonly MachineKey[];
  readonly halved?: readonly MachineKey[];
}

const changes: readonly Change[] = [
  { unit: "pe", what: "the array's clock", doubled: ["peClockHz"] },
  { unit: "act", what: "the scalar engine's clock", doubled: ["actClockHz"] },
  { unit: "dve", what: "the vector engine's clock", doubled: ["dveClockHz"] },
  { unit: "pool", what: "the general engine's clock", doubled: ["poolClockHz"] },
  { unit: "dma", what: "the DMA engines", doubled: ["dmaEngineBytesPerSecond"], halved: ["dmaDescriptorNs"] },
  { unit: "hbm", what: "HBM's bandwidth", doubled: ["hbmBytesPerSecond"] },
  {
    unit: "tokens",
    what: "latencies of transfers and tokens",
    halved: ["dmaStartNs", "dmaFinishNs", "semaphoreHopNs", "peSemaphoreHopNs"],
  },
];

/** For each unit, the largest gain first; may be below 0, as less waiting can change who comes first. */
export function whatIfFaster({ stream, profile }: TimedStream, machine: Machine): readonly WhatIf[] {
  const found = changes.map(({ unit, what, doubled = [], halved = [] }) => {
    const values = [
      ...doubled.map((key) => [key, 2 * machine[key]] as const),
      ...halved.map((key) => [key, machine[key] / 2] as const),
    ];
    const ran = simulate(stream, { ...machine, ...Object.fromEntries(values) }, undefined);
    invariant(ran.ok, "a stream that runs on a machine runs on a faster one");
    const { timeNs } = ran.value.report;
    return { unit, what, fields: [...doubled, ...halved], timeNs, savesNs: profile.timeNs - timeNs };
  });
  return found.sort((a, b) => b.savesNs - a.savesNs);
}
