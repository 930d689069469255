// What continues from one instruction to the next on the GPU as in the simulator: what the array holds, sums in bf16, the
// engines' random generators, and rows of a tile that an instruction leaves alone.
import { afterAll, describe, expect, it } from "vitest";
import { extent, term } from "../../../../ir-spec/affine.ts";
import { type Dtype, roundTo } from "../../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../../ir-spec/base/result.ts";
import { makeTensor, type Tensor } from "../../../../ir-spec/base/tensor.ts";
import type { Machine } from "../../../../ir-spec/machine.ts";
import { guaranteedGpuLimits } from "../../../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../../../targets/gpu-host/node.ts";
import { runStreamOnGpu, streamParts } from "../../../../targets/neuron/gpu/run.ts";
import type { HeldArgument } from "../../../../targets/neuron/inst-args.ts";
import { machineByName } from "../../../../targets/neuron/machines/index.ts";
import { simulate } from "../../../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../../../targets/neuron/stream.ts";
import { randomNumbers } from "../isa-fixtures.ts";
import { tiny } from "../simulate-fixtures.ts";
import {
  acquire,
  flag,
  hbm,
  inst,
  loop,
  psum,
  release,
  type StreamBuilder,
  sbuf,
  streamBuilder,
  value,
} from "../stream-fixtures.ts";

const shipped = machineByName("trn3");
invariant(shipped !== undefined, "trn3 is shipped");
const trn3 = shipped;

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

const trips = 4;
const [p, m, n] = [32, 4, 8];

/** Builds a stream whose inputs and outputs are tensors of whole tiles that start at a byte of SBUF. */
function tileStream(fill: (tiles: Tiles, b: StreamBuilder) => void, machine = trn3): Case {
  const b = streamBuilder(machine.name);
  const inputs = new Map<string, Tensor>();
  const tiles: Tiles = {
    load: (name, dtype, { at, rows, f }, numbers) => {
      const tensor = b.tensor(name, dtype, [rows, f], "input");
      inputs.set(name, {
        ...makeTensor({ dtype, shape: [rows, f] }),
        data: Float64Array.from({ length: rows * f }, numbers),
      });
      return inst("dma_copy", {
        dst: sbuf(dtype, { at, p: rows, f }),
        src: hbm(tensor, dtype, { at: 0, rows, rowStride: f, f }),
      });
    },
    store: (name, dtype, { at, rows, f }) =>
      inst("dma_copy", {
        dst: hbm(b.tensor(name, dtype, [rows, f], "output"), dtype, { at: 0, rows, rowStride: f, f }),
        src: sbuf(dtype, { at, p: rows, f }),
      }),
  };
  fill(tiles, b);
  return { stream: b.build(), machine, inputs };
}

interface Case {
  readonly machine: Machine;
  readonly stream: Stream;
  readonly inputs: ReadonlyMap<string, Tensor>;
}

interface TilePlace {
  readonly at: number;
  readonly rows: number;
  readonly f: number;
}

interface Tiles {
  readonly load: (name: string, dtype: Dtype, place: TilePlace, numbers: () => number) => ReturnType<typeof inst>;
  readonly store: (name: string, dtype: Dtype, place: TilePlace) => ReturnType<typeof inst>;
}

const random = (dtype: Dtype, seed: number): (() => number) => {
  const next = randomNumbers(seed);
  return () => roundTo(dtype, next());
};

const wholeNumbers = (seed: number, least: number, end: number): (() => number) => {
  const next = randomNumbers(seed);
  return () => least + Math.floor(((next() + 4) / 8) * (end - least));
};

/** Elements of an MX format, four of each column side by side. */
const fours = (at: number, columns: number): HeldArgument<"operand"> =>
  sbuf("f8e4m3", {
    at,
    p,
    dims: [
      { stride: 4, size: extent(columns) },
      { stride: 1, size: extent(4) },
    ],
  });

