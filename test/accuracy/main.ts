// `npm run accuracy`: prints the tables and writes ACCURACY.md; with `--check` says whether it is stale.

import { readFileSync, writeFileSync } from "node:fs";
import { shippedMachine } from "./machine.ts";
import { makeReport } from "./report.ts";

const file = new URL("../../ACCURACY.md", import.meta.url);
const text = makeReport(shippedMachine("trn2"));
if (process.argv.includes("--check")) {
  const isFresh = readFileSync(file, "utf8") === text;
  if (!isFresh) console.log("ACCURACY.md is stale; run npm run accuracy");
  process.exitCode = isFresh ? 0 : 1;
} else {
  console.log(text);
  writeFileSync(file, text);
}
