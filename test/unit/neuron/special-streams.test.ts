// Special instructions in streams: what ISA.md says of waiting, operands that are read and written, rows by index, and
// products of 8-bit floats, in the simulator and the stream check.
import { expect, test } from "vitest";
import { extent } from "../../../ir-spec/affine.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { cyclesOf, makeArgs, tile } from "./isa-fixtures.ts";
import { counting, run, tiny } from "./simulate-fixtures.ts";
import { acquire, flag, hbm, inst, psum, release, sbuf, sideBySide, streamBuilder, value } from "./stream-fixtures.ts";

const found = (stream: Stream): readonly string[] => checkStream(stream, tiny).diagnostics.map(({ code }) => code);
const row = (index: number) => sbuf("f32", { at: 32 * index, p: 8, f: 8 });

test("a drain of a DMA queue: a token from a queue to itself comes when all before it is complete", () => {
  const stream = (drains: boolean): Stream => {
    const b = streamBuilder();
    const x = b.tensor("x", "f32", [8, 8], "input");
    const copy = (index: number) =>
      inst("dma_copy", { dst: row(index), src: hbm(x, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }) });
    const own = b.sem("drained", "dma0", "dma0");
    const drain = drains ? [release(own), acquire(own)] : [release(own)];
    b.queue("dma0", [copy(0), ...drain, copy(1)]);
    return b.build();
  };
  const timeNs = (drains: boolean) => run(stream(drains), new Map([["x", counting("f32", [8, 8])]])).report.timeNs;
  expect(found(stream(true))).toEqual([]);
  expect(timeNs(true)).toBeGreaterThan(timeNs(false) + tiny.dmaStartNs);
});

test("drain: an engine continues when all before it is complete, and the order of accesses stays", () => {
  const stream = (drains: number): Stream => {
    const b = streamBuilder();
    const set = (index: number) => inst("memset", { dst: row(index), value: value(1) });
    const copy = (from: number, to: number) => inst("tensor_copy", { dst: row(to), src: row(from) });
    b.queue("act", []);
    b.queue("dve", [set(0), ...new Array(drains).fill(inst("drain", {})), set(1), copy(0, 2)]);
    return b.build();
  };
  const report = (drains: number) => run(stream(drains), new Map()).report;
  expect(found(stream(1))).toEqual([]);
  // The second memset starts at the first one's completion in place of its issue interval.
  const { issueCycles, latencyCycles } = cyclesOf("memset", makeArgs({ dst: tile("f32", 8, 8) }), "dve", tiny);
  const gapNs = ((latencyCycles - issueCycles) * 1e9) / tiny.dveClockHz;
  expect(gapNs).toBeGreaterThan(0);
  expect(report(1).timeNs - report(0).timeNs).toBeCloseTo(gapNs, 6);
  expect(report(2).timeNs).toBe(report(1).timeNs);
  expect(report(1).engines.dve.instructions).toBe(report(0).engines.dve.instructions);
  const [dve] = report(1).queues.filter(({ queue }) => queue === "dve");
  expect((dve?.busyNs ?? 0) + (dve?.waitingNs ?? 0) + (dve?.idleNs ?? 0)).toBeCloseTo(report(1).timeNs, 6);
});

test("a drain is no instruction of DMA queues", () => {
  const b = streamBuilder();
  b.queue("dma0", [inst("drain", {})]);
  const stream = b.build();
  expect(found(stream)).toEqual(["E0709"]);
  const simulated = simulate(stream, tiny, undefined);
  expect(simulated.ok ? [] : simulated.error.map(({ code }) => code)).toEqual(["E0709"]);
});

test("a barrier: what two queues wrote before it the other may read behind it", () => {
  const stream = (hasBarrier: boolean): Stream => {
    const b = streamBuilder();
    const there = b.sem("barrier", "dve", "pool");
    const back = b.sem("barrier", "pool", "dve");
    const barrier = (out: typeof there, into: typeof there) => (hasBarrier ? [release(out), acquire(into)] : []);
    const set = (index: number) => inst("memset", { dst: row(index), value: value(1) });
    const copy = (from: number, to: number) => inst("tensor_copy", { dst: row(to), src: row(from) });
    b.queue("dve", [set(0), ...barrier(there, back), copy(1, 2)]);
    b.queue("pool", [set(1), ...barrier(back, there), copy(0, 3)]);
    return b.build();
  };
  expect(found(stream(true))).toEqual([]);
  expect(new Set(found(stream(false))).size).toBeGreaterThan(0);
});

