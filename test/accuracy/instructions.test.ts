// The costs of single instructions on trn2 are those that were measured.
import { expect, test } from "vitest";
import { compareInstructions } from "./instruction-table.ts";
import { shippedMachine } from "./machine.ts";

const trn2 = shippedMachine("trn2");

/** Of the middle of what was measured. */
const maxPercent = 3;

test.each(compareInstructions(trn2))("$what: $quantity", ({ errorPercent, predictedNs, measuredNs }) => {
  expect(Math.abs(errorPercent), `${predictedNs} ns, measured ${measuredNs.join(" to ")}`).toBeLessThanOrEqual(
    maxPercent,
  );
});
