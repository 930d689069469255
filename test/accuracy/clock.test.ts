// The rule of the array's clock gives the clock that was measured in every window of every trace.
import { expect, test } from "vitest";
import { shippedMachine } from "./machine.ts";
import { measuredClocks } from "./measured-clock.ts";
import { predictClock } from "./predict-clock.ts";

test.each(Object.entries(measuredClocks))("%s", (_kernel, windows) => {
  expect(predictClock(windows, shippedMachine("trn2"))).toBe(windows);
});