test("what is modified must have been written", () => {
  const stream = (isSet: boolean): Stream => {
    const b = streamBuilder();
    const predicate = sbuf("u8", { at: 128, p: 8, f: 8 });
    const set = inst("memset", { dst: row(0), value: value(1) });
    b.queue("dve", [
      ...(isSet ? [set] : []),
      inst("memset", { dst: row(1), value: value(2) }),
      inst("memset", { dst: predicate, value: value(1) }),
      inst("tensor_copy_predicated", { dst: row(0), src: row(1), predicate }),
    ]);
    return b.build();
  };
  expect(found(stream(true))).toEqual([]);
  expect(found(stream(false))).toEqual(["E0829"]);
});

test("partitions that a shuffle leaves as they are must have been written, and are not told as unread", () => {
  const stream = (isSet: boolean, lanes: readonly number[]): Stream => {
    const b = streamBuilder();
    const y = b.tensor("y", "f32", [8, 8], "output");
    const done = b.sem("done", "dve", "dma0");
    const set = inst("memset", { dst: row(0), value: value(1) });
    b.queue("dve", [
      ...(isSet ? [set] : []),
      inst("memset", { dst: row(1), value: value(2) }),
      inst("stream_shuffle", { dst: row(0), src: row(1), lanes: value(lanes) }),
      release(done),
    ]);
    b.queue("dma0", [
      acquire(done),
      inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }), src: row(0) }),
    ]);
    return b.build();
  };
  expect(found(stream(true, [255, 0]))).toEqual([]);
  expect(found(stream(false, [255, 0]))).toEqual(["E0829"]);
  expect(found(stream(false, [1, 0]))).toEqual([]);
  expect(checkStream(stream(true, [255, 0]), tiny).notes).toEqual([]);
  const { outputs } = run(stream(true, [255, 0]), new Map());
  const columnOf = Array.from({ length: 8 }, (_x, at) => outputs.get("y")?.data[8 * at]);
  expect(columnOf).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
});

test("elements are those that indices pick, which are ordered like any operand", () => {
  const stream = (isOrdered: boolean, isWritten: boolean): Stream => {
    const b = streamBuilder();
    const y = b.tensor("y", "f32", [8, 4], "output");
    const [ready, done] = [b.sem("ready", "pool", "dve"), b.sem("done", "dve", "dma0")];
    const index = sbuf("i32", { at: 128, p: 1, f: 4 });
    const numbers = { base: { kind: "affine", affine: { constant: 6, terms: [] } }, step: value(-2) } as const;
    const half = sbuf("f32", { at: 0, p: 8, f: 4 });
    b.queue("pool", [inst("iota", { dst: index, ...numbers }), ...(isOrdered ? [release(ready)] : [])]);
    b.queue("dve", [
      ...Array.from({ length: isWritten ? 8 : 4 }, (_x, at) =>
        inst("memset", { dst: sbuf("f32", { at: 4 * at, p: 8, f: 1 }), value: value(10 * at) }),
      ),
      ...(isOrdered ? [acquire(ready)] : []),
      inst("tensor_copy", { dst: sbuf("f32", { at: 64, p: 8, f: 4 }), src: row(0), src_index: index }),
      inst("tensor_copy", { dst: half, src: sbuf("f32", { at: 64, p: 8, f: 4 }) }),
      release(done),
    ]);
    b.queue("dma0", [
      acquire(done),
      inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 8, rowStride: 4, f: 4 }), src: half }),
    ]);
    return b.build();
  };
  expect(found(stream(true, true))).toEqual([]);
  expect(found(stream(false, true))).toContain("E0828");
  expect(found(stream(true, false))).toEqual(["E0829"]);
  const { outputs } = run(stream(true, true), new Map());
  expect(Array.from(outputs.get("y")?.data.slice(20, 24) ?? [])).toEqual([60, 40, 20, 0]);
});

