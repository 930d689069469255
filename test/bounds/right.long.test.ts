// Two thousand random right results, and as many of the tile interpreter and the simulator.
import { expect, test } from "vitest";
import { checkGraph } from "../../src/driver/check.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { read } from "./noisy.ts";
import { complaintsOfOtherOrder, makeRightCase } from "./right.ts";

test.each([false, true])("1000 right results in another order are not reported, widened: %s", (isPrecise) => {
  for (let seed = 1; seed <= 1000; seed++) expect(complaintsOfOtherOrder(seed, isPrecise)).toEqual([]);
});

test("500 random graphs on the project's own executors are not reported", async () => {
  const target = read(targetByName("tiny"));
  for (let seed = 1; seed <= 500; seed++) {
    const { graph, inputs } = makeRightCase(seed);
    const report = await checkGraph(graph, {
      compile: { target, strategy: "heuristic" },
      inputs,
      executors: ["tiles", "neuron"],
      gpu: undefined,
      onlyPrecise: false,
    });
    const outputs = report.ok ? report.value.outputs : [];
    const differing = outputs.flatMap(({ comparisons }) => comparisons.filter(({ agree }) => !agree));
    expect([seed, differing]).toEqual([seed, []]);
  }
});