/** Each turn loads what the array holds, spoils tile and scales, and only then multiplies; the sums are bf16. */
function spoiledStream(): Case {
  return tileStream((tiles, b) => {
    const [loaded, held] = [b.sem("loaded", "dma0", "pe"), b.sem("held", "pe", "dve")];
    const [spoiled, product] = [b.sem("spoiled", "dve", "pe"), b.sem("product", "pe", "act")];
    const done = b.sem("done", "act", "dma0");
    const [i, j] = [b.loop("i"), b.loop("j")];
    const sums = psum("bf16", { at: 0, p: m, f: n });
    const [own, scales, other] = [sbuf("u8", { at: 0, p, f: 4 * m }), sbuf("u8", { at: 64, p, f: m }), 192];
    b.queue("dma0", [
      tiles.load("w", "f8e4m3", { at: 0, rows: p, f: 4 * m }, random("f8e4m3", 1)),
      tiles.load("w_scales", "u8", { at: 64, rows: p, f: m }, wholeNumbers(2, 120, 130)),
      tiles.load("x", "f8e4m3", { at: 96, rows: p, f: 4 * n }, random("f8e4m3", 3)),
      tiles.load("x_scales", "u8", { at: 160, rows: p, f: n }, wholeNumbers(4, 120, 130)),
      tiles.load("others", "u8", { at: other, rows: p, f: trips * 4 * m }, wholeNumbers(5, 0, 100)),
      ...[release(loaded), acquire(done), tiles.store("y", "bf16", { at: 512, rows: m, f: n })],
    ]);
    b.queue("pe", [
      acquire(loaded),
      loop(i, trips, [
        ...[
          inst("load_weights_mx", { src: fours(0, m), scales, scale_row: value(0) }),
          release(held),
          acquire(spoiled),
        ],
        inst("matmul_mx", {
          ...{ dst: sums, moving: fours(96, n), scales: sbuf("u8", { at: 160, p, f: n }), scale_row: value(4) },
          accumulate: flag({ notFirst: [i] }),
        }),
        inst("drain", {}),
      ]),
      release(product),
    ]);
    b.queue("dve", [
      loop(j, trips, [
        acquire(held),
        inst("tensor_copy", {
          dst: own,
          src: sbuf("u8", { at: { constant: other, terms: [{ loop: j, scale: 4 * m }] }, p, f: 4 * m }),
        }),
        ...[inst("memset", { dst: scales, value: value(126) }), release(spoiled)],
      ]),
    ]);
    b.queue("act", [
      acquire(product),
      ...[inst("tensor_copy", { dst: sbuf("bf16", { at: 512, p: m, f: n }), src: sums }), release(done)],
    ]);
  });
}

/** One chain of products, which rounds to bf16 after each of them. */
function narrowChain(accumulateFirst: boolean): Case {
  return tileStream((tiles, b) => {
    const [loaded, product, done] = [
      b.sem("loaded", "dma0", "pe"),
      b.sem("product", "pe", "act"),
      b.sem("done", "act", "dma0"),
    ];
    const i = b.loop("i");
    const sums = psum("bf16", { at: 2, p: m, f: n + 1 });
    const moving = sbuf("bf16", { at: term(i, 2 * (n + 2)), p, f: n + 1 });
    b.queue("dma0", [
      tiles.load("x", "bf16", { at: 0, rows: p, f: trips * (n + 2) }, random("bf16", 6)),
      tiles.load("w", "bf16", { at: 256, rows: p, f: m }, random("bf16", 7)),
      ...[release(loaded), acquire(done), tiles.store("y", "bf16", { at: 512, rows: m, f: n + 1 })],
    ]);
    b.queue("pe", [
      ...[acquire(loaded), inst("load_weights", { src: sbuf("bf16", { at: 256, p, f: m }) })],
      ...(accumulateFirst
        ? [inst("matmul", { dst: sums, moving: sbuf("bf16", { at: 0, p, f: n + 1 }), accumulate: flag(false) })]
        : []),
      loop(i, trips, [inst("matmul", { dst: sums, moving, accumulate: flag(accumulateFirst || { notFirst: [i] }) })]),
      release(product),
    ]);
    b.queue("act", [
      acquire(product),
      ...[inst("tensor_copy", { dst: sbuf("bf16", { at: 512, p: m, f: n + 1 }), src: sums }), release(done)],
    ]);
  });
}

