// The set of bytes that an operand touches, as runs of neighbouring bytes repeated in fixed steps. The order of the
// elements does not matter here, so dimensions are sorted by stride and merged where they touch without a gap.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ResolvedOperand } from "../isa/define.ts";

/** Bytes of one partition, or of a tensor. */
export interface Footprint {
  /** First byte of the first run. */
  readonly lowBytes: number;
  /** One past the last byte of the last run. */
  readonly endBytes: number;
  readonly runBytes: number;
  /** How many runs there are. */
  readonly runs: number;
  /** Repetitions of the run, the shortest step first. */
  readonly steps: readonly FootprintStep[];
}

export interface FootprintStep {
  readonly strideBytes: number;
  readonly count: number;
}

/** The bytes of an operand; undefined when a size is 0 and it touches nothing. */
export function footprintOf(operand: ResolvedOperand): Footprint | undefined {
  if (operand.partitions <= 0 || operand.sizes.some((size) => size <= 0)) return undefined;
  const elementBytes = dtypeBytes(operand.dtype);
  const steps: FootprintStep[] = operand.sizes.map((count, at) => ({
    strideBytes: (operand.strides[at] ?? 0) * elementBytes,
    count,
  }));
  if (operand.memory === "hbm") {
    steps.push({ strideBytes: operand.partitionStride * elementBytes, count: operand.partitions });
  }
  return mergeSteps(operand.addressBytes, elementBytes, steps);
}

function mergeSteps(addressBytes: number, elementBytes: number, steps: readonly FootprintStep[]): Footprint {
  let lowBytes = addressBytes;
  const forward: FootprintStep[] = [];
  for (const { strideBytes, count } of steps) {
    if (strideBytes < 0) lowBytes += strideBytes * (count - 1);
    if (strideBytes !== 0 && count > 1) forward.push({ strideBytes: Math.abs(strideBytes), count });
  }
  forward.sort((a, b) => a.strideBytes - b.strideBytes);
  let runBytes = elementBytes;
  const merged: FootprintStep[] = [];
  for (const step of forward) {
    const inner = merged.at(-1);
    if (inner === undefined && step.strideBytes === runBytes) runBytes *= step.count;
    else if (inner !== undefined && step.strideBytes === inner.strideBytes * inner.count) {
      merged[merged.length - 1] = { strideBytes: inner.strideBytes, count: inner.count * step.count };
    } else merged.push(step);
  }
  let endBytes = lowBytes + runBytes;
  let runs = 1;
  for (const { strideBytes, count } of merged) {
    endBytes += strideBytes * (count - 1);
    runs *= count;
  }
  return { lowBytes, endBytes, runBytes, runs, steps: merged };
}
