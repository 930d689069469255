// Files damaged on purpose: using them gives values or diagnostics, never an exception, an internal error or work without end. The
// seed is the same in every run unless TGC_SEED says otherwise; TGC_LONG makes more runs. What fails comes with its own seed.
import { expect, test } from "vitest";
import { hostileKinds } from "./kinds.ts";
import { runHostile } from "./run.ts";

const isLong = process.env.TGC_LONG !== undefined;
const firstSeed = Number(process.env.TGC_SEED ?? 1) * 1_000_000;

test.each(hostileKinds)(`damaged $name, from seed ${firstSeed}`, (kind) => {
  const { taken, refused } = runHostile(kind, firstSeed, isLong ? 20_000 : kind.usualRuns);
  // Neither is everything refused at the door, nor anything taken.
  expect(taken * refused).toBeGreaterThan(0);
});
