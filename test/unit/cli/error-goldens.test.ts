// Every error code has a golden test that shows its diagnostic, without exception.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { errors } from "../../../ir-spec/base/errors/index.ts";

const folder = new URL("../../golden/errors/", import.meta.url);
const shown = readdirSync(fileURLToPath(folder)).flatMap((name) => (name.endsWith(".out") ? [name.slice(0, -4)] : []));

test("every code has a golden, and every golden is one of a code", () => {
  expect(shown.sort()).toEqual(Object.keys(errors).sort());
});

test.each(shown)("the golden of %s shows it", (code) => {
  expect(readFileSync(new URL(`${code}.out`, folder), "utf8")).toContain(`error[${code}]: `);
});
