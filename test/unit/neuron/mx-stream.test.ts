// From two bf16 operands in HBM to their product by way of MX formats on trn3: the vector engine quantises, the systolic
// array multiplies and scales. Checked, simulated, and compared with plain loops.
import { describe, expect, test } from "vitest";
import { extent } from "../../../ir-spec/affine.ts";
import { type Dtype, roundTo } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import { makeTensor, type Tensor } from "../../../ir-spec/base/tensor.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import type { HeldArgument } from "../../../targets/neuron/inst-args.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import type { Stream } from "../../../targets/neuron/stream.ts";
import { randomNumbers } from "./isa-fixtures.ts";
import { run } from "./simulate-fixtures.ts";
import { acquire, flag, hbm, inst, psum, release, sbuf, streamBuilder, value } from "./stream-fixtures.ts";

const shipped = machineByName("trn3");
invariant(shipped !== undefined, "trn3 is shipped");
const trn3 = shipped;

/** 512 contracted elements, four in each of 128 partitions. */
const [p, packed, m, n] = [128, 4, 16, 40];

interface Variant {
  readonly dtype?: "f8e4m3" | "f8e5m2";
  /** What is left out, to see that it is missed. */
  readonly without?: "memset" | "token";
  readonly load?: "load_weights";
}

/** y = w^T x, with w: [128, m, 4] and x: [128, n, 4] quantised on chip; the scales of both lie in one tile. */
function mxStream({ dtype = "f8e4m3", without, load }: Variant): Stream {
  const b = streamBuilder("trn3");
  const tensors = {
    w: b.tensor("w", "bf16", [p, m * packed], "weight"),
    x: b.tensor("x", "bf16", [p, n * packed], "input"),
    y: b.tensor("y", "f32", [m, n], "output"),
  };
  const loaded = b.sem("loaded", "dma0", "dve");
  const quantized = b.sem("quantized", "dve", "pe");
  const product = b.sem("product", "pe", "act");
  const evicted = b.sem("evicted", "act", "dma0");
  const rows = (columns: number) => ({ at: 0, rows: p, rowStride: columns * packed, f: columns * packed });
  const raw = {
    w: sbuf("bf16", { at: 0, p, f: m * packed }),
    x: sbuf("bf16", { at: 1024, p, f: n * packed }),
  };
  const fours = (columns: number) => [
    { stride: packed, size: extent(columns) },
    { stride: 1, size: extent(packed) },
  ];
  const narrow = {
    w: sbuf(dtype, { at: 2048, p, dims: fours(m) }),
    x: sbuf(dtype, { at: 3072, p, dims: fours(n) }),
  };
  const scales = (columns: number): HeldArgument<"operand"> => sbuf("u8", { at: 4096, p, f: columns });
  const sums = psum("f32", { at: 0, p: m, f: n });
  const out = sbuf("f32", { at: 5120, p: m, f: n });
  b.queue("dma0", [
    inst("dma_copy", { dst: raw.w, src: hbm(tensors.w, "bf16", rows(m)) }),
    inst("dma_copy", { dst: raw.x, src: hbm(tensors.x, "bf16", rows(n)) }),
    release(loaded),
    acquire(evicted),
    inst("dma_copy", { dst: hbm(tensors.y, "f32", { at: 0, rows: m, rowStride: n, f: n }), src: out }),
  ]);
  b.queue("dve", [
    ...(without === "memset" ? [] : [inst("memset", { dst: scales(n), value: value(0) })]),
    acquire(loaded),
    inst("quantize_mx", { dst: narrow.w, scales: scales(m), src: raw.w, scale_row: value(0) }),
    inst("quantize_mx", { dst: narrow.x, scales: scales(n), src: raw.x, scale_row: value(4) }),
    ...(without === "token" ? [] : [release(quantized)]),
  ]);
  b.queue("pe", [
    ...(without === "token" ? [] : [acquire(quantized)]),
    load === undefined
      ? inst("load_weights_mx", { src: narrow.w, scales: scales(m), scale_row: value(0) })
      : inst(load, { src: narrow.w }),
    inst("matmul_mx", {
      dst: sums,
      moving: narrow.x,
      scales: scales(n),
      accumulate: flag(false),
      scale_row: value(4),
    }),
    release(product),
  ]);
  b.queue("act", [acquire(product), inst("tensor_copy", { dst: out, src: sums }), release(evicted)]);
  const stream = b.build();
  const spacingBytes = 2 ** 17;
  return {
    ...stream,
    tensors: stream.tensors.map((tensor, index) => ({ ...tensor, addressBytes: index * spacingBytes })),
  };
}

