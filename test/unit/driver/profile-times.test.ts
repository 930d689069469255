// The times of a profile add up: launch, each kernel's exclusive time, and end are the whole, however kernels overlap.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { unwrap } from "../passes/support.ts";

const cases = ["samples/mlp.tg", "samples/attention.tg", "samples/kv-cache.tg"].flatMap((path) =>
  ["trn2", "tiny"].map((machine) => ({ path, machine })),
);

test.each(cases)("$path on $machine", ({ path, machine }) => {
  const { graph } = unwrap(loadGraph({ name: path, text: readFileSync(path, "utf8") }, {}));
  const target = unwrap(targetByName(machine));
  const { timeNs, launchNs, endNs, kernels } = unwrap(profileGraph(graph, { target, strategy: "heuristic" }));
  const own = kernels.map(({ exclusiveNs }) => exclusiveNs);
  expect([launchNs, endNs, ...own].every((ns) => ns >= 0)).toBe(true);
  const sumNs = own.reduce((sum, ns) => sum + ns, launchNs + endNs);
  expect(Math.abs(sumNs - timeNs)).toBeLessThanOrEqual(1e-9 * timeNs);
  for (const kernel of kernels) expect(kernel.exclusiveNs).toBeLessThanOrEqual(kernel.endNs);
});
