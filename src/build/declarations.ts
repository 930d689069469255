// Writes the library's type declarations: those of TypeScript's own, in which imports name the declaration files as every TypeScript
// understands them, and from which what nobody reaches is left out.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Relative imports in declarations, such as `from "./graph.ts"` and `import("../graph.ts")`. */
const relativeImport = /((?:from|import) ?\(?")(\.[^"]*)\.ts"/g;

/** Writes the declarations of the modules that `src/build/tsconfig.json` names into `folder`; gives the compiler's exit code. */
export function writeDeclarations(folder: string, entries: readonly string[]): number {
  const compiled = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--project", "src/build"], {
    stdio: "inherit",
  });
  const texts = new Map(declarationFiles(folder).map((path) => [path, readFileSync(path, "utf8")]));
  const reached = new Set(entries.map((entry) => join(folder, entry)));
  for (const path of reached) {
    const text = texts.get(path) ?? "";
    for (const [, , target = ""] of text.matchAll(relativeImport)) reached.add(declarationOf(path, target));
    // TypeScript before 5.7 does not follow an import of a `.ts` file from a declaration.
    writeFileSync(path, text.replace(relativeImport, '$1$2.js"'));
  }
  for (const path of texts.keys()) if (!reached.has(path)) rmSync(path);
  return compiled.status ?? 1;
}

function declarationFiles(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".d.ts")).map((name) => join(folder, name));
}

function declarationOf(importer: string, target: string): string {
  return normalize(join(dirname(importer), `${target}.d.ts`));
}
