// Writes every generated document, or with `--check` says which are stale. Run by `npm run docs` and `docs:check`.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiMarkdown } from "./api/api-doc.ts";
import { documents, type GeneratedDocument } from "./documents.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** The library's reference is made with a package that users do not get, so `tgc explain` does not know it. */
const all: readonly GeneratedDocument[] = [...documents, { path: "API.md", subject: "function", make: apiMarkdown }];

/** The generated documents whose file is missing or has another text. */
export function staleDocuments(): readonly GeneratedDocument[] {
  return all.filter(({ path, make }) => {
    const file = join(root, path);
    return statSync(file, { throwIfNoEntry: false }) === undefined || readFileSync(file, "utf8") !== make();
  });
}

function main(words: readonly string[]): number {
  const stale = staleDocuments();
  const isCheck = words.includes("--check");
  for (const { path, make } of stale) {
    console.log(isCheck ? `${path} is stale; run npm run docs` : `wrote ${path}`);
    if (!isCheck) writeFileSync(join(root, path), make());
  }
  return isCheck && stale.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