test("rows go where the index column says, or the run ends; added ones are added", () => {
  const stream = (lastRow: number): Stream => {
    const b = streamBuilder();
    const table = b.tensor("table", "f32", [10, 8], "state");
    const whole = hbm(table, "f32", { at: 0, rows: 10, rowStride: 8, f: 8 });
    const index = sbuf("i32", { at: 128, p: 8, f: 1 });
    const ready = b.sem("ready", "pool", "dma0");
    const steps = {
      base: { kind: "affine", affine: { constant: lastRow, terms: [] } },
      partition_step: value(-1),
    } as const;
    b.queue("pool", [
      inst("memset", { dst: row(0), value: value(7) }),
      inst("iota", { dst: index, ...steps, step: value(0) }),
      release(ready),
    ]);
    b.queue("dma0", [
      acquire(ready),
      inst("dma_scatter", { table: whole, src: row(0), index }),
      inst("dma_accumulate", { dst: hbm(table, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }), src: row(0) }),
    ]);
    return b.build();
  };
  const before = counting("f32", [10, 8]);
  expect(found(stream(9))).toEqual([]);
  const after = run(stream(9), new Map([["table", before]])).outputs.get("table");
  const expected = before.data.map((x, at) => (at < 16 ? x + 7 : at < 64 ? 14 : 7));
  expect(after?.data).toEqual(expected);
  const refused = simulate(stream(10), tiny, new Map([["table", before]]));
  expect(refused.ok ? [] : refused.error.map(({ code }) => code)).toEqual(["E1005"]);
});

test("rows that a table does not have are left out where that is said", () => {
  const stream = (isSet: boolean): Stream => {
    const b = streamBuilder();
    const table = b.tensor("table", "f32", [6, 8], "state");
    const out = b.tensor("out", "f32", [8, 8], "output");
    const whole = hbm(table, "f32", { at: 0, rows: 6, rowStride: 8, f: 8 });
    const index = sbuf("i32", { at: 128, p: 8, f: 1 });
    const ready = b.sem("ready", "pool", "dma0");
    const base = { kind: "affine", affine: { constant: -2, terms: [] } } as const;
    b.queue("pool", [
      ...(isSet ? [inst("memset", { dst: row(0), value: value(7) })] : []),
      inst("iota", { dst: index, base, partition_step: value(1), step: value(0) }),
      release(ready),
    ]);
    b.queue("dma0", [
      acquire(ready),
      inst("dma_gather_skip", { dst: row(0), table: whole, index }),
      inst("dma_copy", { dst: hbm(out, "f32", { at: 0, rows: 8, rowStride: 8, f: 8 }), src: row(0) }),
      inst("dma_accumulate", { dst: row(0), src: row(0) }),
      inst("dma_scatter_skip", { table: whole, src: row(0), index }),
    ]);
    return sideBySide(b.build());
  };
  expect(found(stream(true))).toEqual([]);
  expect(found(stream(false))).toContain("E0829");
  const before = counting("f32", [6, 8]);
  const { outputs } = run(stream(true), new Map([["table", before]]));
  expect(outputs.get("out")?.data).toEqual(
    Float64Array.from({ length: 64 }, (_x, at) => (at < 16 ? 7 : (before.data[at - 16] ?? 0))),
  );
  expect(outputs.get("table")?.data).toEqual(before.data.map((x) => 2 * x));
});

