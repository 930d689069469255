// The costs of single instructions on trn2 are those that were measured.
import { expect, test } from "vitest";
import { invariant } from "../../ir-spec/base/result.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { compareInstructions } from "./instruction-table.ts";

const trn2 = machineByName("trn2");
invariant(trn2 !== undefined, "trn2 is shipped");

/** Of the middle of what was measured; or nearly within it: one constant stands for all pairs of engines, traces have whole ns. */
const mostPercent = 3;
const nearlyNs = 2;

test.each(compareInstructions(trn2))("$what: $quantity", ({ errorPercent, outsideNs, predictedNs, measuredNs }) => {
  const isClose = Math.abs(errorPercent) <= mostPercent || outsideNs <= nearlyNs;
  expect(isClose, `${predictedNs} ns, measured ${measuredNs.join(" to ")}`).toBe(true);
});
