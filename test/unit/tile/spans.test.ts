// Where the parts of a tile program are in its text, for a lowered sample.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Span } from "../../../ir-spec/base/span.ts";
import { parseLocatedTileProgram } from "../../../ir-spec/parse-tile.ts";
import { printTileNode, printTileProgram } from "../../../ir-spec/print-tile.ts";
import type { TileStatement } from "../../../ir-spec/tile.ts";
import { graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { parse } from "../../../src/index.ts";

const shown = (span: Span | undefined): string => span?.source.text.slice(span.start, span.end) ?? "nowhere";

test("every part of a lowered graph is found in its text", () => {
  const graph = parse(readFileSync(new URL("../../../samples/mlp.tg", import.meta.url), "utf8"));
  const target = targetByName("trn2");
  invariant(graph.ok && target.ok, "both are shipped");
  const made = graphToTiles(graph.value, { target: target.value, strategy: "heuristic" });
  invariant(made.ok, "the sample is lowered");
  const read = parseLocatedTileProgram({ name: "test.tile", text: printTileProgram(made.value.value) });
  invariant(read.ok, "the text has no mistake");
  const { program, spanOf } = read.value;
  const counts = { op: 0, alloc: 0, loop: 0 };
  const look = (statement: TileStatement): void => {
    counts[statement.kind]++;
    const text = shown(spanOf(statement));
    if (statement.kind === "loop") {
      expect(text).toMatch(/^for \w+ in 0\.\..*[^{ ]$/);
      statement.body.forEach(look);
    } else if (statement.kind === "alloc") {
      expect(text).toMatch(/^(sbuf|psum) \w+: \w+\[.*\]( x\d+)?$/);
    } else {
      const op = printTileNode(program, statement).split(" ")[0] ?? "";
      expect(text.split(" ")[0]).toBe(op);
    }
  };
  for (const { body } of program.kernels) body.forEach(look);
  expect(Math.min(counts.op, counts.alloc, counts.loop)).toBeGreaterThan(0);
  for (const buffer of program.buffers) expect(shown(spanOf(buffer))).toMatch(`${buffer.memory} ${buffer.name}: `);
});