test("a double row contracts twice the rows, and takes only what was loaded for it", () => {
  const stream = (stationaryColumns: number): Stream => {
    const b = streamBuilder();
    const w = b.tensor("w", "f8e5m2", [8, 8], "weight");
    const x = b.tensor("x", "f8e4m3", [8, 8], "input");
    const y = b.tensor("y", "f32", [4, 4], "output");
    const loaded = b.sem("loaded", "dma0", "pe");
    const product = b.sem("product", "pe", "act");
    const evicted = b.sem("evicted", "act", "dma0");
    const held = (f: number) => sbuf("f8e5m2", { at: 0, p: 8, f });
    const moving = sbuf("f8e4m3", { at: 8, p: 8, f: 8 });
    const sums = psum("f32", { at: 0, p: 4, f: 4 });
    const out = sbuf("f32", { at: 32, p: 4, f: 4 });
    const rows = { at: 0, rows: 8, rowStride: 8, f: 8 };
    b.queue("dma0", [
      inst("dma_copy", { dst: held(8), src: hbm(w, "f8e5m2", rows) }),
      inst("dma_copy", { dst: moving, src: hbm(x, "f8e4m3", rows) }),
      release(loaded),
      acquire(evicted),
      inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 4, rowStride: 4, f: 4 }), src: out }),
    ]);
    b.queue("pe", [
      acquire(loaded),
      inst("load_weights", { src: held(stationaryColumns) }),
      inst("matmul_double_row", { dst: sums, moving, accumulate: flag(false) }),
      release(product),
    ]);
    b.queue("act", [acquire(product), inst("tensor_copy", { dst: out, src: sums }), release(evicted)]);
    return sideBySide(b.build());
  };
  expect(found(stream(8))).toEqual([]);
  expect(found(stream(4))).toEqual(["E0701"]);
  const [w, x] = [counting("f8e5m2", [8, 8]), counting("f8e4m3", [8, 8])];
  const inputs = new Map([
    ["w", { ...w, data: w.data.map((value) => Math.sign(value)) }],
    ["x", x],
  ]);
  const y = run(stream(8), inputs).outputs.get("y");
  const at = (name: string, q: number, j: number) => inputs.get(name)?.data[q * 8 + j] ?? Number.NaN;
  const wanted = Float64Array.from({ length: 16 }, (_x, place) => {
    const [i, j] = [Math.floor(place / 4), place % 4];
    let sum = 0;
    for (let q = 0; q < 8; q++) sum += at("w", q, i) * at("x", q, j) + at("w", q, 4 + i) * at("x", q, 4 + j);
    return sum;
  });
  expect(y?.data).toEqual(wanted);
});

test("row tiles multiply on their own, after weights that were loaded as usual", () => {
  const b = streamBuilder();
  const w = b.tensor("w", "bf16", [8, 3], "weight");
  const x = b.tensor("x", "bf16", [8, 2], "input");
  const y = b.tensor("y", "f32", [3, 8], "output");
  const loaded = b.sem("loaded", "dma0", "pe");
  const product = b.sem("product", "pe", "act");
  const evicted = b.sem("evicted", "act", "dma0");
  const held = sbuf("bf16", { at: 0, p: 8, f: 3 });
  const moving = sbuf("bf16", { at: 8, p: 8, f: 2 });
  const out = sbuf("f32", { at: 32, p: 3, f: 8 });
  const dims = [
    { stride: 2, size: extent(4) },
    { stride: 1, size: extent(2) },
  ];
  const sums = psum("f32", { at: 0, p: 3, dims });
  b.queue("dma0", [
    inst("dma_copy", { dst: held, src: hbm(w, "bf16", { at: 0, rows: 8, rowStride: 3, f: 3 }) }),
    inst("dma_copy", { dst: moving, src: hbm(x, "bf16", { at: 0, rows: 8, rowStride: 2, f: 2 }) }),
    release(loaded),
    acquire(evicted),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: 3, rowStride: 8, f: 8 }), src: out }),
  ]);
  b.queue("pe", [
    acquire(loaded),
    inst("load_weights", { src: held }),
    inst("matmul_row_tiles", { dst: sums, moving, accumulate: flag(false), rows: value(2) }),
    release(product),
  ]);
  b.queue("act", [acquire(product), inst("tensor_copy", { dst: out, src: sums }), release(evicted)]);
  const stream = sideBySide(b.build());
  expect(found(stream)).toEqual([]);
  const [wIn, xIn] = [counting("bf16", [8, 3]), counting("bf16", [8, 2])];
  const outputs = run(
    stream,
    new Map([
      ["w", wIn],
      ["x", xIn],
    ]),
  ).outputs;
  const wanted = Float64Array.from({ length: 24 }, (_x, place) => {
    const [i, t, j] = [Math.floor(place / 8), Math.floor(place / 2) % 4, place % 2];
    const term = (q: number) => (wIn.data[q * 3 + i] ?? 0) * (xIn.data[q * 2 + j] ?? 0);
    return 0 + term(2 * t) + term(2 * t + 1);
  });
  expect(outputs.get("y")?.data).toEqual(wanted);
});
