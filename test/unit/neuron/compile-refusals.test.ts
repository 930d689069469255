// What the compiler of streams refuses: a tile program that needs more of the machine than there is.
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parse } from "../../../src/index.ts";
import { compileTiles } from "../../../targets/neuron/compile/compile.ts";

test("E0802: a stream that needs more semaphores than the machine has", () => {
  const graph = parse("graph g(a: f32[64], b: f32[64]) -> (c: f32[64]) { c = a + b }");
  const target = targetByName("tiny");
  invariant(graph.ok && target.ok, "both are there");
  const tiles = graphToTiles(graph.value, { target: target.value, strategy: "naive" });
  invariant(tiles.ok, "it can be tiled");
  expect(compileTiles(tiles.value.value, target.value.machine).ok).toBe(true);
  const refused = compileTiles(tiles.value.value, { ...target.value.machine, name: "few", semaphores: 1 });
  expect(refused.ok ? [] : refused.error).toMatchObject([{ code: "E0802", args: { machine: "few", capacity: 1 } }]);
});
