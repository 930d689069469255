// Finds every TypeScript file of the repository and takes from it what the architecture rules look at.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { scanTokens, type Token } from "./tokens.ts";

/** The repository's root directory. */
export const rootDirectory = join(dirname(fileURLToPath(import.meta.url)), "../..");

export interface Import {
  /** As written between the quotes. */
  readonly specifier: string;
  /** The imported file from the repository's root, for a relative import; otherwise the specifier. */
  readonly target: string;
  readonly line: number;
}

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** Makes a source file of a path and a text; rules can be tried on files that do not exist. */
export const makeSourceFile = (path: string, text: string): SourceFile => {
  const tokens = scanTokens(text);
  return { path, text, tokens, imports: findImports(path, tokens) };
};

/** Reads all files whose names end in one of `endings`, from the repository's root down, in order of their paths. */
export const walkFiles = (endings: readonly string[], folder = ""): readonly string[] => {
  const skipped = new Set(["node_modules", "dist", ".git", "coverage", "out"]);
  const found: string[] = [];
  const entries = readdirSync(join(rootDirectory, folder), { withFileTypes: true });
  for (const entry of entries) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name)) found.push(...walkFiles(endings, path));
    if (entry.isFile() && endings.some((ending) => entry.name.endsWith(ending))) found.push(path);
  }
  return found.sort();
};

/** Lists what git tracks and the disk still holds; undefined outside a git checkout. */
export const listTrackedFiles = (...patterns: readonly string[]): readonly string[] | undefined => {
  if (!existsSync(join(rootDirectory, ".git"))) return undefined;
  const listing = execFileSync("git", ["ls-files", "-z", "--", ...patterns], { cwd: rootDirectory, encoding: "utf8" });
  return listing.split("\0").filter((path) => path !== "" && existsSync(join(rootDirectory, path)));
};

/** Reads every TypeScript file of the repository. */
export const readSourceFiles = (): readonly SourceFile[] =>
  walkFiles([".ts", ".mts", ".cts"]).map((path) =>
    makeSourceFile(path, readFileSync(join(rootDirectory, path), "utf8")),
  );

/** Finds static imports, re-exports, dynamic imports and `import("...")` types, those of types alone included. */
const findImports = (path: string, tokens: readonly Token[]): readonly Import[] => {
  const imports: Import[] = [];
  for (const [index, token] of tokens.entries()) {
    const from = token.kind === "word" && tokens[index - 1]?.text !== "." ? findSpecifier(tokens, index) : undefined;
    if (from === undefined) continue;
    const isRelative = from.text.startsWith(".");
    const target = isRelative ? posix.join(posix.dirname(path), from.text) : from.text;
    imports.push({ specifier: from.text, target, line: from.line });
  }
  return imports;
};

/** The string that names the module, when an import or a re-export begins at `start`. */
const findSpecifier = (tokens: readonly Token[], start: number): Token | undefined => {
  const keyword = tokens[start]?.text;
  if (keyword !== "import" && keyword !== "export") return undefined;
  let next = start + 1;
  if (tokens[next]?.text === "type") next += 1;
  const first = tokens[next];
  if (keyword === "import" && first?.kind === "string") return first;
  if (keyword === "import" && first?.text === "(")
    return tokens[next + 1]?.kind === "string" ? tokens[next + 1] : undefined;
  if (keyword === "export" && first?.text !== "{" && first?.text !== "*") return undefined;
  // Names, commas, braces and `*` up to `from "..."`; anything else shows that this was no import after all.
  for (let index = next; index < tokens.length; index += 1) {
    const token = tokens[index];
    const following = tokens[index + 1];
    if (token?.text === "from" && token.kind === "word" && following?.kind === "string") return following;
    const belongs = token?.kind === "word" || (token?.kind === "punctuation" && "{},*".includes(token.text));
    const endsList = token?.text === "}" && following?.text !== "from";
    if (!belongs || endsList) return undefined;
  }
  return undefined;
};
