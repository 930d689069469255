// Random inputs of tile programs and streams with a gather: indices lie within the table, as they do for graphs.
import { expect, test } from "vitest";
import { noSpans } from "../../../ir-spec/base/span.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToStream, graphToTiles } from "../../../src/driver/compile.ts";
import { programIndexBounds } from "../../../src/driver/index-bounds.ts";
import { targetByName } from "../../../src/driver/targets.ts";

const text = `graph main(x: f32[3, 5], i: i32[6], j: i32[2], w: f32[9, 2]) -> (y: f32[6, 5], z: f32[2, 2], u: f32[3, 2]) {
  y = gather(x, i)
  z = gather(w, j)
  u = gather(x, j, axis=1)
}
`;

test.each(["tiny", "trn2"])("indices of %s programs are below the number of rows", (machine) => {
  const loaded = loadGraph({ name: "gather.tg", text }, {});
  const target = targetByName(machine);
  if (!loaded.ok || !target.ok) throw new Error("the test's own program is refused");
  const options = { target: target.value, strategy: "heuristic" } as const;
  const tiles = graphToTiles(loaded.value.graph, options);
  const stream = graphToStream(loaded.value.graph, options);
  if (!tiles.ok || !stream.ok) throw new Error("the test's own program does not compile");
  const wanted = [
    ["i", 3],
    ["j", 5],
  ];
  const ofTiles = programIndexBounds({ stage: "tiles", program: tiles.value.value });
  const ofStream = programIndexBounds({ stage: "stream", program: stream.value.value, spanOf: noSpans });
  expect([...ofTiles].sort()).toEqual(wanted);
  expect([...ofStream].sort()).toEqual(wanted);
});
