// All ONNX backend tests on the reference and on the simulator; skipped where TGC_ONNX_CASES names no folder.
import { expect, test } from "vitest";
import { isOfNumbers } from "../../conformance/report.ts";
import { caseFolders, casesFolder, findFaults } from "./onnx-cases.ts";

test.skipIf(casesFolder === undefined).each([
  ["ref", 0.95],
  ["neuron", 0.85],
] as const)("the ONNX backend tests on %s: none fails, and of those about numbers most pass", async (on, least) => {
  const { results, faults } = await findFaults(caseFolders(), on);
  expect(faults).toEqual([]);
  const numbers = results.filter(isOfNumbers);
  expect(numbers.filter(({ status }) => status === "pass").length / numbers.length).toBeGreaterThanOrEqual(least);
});