/** Numbers of which those of a row, and the rows among each other, have very different sizes. */
function unevenTensor(columns: number, seed: number): Tensor {
  const next = randomNumbers(seed);
  const tensor = makeTensor({ dtype: "bf16", shape: [p, columns * packed] });
  tensor.data.forEach((_zero, at, data) => {
    const group = Math.floor(at / (columns * packed) / 8);
    data[at] = roundTo("bf16", next() * 2 ** (((group * 5) % 13) - 6));
  });
  return tensor;
}

const inputs = new Map([
  ["w", unevenTensor(m, 1)],
  ["x", unevenTensor(n, 2)],
]);

/** Element e of the four of column j in partition q. */
const at = (name: string, q: number, j: number, e: number): number =>
  inputs.get(name)?.data[(q * (name === "w" ? m : n) + j) * packed + e] ?? Number.NaN;

/** The element after quantising and scaling back, by the documented formula. */
function roundTrip(name: string, dtype: Dtype, q: number, j: number, e: number): number {
  const first = q - (q % 8);
  let largest = 0;
  for (let row = first; row < first + 8; row++) {
    for (let i = 0; i < packed; i++) largest = Math.max(largest, Math.abs(at(name, row, j, i)));
  }
  const scale = 2 ** (Math.floor(Math.log2(largest)) - (dtype === "f8e4m3" ? 6 : 14));
  return roundTo(dtype, at(name, q, j, e) / scale) * scale;
}

type ElementOf = (name: string, q: number, j: number, e: number) => number;

/** The product, and the sum of its terms' magnitudes. */
function plainProduct(element: ElementOf, i: number, j: number): readonly [sum: number, magnitude: number] {
  let [sum, magnitude] = [0, 0];
  for (let q = 0; q < p; q++) {
    for (let e = 0; e < packed; e++) {
      const term = element("w", q, i, e) * element("x", q, j, e);
      sum += term;
      magnitude += Math.abs(term);
    }
  }
  return [sum, magnitude];
}

describe.each(["f8e4m3", "f8e5m2"] as const)("a product by way of %s", (dtype) => {
  test("the check finds nothing", () => {
    expect(checkStream(mxStream({ dtype }), trn3).diagnostics).toEqual([]);
  });

  test("is that of the quantised operands, and near that of the operands", () => {
    const y = run(mxStream({ dtype }), inputs, trn3).outputs.get("y");
    invariant(y !== undefined, "y is an output");
    // Half a unit in the last place of each factor: the relative error of a term.
    const error = dtype === "f8e4m3" ? 2 * 2 ** -4 : 2 * 2 ** -3;
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        const found = y.data[i * n + j] ?? Number.NaN;
        const [exact, magnitude] = plainProduct((name, q, f, e) => roundTrip(name, dtype, q, f, e), i, j);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(2 ** -20 * magnitude);
        const [unquantised, whole] = plainProduct(at, i, j);
        expect(Math.abs(found - unquantised)).toBeLessThanOrEqual(1.1 * error * whole);
        expect(found).not.toBe(unquantised);
      }
    }
  });
});

test.each([
  ["scales that nothing wrote first", { without: "memset" }, ["E0829"]],
  ["a product that does not wait", { without: "token" }, ["E0828"]],
  ["weights that were loaded without scales", { load: "load_weights" }, ["E0715"]],
] as const)("the check finds %s", (_what, variant, codes) => {
  const found = checkStream(mxStream(variant), trn3).diagnostics.map(({ code }) => code);
  expect([...new Set(found)]).toEqual(expect.arrayContaining([...codes]));
});
