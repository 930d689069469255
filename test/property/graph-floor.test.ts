// The time of a program is never below the floor of its graph, whatever part of computed values is needed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { profileGraph } from "../../src/driver/profile.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { randomCase } from "./random-graph.ts";

const isLong = process.env.TGC_LONG !== undefined;
const seed = Number(process.env.TGC_SEED ?? 1);

const ops = [
  ...["matmul", "matmul", "matmul", "slice", "slice", "split", "transpose", "reshape", "concat", "update_slice"],
  ...["exp", "add", "mul", "reduce_sum", "softmax", "where"],
] as const;

test.each(["tiny", "trn2"])("no program for %s is faster than its graph's floor", (name) => {
  const target = targetByName(name);
  if (!target.ok) throw new Error(name);
  let timed = 0;
  const cases = randomCase({ ops, dtypes: ["f32", "bf16", "bool"], maxNodes: 6, maxRank: 3, maxSize: 120 });
  const check = fc.property(cases, ({ graph }) => {
    const profile = profileGraph(graph, { target: target.value, strategy: "heuristic" });
    if (!profile.ok) return;
    const { timeNs, bound } = profile.value;
    // Where both are the same they are added up in another order.
    expect(timeNs * (1 + 1e-12)).toBeGreaterThanOrEqual(bound.graphFloorNs ?? Number.NaN);
    timed++;
  });
  fc.assert(check, { numRuns: isLong ? 1000 : 25, seed });
  expect(timed).toBeGreaterThan(8);
});
