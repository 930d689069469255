// Every error code has a golden test that shows its diagnostic, without exception: a text, or a program that calls the library.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ErrorCode, errors, severityOf } from "../../../ir-spec/base/errors/index.ts";

const homes = [
  { folder: new URL("../../golden/errors/", import.meta.url), form: /^(E\d{4})\.\w+\.expected$/ },
  { folder: new URL("../library-errors/", import.meta.url), form: /^(E\d{4})\.txt$/ },
];
const shown = homes.flatMap(({ folder, form }) =>
  readdirSync(folder).flatMap((name) => {
    const code = form.exec(name)?.[1];
    return code === undefined ? [] : [{ code, file: new URL(name, folder) }];
  }),
);

test("every code has a golden, and every golden is one of a code", () => {
  expect(shown.map(({ code }) => code).sort()).toEqual(Object.keys(errors).sort());
});

test.each(shown)("the golden of $code shows it", ({ code, file }) => {
  expect(readFileSync(file, "utf8")).toContain(`${severityOf(code as ErrorCode)}[${code}]: `);
});
