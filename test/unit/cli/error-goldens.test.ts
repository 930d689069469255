// Every error code has a golden test that shows its diagnostic, without exception: a text, or a program that calls the library.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ErrorCode, errors, severityOf } from "../../../ir-spec/base/errors/index.ts";

/** A test with several RUN lines that have names has a file for each. */
const homes = [
  { folder: new URL("../../golden/errors/", import.meta.url), form: /^(E\d{4})\.\w+(?:\.\w+)?\.expected$/ },
  { folder: new URL("../library-errors/", import.meta.url), form: /^(E\d{4})\.txt$/ },
];
const shown = homes.flatMap(({ folder, form }) =>
  readdirSync(folder).flatMap((name) => {
    const code = form.exec(name)?.[1];
    return code === undefined ? [] : [{ code, text: readFileSync(new URL(name, folder), "utf8") }];
  }),
);
const codes = [...new Set(shown.map(({ code }) => code))];

test("every code has a golden, and every golden is one of a code", () => {
  expect(codes.sort()).toEqual(Object.keys(errors).sort());
});

test.each(codes)("the golden of %s shows it", (code) => {
  const texts = shown.filter((golden) => golden.code === code).map(({ text }) => text);
  expect(texts.join("\n")).toContain(`${severityOf(code as ErrorCode)}[${code}]: `);
});
