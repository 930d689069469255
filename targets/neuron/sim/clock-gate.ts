// The systolic array's clock gating: it starts slow, runs at full clock after a while of work, and is slow again after a pause.
// Source: measured, instruction traces of attention kernels on trn2 ("HAM" records): half clock at first, promotion 3.6 to
// 11.4 us after the first instruction, in windows of 3.413 us. Assumed: a pause of one window is what makes it slow again.

import type { Machine } from "../../../ir-spec/machine.ts";

/** Changed in place. */
export interface ClockGate {
  /** When the work without a pause began. */
  workSinceNs: number;
  lastEndNs: number;
}

export function makeClockGate(): ClockGate {
  return { workSinceNs: Number.NEGATIVE_INFINITY, lastEndNs: Number.NEGATIVE_INFINITY };
}

/** How many times longer than at full clock an instruction takes that starts now. */
export function clockFactor(gate: ClockGate, startNs: number, machine: Machine): number {
  if (startNs - gate.lastEndNs > machine.peCooldownNs) gate.workSinceNs = startNs;
  return startNs - gate.workSinceNs < machine.peWarmupNs ? machine.peColdFactor : 1;
}
