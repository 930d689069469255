// Reaches: what is worked out of an operand before it is executed holds for each of its executions. TGC_SEED picks others.
import { describe, expect, test } from "vitest";
import type { Extent } from "../../../../ir-spec/affine.ts";
import { loopId } from "../../../../ir-spec/base/ids.ts";
import { type Counters, resolveOperand } from "../../../../targets/neuron/check/evaluate.ts";
import { footprintOf } from "../../../../targets/neuron/check/footprint.ts";
import { gcd, reachOf } from "../../../../targets/neuron/check/reach.ts";
import type { ChipOperand, OperandDim } from "../../../../targets/neuron/stream.ts";
import { type Choices, makeChoices } from "../../random.ts";
import { address, chip, dim, hbm } from "./fixtures.ts";

const trips = [3, 4];
const slots = [3];
const seed = Number(process.env.TGC_SEED ?? 1);

describe("pieces", () => {
  const tile = (at: ReturnType<typeof address>, dims: readonly OperandDim[]) => hbm(0, "bf16", at, dims);
  const cut: Extent = { max: 512, limit: { constant: 768, terms: [{ loop: loopId(0), scale: -512 }] } };
  const cases: readonly (readonly [string, ReturnType<typeof tile>, number])[] = [
    ["a tile of whole rows is one piece", tile(address(0), [dim(64, 8), dim(1, 64)]), 1024],
    ["columns of rows are a piece for each row", tile(address(0), [dim(256, 8), dim(1, 64)]), 128],
    ["a walk in smaller steps makes smaller pieces", tile(address(0, [[0, 32]]), [dim(1, 64)]), 32],
    ["a ring's slots are apart", tile(address(0, [], [[0, 96]]), [dim(1, 64)]), 32],
    ["a border leaves what divides both sizes", tile(address(0), [dim(1024, 4), { stride: 1, size: cut }]), 512],
    ["elements by themselves are their own pieces", tile(address(0), [dim(3, 8)]), 2],
  ];
  test.each(cases)("%s", (_name, operand, bytes) => {
    expect(reachOf(operand, { trips, slots }).granuleBytes).toBe(bytes);
  });
});

test("a greatest common divisor", () => {
  expect([gcd(0, 0), gcd(0, 6), gcd(-4, 6), gcd(12, 18)]).toEqual([0, 6, 2, 6]);
});

function randomSize(choices: Choices): Extent {
  const max = choices.pick([1, 2, 3, 8, 12]);
  if (!choices.oneIn(3)) return { max };
  const scale = choices.pick([-8, -4, 1, 4]);
  return { max, limit: { constant: choices.pick([0, 4, 9, 16]), terms: [{ loop: loopId(choices.below(2)), scale }] } };
}

function randomOperand(choices: Choices): ChipOperand {
  const scale = () => choices.pick([0, 4, 8, -8, 32, 48, 96]);
  const at = address(
    4 * choices.below(50),
    [
      [0, scale()],
      [1, scale()],
    ],
    [[0, scale()]],
  );
  const randomDim = () => ({ stride: choices.pick([1, 1, 1, 2, 4, 8, 12, 24, 0, -1, -4]), size: randomSize(choices) });
  return { ...chip("sbuf", choices.pick(["f32", "bf16"]), at, 4, 1), dims: choices.list(4, randomDim) };
}

function allCounters(): readonly Counters[] {
  const found: Counters[] = [];
  for (let outer = 0; outer < 3; outer++) {
    for (let inner = 0; inner < 4; inner++) {
      for (let slot = 0; slot < 3; slot++) {
        found.push({ indices: Int32Array.of(outer, inner), registers: Int32Array.of(slot) });
      }
    }
  }
  return found;
}

test(`every execution touches whole pieces within the reach, seed ${seed}`, () => {
  const choices = makeChoices(seed);
  const everywhere = allCounters();
  for (let made = 0; made < 300; made++) {
    const operand = randomOperand(choices);
    const { lowBytes, endBytes, granuleBytes } = reachOf(operand, { trips, slots });
    for (const counters of everywhere) {
      const found = footprintOf(resolveOperand(operand, counters));
      if (found === undefined) continue;
      expect(found.lowBytes).toBeGreaterThanOrEqual(lowBytes);
      expect(found.endBytes).toBeLessThanOrEqual(endBytes);
      const moved = [found.lowBytes - lowBytes, found.runBytes, ...found.steps.map(({ strideBytes }) => strideBytes)];
      expect(moved.map((bytes) => bytes % granuleBytes)).toEqual(moved.map(() => 0));
    }
  }
});
