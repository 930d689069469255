// The library's exports belong together: every type that one of them names is exported too, every function has an example in its docstring
// that uses it, and the examples, those of the README too, compile and print what they say, with nothing but the library.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { Node } from "ts-morph";
import { describe, expect, test } from "vitest";
import { apiMarkdown } from "../../../src/docs/api/api-doc.ts";
import {
  declarationOf,
  docsOf,
  isValue,
  openLibrary,
  rootFolder,
  typesNamedIn,
} from "../../../src/docs/api/library.ts";
import * as tgc from "../../../src/index.ts";
import { runExample, wantedLines } from "./run-example.ts";

const library = openLibrary("src/index.ts");
const values = [...library.exports].filter(([, declaration]) => isValue(declaration));
const shown = [...readFileSync(`${rootFolder}/README.md`, "utf8").matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => ({
    name: "README.md",
    text,
  }),
);
const documented = values.flatMap(([name, declaration]) =>
  docsOf(declaration).examples.map((text) => ({ name, text })),
);
const examples = [...shown, ...documented];

test("the exports are those that a program gets", () => {
  expect(values.map(([name]) => name).sort()).toEqual(Object.keys(tgc).sort());
});

test("every type that an export names is exported", () => {
  const exported = new Set<Node>([...library.exports.values()]);
  const missing = [...exported].flatMap((declaration) =>
    typesNamedIn(declaration).flatMap((name) => {
      const found = declarationOf(name);
      // What its own file keeps to itself only writes types shorter.
      const isHelper = found === undefined || !Node.isExportable(found) || !found.isExported();
      return isHelper || exported.has(found)
        ? []
        : [`${name.getText()}, named in ${declaration.getSymbol()?.getName()}`];
    }),
  );
  expect([...new Set(missing)]).toEqual([]);
});

describe("no export is dead", () => {
  test("every function has an example that uses it", () => {
    const functions = values.filter(([, declaration]) => Node.isFunctionDeclaration(declaration));
    const lacking = functions.filter(
      ([name, declaration]) => !docsOf(declaration).examples.some((text) => uses(text, name)),
    );
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  test("every other value is used by an example", () => {
    expect(values.map(([name]) => name).filter((name) => !examples.some(({ text }) => uses(text, name)))).toEqual([]);
  });
});

function uses(example: string, name: string): boolean {
  return new RegExp(`^import \\{[^}]*\\b${name}\\b[^}]*\\} from "tgc";$`, "m").test(example);
}

test("API.md describes every function and value", () => {
  const text = apiMarkdown();
  expect(values.map(([name]) => name).filter((name) => !text.includes(`\n### ${name}\n`))).toEqual([]);
});

test("the README has examples", () => {
  expect(shown.length).toBeGreaterThan(0);
});

test("the examples compile", () => {
  // All of them first, since each new file makes the checker begin again.
  const files = examples.map(({ name, text }, index) => {
    const path = `${rootFolder}/test/unit/api/example-${index}.ts`;
    return { name, file: library.project.createSourceFile(path, text, { overwrite: true }) };
  });
  const wrong = files.flatMap(({ name, file }) =>
    file.getPreEmitDiagnostics().map((found) => `${name}: ${inspect(found.getMessageText())}`),
  );
  expect(wrong).toEqual([]);
});

test.each(examples)("the example of $name prints what it says", async ({ text }) => {
  const printed = await runExample(text, tgc);
  let next = 0;
  for (const wanted of wantedLines(text)) {
    const found = printed.slice(next).findIndex((line) => wanted.test(line));
    expect(found, `no ${wanted} in ${inspect(printed)}`).toBeGreaterThanOrEqual(0);
    next += found + 1;
  }
});

test("a tile program that asks for what the machine does not have is not compiled, as on the command line", () => {
  const tensor = "bf16[1, 256, 128]";
  const text = `graph g(q: ${tensor}, k: ${tensor}, v: ${tensor}) -> (y: ${tensor}) { y = attention(q, k, v, is_causal=true) }`;
  const { program } = tgc.unwrap(tgc.lower(tgc.unwrap(tgc.parse(text)), { target: "trn2" }));
  const elsewhere = tgc.compile(program, { target: "trn1" });
  expect(elsewhere.ok ? [] : [...new Set(elsewhere.error.map(({ code }) => code))]).toEqual(["E0714"]);
  expect(tgc.compile(program, { target: "trn2" }).ok).toBe(true);
});
