// The systolic array's clock gating. Time is cut into windows of equal length; at the end of each the clock of the next one
// is set: full if the array was busy for enough of the window, else gated. To stay at full clock takes less than to get there.
// Source: measured, instruction traces of attention kernels on trn2 ("HAM" records): half clock at first, every change at a
// multiple of 3.413 us, shares as in the machine's fields. Assumed: the windows begin with the run.

import type { Machine } from "../../ir-spec/machine.ts";

/** Changed in place. */
export interface ClockGate {
  isFull: boolean;
  /** The window that `busyNs` counts for, from 0. */
  window: number;
  busyNs: number;
}

export function makeClockGate(): ClockGate {
  return { isFull: false, window: 0, busyNs: 0 };
}

/** Continues to the window of `ns`, setting the clock at each border passed; says whether it is full then. */
export function isFullClock(gate: ClockGate, ns: number, machine: Machine): boolean {
  const window = windowOf(ns, machine);
  if (window > gate.window) {
    setClock(gate, gate.busyNs / machine.peClockWindowNs, machine);
    setClockOften(gate, window - gate.window - 1, 0, machine);
    gate.window = window;
    gate.busyNs = 0;
  }
  return gate.isFull;
}

/** Books the array's being busy; the interval is after all that were booked before. */
export function bookActivity(gate: ClockGate, fromNs: number, toNs: number, machine: Machine): void {
  isFullClock(gate, fromNs, machine);
  const { peClockWindowNs } = machine;
  const last = windowOf(toNs, machine);
  if (last <= gate.window) {
    gate.busyNs += toNs - fromNs;
    return;
  }
  const firstNs = (gate.window + 1) * peClockWindowNs - fromNs;
  setClock(gate, (gate.busyNs + firstNs) / peClockWindowNs, machine);
  setClockOften(gate, last - gate.window - 1, 1, machine);
  gate.window = last;
  gate.busyNs = toNs - last * peClockWindowNs;
}

const windowOf = (ns: number, { peClockWindowNs }: Machine): number => Math.floor(ns / peClockWindowNs);

function setClock(gate: ClockGate, activity: number, machine: Machine): void {
  gate.isFull = activity >= (gate.isFull ? machine.peStayWarmActivity : machine.peWarmActivity);
}

/** Sets the clock at the ends of `count` windows of one activity. There are two clocks, so what two more do they have done. */
function setClockOften(gate: ClockGate, count: number, activity: number, machine: Machine): void {
  const distinct = count < 2 ? count : 2 + (count % 2);
  for (let index = 0; index < distinct; index++) setClock(gate, activity, machine);
}
