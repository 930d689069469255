// The systolic array's clock gating. Time is cut into windows of equal length; at the end of each the clock of the next one
// is set: full if the array was busy for enough of the window, else gated. To stay at full clock takes less than to get there.
// Source: measured, instruction traces of attention kernels on trn2 ("HAM" records): half clock at first, every change at a
// multiple of 3.413 us, shares as in the machine's fields. Assumed: the windows begin with the run.

import type { Machine } from "../../../ir-spec/machine.ts";

/** Changed in place. */
export interface ClockGate {
  isFull: boolean;
  /** End of the window that `busyNs` counts for. */
  windowEndNs: number;
  busyNs: number;
}

export function makeClockGate(machine: Machine): ClockGate {
  return { isFull: false, windowEndNs: machine.peClockWindowNs, busyNs: 0 };
}

/** Goes on to the window of `ns`, setting the clock at each border passed; says whether it is full then. */
export function isFullClock(gate: ClockGate, ns: number, machine: Machine): boolean {
  while (gate.windowEndNs <= ns) {
    closeWindow(gate, machine);
    const isIdle = !gate.isFull && machine.peWarmActivity > 0;
    if (isIdle) skipIdleWindows(gate, ns, machine);
  }
  return gate.isFull;
}

/** Books the array's being busy; the interval is behind all that were booked before. */
export function bookActivity(gate: ClockGate, fromNs: number, toNs: number, machine: Machine): void {
  let atNs = fromNs;
  isFullClock(gate, atNs, machine);
  while (atNs < toNs) {
    const untilNs = Math.min(toNs, gate.windowEndNs);
    gate.busyNs += untilNs - atNs;
    atNs = untilNs;
    if (atNs >= gate.windowEndNs) closeWindow(gate, machine);
  }
}

function closeWindow(gate: ClockGate, machine: Machine): void {
  const activity = gate.busyNs / machine.peClockWindowNs;
  gate.isFull = activity >= (gate.isFull ? machine.peStayWarmActivity : machine.peWarmActivity);
  gate.windowEndNs += machine.peClockWindowNs;
  gate.busyNs = 0;
}

/** Without activity a gated clock stays gated: any number of windows at once. */
function skipIdleWindows(gate: ClockGate, ns: number, machine: Machine): void {
  const behind = Math.floor((ns - gate.windowEndNs) / machine.peClockWindowNs);
  if (behind > 0) gate.windowEndNs += behind * machine.peClockWindowNs;
}
