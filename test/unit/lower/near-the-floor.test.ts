// Products take little more than the floor of their graph, whatever decides it: the array, or the bytes of many or of few rows. The
// bounds are what the chosen schedules reach, and a few percent.
import { expect, test } from "vitest";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { profileGraph } from "../../../src/driver/profile.ts";
import { targetByName } from "../../../src/driver/targets.ts";

const product = (types: string): string => `graph g(${types}) -> (y) { y = matmul(x, w) }`;

const cases = [
  {
    name: "square, rows of k transposed by DMA",
    program: product("x: bf16[1024, 1024], weight w: bf16[1024, 1024]"),
    atMost: 1.28,
  },
  {
    name: "square, transposed on the array",
    program: product("x: f32[1024, 1024], weight w: f32[1024, 1024]"),
    atMost: 1.22,
  },
  { name: "sizes that no tile divides", program: product("x: bf16[997, 997], weight w: bf16[997, 997]"), atMost: 1.27 },
  { name: "one row", program: product("x: bf16[1, 4096], weight w: bf16[4096, 4096]"), atMost: 1.1 },
  { name: "few rows", program: product("x: bf16[128, 4096], weight w: bf16[4096, 11008]"), atMost: 1.06 },
];

test.each(cases)("$name", ({ program, atMost }) => {
  const graph = loadGraph({ name: "g.tg", text: program }, {});
  const target = targetByName("trn2");
  if (!graph.ok || !target.ok) throw new Error(JSON.stringify([graph, target]));
  const profile = profileGraph(graph.value.graph, { target: target.value, strategy: "heuristic" });
  if (!profile.ok) throw new Error(JSON.stringify(profile.error));
  const { timeNs, bound } = profile.value;
  expect(timeNs / (bound.graphFloorNs ?? Number.NaN)).toBeLessThanOrEqual(atMost);
});

test("one bank of PSUM is no reason for the naive schedule", () => {
  const graph = loadGraph({ name: "g.tg", text: product("x: bf16[1024, 1024], weight w: bf16[1024, 1024]") }, {});
  const target = targetByName("trn2");
  if (!graph.ok || !target.ok) throw new Error(JSON.stringify([graph, target]));
  const machine = { ...target.value.machine, psumBanks: 1 };
  const profile = profileGraph(graph.value.graph, { target: { ...target.value, machine }, strategy: "heuristic" });
  if (!profile.ok) throw new Error(JSON.stringify(profile.error));
  expect(profile.value.timeNs / (profile.value.bound.graphFloorNs ?? Number.NaN)).toBeLessThanOrEqual(2);
});
