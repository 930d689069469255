// No time is below the graph's floor where a program does little but copy: one transfer within HBM reads and writes, and on some
// machines the DMA engines are slower than HBM.
import { expect, test } from "vitest";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { machineNames } from "../../../targets/neuron/machines/index.ts";

const programs = {
  "a view as result": "x: f32[1024, 512]) -> (y) { y = reshape(x, shape=[512, 1024])",
  "one tensor as two results": "x: f32[1024, 512]) -> (y, z) { y = x; z = x",
  "every second row": "x: f32[2048, 512]) -> (y) { y = slice(x, starts=[0], ends=[2048], axes=[0], steps=[2])",
  "a copy beside a sum": "x: f32[512, 512], z: f32[512, 512]) -> (y) { y = concat(x, x + z, axis=0)",
  "states that change places":
    "v: f32[4], state s: f32[512, 512], state t: f32[512, 512]) -> (y) { u = s; s = t; t = u; y = v + 1",
  "a state that is replaced":
    "x: f32[512, 512], state s: f32[512, 512]) -> (y) { s = update_slice(s, x, starts=[0, 0]); y = s",
};

const cases = machineNames.flatMap((machine) =>
  Object.entries(programs).map(([name, text]) => ({ machine, name, text })),
);

test.each(cases)("$machine: $name", ({ machine, text }) => {
  const graph = loadGraph({ name: "g.tg", text: `graph g(${text} }` }, {});
  const target = targetByName(machine);
  if (!graph.ok || !target.ok) throw new Error(JSON.stringify([graph, target]));
  const profile = profileGraph(graph.value.graph, { target: target.value, strategy: "heuristic" });
  if (!profile.ok) throw new Error(JSON.stringify(profile.error));
  const { timeNs, bound } = profile.value;
  expect(bound.graphFloorNs).toBeGreaterThan(0);
  expect(timeNs).toBeGreaterThanOrEqual(bound.graphFloorNs ?? Number.NaN);
});
