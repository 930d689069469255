// Hand-built streams on the tiny machine: the values they make, the time they take, and how every nanosecond is accounted for.
import { describe, expect, test } from "vitest";
import { term } from "../../../ir-spec/affine.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { elementCount, makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { type SimulateResult, simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { acquire, flag, hbm, inst, loop, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

const tiny = machineByName("tiny");
invariant(tiny !== undefined, "tiny is shipped");

/** Small whole numbers, so that products are exact in every format. */
function counting(dtype: Dtype, shape: readonly number[]): Tensor {
  const tensor = makeTensor({ dtype, shape });
  for (let index = 0; index < elementCount(shape); index++) tensor.data[index] = ((index * 7) % 11) - 5;
  return tensor;
}

function run(stream: Stream, inputs?: ReadonlyMap<string, Tensor>, machine: Machine = tiny!): SimulateResult {
  const result = simulate(stream, machine, inputs);
  if (!result.ok) throw new Error(result.error.map(({ code, args }) => errorMessage(code, args)).join("\n"));
  return result.value;
}

/** y = transpose(w) x, with w: [8, 8], x: [8, 16]: load, multiply, evict, store, with tokens between the queues. */
function productStream(): Stream {
  const b = streamBuilder();
  const w = b.tensor("w", "bf16", [8, 8], "weight");
  const x = b.tensor("x", "bf16", [8, 16], "input");
  const y = b.tensor("y", "f32", [8, 16], "output");
  const loaded = b.sem("loaded", "dma0", "pe");
  const product = b.sem("product", "pe", "act");
  const evicted = b.sem("evicted", "act", "dma1");
  const wTile = sbuf("bf16", { at: 0, p: 8, f: 8 });
  const xTile = sbuf("bf16", { at: 16, p: 8, f: 16 });
  const sums = psum("f32", { at: 0, p: 8, f: 16 });
  const yTile = sbuf("f32", { at: 64, p: 8, f: 16 });
  b.queue("dma0", [
    inst("dma_copy", { dst: wTile, src: hbm(w, "bf16", { at: 0, rows: 8, rowStride: 8, f: 8 }) }),
    inst("dma_copy", { dst: xTile, src: hbm(x, "bf16", { at: 0, rows: 8, rowStride: 16, f: 16 }) }),
    release(loaded),
  ]);
  b.queue("pe", [
    acquire(loaded),
    inst("load_weights", { src: wTile }),
    inst("matmul", { dst: sums, moving: xTile, accumulate: flag(false) }),
    release(product),
  ]);
  b.queue("act", [acquire(product), inst("tensor_copy", { dst: yTile, src: sums }), release(evicted)]);
  b.queue("dma1", [
    acquire(evicted),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 8, rowStride: 16, f: 16 }), src: yTile }),
  ]);
  return b.build();
}

const productInputs = new Map([
  ["w", counting("bf16", [8, 8])],
  ["x", counting("bf16", [8, 16])],
]);

/** Adds 1 to each row block of x, one row block at a time, through a ring of two slots. */
function ringStream(trips: number): Stream {
  const b = streamBuilder();
  const x = b.tensor("x", "f32", [8 * trips, 4], "input");
  const y = b.tensor("y", "f32", [8 * trips, 4], "output");
  const i = b.loop("i");
  const slot = b.ring("slot", 2);
  const full = b.sem("full", "dma0", "dve");
  const free = b.sem("free", "dma1", "dma0", 2);
  const ready = b.sem("ready", "dve", "dma1");
  const tile = sbuf("f32", { at: 0, p: 8, f: 4, rings: [{ ring: slot, scale: 16 }] });
  const rows = (tensor: typeof x) =>
    hbm(tensor, "f32", { at: term(i, 8 * 4 * Float32Array.BYTES_PER_ELEMENT), rows: 8, rowStride: 4, f: 4 });
  const addOne = { dst: tile, src: tile, op0: value("add"), imm0: value(1), op1: value(null) };
  b.queue("dma0", [
    loop(i, trips, [acquire(free), inst("dma_copy", { dst: tile, src: rows(x) }), release(full)], [slot]),
  ]);
  b.queue("dve", [loop(i, trips, [acquire(full), inst("tensor_scalar", addOne), release(ready)], [slot])]);
  b.queue("dma1", [
    loop(i, trips, [acquire(ready), inst("dma_copy", { dst: rows(y), src: tile }), release(free)], [slot]),
  ]);
  return b.build();
}

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

describe("refusals", () => {
  const codesOf = (stream: Stream, inputs?: ReadonlyMap<string, Tensor>, machine = tiny) => {
    const result = simulate(stream, machine, inputs);
    return result.ok ? [] : result.error.map(({ code }) => code);
  };

  test("two queues that wait for each other are both named", () => {
    const b = streamBuilder();
    const there = b.sem("there", "act", "dve");
    const back = b.sem("back", "dve", "act");
    b.queue("act", [acquire(back), release(there)]);
    b.queue("dve", [acquire(there, 2), release(back)]);
    const result = simulate(b.build(), tiny, undefined);
    invariant(!result.ok, "it stands still");
    const [found] = result.error;
    expect(found?.code).toBe("E1001");
    expect(found?.notes.map(({ text }) => text)).toEqual([
      "act waits at `acquire sem=s1, count=1` in kernel kernel for back, released by dve; 0 there",
      "dve waits at `acquire sem=s0, count=2` in kernel kernel for there, released by act; 0 there",
    ]);
  });

  test("missing and mistyped inputs", () => {
    expect(codesOf(productStream(), new Map())).toEqual(["E1002", "E1002"]);
    const mistyped = new Map([...productInputs, ["x", counting("f32", [8, 16])] as const]);
    expect(codesOf(productStream(), mistyped)).toEqual(["E1003"]);
  });

  test("another machine's stream, and another queue's semaphore", () => {
    expect(codesOf(streamBuilder("trn2").build())).toEqual(["E1006"]);
    const b = streamBuilder();
    const sem = b.sem("s", "act", "dve");
    b.queue("pe", [release(sem)]);
    expect(codesOf(b.build())).toEqual(["E1007"]);
  });

  test("an address that leaves the memory in a late iteration", () => {
    const b = streamBuilder();
    const i = b.loop("i");
    const dst = sbuf("f32", { at: term(i, tiny.sbufBytesPerPartition / 4), p: 8, f: 1 });
    b.queue("dve", [loop(i, 5, [inst("memset", { dst, value: value(0) })])]);
    expect(codesOf(b.build(), new Map())).toEqual(["E1004"]);
  });

  test("a matmul without weights", () => {
    const b = streamBuilder();
    const moving = sbuf("bf16", { at: 0, p: 8, f: 8 });
    b.queue("pe", [inst("matmul", { dst: psum("f32", { at: 0, p: 8, f: 8 }), moving, accumulate: flag(false) })]);
    expect(codesOf(b.build(), new Map())).toEqual(["E0712"]);
  });

  test("an illegal instruction", () => {
    const b = streamBuilder();
    b.queue("pool", [inst("memset", { dst: psum("f32", { at: 0, p: 8, f: 8 }), value: value(0) })]);
    expect(codesOf(b.build())).toEqual(["E0708"]);
  });
});
