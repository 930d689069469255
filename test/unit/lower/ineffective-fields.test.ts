// Fields of a schedule that change nothing are reported with the place where they are written: numbers that are cut, fields without
// effect on a kernel, and fields of `*` that no kernel of the graph has.
import { expect, test } from "vitest";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { locateRemarks, takeSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { unwrap } from "../passes/support.ts";

const program = `graph g(x: bf16[64, 768], weight w: bf16[768, 3072], weight b: bf16[3072]) -> (y: bf16[64, 3072]) {
  y = matmul(x, w) + b
}
`;

/** The remarks about the fields of a schedule, each with its line and column. */
function remarksOf(lines: string): readonly string[] {
  const { graph, module } = unwrap(
    loadGraph({ name: "g.tg", text: `${program}schedule s for g {\n${lines}\n}\n` }, {}),
  );
  const { schedule, decl } = unwrap(takeSchedule(module, "g", "s"));
  const target = unwrap(targetByName("trn2"));
  const made = unwrap(graphToTiles(graph, { target, strategy: "heuristic", schedule }));
  return locateRemarks(made.remarks, decl).flatMap(({ field, span, text }) => {
    if (field === undefined || span === undefined) return [];
    const { line, column } = positionOf(span.source, span.start);
    return [`${line}:${column} ${text}`];
  });
}

test.each([
  ["numbers beyond the problem", "kernel y { tile_m=129, block_n=4 }", ["5:12 kernel y: tile_m=129 is as 64"]],
  [
    "rings beyond the instances",
    'kernel y { load_lhs="kernel", slots_lhs=1000 }',
    ["5:31 kernel y: slots_lhs=1000 is as 1"],
  ],
  ["no effect on the kernel", 'kernel y { evict="act" }', ["5:12 kernel y: evict=act has no effect"]],
  [
    "fields of other kinds",
    "kernel * { tile_rows=4, block_n=2 }",
    ["5:12 kernel *: tile_rows changes no kernel of the graph"],
  ],
  ["nothing to report", "kernel y { tile_m=32, slots_rhs=2 }", []],
])("%s", (_, lines, wanted) => {
  expect(remarksOf(lines)).toEqual(wanted);
});
