// A sample of the ONNX backend tests on the reference; skipped where TGC_ONNX_CASES names no folder.
import { expect, test } from "vitest";
import { caseFolders, casesFolder, findFaults } from "./onnx-cases.ts";

/** Every fifth case: all families are in it, and it takes seconds. */
const step = 5;

test.skipIf(casesFolder === undefined)("a sample of the ONNX backend tests passes on the reference", async () => {
  const sample = caseFolders().filter((_folder, index) => index % step === 0);
  const { passed, faults } = await findFaults(sample, "ref");
  expect(faults).toEqual([]);
  // As many as passed when this was written, less a few for cases that come and go.
  expect(passed / sample.length).toBeGreaterThan(0.9);
});
