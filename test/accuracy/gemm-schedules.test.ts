// The four schedules of samples/gemm.tg: each computes the right product on both machines, and is faster than the one before.
import { describe, expect, test } from "vitest";
import { makeRandomInputs } from "../../ir-spec/random-tensor.ts";
import { checkGraph } from "../../src/driver/check.ts";
import { compileOptions, predict, sampleGemm, sampleSchedule } from "./gemm.ts";
import { shippedMachine } from "./machine.ts";

const steps = ["tiled", "hoisted", "blocked_free", "blocked_all"] as const;
const trn2 = shippedMachine("trn2");
const tiny = shippedMachine("tiny");

/** Several blocks of m and n, and several of k, with cut ones; more does not fit on tiny. */
const cases = [
  [trn2.name, trn2, { M: 150, N: 530, K: 130 }],
  [trn2.name, trn2, { M: 40, N: 20, K: 1100 }],
  [tiny.name, tiny, { M: 21, N: 75, K: 20 }],
  [tiny.name, tiny, { M: 10, N: 10, K: 70 }],
] as const;

describe.each(cases)("on %s, %#", (_name, machine, dims) => {
  test.each(steps)("%s agrees with the reference", async (step) => {
    const graph = sampleGemm(dims);
    const checked = await checkGraph(graph, {
      compile: compileOptions(machine, sampleSchedule(step)),
      inputs: makeRandomInputs(graph, 1),
      executors: ["tiles", "neuron"],
      gpu: undefined,
      onlyPrecise: false,
    });
    expect(checked.ok && checked.value.outputs).toMatchObject([{ name: "result" }]);
    expect(checked.ok && checked.value.agree).toBe(true);
  });
});

const size = { M: 2048, N: 2048, K: 2048 };
const reports = steps.map((step) => predict(sampleGemm(size), trn2, sampleSchedule(step)));

test("each step is quicker than the one before, and none beats the array or HBM", () => {
  const times = reports.map(({ timeNs }) => timeNs);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  const arrayNs = ((size.M * size.N * size.K) / (trn2.peRows * trn2.peColumns) / trn2.peClockHz) * 1e9;
  for (const { timeNs, hbm, bound } of reports) {
    expect(timeNs).toBeGreaterThan(arrayNs);
    expect(timeNs).toBeGreaterThan(((hbm.readBytes + hbm.writeBytes) / trn2.hbmBytesPerSecond) * 1e9);
    expect(timeNs).toBeGreaterThan(Math.max(...Object.values(bound.floorNs)));
  }
});

test("each moves at least every byte once, and every nanosecond of every queue is accounted for", () => {
  const matrixBytes = size.M * size.N * 2;
  for (const { hbm, queues, timeNs } of reports) {
    expect(hbm.readBytes).toBeGreaterThanOrEqual(2 * matrixBytes);
    expect(hbm.writeBytes).toBe(matrixBytes);
    for (const { busyNs, waitingNs, idleNs, waits } of queues) {
      expect(busyNs + waitingNs + idleNs).toBeCloseTo(timeNs, 3);
      expect(Math.min(busyNs, waitingNs, idleNs, ...waits.map(({ ns }) => ns))).toBeGreaterThanOrEqual(0);
      expect(waits.reduce((sum, { ns }) => sum + ns, 0)).toBeCloseTo(waitingNs, 3);
    }
  }
});
