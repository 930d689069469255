// THE TABLE OF LINTS: each speaks of its failing example and not of its passing one, and is worth more than it says is worth a word.
import { expect, test } from "vitest";
import { timeGraph } from "../../../src/driver/profile.ts";
import { maxTraceEvents } from "../../../src/trace/timeline.ts";
import type { LintExample } from "../../../src/why/lints/define.ts";
import { findLints, type LintFinding, minLintShare } from "../../../src/why/lints/find-lints.ts";
import { lints } from "../../../src/why/lints/table.ts";
import { readProgram } from "./support.ts";

function run({ program, target, fuse }: LintExample): {
  readonly found: readonly LintFinding[];
  readonly timeNs: number;
} {
  const { graph, options } = readProgram(program, target);
  const timed = timeGraph(graph, { ...options, fusion: fuse, maxTraceEvents });
  if (!timed.ok) throw new Error("the example does not run");
  return { found: findLints(timed.value, options.target.machine), timeNs: timed.value.profile.timeNs };
}

test.each(lints)("$code ($title)", ({ code, failing, passing }) => {
  const { found, timeNs } = run(failing);
  expect(found.map((finding) => finding.code)).toContain(code);
  for (const { savesNs } of found) {
    expect(savesNs).toBeGreaterThan(minLintShare * timeNs);
    expect(savesNs).toBeLessThan(timeNs);
  }
  const prices = found.map(({ savesNs }) => savesNs);
  expect(prices).toEqual(prices.toSorted((a, b) => b - a));
  expect(run(passing).found.map((finding) => finding.code)).not.toContain(code);
});

test("codes are unique", () => {
  expect(new Set(lints.map(({ code }) => code)).size).toBe(lints.length);
});
