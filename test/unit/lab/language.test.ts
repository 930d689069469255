// What the lab's editor knows of the language is what the compiler knows: tokens, ops, attributes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { opNames } from "../../../ir-spec/ops/index.ts";
import { labFacts } from "../../../src/lab/facts.ts";
import { offersAt, wordsAt } from "../../../src/lab/hints.ts";
import { lexer } from "../../../src/text/tokens.ts";
import { rootDirectory } from "../../architecture/source-files.ts";

const facts = labFacts();
const matchers = facts.tokens.map(({ pattern, style }) => ({ expression: new RegExp(pattern, "y"), style }));

/** Every word and sign with its place, as the editor finds them. */
function editorTokens(text: string): readonly string[] {
  const found: string[] = [];
  for (let place = 0; place < text.length; ) {
    const match = matchers.map(({ expression, style }) => {
      expression.lastIndex = place;
      return { style, text: expression.exec(text)?.[0] ?? "" };
    });
    const first = match.find((each) => each.text !== "");
    if (first !== undefined && !["space", "comment"].includes(first.style)) found.push(`${place} ${first.text}`);
    place += first?.text.length ?? 1;
  }
  return found;
}

const folder = join(rootDirectory, "samples");
const samples = readdirSync(folder).filter((name) => name.endsWith(".tg"));
const texts = samples.map((name) => readFileSync(join(folder, name), "utf8"));
const words =
  'graph graphs def for in info inf -inf nan nanny none return returned true "s" "open\n1e5 1.5 1..2 %3 %a a<=b->c==d!=e // c\n';

test.each([...texts, words])("the editor splits %# as the lexer does", (text) => {
  const { tokens } = lexer.tokenize(text);
  expect(editorTokens(text)).toEqual(tokens.map(({ startOffset, image }) => `${startOffset} ${image}`));
});

test("every style but one for mistakes is used by the samples", () => {
  const seen = new Set(
    texts
      .flatMap((text) => matchers.filter(({ expression }) => new RegExp(expression.source).test(text)))
      .map(({ style }) => style),
  );
  const all = ["bracket", "comment", "keyword", "name", "number", "operator", "sign", "space", "string"];
  expect([...seen].filter((style) => style !== "value" && style !== "wrong").sort()).toEqual(all);
});

test("every op has its call and what it says", () => {
  expect(facts.ops.map(({ name }) => name)).toEqual(opNames);
  const softmax = facts.ops.find(({ name }) => name === "softmax");
  expect(softmax?.call).toBe("softmax(x, axis=-1)");
  expect(softmax?.attrs).toEqual([{ name: "axis", takes: "an axis", usual: "-1", choices: [] }]);
});

/** Offers at the `|` of a text. */
function offered(text: string): readonly string[] {
  const place = text.indexOf("|");
  return offersAt(text.replace("|", ""), place, facts)?.offers.map(({ label }) => label) ?? [];
}

test("offers attributes in a call, choices after `=`, dtypes after a colon, and names of the program", () => {
  expect(offered("y = softmax(x, |)").slice(0, 1)).toEqual(["axis"]);
  expect(offered('y = gelu(h, approximate="|")')).toEqual(['"none"', '"tanh"']);
  expect(offered("graph g(x: |")).toEqual(facts.dtypes);
  expect(offered("hidden = relu(x)\ny = hid|")).toContain("hidden");
  expect(offered("y = rel|")).toContain("relu");
  expect(offered("y = relu(x) // rel|")).toEqual([]);
  expect(offered("y = 12|")).toEqual([]);
  expect(offered("y = softmax(a) + b |")).not.toContain("axis");
});

test("says what an op and an attribute are, where they are used as such", () => {
  const at = (text: string) => wordsAt(text.replace("|", ""), text.indexOf("|"), facts)?.title;
  expect(at("y = soft|max(x)")).toBe("softmax(x, axis=-1)");
  expect(at("y = softmax(x, ax|is=0)")).toBe("axis=-1");
  expect(at("soft|max = x")).toBeUndefined();
  expect(at("// soft|max(x)")).toBeUndefined();
  expect(at("y = x |+ 1")).toBeUndefined();
});
