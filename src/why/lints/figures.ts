// Figures of a run that several lints read.

import { tensorBytes } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { TimedStream } from "../../driver/profile.ts";

const nsPerSecond = 1e9;

/** The row of which a DMA descriptor takes nine tenths of its time for bytes (B). Assumed: more is hardly worth a change. */
export function efficientRowBytes({ dmaDescriptorNs, dmaEngineBytesPerSecond }: Machine): number {
  return (9 * dmaDescriptorNs * dmaEngineBytesPerSecond) / nsPerSecond;
}

/** Bytes that are read of tensors beyond their size: what is loaded again. */
export function reloadedBytes({ profile, stream }: TimedStream): number {
  const sizes = new Map(stream.tensors.map((tensor) => [tensor.name, tensorBytes(tensor)]));
  return sum(profile.tensors.map(({ name, readBytes }) => Math.max(0, readBytes - (sizes.get(name) ?? readBytes))));
}

/** Bytes of tensors that only pass from kernel to kernel. */
export function passedBytes({ profile }: TimedStream): number {
  const passed = profile.tensors.filter(({ role }) => role === "temp");
  return sum(passed.map(({ readBytes, writeBytes }) => readBytes + writeBytes));
}

export function movedBytes({ profile }: TimedStream): number {
  return profile.hbm.readBytes + profile.hbm.writeBytes;
}

/** The machine on which a part of the traffic takes no time, so that all of it takes as long as the rest did. */
export function withoutTraffic(machine: Machine, share: number): Partial<Machine> {
  const left = Math.max(1 - share, 1 / 1024);
  return {
    hbmBytesPerSecond: machine.hbmBytesPerSecond / left,
    dmaEngineBytesPerSecond: machine.dmaEngineBytesPerSecond / left,
    dmaDescriptorNs: machine.dmaDescriptorNs * left,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);
