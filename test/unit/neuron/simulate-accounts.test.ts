// The accounts of a run: every nanosecond of every queue, every byte, and no time below a floor.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { productStream, ringStream, run, tiny } from "./simulate-fixtures.ts";

describe("accounts", () => {
  const streams: readonly (readonly [string, Stream])[] = [
    ["product", productStream()],
    ["ring", ringStream(7)],
  ];

  test.each(streams)("%s: every nanosecond of every queue is busy, waiting or idle", (_name, stream) => {
    const { report } = run(stream);
    for (const { busyNs, waitingNs, idleNs, waits } of report.queues) {
      expect(busyNs + waitingNs + idleNs).toBeCloseTo(report.timeNs, 6);
      expect(Math.min(busyNs, waitingNs, idleNs)).toBeGreaterThanOrEqual(0);
      expect(waits.reduce((sum, { ns }) => sum + ns, 0)).toBeCloseTo(waitingNs, 6);
    }
    for (const { busyNs, waitingNs, idleNs } of Object.values(report.engines)) {
      expect(busyNs + waitingNs + idleNs).toBeCloseTo(report.timeNs, 6);
      expect(Math.min(busyNs, waitingNs, idleNs)).toBeGreaterThanOrEqual(0);
    }
  });

  test.each(streams)("%s: no time below a floor, and the kernels' parts make the whole", (_name, stream) => {
    const { report } = run(stream);
    for (const floorNs of Object.values(report.bound.floorNs)) expect(report.timeNs).toBeGreaterThanOrEqual(floorNs);
    const hbmBytes = report.hbm.readBytes + report.hbm.writeBytes;
    expect(report.timeNs).toBeGreaterThanOrEqual((hbmBytes * 1e9) / tiny.hbmBytesPerSecond);
    const [kernel] = report.kernels;
    expect(kernel?.hbm).toEqual(report.hbm);
    expect(kernel?.flops).toBe(report.flops);
    expect(report.tensors.reduce((sum, { readBytes, writeBytes }) => sum + readBytes + writeBytes, 0)).toBe(hbmBytes);
  });

  test("a trace holds every execution", () => {
    const result = simulate(ringStream(3), tiny, undefined, { trace: true });
    invariant(result.ok, "it runs");
    const { trace } = result.value.report;
    expect(trace.filter(({ inst: name }) => name === "dma_copy")).toHaveLength(6);
    expect(trace.every(({ startNs, endNs }) => endNs >= startNs)).toBe(true);
  });
});
