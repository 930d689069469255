// The words of the language that name nothing: the same in the lexer and where graphs are printed and verified.
import { expect, test } from "vitest";
import { isLanguageName, languageWords } from "../../../ir-spec/base/names.ts";
import { makeGraphBuilder } from "../../../ir-spec/graph-builder.ts";
import { printGraph } from "../../../ir-spec/print-graph.ts";
import { lexer, Name, tokenTypes } from "../../../src/text/tokens.ts";
import { graphs } from "./support.ts";

test("the lexer has the same words", () => {
  const keywords = tokenTypes.filter(({ name }) => name.startsWith("Keyword_"));
  const isName = ({ PATTERN }: (typeof keywords)[number]): boolean =>
    lexer
      .tokenize(String(PATTERN))
      .tokens.every(({ tokenType }) => tokenType === Name || tokenType.CATEGORIES?.includes(Name));
  const reserved = keywords.filter((keyword) => !isName(keyword)).map(({ PATTERN }) => String(PATTERN));
  expect(reserved.sort()).toEqual([...languageWords].sort());
  for (const { PATTERN } of keywords.filter(isName)) expect(isLanguageName(String(PATTERN))).toBe(true);
});

test.each(languageWords)("a value called `%s` is printed without its name", (word) => {
  const b = makeGraphBuilder("g");
  const x = b.param("input", "x", { dtype: "f32", shape: [4] });
  const [inner] = b.add("exp", [x], {}, { names: [word] });
  const [y] = b.add("neg", [inner as typeof x]);
  b.result("y", y as typeof x);
  const text = printGraph(b.finish());
  expect(text).toContain("%0: f32[4] = exp(x)");
  expect(graphs(text).map(printGraph)).toEqual([text]);
});
