// TILE-OPS.md: complete, and its sample is a right program in canonical text.
import { expect, test } from "vitest";
import { printTileProgram } from "../../../ir-spec/print-tile.ts";
import { tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { sampleProgram, tileOpsMarkdown } from "../../../src/docs/tile-ops-doc.ts";
import { tileProgram } from "../tile/support.ts";

test("every tile op has its own heading, once", () => {
  const headings = [...tileOpsMarkdown().matchAll(/^### (.*)$/gm)].map((match) => match[1]);
  expect(headings).toEqual([...tileOpNames]);
});

test("the sample is a right program, printed as it stands", () => {
  const program = tileProgram(sampleProgram);
  expect(verifyTile(program)).toEqual([]);
  expect(printTileProgram(program)).toBe(sampleProgram);
});

test("all rows of a table have as many cells as its heading", () => {
  for (const table of tileOpsMarkdown().match(/(^\|.*\n)+/gm) ?? []) {
    const cells = table
      .trim()
      .split("\n")
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(cells).size).toBe(1);
  }
});
