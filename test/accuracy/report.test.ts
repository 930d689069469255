// ACCURACY.md is fresh, and predictions of the published kernels keep to what no kernel can beat.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shippedMachine } from "./machine.ts";
import { publishedGemms, scoreboard } from "./measured-kernels.ts";
import { predictGemm, predictScoreboard, publishedSize } from "./predict-kernels.ts";
import { makeReport } from "./report.ts";

const trn2 = shippedMachine("trn2");

test("ACCURACY.md is what `npm run accuracy` writes", () => {
  expect(readFileSync(new URL("../../ACCURACY.md", import.meta.url), "utf8")).toBe(makeReport(trn2));
});

/** The array alone, at full clock. */
const arrayNs = (size: number): number => ((size ** 3 / (trn2.peRows * trn2.peColumns)) * 1e9) / trn2.peClockHz;

test("no prediction is quicker than the array or the traffic", () => {
  const reports = [
    ...publishedGemms.map((row) => [publishedSize, predictGemm(row, trn2)] as const),
    ...scoreboard.map((row) => [row.size, predictScoreboard(row, trn2)] as const),
  ];
  for (const [size, { timeNs, hbm, bound, queues }] of reports) {
    const bytes = hbm.readBytes + hbm.writeBytes;
    expect(bytes).toBeGreaterThanOrEqual(3 * 2 * size * size);
    const floors = [arrayNs(size), (bytes / trn2.hbmBytesPerSecond) * 1e9, ...Object.values(bound.floorNs)];
    expect(timeNs).toBeGreaterThan(Math.max(...floors));
    for (const { busyNs, waitingNs, idleNs } of queues) {
      expect(busyNs + waitingNs + idleNs).toBeCloseTo(timeNs, 2);
      expect(Math.min(busyNs, waitingNs, idleNs)).toBeGreaterThanOrEqual(0);
    }
  }
});
