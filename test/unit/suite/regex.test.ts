// The matcher of regular expressions: against JavaScript's own on random expressions, and its bounds on hostile ones.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Budget, maxSearchSteps, type SearchResult, searchRegex } from "../../../src/suite/regex/match.ts";
import { parseRegex } from "../../../src/suite/regex/parse.ts";
import { compileRegex } from "../../../src/suite/regex/program.ts";

function search(
  regex: string,
  text: string,
  budget: Budget = { steps: maxSearchSteps },
  ignoreCase = false,
): SearchResult {
  const node = parseRegex(regex);
  if (!node.ok) throw new Error(`${regex}: ${node.error.why}`);
  const program = compileRegex(node.value, ignoreCase);
  if (!program.ok) throw new Error(program.error);
  return searchRegex(program.value, text, { from: 0, to: text.length }, budget);
}

/** Expressions that mean the same in both dialects. */
const { regex: regexes } = fc.letrec<{ readonly regex: string; readonly atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "^", "$", "[a-c]", "\\."),
    tie("regex").map((inner) => `(${inner})`),
  ),
  regex: fc.oneof(
    { depthSize: "small" },
    tie("atom"),
    fc
      .tuple(
        tie("atom"),
        fc.constantFrom("a", "b", "(ab)", ".", "[bc]"),
        fc.constantFrom("*", "+", "?", "{2}", "{1,3}", "{2,}"),
      )
      .map(([before, part, count]) => `${before}${part}${count}`),
    fc.tuple(tie("regex"), tie("regex")).map(([a, b]) => `${a}|${b}`),
    fc.tuple(tie("regex"), tie("regex")).map(([a, b]) => `${a}${b}`),
  ),
}));

const texts = fc.string({ unit: fc.constantFrom("a", "b", "c", ".", "\n"), maxLength: 12 });

/** What JavaScript finds at the first place that matches at all: the longest of the substrings that match. */
function oracle(regex: string, text: string): readonly [number, number] | undefined {
  for (let start = 0; start <= text.length; start++) {
    for (let end = text.length; end >= start; end--) {
      // Looked at in place, so that `^` and `$` see what is around.
      const held = new RegExp(
        `(?<=^[^]{${start}})(?:${regex.replaceAll("^", "(?<![^\\n])").replaceAll("[(?<![^\\n])a]", "[^a\\n]").replaceAll("$", "(?![^\\n])")})(?=[^]{${text.length - end}}$)`,
      );
      const found = held.exec(text);
      const line = text.slice(start, end);
      if (found !== null && found.index === start && found[0].length === end - start && !line.includes("\n"))
        return [start, end];
    }
  }
  return undefined;
}

test("finds what JavaScript's expressions find, the leftmost and longest", () => {
  fc.assert(
    fc.property(regexes, texts, (regex, text) => {
      const found = search(regex, text);
      const seen = typeof found === "object" ? [found.start, found.end] : found;
      expect(seen).toEqual(oracle(regex, text) ?? "none");
    }),
    { numRuns: 1500 },
  );
});

test.each(["(a+)+[bc]", "(a|a)*[bc]", "(a*)*[bc]", "((a?){20}){20}[bc]", "(.*)*[xy]"])(
  "%s takes no longer than its text is",
  (regex) => {
    const budget = { steps: maxSearchSteps };
    expect(search(regex, "a".repeat(2000), budget)).toBe("none");
    expect(maxSearchSteps - budget.steps).toBeLessThan(40_000_000);
  },
);

test("a search is stopped where its budget ends", () => {
  expect(search("a*[bc]", "a".repeat(100), { steps: 50 })).toBe("too much");
});

test("a set may hold a line break only where it is named", () => {
  expect(search("a.b", "a\nb")).toBe("none");
  expect(search("a[^x]b", "a\nb")).toBe("none");
  expect(search("a[[:space:]]b", "a\nb")).toMatchObject({ start: 0, end: 3 });
});

test("case is ignored where that is asked for, in sets too", () => {
  expect(search("[a-c]X", "Bx", undefined, true)).toMatchObject({ start: 0, end: 2 });
  expect(search("[^b]x", "Bx", undefined, true)).toBe("none");
});

test.each([
  ["(", 0],
  ["a)", 1],
  ["[a", 0],
  ["*a", 0],
  ["a{3,2}", 1],
  ["a{999}", 1],
  ["[[:word:]]", 1],
  ["[b-a]", 1],
  ["\\d", 0],
  ["a*?", 2],
  ["(?:a)", 0],
  ["\\1", 0],
  ["a\\", 1],
  ["(".repeat(200), 100],
])("%s is refused at its place", (regex, offset) => {
  const parsed = parseRegex(regex);
  expect(parsed.ok ? undefined : parsed.error.offset).toBe(offset);
});

test("counts that multiply are refused", () => {
  const node = parseRegex("(((a{200}){200}){200})");
  expect(node.ok && compileRegex(node.value, false).ok).toBe(false);
});
