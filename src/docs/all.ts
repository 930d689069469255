// Writes every generated document, or with `--check` says which are stale. Run by `npm run docs` and `docs:check`.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiMarkdown } from "./api/api-doc.ts";
import { documents, type GeneratedDocument } from "./documents.ts";
import { readmeMarkdown } from "./readme-doc.ts";
import { tourMarkdown } from "./tour-doc.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

function readme(): string {
  const name = "samples/mlp.tg";
  return readmeMarkdown(readFileSync(join(root, "README.md"), "utf8"), {
    name,
    text: readFileSync(join(root, name), "utf8"),
  });
}

/**
 * Those that `tgc explain` does not know: the library's reference, which is made with a package that users do not get, README.md, a part
 * of which is generated, and the tour, which reads the code.
 */
const others: readonly GeneratedDocument[] = [
  { path: "API.md", subject: "function", make: apiMarkdown },
  { path: "README.md", subject: "introduction", make: readme },
  { path: "docs/tour.md", subject: "file", make: () => tourMarkdown((path) => readFileSync(join(root, path), "utf8")) },
];

const all: readonly GeneratedDocument[] = [...documents, ...others];

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
