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
    // Eight descriptors over four engines: the second load's come after the first's. HBM is no limit here.
    const engineNs = 2 * descriptor(16) + 2 * descriptor(32);
    const finishNs = tiny.dmaDescriptorTailNs + tiny.dmaFinishNs;
    const loadedNs = tiny.dmaStartNs + engineNs + finishNs;
    const loadNs = Math.ceil(8 / tiny.peLoadWeightsColumnsPerCycle) * peNs;
    const productNs = loadNs + (tiny.peLatencyCycles + 16) * peNs;
    const copyNs = (tiny.actLatencyCycles + 16) * actNs;
    const storeNs = tiny.dmaStartNs + 2 * descriptor(64) + finishNs;
    const hopsNs = 2 * tiny.semaphoreHopNs + tiny.peSemaphoreHopNs;
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

  test("the array's clock is slow until a window is full of work, and again after one without", () => {
    const b = streamBuilder();
    const work = inst("transpose", {
      dst: psum("bf16", { at: 0, p: 8, f: 8 }),
      src: sbuf("bf16", { at: 0, p: 8, f: 8 }),
    });
    b.queue(
      "pe",
      Array.from({ length: 8 }, () => work),
    );
    const streamNs = (8 * 1e9) / tiny.peClockHz;
    const oneNs = streamNs + (tiny.peOverheadCycles * 1e9) / tiny.peClockHz;
    const window = { peClockWindowNs: 4 * streamNs, peWarmActivity: 0.9, peStayWarmActivity: 0.1 };
    const gated = { ...tiny, ...window, peColdFactor: 2 };
    // Two at half speed fill the first window; the others follow at full speed.
    expect(run(b.build(), undefined, gated).report.engines.pe.busyNs).toBeCloseTo(4 * streamNs + 6 * oneNs, 6);
  });

  test("an instruction waits for its own engine's result, and for no other of its engine's", () => {
    const time = (at: number) => {
      const b = streamBuilder();
      const first = sbuf("f32", { at: 0, p: 8, f: 16 });
      const second = sbuf("f32", { at, p: 8, f: 16 });
      const fill = inst("memset", { dst: first, value: value(1) });
      b.queue("dve", [fill, inst("tensor_copy", { dst: sbuf("f32", { at: 256, p: 8, f: 16 }), src: second })]);
      return run(b.build()).report.timeNs;
    };
    const nsPerCycle = 1e9 / tiny.dveClockHz;
    const hiddenNs = (tiny.dveLatencyCycles - tiny.dveOverheadCycles) * nsPerCycle;
    expect(time(0) - time(128)).toBeCloseTo(hiddenNs + tiny.ownResultNs, 6);
  });

  test("two engines take turns on a PSUM bank", () => {
    const time = (bank: number) => {
      const b = streamBuilder();
      const src = (at: number) => psum("f32", { at, p: 8, f: 16 });
      const dst = (at: number) => sbuf("f32", { at, p: 8, f: 16 });
      b.queue("act", [inst("tensor_copy", { dst: dst(0), src: src(0) })]);
      b.queue("dve", [
        inst("tensor_copy", { dst: dst(64), src: src(bank * tiny.psumBankBytesPerPartition) }),
        inst("tensor_copy", { dst: dst(128), src: src(bank * tiny.psumBankBytesPerPartition) }),
      ]);
      return run(b.build()).report.timeNs;
    };
    const actNs = ((tiny.actOverheadCycles + 16) * 1e9) / tiny.actClockHz;
    expect(time(0) - time(1)).toBeCloseTo(actNs, 6);
  });

  test("the vector and the general engine take turns on SBUF where they share a port", () => {
    const b = streamBuilder();
    const fill = (at: number) => inst("memset", { dst: sbuf("f32", { at, p: 8, f: 64 }), value: value(0) });
    b.queue("dve", [fill(0)]);
    b.queue("pool", [fill(256)]);
    const time = (sbufPorts: number) => run(b.build(), undefined, { ...tiny, sbufPorts }).report.timeNs;
    const dveNs = ((tiny.dveOverheadCycles + 64) * 1e9) / tiny.dveClockHz;
    const poolNs = ((tiny.poolLatencyCycles + 64) * 1e9) / tiny.poolClockHz;
    expect(time(1)).toBeCloseTo(dveNs + poolNs, 6);
    expect(time(2)).toBeLessThan(time(1));
  });

  test("a long program is fetched while it runs; one that fits comes with the start", () => {
    const time = (copies: number, instructionBytes: number) => {
      const b = streamBuilder();
      const tile = sbuf("f32", { at: 0, p: 8, f: 4 });
      const copy = inst("memset", { dst: tile, value: value(0) });
      b.queue(
        "dve",
        Array.from({ length: copies }, () => copy),
      );
      const machine = { ...tiny, instructionBytes, instructionFetchBytes: 128 };
      return run(b.build(), undefined, machine).report.timeNs;
    };
    expect(time(4, 64)).toBe(time(4, 0));
    expect(time(40, 64)).toBeGreaterThan(time(40, 0));
  });

  test("another function's table is loaded once", () => {
    const b = streamBuilder();
    const tile = sbuf("f32", { at: 0, p: 8, f: 4 });
    const activation = (func: "exp" | "copy" | "tanh") =>
      inst("activation", { dst: tile, src: tile, func: value(func), scale: value(1) });
    b.queue("act", [activation("exp"), activation("exp"), activation("copy"), activation("exp"), activation("tanh")]);
    const { engines } = run(b.build()).report;
    const actNs = 1e9 / tiny.actClockHz;
    const functionNs = (4 + tiny.actFunctionSbufOverheadCycles) * actNs;
    const copyNs = Math.max(tiny.actMinCycles, 4 + tiny.actOverheadCycles) * actNs;
    expect(engines.act.busyNs).toBeCloseTo(4 * functionNs + copyNs + 2 * tiny.actTableLoadNs, 6);
  });
});
