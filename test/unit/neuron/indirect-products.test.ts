// Products of which indices pick the operands' elements, in streams: what the array holds, with SIMD and without; what counts
// as read; how much is multiplied; and what cannot be.
import { describe, expect, test } from "vitest";
import { extent } from "../../../ir-spec/affine.ts";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { counting, run } from "./simulate-fixtures.ts";
import { acquire, flag, hbm, inst, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

const [trn2, trn3] = [machineByName("trn2"), machineByName("trn3")];
invariant(trn2 !== undefined && trn3 !== undefined, "they are shipped");

const [k, m, n] = [64, 6, 9];
/** Elements of a row of both tiles. */
const f = 16;
/** Of tiles of the array. */
const tileRows = 32;

interface Variant {
  readonly dtype?: Dtype;
  readonly isStationaryPicked: boolean;
  readonly isMovingPicked: boolean;
  /** What is left out, to see that it is missed. */
  readonly without?: "half of x" | "token";
  readonly form?: "matmul_row_tiles";
}

/** y = w'^T x', with w' and x' the first columns of w and x, or those that indices pick. */
function productOf({ dtype = "bf16", isStationaryPicked, isMovingPicked, without, form }: Variant): Stream {
  const b = streamBuilder("trn3");
  const [w, x] = [b.tensor("w", dtype, [k, f], "weight"), b.tensor("x", dtype, [k, f], "input")];
  const [wi, xi] = [b.tensor("wi", "i32", [1, m], "input"), b.tensor("xi", "i32", [1, n], "input")];
  const y = b.tensor("y", "f32", [m, n], "output");
  const loaded = b.sem("loaded", "dma0", "pe");
  const indexed = b.sem("indexed", "dma1", "pe");
  const [product, evicted] = [b.sem("product", "pe", "act"), b.sem("evicted", "act", "dma0")];
  const place = (at: number, columns: number) => sbuf(dtype, { at, p: k, f: columns });
  const [wIndex, xIndex] = [sbuf("i32", { at: 512, p: 1, f: m }), sbuf("i32", { at: 640, p: 1, f: n, start: 32 })];
  const [sums, out] = [psum("f32", { at: 0, p: m, f: n }), sbuf("f32", { at: 1024, p: m, f: n })];
  const whole = (columns: number) => ({ at: 0, rows: k, rowStride: f, f: columns });
  const ofX = without === "half of x" ? f / 2 : f;
  b.queue("dma0", [
    inst("dma_copy", { dst: place(0, f), src: hbm(w, dtype, whole(f)) }),
    inst("dma_copy", { dst: place(256, ofX), src: hbm(x, dtype, whole(ofX)) }),
    release(loaded),
    acquire(evicted),
    inst("dma_copy", { dst: hbm(y, "f32", { at: 0, rows: m, rowStride: n, f: n }), src: out }),
  ]);
  b.queue("dma1", [
    inst("dma_copy", { dst: wIndex, src: hbm(wi, "i32", { at: 0, rows: 1, rowStride: m, f: m }) }),
    inst("dma_copy", { dst: xIndex, src: hbm(xi, "i32", { at: 0, rows: 1, rowStride: n, f: n }) }),
    ...(without === "token" ? [] : [release(indexed)]),
  ]);
  const picked = isMovingPicked ? { moving: place(256, f), moving_index: xIndex } : { moving: place(256, n) };
  const ofTiles = [
    { stride: n, size: extent(k / tileRows) },
    { stride: 1, size: extent(n) },
  ];
  const multiply =
    form === undefined
      ? inst("matmul", { dst: sums, accumulate: flag(false), ...picked })
      : inst(form, {
          ...{ dst: psum("f32", { at: 0, p: m, dims: ofTiles }), accumulate: flag(false) },
          ...{ ...picked, rows: value(tileRows) },
        });
  b.queue("pe", [
    ...[acquire(loaded), ...(without === "token" ? [] : [acquire(indexed)])],
    inst("load_weights", isStationaryPicked ? { src: place(0, f), src_index: wIndex } : { src: place(0, m) }),
    multiply,
    release(product),
  ]);
  b.queue("act", [acquire(product), inst("tensor_copy", { dst: out, src: sums }), release(evicted)]);
  const stream = b.build();
  const tensors = stream.tensors.map((tensor, index) => ({ ...tensor, addressBytes: index * 2 ** 17 }));
  return { ...stream, tensors };
}

const indicesOf = (places: readonly number[]): Tensor => {
  const tensor = makeTensor({ dtype: "i32", shape: [1, places.length] });
  tensor.data.set(places);
  return tensor;
};

const [stationaryPlaces, movingPlaces] = [
  [15, 0, 3, 3, 16, 7],
  [8, 7, 6, -1, 15, 0, 0, 1, 14],
];

const inputsOf = (dtype: Dtype): ReadonlyMap<string, Tensor> =>
  new Map([
    ["w", counting(dtype, [k, f])],
    ["x", counting(dtype, [k, f])],
    ["wi", indicesOf(stationaryPlaces)],
    ["xi", indicesOf(movingPlaces)],
  ]);

const sides = [
  { isStationaryPicked: true, isMovingPicked: true },
  { isStationaryPicked: true, isMovingPicked: false },
  { isStationaryPicked: false, isMovingPicked: true },
] as const;

describe.each(["bf16", "f32", "f8e4m3"] as const)("%s", (dtype) => {
  test.each(sides)("%o: as the picked columns say", (sides) => {
    const inputs = inputsOf(dtype);
    const { outputs, report } = run(productOf({ dtype, ...sides }), inputs, trn3);
    const column = (name: "w" | "x", q: number, at: number): number =>
      at < 0 || at >= f ? Number.NaN : (inputs.get(name)?.data[q * f + at] ?? Number.NaN);
    const wanted = Array.from({ length: m * n }, (_zero, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const [left, right] = [
        sides.isStationaryPicked ? stationaryPlaces[i] : i,
        sides.isMovingPicked ? movingPlaces[j] : j,
      ];
      let sum = 0;
      for (let q = 0; q < k; q++) sum += column("w", q, left ?? -1) * column("x", q, right ?? -1);
      return sum;
    });
    expect(Array.from(outputs.get("y")?.data ?? [])).toEqual(wanted);
    expect(report.flops).toBe(2 * k * m * n);
  });
});

const both = { isStationaryPicked: true, isMovingPicked: true };

test.each([
  ["nothing in what is whole", {}, []],
  ["elements that nothing wrote, though indices may leave them alone", { without: "half of x" }, ["E0829"]],
  ["indices that nothing waits for", { without: "token" }, ["E0828"]],
] as const)("the check finds %s", (_what, variant, codes) => {
  const stream = productOf({ ...both, ...variant });
  const found = checkStream(stream, trn3).diagnostics.map(({ code }) => code);
  expect([...new Set(found)]).toEqual([...codes]);
});

test("tiles of the array do not take a stationary operand that indices picked", () => {
  const found = (isStationaryPicked: boolean) =>
    checkStream(productOf({ isStationaryPicked, isMovingPicked: false, form: "matmul_row_tiles" }), trn3).diagnostics;
  expect(found(false)).toEqual([]);
  expect(found(true).map(({ code, args }) => [code, args.what])).toEqual([["E0715", "the stationary operand"]]);
});

test("a machine without the ability", () => {
  const found = checkStream({ ...productOf(both), machine: "trn2" }, trn2).diagnostics.map(({ code }) => code);
  expect(found).toEqual(["E0714", "E0714"]);
});
