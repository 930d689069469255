// The search among combinations of schedule fields, on times that are made up.
import { describe, expect, test } from "vitest";
import { bestOf, bestOfCombinations, type Rate } from "../../../passes/schedule/search.ts";

type Fields = {
  readonly rows: { readonly kind: "int"; readonly summary: string; readonly default: number };
  readonly slots: { readonly kind: "int"; readonly summary: string; readonly default: number };
};

const sizes = [1, 2, 3, 4, 5, 6];
const all = sizes.flatMap((rows) => sizes.map((slots) => ({ rows, slots })));

/** Rates by a time; notes what it was asked for. */
function makeRate(timeOf: (rows: number, slots: number) => number | undefined) {
  const asked: string[] = [];
  const rate: Rate<Fields> = (schedule) => {
    const { rows, slots } = schedule;
    asked.push(`${rows} ${slots}`);
    const timeNs = timeOf(rows, slots);
    return timeNs === undefined ? undefined : { schedule, timeNs, bytes: rows * slots };
  };
  return { rate, asked };
}

describe("the search among combinations", () => {
  test("finds the best one where choices do not depend on each other, and measures each candidate once at most", () => {
    const { rate, asked } = makeRate((rows, slots) => (rows - 4) ** 2 + (slots - 5) ** 2);
    expect(bestOfCombinations<Fields>(all, rate)?.schedule).toEqual({ rows: 4, slots: 5 });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(all.length);
  });

  test("measures all where the first one does not fit, and finds none where none does", () => {
    const { rate, asked } = makeRate((rows, slots) => (rows * slots > 20 ? rows + slots : undefined));
    expect(bestOfCombinations<Fields>(all, rate)?.schedule).toEqual({ rows: 4, slots: 6 });
    expect(asked).toHaveLength(all.length);
    expect(bestOfCombinations<Fields>(all, () => undefined)).toBeUndefined();
  });

  test("looks at candidates that differ in more than one field from all others", () => {
    const apart = [...all, { rows: 100, slots: 100 }];
    const { rate } = makeRate((rows, slots) => (rows === 100 ? 0 : rows + slots));
    expect(bestOfCombinations<Fields>(apart, rate)?.schedule).toEqual({ rows: 100, slots: 100 });
  });

  test("takes the smaller one of equal times, then the first one, as when all are measured", () => {
    for (const search of [bestOf, bestOfCombinations]) {
      const { rate } = makeRate((rows, slots) => Math.abs(rows + slots - 7));
      expect(search<Fields>(all, rate)?.schedule).toEqual({ rows: 1, slots: 6 });
    }
  });
});