/** Both engines' generators in turn, of some lanes and of all; `set` lanes have a state. */
function randomStream(set = p): Case {
  return tileStream((tiles, b) => {
    const [loadedV, loadedG] = [b.sem("loaded v", "dma0", "dve"), b.sem("loaded g", "dma0", "pool")];
    const [doneV, doneG] = [b.sem("done v", "dve", "dma0"), b.sem("done g", "pool", "dma0")];
    const [i, j] = [b.loop("i"), b.loop("j")];
    const [width, outV, outG] = [10, 256, 1024];
    const bounds = { min: value(-1), max: value(3) };
    b.queue("dma0", [
      tiles.load("seeds", "i32", { at: 0, rows: p, f: 24 }, wholeNumbers(8, 1, 2 ** 31)),
      ...[release(loadedV), release(loadedG), acquire(doneV), acquire(doneG)],
      tiles.store("numbers", "f32", { at: outV, rows: p, f: trips * width }),
      tiles.store("words", "i32", { at: outG, rows: p, f: trips * width }),
      tiles.store("left v", "i32", { at: 128, rows: p, f: 24 }),
      tiles.store("left g", "i32", { at: 224, rows: p, f: 6 }),
    ]);
    b.queue("dve", [
      ...[acquire(loadedV), inst("rand_set_state", { src: sbuf("i32", { at: 0, p: set, f: 24 }) })],
      loop(i, trips, [
        inst("rand2", {
          dst: sbuf("f32", { at: { constant: outV, terms: [{ loop: i, scale: 4 * width }] }, p, f: width }),
          ...bounds,
        }),
        inst("rand2", { dst: sbuf("f32", { at: 2048, p: 8, f: 3 }), ...bounds }),
      ]),
      ...[inst("rand_get_state", { dst: sbuf("i32", { at: 128, p, f: 24 }) }), release(doneV)],
    ]);
    b.queue("pool", [
      ...[acquire(loadedG), inst("rand_set_state", { src: sbuf("i32", { at: 0, p, f: 6 }) })],
      loop(j, trips, [
        inst("random_bits", {
          dst: sbuf("i32", { at: { constant: outG, terms: [{ loop: j, scale: 4 * width }] }, p, f: width }),
        }),
      ]),
      ...[inst("rand_get_state", { dst: sbuf("i32", { at: 224, p, f: 6 }) }), release(doneG)],
    ]);
  });
}

/** Each turn folds a part of the rows on both engines, others in between; what is left is read out after the loops. */
function foldedStream(): Case {
  return tileStream((tiles, b) => {
    const [loadedA, loadedV] = [b.sem("loaded a", "dma0", "act"), b.sem("loaded v", "dma0", "dve")];
    const [doneA, doneV] = [b.sem("done a", "act", "dma0"), b.sem("done v", "dve", "dma0")];
    const [i, j] = [b.loop("i"), b.loop("j")];
    const [width, outA, outV] = [10, 256, 512];
    const part = (index: typeof i, at: number): HeldArgument<"operand"> =>
      sbuf("f32", { at: { constant: at, terms: [{ loop: index, scale: 4 * width }] }, p, f: width });
    const first = (at: number) => ({ dst: sbuf("f32", { at, p, f: width }), src: sbuf("f32", { at: 0, p, f: width }) });
    b.queue("dma0", [
      tiles.load("x", "f32", { at: 0, rows: p, f: trips * width }, random("f32", 13)),
      ...[release(loadedA), release(loadedV), acquire(doneA), acquire(doneV)],
      tiles.store("squares", "f32", { at: outA, rows: p, f: trips * width }),
      tiles.store("sums", "f32", { at: 1024, rows: p, f: 1 }),
      tiles.store("running", "f32", { at: outV, rows: p, f: trips * width }),
      tiles.store("largest", "f32", { at: 1028, rows: p, f: 1 }),
    ]);
    b.queue("act", [
      acquire(loadedA),
      inst("activation", { ...first(outA), func: value("copy"), reduce_cmd: value("reset") }),
      loop(i, trips, [
        inst("activation", { dst: part(i, outA), src: part(i, 0), func: value("square"), reduce_cmd: value("reduce") }),
        inst("activation", {
          dst: sbuf("f32", { at: 1032, p: 8, f: 1 }),
          src: sbuf("f32", { at: 0, p: 8, f: 1 }),
          func: value("copy"),
        }),
      ]),
      ...[inst("read_accumulator", { dst: sbuf("f32", { at: 1024, p, f: 1 }) }), release(doneA)],
    ]);
    b.queue("dve", [
      acquire(loadedV),
      inst("tensor_scalar_reduce", {
        ...{ ...first(outV), op0: value("multiply"), imm0: value(1), op1: value("add") },
        ...{ reduce_cmd: value("load_reduce"), initial: value(0.5) },
      }),
      loop(j, trips, [
        inst("tensor_scalar_cumulative", {
          ...{ dst: part(j, outV), src: part(j, 0), op0: value("multiply"), imm0: value(0.5), op1: value("add") },
          reduce_cmd: value("reduce"),
        }),
      ]),
      inst("tensor_scalar_reduce", {
        ...{ dst: sbuf("f32", { at: 1036, p, f: 4 }), src: sbuf("f32", { at: 0, p, f: 4 }), op0: value("multiply") },
        ...{ imm0: value(1), op1: value("max"), reduce_cmd: value("reduce") },
        fold: sbuf("f32", { at: 1028, p, f: 1 }),
      }),
      release(doneV),
    ]);
  });
}

