// The check is not fooled: every planted fault is reported, in programs with outliers, masks and long sums.
import { expect, test } from "vitest";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { compareWith } from "./noisy.ts";
import { faults, isMaterial, isReported, type Planted, plantIn, programs, scaled, withoutMask } from "./planted.ts";

/** A tenth of an element in the program's own dtypes, a hundredth when widened: less is what bf16 may do. */
const parts = { own: 0.1, precise: 0.01 };
const seeds = process.env.TGC_LONG === undefined ? 4 : 32;

/** The faults of a program that were planted, and the names of those that were not reported. */
function plantAll(
  planted: Planted,
  isPrecise: boolean,
): { readonly count: number; readonly missed: readonly string[] } {
  const { right, stale } = planted;
  let count = 0;
  const missed: string[] = [];
  const plant = (kind: string, changed: Float64Array | undefined): void => {
    if (changed === undefined || !isMaterial(right, changed, isPrecise ? parts.precise : parts.own)) return;
    count++;
    if (!isReported(planted, changed)) missed.push(kind);
  };
  for (const [kind, fault] of Object.entries(faults)) {
    for (let seed = 1; seed <= seeds; seed++) {
      plant(`${kind}, seed ${seed}`, fault(right, stale, makeRandom(seed * 77 + kind.length)));
    }
  }
  plant("the mask is dropped", withoutMask(planted, isPrecise)?.data);
  if (!isPrecise) return { count, missed };
  return isReported(planted, scaled(right))
    ? { count: count + 1, missed }
    : { count: count + 1, missed: [...missed, "1 %"] };
}

test("every planted fault is reported, and no right result", () => {
  let total = 0;
  for (const program of programs) {
    for (const isPrecise of [false, true]) {
      const planted = plantIn(program, isPrecise);
      expect([program.name, compareWith(planted.noisy.reference, "y", planted.right)]).toMatchObject([
        program.name,
        { agree: true, uncheckedElements: 0 },
      ]);
      const { count, missed } = plantAll(planted, isPrecise);
      expect([program.name, isPrecise, missed]).toEqual([program.name, isPrecise, []]);
      total += count;
    }
  }
  expect(total).toBeGreaterThan(300);
});
