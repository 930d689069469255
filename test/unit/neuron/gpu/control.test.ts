// What the GPU executor does on the host: loops, rings and tokens, batches, operands that overlap, and refusals.
import { afterAll, describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../../ir-spec/base/result.ts";
import { invariant } from "../../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../../ir-spec/base/tensor.ts";
import { guaranteedGpuLimits } from "../../../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../../../targets/gpu-host/node.ts";
import { runStreamOnGpu, type StreamEnd, type StreamParts, streamParts } from "../../../../targets/neuron/gpu/run.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";
import { counting, productInputs, productStream, ringStream, tiny } from "../simulate-fixtures.ts";
import { acquire, hbm, inst, psum, release, sbuf, streamBuilder, value } from "../stream-fixtures.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

/** Iterations that do not go into one part. */
const longTrips = 26_000;

const none: ReadonlyMap<string, Tensor> = new Map();

/** The codes of the diagnostics that a stream is refused with, before any GPU sees it. */
function refusal(stream: Stream, inputs: ReadonlyMap<string, Tensor>, limits = guaranteedGpuLimits): readonly string[] {
  return diagnosticsOf(streamParts(stream, tiny, inputs, { limits })).map(({ code }) => code);
}

function diagnosticsOf(parts: StreamParts): readonly Diagnostic[] {
  const [first, end] = [parts.next(), parts.next()];
  if (first.done !== true) return end.done === true && end.value.kind === "refused" ? end.value.diagnostics : [];
  return first.value.kind === "refused" ? first.value.diagnostics : [];
}

/** What the parts of a stream come to. */
function planned(stream: Stream, inputs: ReadonlyMap<string, Tensor>): StreamEnd & { readonly parts: number } {
  const walk = streamParts(stream, tiny, inputs, { limits: guaranteedGpuLimits });
  for (let parts = 0; ; parts++) {
    const next = walk.next();
    if (next.done !== true) continue;
    invariant(next.value.kind === "planned", "it can run");
    return { ...next.value, parts };
  }
}

/** Loads x: [8, 16] f32 to byte 0, lets the vector engine do something, and stores y from byte `at`. */
function vectorStream(body: Parameters<ReturnType<typeof streamBuilder>["queue"]>[1], at: number): Stream {
  const b = streamBuilder();
  const x = b.tensor("x", "f32", [8, 16], "input");
  const y = b.tensor("y", "f32", [8, 16], "output");
  const [loaded, done] = [b.sem("loaded", "dma0", "dve"), b.sem("done", "dve", "dma1")];
  const rows = { at: 0, rows: 8, rowStride: 16, f: 16 };
  const tile = (place: number) => sbuf("f32", { at: place, p: 8, f: 16 });
  b.queue("dma0", [inst("dma_copy", { dst: tile(0), src: hbm(x, "f32", rows) }), release(loaded)]);
  b.queue("dve", [acquire(loaded), ...body, release(done)]);
  b.queue("dma1", [acquire(done), inst("dma_copy", { dst: hbm(y, "f32", rows), src: tile(at) })]);
  return b.build();
}

/**
 * The last load goes into a tile that the sum reads. No load reads or writes that tile in between, so that there is a batch
 * of loads before the sum which could take it. It keeps part of the tile, which therefore stays where it is.
 */
function lateReaderStream(): Stream {
  const b = streamBuilder();
  const x = b.tensor("x", "f32", [8, 4], "input");
  const kept = b.tensor("kept", "f32", [8, 4], "output");
  const y = b.tensor("y", "f32", [8, 4], "output");
  const [loaded, again] = [b.sem("loaded", "dma0", "dve"), b.sem("again", "dma0", "dve")];
  const [copied, done] = [b.sem("copied", "dve", "dma1"), b.sem("done", "dve", "dma1")];
  const [stored, used] = [b.sem("stored", "dma1", "dma0"), b.sem("used", "dve", "dma0")];
  const rows = (tensor: typeof x, f = 4) => hbm(tensor, "f32", { at: 0, rows: 8, rowStride: 4, f });
  const tile = (at: number, f = 4) => sbuf("f32", { at, p: 8, f });
  b.queue("dma0", [
    ...[inst("dma_copy", { dst: tile(0), src: rows(x) }), release(loaded)],
    ...[acquire(stored), inst("dma_copy", { dst: tile(32), src: rows(kept) }), release(again)],
    ...[acquire(used), inst("dma_copy", { dst: tile(4, 3), src: rows(x, 3) })],
  ]);
  b.queue("dve", [
    ...[acquire(loaded), inst("tensor_copy", { dst: tile(16), src: tile(0) }), release(copied), acquire(again)],
    inst("tensor_tensor", { dst: tile(48), lhs: tile(0), rhs: tile(32), op: value("add") }),
    ...[release(used), release(done)],
  ]);
  b.queue("dma1", [
    ...[acquire(copied), inst("dma_copy", { dst: rows(kept), src: tile(16) }), release(stored)],
    ...[acquire(done), inst("dma_copy", { dst: rows(y), src: tile(48) })],
  ]);
  return b.build();
}

const x = new Map([["x", counting("f32", [8, 16])]]);

describe("a stream is refused", () => {
  it("without its inputs, or with others", () => {
    expect(refusal(productStream(), none)).toEqual(["E1002", "E1002"]);
    expect(refusal(productStream(), new Map([...productInputs, ["x", counting("f32", [8, 16])]]))).toEqual(["E1003"]);
  });

  it("on another machine", () => {
    const machine = machineByName("trn2");
    invariant(machine !== undefined, "trn2 is shipped");
    const parts = streamParts(productStream(), machine, productInputs, { limits: guaranteedGpuLimits });
    expect(diagnosticsOf(parts)[0]?.code).toBe("E1006");
  });

  it("when it deadlocks, naming who waits", () => {
    const b = streamBuilder();
    const sem = b.sem("never", "act", "dve");
    b.queue("dve", [acquire(sem)]);
    const [diagnostic] = diagnosticsOf(streamParts(b.build(), tiny, none, { limits: guaranteedGpuLimits }));
    expect(diagnostic?.code).toBe("E1008");
    expect(diagnostic?.notes[0]?.text).toContain("dve waits at `acquire sem=s0, count=1`");
  });

  it("when an instruction is illegal, or nothing is held", () => {
    const wide = sbuf("f32", { at: 0, p: 8, f: 2 });
    expect(refusal(vectorStream([inst("tensor_copy", { dst: wide, src: sbuf("f32", { at: 0, p: 8, f: 3 }) })], 0), x)) //
      .toEqual(["E0701"]);
    const b = streamBuilder();
    const [dst, moving] = [psum("f32", { at: 0, p: 8, f: 8 }), sbuf("bf16", { at: 0, p: 8, f: 8 })];
    b.queue("pe", [inst("matmul", { dst, moving, accumulate: { kind: "flag", flag: false } })]);
    expect(refusal(b.build(), none)).toEqual(["E0712"]);
  });

  it("when a tensor is read beyond its end", () => {
    const b = streamBuilder();
    const tensor = b.tensor("x", "f32", [2, 4], "input");
    const src = hbm(tensor, "f32", { at: 16, rows: 2, rowStride: 4, f: 4 });
    b.queue("dma0", [inst("dma_copy", { dst: sbuf("f32", { at: 0, p: 2, f: 4 }), src })]);
    expect(refusal(b.build(), new Map([["x", counting("f32", [2, 4])]]))).toEqual(["E1004"]);
  });

  it("when a memory is larger than the adapter lets a shader see", () => {
    const limits = { ...guaranteedGpuLimits, maxStorageBufferBindingSize: 1024 };
    expect(refusal(productStream(), productInputs, limits)).toContain("E1010");
  });
});

describe("batches", () => {
  const dispatches = (stream: Stream, inputs: ReadonlyMap<string, Tensor>): number =>
    planned(stream, inputs).dispatches;

  it("hold the iterations of a loop, whatever the slots of its rings", () => {
    const trips = 6;
    const inputs = new Map([["x", counting("f32", [8 * trips, 4])]]);
    expect(dispatches(ringStream(trips), inputs)).toBe(3);
  });

  it("come in parts, however long the stream is", () => {
    const inputs = new Map([["x", counting("f32", [8 * longTrips, 4])]]);
    const { executions, parts, dispatches } = planned(ringStream(longTrips), inputs);
    expect(executions).toBe(3 * longTrips);
    expect(parts).toBeGreaterThan(2);
    expect(dispatches).toBeLessThan(longTrips / 10);
  });

  it("unite a tile of which a part is newer", () => {
    const copy = (dst: number, src: number, f: number) =>
      inst("tensor_copy", { dst: sbuf("f32", { at: dst, p: 8, f }), src: sbuf("f32", { at: src, p: 8, f }) });
    const modules = (body: Parameters<typeof vectorStream>[0]): readonly string[] =>
      [...streamParts(vectorStream(body, 128), tiny, x, { limits: guaranteedGpuLimits })].flatMap((part) =>
        part.modules.map(({ name }) => name),
      );
    const isUniting = (name: string): boolean => name.startsWith("unite");
    expect(modules([copy(64, 0, 16), copy(128, 64, 16)]).filter(isUniting)).toEqual([]);
    expect(modules([copy(64, 0, 16), copy(80, 32, 4), copy(128, 64, 16)]).filter(isUniting)).toHaveLength(1);
  });

  it("hold all independent instructions of a class", () => {
    const copies = [0, 1, 2, 3].map((slot) =>
      inst("tensor_copy", {
        dst: sbuf("f32", { at: 64 + 16 * slot, p: 8, f: 4 }),
        src: sbuf("f32", { at: 16 * slot, p: 8, f: 4 }),
      }),
    );
    expect(dispatches(vectorStream(copies, 64), x)).toBe(3);
  });
});

describe.skipIf(!adapter.ok)("on the GPU as in the simulator", () => {
  const shift = (dst: number, src: number, f: number) =>
    inst("tensor_copy", { dst: sbuf("f32", { at: dst, p: 8, f }), src: sbuf("f32", { at: src, p: 8, f }) });
  const addColumn = inst("tensor_scalar", {
    dst: sbuf("f32", { at: 0, p: 8, f: 16 }),
    src: sbuf("f32", { at: 0, p: 8, f: 16 }),
    scalar0: sbuf("f32", { at: 12, p: 8, f: 1 }),
    op0: value("add"),
  });
  const cases: readonly (readonly [string, Stream, ReadonlyMap<string, Tensor>])[] = [
    ["a product", productStream(), productInputs],
    ["a ring", ringStream(5), new Map([["x", counting("f32", [40, 4])]])],
    ["a copy that overlaps its source", vectorStream([shift(4, 0, 15)], 0), x],
    ["an operand that is a column of the result", vectorStream([addColumn], 0), x],
    ["memory that nothing wrote", vectorStream([], 128), x],
    ["a tile of which a part is newer", vectorStream([shift(64, 0, 16), shift(80, 32, 4), shift(128, 64, 16)], 128), x],
    ["a tile that is kept in part", vectorStream([shift(64, 0, 16), shift(68, 0, 3), shift(128, 64, 16)], 128), x],
    ["a tile that is read late", lateReaderStream(), new Map([["x", counting("f32", [8, 4])]])],
    ["a stream of several parts", ringStream(longTrips), new Map([["x", counting("f32", [8 * longTrips, 4])]])],
  ];

  it.each(cases)("%s", async (_name, stream, inputs) => {
    const run = await runStreamOnGpu(stream, tiny, inputs, { host });
    const simulated = simulate(stream, tiny, inputs);
    invariant(simulated.ok, "the simulator runs it");
    invariant(run.kind === "done", `the GPU runs it, but: ${JSON.stringify(run)}`);
    for (const [name, { data }] of simulated.value.outputs) {
      const found = run.outputs.get(name)?.data ?? [];
      const at = data.findIndex((x, index) => !Object.is(x, found[index]));
      expect(at, `${name}[${at}] is ${found[at]}, expected ${data[at]}`).toBe(-1);
    }
  });

  it("a row outside of its table is reported", async () => {
    const b = streamBuilder();
    const table = b.tensor("table", "f32", [4, 4], "input");
    const rows = b.tensor("rows", "i32", [8, 1], "input");
    const index = sbuf("i32", { at: 64, p: 8, f: 1 });
    b.queue("dma0", [
      inst("dma_copy", { dst: index, src: hbm(rows, "i32", { at: 0, rows: 8, rowStride: 1, f: 1 }) }),
      inst("dma_gather", {
        dst: sbuf("f32", { at: 0, p: 8, f: 4 }),
        table: hbm(table, "f32", { at: 0, rows: 4, rowStride: 4, f: 4 }),
        index,
      }),
    ]);
    const indices: Tensor = { dtype: "i32", shape: [8, 1], data: Float64Array.of(0, 1, 2, 3, 0, 9, 1, 2) };
    const inputs = new Map([
      ["table", counting("f32", [4, 4])],
      ["rows", indices],
    ]);
    const run = await runStreamOnGpu(b.build(), tiny, inputs, { host });
    invariant(run.kind === "refused", "the index is outside");
    expect(run.diagnostics).toMatchObject([{ code: "E1005", args: { inst: "dma_gather", found: 9, last: 3 } }]);
  });
});
