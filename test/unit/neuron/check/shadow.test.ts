// Footprints and shadow memory by themselves.
import { describe, expect, test } from "vitest";
import { footprintOf } from "../../../../targets/neuron/check/footprint.ts";
import { makeShadow } from "../../../../targets/neuron/check/shadow.ts";
import { makeEvenRegion } from "../../../../targets/neuron/check/shadow-region.ts";
import type { ResolvedOperand } from "../../../../targets/neuron/isa/define.ts";

const onChip: ResolvedOperand = {
  memory: "sbuf",
  dtype: "bf16",
  tensor: -1,
  startPartition: 0,
  partitions: 4,
  partitionStride: 0,
  addressBytes: 16,
  sizes: [3, 4],
  strides: [4, 1],
};

describe("footprints", () => {
  const cases: readonly (readonly [string, Partial<ResolvedOperand>, object | undefined])[] = [
    ["contiguous dimensions are one run", {}, { lowBytes: 16, endBytes: 40, runBytes: 24, steps: [] }],
    ["the order of dimensions does not matter", { sizes: [4, 3], strides: [1, 4] }, { runBytes: 24, steps: [] }],
    ["a gap makes steps", { strides: [8, 1] }, { endBytes: 56, runBytes: 8, steps: [{ strideBytes: 16, count: 3 }] }],
    ["a repeated dimension adds nothing", { strides: [0, 1] }, { endBytes: 24, runBytes: 8, steps: [] }],
    ["negative strides reach down", { strides: [-4, 1] }, { lowBytes: 0, endBytes: 24, runBytes: 24, steps: [] }],
    ["an empty size touches nothing", { sizes: [0, 4] }, undefined],
    ["no partitions touch nothing", { partitions: 0 }, undefined],
    [
      "rows of a tensor are steps",
      { memory: "hbm", tensor: 0, partitionStride: 100 },
      { endBytes: 640, runBytes: 24, steps: [{ strideBytes: 200, count: 4 }] },
    ],
  ];
  test.each(cases)("%s", (_name, change, wanted) => {
    const found = footprintOf({ ...onChip, ...change });
    if (wanted === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(wanted);
  });
});

test("dropping dead states changes nothing that is seen", () => {
  const run = (stateLimit: number) => {
    const shadow = makeShadow(stateLimit);
    const region = makeEvenRegion(64, 1);
    shadow.addRegion(region);
    for (let epoch = 0; epoch < 200; epoch++) {
      const event = { site: 0, queue: epoch % 3, epoch, indices: [] };
      const lowBytes = (epoch * 7) % 48;
      const footprint = {
        lowBytes,
        endBytes: lowBytes + 11,
        runBytes: 3,
        runs: 3,
        steps: [{ strideBytes: 4, count: 3 }],
      };
      const mode = epoch % 2 === 0 ? "write" : "read";
      shadow.touch(
        { region, row: 0, originBytes: 0 },
        footprint,
        { mode, event, partitions: 1, tensor: -1 },
        () => true,
      );
    }
    return Array.from({ length: 64 }, (_none, granule) => shadow.stateAt(region, granule));
  };
  expect(run(8)).toEqual(run(1000));
});
