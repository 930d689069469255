// Planted changes of known kind get their verdicts: none that changes a value is called cosmetic or performance, and hardly any is
// called worse than it is.
import { afterAll, describe, expect, test } from "vitest";
import { verdicts } from "../../../../src/diff/report.ts";
import { graphChanges } from "./graph-changes.ts";
import { judge } from "./planted.ts";
import { streamChanges } from "./stream-changes.ts";
import { tileChanges } from "./tile-changes.ts";

const changes = [...graphChanges, ...tileChanges, ...streamChanges];
const tooHarsh: string[] = [];

/** How many may be called worse than they are. */
const maxTooHarsh = 3;

test("there are many, of every kind and stage", () => {
  expect(changes.length).toBeGreaterThanOrEqual(120);
  for (const kind of ["cosmetic", "performance", "meaning"] as const) {
    for (const stage of ["graph", "tile", "stream"]) {
      const found = changes.filter(({ name, expected }) => expected === kind && name.startsWith(`${stage}:`));
      expect(found.length, `${kind} of ${stage}`).toBeGreaterThanOrEqual(3);
    }
  }
  expect(new Set(changes.map(({ name }) => name)).size).toBe(changes.length);
});

describe("planted changes", () => {
  test.each(changes)("$name is $expected", (change) => {
    const { verdict, values } = judge(change);
    const isTooMild = verdicts.indexOf(verdict) < verdicts.indexOf(change.expected);
    expect(isTooMild, `called ${verdict}: ${JSON.stringify(values)}`).toBe(false);
    if (verdict !== change.expected) tooHarsh.push(`${change.name}: called ${verdict}`);
    if (verdict === "meaning" && values.kind === "differ") expect(values.parting?.why).toBeDefined();
  });

  afterAll(() => expect(tooHarsh.slice(maxTooHarsh)).toEqual([]));
});
