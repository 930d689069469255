// The costs of single instructions on trn2 are those that were measured.
import { expect, test } from "vitest";
import { compareInstructions } from "./instruction-table.ts";
import { shippedMachine } from "./machine.ts";

const trn2 = shippedMachine("trn2");

/** Of the middle of what was measured; or nearly within it: traces have whole ns. */
const mostPercent = 3;
const nearlyNs = 2;

test.each(compareInstructions(trn2))("$what: $quantity", ({ errorPercent, outsideNs, predictedNs, measuredNs }) => {
  const isClose = Math.abs(errorPercent) <= mostPercent || outsideNs <= nearlyNs;
  expect(isClose, `${predictedNs} ns, measured ${measuredNs.join(" to ")}`).toBe(true);
});
