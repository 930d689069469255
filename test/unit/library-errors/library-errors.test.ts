// Error codes that no text can cause, as an earlier stage refuses it, but a program that calls the library can. Each has a file named
// after it, whose first line says what is wrong, and beside it the text of its diagnostics. `npm test -- library-errors -u` writes these.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderDiagnostics } from "../../../src/report/diagnostics.ts";
import type { Cause } from "./cause.ts";

const folder = new URL("./", import.meta.url);
const codes = readdirSync(folder).flatMap((name) => /^(E\d{4})\.ts$/.exec(name)?.[1] ?? []);

test.each(codes)("%s", async (code) => {
  const file = new URL(`${code}.ts`, folder);
  expect(readFileSync(file, "utf8")).toMatch(/^\/\/ \S/);
  const { cause } = (await import(file.href)) as { readonly cause: Cause };
  const diagnostics = await cause();
  expect(diagnostics.length).toBeGreaterThan(0);
  await expect(renderDiagnostics(diagnostics, { color: false })).toMatchFileSnapshot(`${code}.txt`);
});
