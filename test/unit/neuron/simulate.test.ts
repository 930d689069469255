// Hand-built streams on the tiny machine: the values they make and the time they take.
import { describe, expect, test } from "vitest";
import { counting, productInputs, productStream, ringStream, run, tiny } from "./simulate-fixtures.ts";
import { acquire, flag, hbm, inst, loop, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

describe("values", () => {
  test("a product goes from HBM through the array and back", () => {
    const { outputs } = run(productStream(), productInputs);
    const [w, x] = [productInputs.get("w")!, productInputs.get("x")!];
    const expected = new Float64Array(8 * 16);
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 16; j++) {
        for (let q = 0; q < 8; q++) expected[i * 16 + j]! += w.data[q * 8 + i]! * x.data[q * 16 + j]!;
      }
    }
    expect(outputs.get("y")?.data).toEqual(expected);
  });

  test("a ring of two slots serves five iterations", () => {
    const x = counting("f32", [40, 4]);
    const { outputs } = run(ringStream(5), new Map([["x", x]]));
    expect(outputs.get("y")?.data).toEqual(x.data.map((element) => element + 1));
  });

  test("fresh memory reads as NaN, and an output that nobody wrote too", () => {
    const b = streamBuilder();
    const y = b.tensor("y", "bf16", [8, 2], "output");
    b.tensor("z", "i32", [2], "output");
    const unwritten = sbuf("bf16", { at: 0, p: 8, f: 2 });
    b.queue("dma0", [
      inst("dma_copy", { dst: hbm(y, "bf16", { at: 0, rows: 8, rowStride: 2, f: 2 }), src: unwritten }),
    ]);
    const { outputs } = run(b.build(), new Map());
    expect(outputs.get("y")?.data.every(Number.isNaN)).toBe(true);
    expect([...(outputs.get("z")?.data ?? [])]).toEqual([-1, -1]);
  });

  test("accumulating over a loop rounds to f32 in PSUM", () => {
    const b = streamBuilder();
    const y = b.tensor("y", "f32", [1, 1], "output");
    const k = b.loop("k");
    const done = b.sem("done", "dve", "pe");
    const summed = b.sem("summed", "pe", "act");
    const evicted = b.sem("evicted", "act", "dma0");
    const one = sbuf("f32", { at: 0, p: 1, f: 1 });
    const third = sbuf("f32", { at: 4, p: 1, f: 1 });
    const sum = psum("f32", { at: 0, p: 1, f: 1 });
    const out = sbuf("f32", { at: 8, p: 1, f: 1 });
    b.queue("dve", [
      inst("memset", { dst: one, value: value(1) }),
      inst("memset", { dst: third, value: value(1 / 3) }),
      release(done),
    ]);
    const matmul = inst("matmul", { dst: sum, moving: third, accumulate: flag({ notFirst: [k] }) });
    b.queue("pe", [acquire(done), inst("load_weights", { src: one }), loop(k, 10, [matmul]), release(summed)]);
    b.queue("act", [acquire(summed), inst("tensor_copy", { dst: out, src: sum }), release(evicted)]);
    const dst = hbm(y, "f32", { at: 0, rows: 1, rowStride: 1, f: 1 });
    b.queue("dma0", [acquire(evicted), inst("dma_copy", { dst, src: out })]);
    let expected = 0;
    for (let trip = 0; trip < 10; trip++) expected = Math.fround(expected + Math.fround(1 / 3));
    expect(run(b.build(), new Map()).outputs.get("y")?.data[0]).toBe(expected);
  });
});

describe("time", () => {
  test("a chain takes the sum of its parts", () => {
    const { report } = run(productStream());
    const peNs = 1e9 / tiny.peClockHz;
    const actNs = 1e9 / tiny.actClockHz;
    const descriptor = (bytes: number) => tiny.dmaDescriptorNs + (bytes * 1e9) / tiny.dmaEngineBytesPerSecond;
    // Eight descriptors over four engines: the second load's come behind the first's. HBM is no limit here.
    const engineNs = 2 * descriptor(16) + 2 * descriptor(32);
    const loadedNs = tiny.dmaStartNs + engineNs + tiny.dmaFinishNs;
    const loadNs = Math.ceil(8 / tiny.peLoadWeightsColumnsPerCycle) * peNs;
    const productNs = loadNs + (tiny.peLatencyCycles + 16) * peNs;
    const copyNs = (tiny.actLatencyCycles + 16) * actNs;
    const storeNs = tiny.dmaStartNs + 2 * descriptor(64) + tiny.dmaFinishNs;
    const hopsNs = 3 * tiny.semaphoreHopNs;
    expect(report.timeNs).toBeCloseTo(loadedNs + productNs + copyNs + storeNs + hopsNs, 6);
    expect(report.flops).toBe(2 * 8 * 8 * 16);
    expect(report.hbm).toEqual({ readBytes: 8 * 8 * 2 + 8 * 16 * 2, writeBytes: 8 * 16 * 4 });
  });

  test("values do not change it", () => {
    expect(run(productStream()).report).toEqual(run(productStream(), productInputs).report);
  });

  test("a ring lets loads run ahead", () => {
    const perTrip = (trips: number) => run(ringStream(trips)).report.timeNs;
    const alone = perTrip(1);
    expect(perTrip(9)).toBeLessThan(9 * alone * 0.6);
  });

  test("weights that load behind a matmul cost nothing", () => {
    const time = (reload: boolean) => {
      const b = streamBuilder();
      const tile = sbuf("bf16", { at: 0, p: 8, f: 8 });
      const moving = sbuf("bf16", { at: 16, p: 8, f: 16 });
      const matmul = inst("matmul", { dst: psum("f32", { at: 0, p: 8, f: 16 }), moving, accumulate: flag(true) });
      const weights = inst("load_weights", { src: tile });
      b.queue("pe", [weights, matmul, ...(reload ? [weights] : []), matmul]);
      return run(b.build()).report.timeNs;
    };
    expect(time(true)).toBeCloseTo(time(false), 6);
  });

  test("the array's clock is slow at first, and after a pause", () => {
    const b = streamBuilder();
    const work = inst("transpose", {
      dst: psum("bf16", { at: 0, p: 8, f: 8 }),
      src: sbuf("bf16", { at: 0, p: 8, f: 8 }),
    });
    b.queue(
      "pe",
      Array.from({ length: 5 }, () => work),
    );
    const oneNs = run(b.build()).report.engines.pe.busyNs / 5;
    const gated = { ...tiny, peColdFactor: 2, peWarmupNs: 3 * oneNs, peCooldownNs: oneNs };
    expect(run(b.build(), undefined, gated).report.engines.pe.busyNs).toBeCloseTo((2 + 2 + 1 + 1 + 1) * oneNs, 6);
  });

  test("another function's table is loaded once", () => {
    const b = streamBuilder();
    const tile = sbuf("f32", { at: 0, p: 8, f: 4 });
    const activation = (func: string) =>
      inst("activation", { dst: tile, src: tile, func: value(func), scale: value(1) });
    b.queue("act", [activation("exp"), activation("exp"), activation("copy"), activation("exp"), activation("tanh")]);
    const { engines } = run(b.build()).report;
    const actNs = 1e9 / tiny.actClockHz;
    const functionNs = (4 + tiny.actFunctionOverheadCycles) * actNs;
    const copyNs = Math.max(tiny.actMinCycles, 4 + tiny.actOverheadCycles) * actNs;
    expect(engines.act.busyNs).toBeCloseTo(4 * functionNs + copyNs + 2 * tiny.actTableLoadNs, 6);
  });
});
