// The clock that the model gives the systolic array in each window of a measured run.

import type { Machine } from "../../ir-spec/machine.ts";
import { bookActivity, isFullClock, makeClockGate } from "../../passes/time/clock-gate.ts";

/** The windows with the signs that the model gives them, from their activity. */
export function predictClock(windows: string, machine: Machine): string {
  const gate = makeClockGate();
  const predicted = windows.split(" ").map((window, index) => {
    const startNs = index * machine.peClockWindowNs;
    const sign = isFullClock(gate, startNs, machine) ? "+" : "-";
    const activity = Number(window.slice(1)) / 100;
    bookActivity(gate, startNs, startNs + activity * machine.peClockWindowNs, machine);
    return `${sign}${window.slice(1)}`;
  });
  return predicted.join(" ");
}