/** Rows that a table does not have stay as they were; on the small machine, whose buffers hold SBUF many times. */
function keptRows(): Case {
  const rows = 8;
  const made = tileStream((tiles, b) => {
    const table = b.tensor("table", "f32", [4, 4], "input");
    b.queue("dma0", [
      tiles.load("index", "i32", { at: 0, rows, f: 1 }, wholeNumbers(10, -2, 6)),
      tiles.load("before", "f32", { at: 16, rows, f: 4 }, random("f32", 11)),
      inst("dma_gather_skip", {
        dst: sbuf("f32", { at: 16, p: rows, f: 4 }),
        table: hbm(table, "f32", { at: 0, rows: 4, rowStride: 4, f: 4 }),
        index: sbuf("i32", { at: 0, p: rows, f: 1 }),
      }),
      tiles.store("gathered", "f32", { at: 16, rows, f: 4 }),
    ]);
  }, tiny);
  const table: Tensor = { dtype: "f32", shape: [4, 4], data: Float64Array.from({ length: 16 }, random("f32", 12)) };
  return { ...made, inputs: new Map([...made.inputs, ["table", table]]) };
}

describe.skipIf(!adapter.ok)("on the GPU as in the simulator", () => {
  const cases: readonly (readonly [string, Case])[] = [
    ["scaled operands whose tiles are spoiled before their use", spoiledStream()],
    ["a chain of sums in bf16", narrowChain(false)],
    ["a chain that continues with a sum", narrowChain(true)],
    ["random generators of two engines", randomStream()],
    ["rows that stay as they are", keptRows()],
    ["folds that continue over iterations", foldedStream()],
  ];

  it.each(cases)("%s", async (_name, { stream, machine, inputs }) => {
    const run = await runStreamOnGpu(stream, machine, inputs, { host });
    const simulated = simulate(stream, machine, inputs);
    invariant(simulated.ok, `the simulator runs it, but: ${JSON.stringify(simulated)}`);
    invariant(run.kind === "done", `the GPU runs it, but: ${JSON.stringify(run)}`);
    for (const [name, { data }] of simulated.value.outputs) {
      const found = run.outputs.get(name)?.data ?? [];
      expect(
        data.some((x) => x !== 0 && !Number.isNaN(x)),
        `${name} has numbers`,
      ).toBe(true);
      const at = data.findIndex((x, index) => !Object.is(x, found[index]));
      expect(at, `${name}[${at}] is ${found[at]}, expected ${data[at]}`).toBe(-1);
    }
  });
});

it("generators that nothing has set are refused", () => {
  const { stream, inputs } = randomStream(16);
  const { value: end } = streamParts(stream, trn3, inputs, { limits: guaranteedGpuLimits }).next();
  invariant(end !== undefined && "kind" in end && end.kind === "refused", "half of the lanes have no state");
  expect(end.diagnostics).toMatchObject([{ code: "E0720", args: { inst: "rand2", lane: 16 } }]);
});
