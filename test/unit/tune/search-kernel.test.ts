// The search for one kernel's schedule, on times that are made up: what it asks, how often, and what it does with the answers.
import { describe, expect, test } from "vitest";
import type { GivenFields } from "../../../passes/lower/kinds/define.ts";
import {
  type Estimate,
  type Found,
  type SearchAnswer,
  type SearchStep,
  searchKernel,
} from "../../../passes/schedule/tune/search-kernel.ts";

const numbers = Array.from({ length: 16 }, (_, at) => at + 1);
const space = {
  choices: { rows: numbers, slots: numbers, on: ["pe", "dma"] },
  starts: [{ rows: 1, slots: 1, on: "pe", fixed: 7 }],
};

/** The best is 12 rows and 5 slots by DMA; the estimate does not know what DMA saves. Many slots do not fit. */
const shapeNs = ({ rows, slots }: GivenFields): number => 100 + (Number(rows) - 12) ** 2 + (Number(slots) - 5) ** 2;
const timeNs = (fields: GivenFields): number => shapeNs(fields) - (fields.on === "dma" ? 50 : 0);

function estimate(fields: GivenFields): Estimate | undefined {
  if (Number(fields.slots) > 10) return undefined;
  return { timeNs: shapeNs(fields), busiestNs: 1, form: JSON.stringify([fields.rows, fields.slots, fields.on]) };
}

const answer = ({ kind, points }: SearchStep): SearchAnswer =>
  kind === "estimate" ? { kind, found: points.map(estimate) } : { kind, found: points.map(timeNs) };

/** Runs a search, at most so many steps of it. */
function run(budget: number, seed = 0, maxSteps = Number.POSITIVE_INFINITY) {
  const steps: SearchStep[] = [];
  const search = searchKernel(space, { budget, seed });
  let next = search.next();
  while (!next.done) {
    steps.push(next.value);
    next = search.next(steps.length > maxSteps ? undefined : answer(next.value));
  }
  return { found: next.value satisfies Found, steps };
}

describe("the search for a kernel's schedule", () => {
  test.each([0, 1, 2, 3, 4])("finds the best of 512 by trying 150 of them, seed %i", (seed) => {
    const { found } = run(150, seed);
    expect(found.fields).toEqual({ rows: 12, slots: 5, on: "dma", fixed: 7 });
    expect([found.timeNs, found.startNs]).toEqual([50, timeNs(space.starts[0] as GivenFields)]);
  });

  test("tries each schedule once, as many as the budget says, and simulates few and only what fits", () => {
    const { found, steps } = run(100);
    const estimated = steps.flatMap(({ kind, points }) => (kind === "estimate" ? points : []));
    const simulated = steps.flatMap(({ kind, points }) => (kind === "simulate" ? points : []));
    expect(new Set(estimated.map((fields) => JSON.stringify(fields))).size).toBe(100);
    expect(found.tried.map(({ fields }) => fields)).toEqual(estimated);
    expect(simulated.length).toBe(found.simulated);
    expect(simulated.length).toBeLessThan(25);
    expect(simulated.every((fields) => estimate(fields) !== undefined)).toBe(true);
    expect(found.tried.some(({ fits }) => !fits)).toBe(true);
  });

  test("the same budget and seed find the same; another seed tries others", () => {
    expect(run(80)).toEqual(run(80));
    expect(run(80, 1).steps).not.toEqual(run(80).steps);
  });

  test("a search that is stopped keeps the best so far", () => {
    const { steps } = run(250);
    const times = steps.map((_, at) => run(250, 0, at).found.timeNs);
    expect(times[0]).toBeUndefined();
    expect(times.at(-1)).toBeLessThanOrEqual(60);
    for (const [at, time] of times.slice(3).entries()) expect(time).toBeLessThanOrEqual(times[at + 2] as number);
  });

  test("a space of one schedule ends at once", () => {
    const search = searchKernel({ choices: {}, starts: space.starts }, { budget: 100, seed: 0 });
    let next = search.next();
    const kinds: string[] = [];
    while (!next.done) {
      kinds.push(next.value.kind);
      next = search.next(answer(next.value));
    }
    expect(kinds).toEqual(["estimate", "simulate"]);
    expect(next.value.fields).toEqual(space.starts[0]);
  });
});
