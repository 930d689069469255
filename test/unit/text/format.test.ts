// `tgc fmt`: the layout, that comments stay, and that formatting changes nothing but layout.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatModule, parseModule } from "../../../src/text/index.ts";
import { graphs, treeOf } from "./support.ts";

const folder = fileURLToPath(new URL("../../../samples/", import.meta.url));
const samples = readdirSync(folder).filter((file) => file.endsWith(".tg"));

function format(text: string): string {
  const result = formatModule({ name: "test.tg", text });
  return result.ok ? result.value : expect.fail(`does not parse: ${text}`);
}

test.each(samples)("%s is in canonical layout, and elaborates", (file) => {
  const text = readFileSync(folder + file, "utf8");
  expect(format(text)).toBe(text);
  expect(graphs(text).length).toBeGreaterThan(0);
});

test("comments and empty lines stay where they were", () => {
  const messy = `// first


// second
dim H=2 // two
graph g<T=8>(x: f32[T], // input
  // weights
  weight w:f32[T]) -> (y:f32[T]) { // begin
    a=x*(w+1) // sum


    // inside the loop
    for i in 0..2 { b=a; c = b }
  y=add(a, // inner
     a)
  // end
}
schedule s for g { kernel * { // all
 a=1, // one
 b=[m,n] } }
// last`;
  expect(format(messy)).toBe(`// first

// second
dim H = 2 // two

graph g<T = 8>(
  x: f32[T], // input
  // weights
  weight w: f32[T],
) -> (y: f32[T]) { // begin
  a = x * (w + 1) // sum

  // inside the loop
  for i in 0..2 {
    b = a
    c = b
  }
  // inner
  y = add(a, a)
  // end
}

schedule s for g {
  kernel * { // all
    a=1, // one
    b=[m, n],
  }
}
// last
`);
});

test("long lines are broken in the outermost brackets, or after operators", () => {
  const long = "a_rather_long_name_of_a_value";
  const text = `graph g() -> () {\n  b = f(g(${long}, ${long}), ${long}, ${long}, x=1)\n  c = ${long} + ${long} * ${long} + ${long} - 1\n}`;
  expect(format(text)).toBe(
    [
      "graph g() -> () {",
      "  b = f(",
      `    g(${long}, ${long}),`,
      `    ${long},`,
      `    ${long},`,
      "    x=1,",
      "  )",
      `  c = ${long} +`,
      `    ${long} * ${long} +`,
      `    ${long} -`,
      "    1",
      "}",
      "",
    ].join("\n"),
  );
});

const exprText = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.constantFrom("a", "value_1", "%3", "1", "1e-5", "0.50", '"tanh"', "inf", "true", "[]"),
    fc
      .tuple(tie("expr"), fc.constantFrom("+", " -", "*", "/ ", " + // c\n"), tie("expr"))
      .map((parts) => parts.join("")),
    tie("expr").map((inner) => `(${inner})`),
    tie("expr").map((inner) => `-${inner}`),
    fc.array(tie("expr"), { maxLength: 4 }).map((items) => `[${items.join(", \n")}]`),
    fc.array(tie("expr"), { maxLength: 4 }).map((args) => `op(${args.join(" , ")})`),
    tie("expr").map((value) => `op(a, // why\n attr = ${value},)`),
    fc.tuple(tie("expr"), tie("expr")).map(([base, index]) => `(${base})[${index}]`),
  ),
})).expr;

const stmtText = fc.oneof(
  exprText.map((expr) => `a = ${expr}`),
  exprText.map((expr) => `a: f32[2, T], b = ${expr} // trailing`),
  exprText.map((expr) => `// own line\nfor i in 0..(3) {c=${expr}; d = c }`),
  exprText.map((expr) => `kernel k { // opened\n\n\n c = ${expr}\n// closing\n}`),
);

const moduleText = fc
  .array(stmtText, { maxLength: 5 })
  .map((stmts) => `graph g<T=2>(x:f32[T], // x\n weight w: f32[T]) -> (y: f32[T]) {\n${stmts.join("\n")}\n}\n// end`);

test("formatting is idempotent, keeps the tree and keeps every comment", () => {
  fc.assert(
    fc.property(moduleText, (text) => {
      const once = format(text);
      expect(format(once)).toBe(once);
      expect(treeOf(once)).toEqual(treeOf(text));
      expect(comments(once)).toEqual(comments(text));
    }),
    { numRuns: 150 },
  );
});

function comments(text: string): readonly string[] {
  const { module } = parseModule({ name: "test.tg", text });
  return module.comments.map(({ start, end }) => text.slice(start, end));
}
