// Random graphs whose nodes stand in random `kernel` blocks: each kernel is refused, or computes what its nodes say.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeRandom } from "../../src/find/fuzz/random-choices.ts";
import { randomCase } from "./random-graph.ts";
import { epilogueOps, rowsOps, withKernels } from "./random-kernels.ts";
import { stageOptions } from "./random-stages.ts";
import { runStages } from "./stages.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);
const grouping = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe("kernels that a user wrote are refused or right", () => {
  test.each([
    ["rows", rowsOps, 60],
    ["products", epilogueOps, 30],
  ])("%s", (_name, ops, runs) => {
    const cases = randomCase({ ops, dtypes: ["f32", "bool", "i32"], maxNodes: 6, maxRank: 3 });
    let agreeing = 0;
    const check = fc.property(cases, grouping, stageOptions, ({ graph, inputs }, own, options) => {
      const outcome = runStages(withKernels(graph, makeRandom(own)), inputs, options);
      if (outcome.kind === "wrong") throw new Error(`${outcome.stage}: ${outcome.why}`);
      if (outcome.kind === "agrees") agreeing++;
    });
    fc.assert(check, { numRuns: isLong ? 25 * runs : runs, seed });
    expect(agreeing).toBeGreaterThan(runs / 3);
  });
});
