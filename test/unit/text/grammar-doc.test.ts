// GRAMMAR.md shows programs that are right: each example parses, the whole one elaborates.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseModule } from "../../../src/text/index.ts";
import { graphs, summary } from "./support.ts";

const page = readFileSync(new URL("../../../ir-spec/GRAMMAR.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

test("the first example is a whole program", () => {
  expect(graphs(examples[0] ?? "").map(({ name }) => name)).toEqual(["mlp"]);
});

test.each(examples)("the example parses:\n%s", (example) => {
  const isItem = /^(?:\/\/|dim|graph|def|schedule)/.test(example);
  const text = isItem ? example : `graph g() -> () {\n${example}}`;
  expect(parseModule({ name: "example.tg", text }).diagnostics.map(summary)).toEqual([]);
});
