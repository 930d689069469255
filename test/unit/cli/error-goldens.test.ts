// Every mistake that a program can make has a golden test, which shows its diagnostic.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type ErrorCode, errors } from "../../../ir-spec/base/errors/index.ts";

/** Families of codes that a `.tg` file, or the options given with it, can cause. */
const families = ["01", "02", "03", "05", "060", "13"];

/** Codes of those families that no small file in the golden folder can cause, and why. */
const exempt: Partial<Record<ErrorCode, string>> = {
  E0107: "needs a file of megabytes; tested in usage.test.ts",
  E0309: "elaboration counts operands first (E0207); passes alone could cause it",
  E0504: "no pass works on tile programs yet",
  E0506: "no pass works on tile programs yet",
  E1302: "depends on the file system; tested in usage.test.ts",
  E1305: "needs a binary file; tested in commands.test.ts",
  E1306: "needs a binary file; tested in commands.test.ts",
  E1307: "needs a binary file; tested in commands.test.ts",
  E1309: "depends on the machine's GPU",
  E1310: "not about a file; tested in commands.test.ts",
  E1311: "not about a file; tested in commands.test.ts",
};

const hasGolden = (code: string): boolean =>
  existsSync(fileURLToPath(new URL(`../../golden/errors/${code}.tg`, import.meta.url)));

const codes = (Object.keys(errors) as ErrorCode[]).filter((code) =>
  families.some((digits) => code.startsWith(`E${digits}`)),
);

test("every code that a program can cause has a golden, or a reason why not", () => {
  expect(codes.filter((code) => !hasGolden(code) && exempt[code] === undefined)).toEqual([]);
});

test("no code is exempt that has a golden", () => {
  expect(codes.filter((code) => hasGolden(code) && exempt[code] !== undefined)).toEqual([]);
});
