// Files damaged on purpose: using them gives values or diagnostics, never an exception, an internal error or work without end. The
// seed is the same in every run unless TGC_SEED says otherwise; TGC_LONG makes more runs, as many as TGC_RUNS says. What fails comes
// with its own seed.
import { expect, test } from "vitest";
import { hostileKinds } from "./kinds.ts";
import { runHostile, runValid } from "./run.ts";

const isLong = process.env.TGC_LONG !== undefined;
const firstSeed = Number(process.env.TGC_SEED ?? 1) * 1_000_000;

/** How many valid inputs take well under a second. */
const usualValid = 10;

// Else damaged inputs might be refused for something that is wrong with all of them.
test.each(hostileKinds)(`valid $name are taken, from seed ${firstSeed}`, (kind) => {
  const fates = runValid(kind, firstSeed, isLong ? Number.POSITIVE_INFINITY : usualValid);
  expect(fates).toEqual(fates.map(() => "taken"));
  expect(fates.length).toBeGreaterThan(0);
});

test.each(hostileKinds)(`damaged $name, from seed ${firstSeed}`, (kind) => {
  const count = isLong ? Number(process.env.TGC_RUNS ?? 2_000) : kind.usualRuns;
  const { taken, refused, failures, slowest } = runHostile(kind, firstSeed, count);
  expect(failures).toEqual([]);
  expect(taken + refused).toBe(count);
  expect(refused).toBeGreaterThan(0);
  const peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
  const worst = `slowest seed ${slowest.seed} (${Math.round(slowest.ms)} ms), peak of the process ${peakMib} MiB`;
  if (isLong) console.log(`${kind.name}: ${taken} taken, ${refused} refused, ${worst}`);
});
