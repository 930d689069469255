// The DMA model: how a transfer is cut into descriptors, and how engines and HBM are shared.
import { describe, expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { ResolvedOperand } from "../../../targets/neuron/isa/define.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { makeDmaEngines, makeTransfer, reserveTransfer } from "../../../targets/neuron/sim/transfer.ts";
import { makeArgs, tile } from "./isa-fixtures.ts";

const trn2 = machineByName("trn2");
invariant(trn2 !== undefined, "trn2 is shipped");

const copy = (dst: ResolvedOperand, src: ResolvedOperand) => makeTransfer("dma_copy", makeArgs({ dst, src }), trn2);
const hbm = (dtype: "f32" | "bf16", rows: number, f: number, given: Partial<ResolvedOperand> = {}) =>
  tile(dtype, rows, f, { memory: "hbm", ...given });

describe("descriptors", () => {
  const sbufTile = tile("bf16", 16, 256);
  const cases: readonly (readonly [what: string, dst: ResolvedOperand, src: ResolvedOperand, descriptors: number])[] = [
    ["a row for each partition", sbufTile, hbm("bf16", 16, 256), 16],
    ["rows that follow each other on both sides are one run", hbm("bf16", 16, 256), hbm("bf16", 16, 256), 1],
    ["a gap between rows cuts", hbm("bf16", 16, 256), hbm("bf16", 16, 256, { partitionStride: 300 }), 16],
    ["strided elements go one by one", sbufTile, hbm("bf16", 16, 256, { strides: [2] }), 16 * 256],
    ["blocks within rows", sbufTile, hbm("bf16", 16, 256, { sizes: [4, 64], strides: [1000, 1] }), 16 * 4],
    [
      "dimensions that are contiguous count as one",
      sbufTile,
      hbm("bf16", 16, 256, { sizes: [4, 64], strides: [64, 1] }),
      16,
    ],
    ["a run longer than a descriptor is split", tile("f32", 1, 40000), hbm("f32", 1, 40000), 3],
    ["nothing needs none", tile("f32", 0, 4), hbm("f32", 0, 4), 0],
  ];
  test.each(cases)("%s", (_what, dst, src, descriptors) => {
    expect(copy(dst, src).descriptors).toBe(descriptors);
  });

  test("a gather has a descriptor for each row, and reads only those rows", () => {
    const table = hbm("bf16", 50000, 64);
    const args = makeArgs({ dst: tile("bf16", 8, 64), table, index: tile("i32", 8, 1) });
    const { descriptors, readBytes } = makeTransfer("dma_gather", args, trn2);
    expect([descriptors, readBytes]).toEqual([8, 8 * 64 * 2]);
  });

  test("a sum moves each of its sources, and each tensor has its own bytes", () => {
    const inTensor = (tensor: number) => hbm("f32", 16, 256, { tensor });
    const args = makeArgs({ dst: inTensor(2), src0: tile("f32", 16, 256), src1: inTensor(0), src3: inTensor(1) });
    const { descriptors, descriptorNs, reads, readBytes, writeBytes } = makeTransfer("dma_sum", args, trn2);
    const one = copy(inTensor(2), tile("f32", 16, 256));
    const two = copy(inTensor(2), inTensor(0));
    expect(descriptors).toBe(one.descriptors + 2 * two.descriptors);
    const copiesNs = one.descriptors * one.descriptorNs + 2 * two.descriptors * two.descriptorNs;
    expect(descriptors * descriptorNs).toBeCloseTo(trn2.dmaAccumulateFactor * copiesNs, 6);
    const bytes = 16 * 256 * 4;
    expect([reads, readBytes, writeBytes]).toEqual([
      [
        { tensor: 0, bytes },
        { tensor: 1, bytes },
      ],
      2 * bytes,
      bytes,
    ]);
  });

  test("what is added to is read, too", () => {
    const args = makeArgs({ dst: hbm("f32", 16, 256, { tensor: 3 }), src: tile("f32", 16, 256) });
    const { reads, writeTensor } = makeTransfer("dma_accumulate", args, trn2);
    expect([reads, writeTensor]).toEqual([[{ tensor: 3, bytes: 16 * 256 * 4 }], 3]);
  });

  test("a descriptor takes the time of whole granules", () => {
    const words = trn2.dmaDescriptorGranuleBytes / 4;
    const ns = (f: number) => copy(tile("f32", 1, f), hbm("f32", 1, f)).descriptorNs;
    expect(ns(1)).toBe(ns(words));
    expect(ns(words + 1)).toBe(ns(2 * words));
    expect(ns(2 * words)).toBeGreaterThan(ns(words));
  });

  test("bytes are counted on the side of HBM, in its dtype", () => {
    const { readBytes, writeBytes } = copy(tile("f32", 16, 256), hbm("bf16", 16, 256));
    expect([readBytes, writeBytes]).toEqual([16 * 256 * 2, 0]);
  });
});

describe("sharing", () => {
  const large = copy(tile("f32", 128, 8192), hbm("f32", 128, 8192));

  test("one transfer takes all engines, the next comes behind it", () => {
    const engines = makeDmaEngines(trn2);
    const first = reserveTransfer(engines, large, 0);
    expect(first).toBeCloseTo(Math.max((large.descriptors / trn2.dmaEngines) * large.descriptorNs, large.hbmNs), 6);
    expect(reserveTransfer(engines, large, 0)).toBeCloseTo(2 * first, 6);
  });

  test("small ones run side by side", () => {
    const engines = makeDmaEngines(trn2);
    const small = copy(tile("f32", 1, 64), hbm("f32", 1, 64));
    const ends = Array.from({ length: trn2.dmaEngines }, () => reserveTransfer(engines, small, 0));
    for (const end of ends) expect(end).toBeCloseTo(small.descriptorNs, 6);
    expect(reserveTransfer(engines, small, 0)).toBeCloseTo(2 * small.descriptorNs, 6);
  });

  test("an engine that was idle is sooner done with its first descriptor, not with those behind it", () => {
    const engines = makeDmaEngines({ ...trn2, dmaEngines: 1 });
    const small = copy(tile("f32", 1, 64), hbm("f32", 1, 64));
    const first = reserveTransfer(engines, small, 1000);
    expect(first).toBeCloseTo(1000 + small.descriptorNs - trn2.dmaDescriptorAheadNs, 6);
    expect(reserveTransfer(engines, small, 1000)).toBeCloseTo(first + small.descriptorNs, 6);
  });

  test("no transfer beats HBM's bandwidth", () => {
    const engines = makeDmaEngines(trn2);
    let end = 0;
    for (let index = 0; index < 50; index++) end = reserveTransfer(engines, large, 0);
    expect(end).toBeGreaterThanOrEqual((50 * large.readBytes * 1e9) / trn2.hbmBytesPerSecond - 1e-6);
  });
});
