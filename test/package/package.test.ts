// The package as a user gets it: packed, installed in an empty folder without its optional parts, called from there, imported there, its
// types checked there by the oldest TypeScript that the README names. Steps that need the registry say so where it cannot be reached.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { docsOf, isValue, openLibrary, rootFolder } from "../../src/docs/api/library.ts";

const folder = mkdtempSync(join(tmpdir(), "tgc-package-"));
const installed = join(folder, "node_modules/tgc");
const state: { offline?: string } = {};

function run(cwd: string, command: string, ...argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, argv, { cwd, encoding: "utf8", env: withoutNpm() });
  return { exitCode: status, out: stdout, log: stderr };
}

/** Without what npm tells its scripts, which would make an npm in here work in this project. */
function withoutNpm(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$|^TGC_/.test(name)));
}

const tgc = (...argv: readonly string[]) => run(folder, join(folder, "node_modules/.bin/tgc"), ...argv);

beforeAll(() => {
  const build = isBuilt() ? ["--ignore-scripts"] : [];
  const packed = run(rootFolder, "npm", "pack", "--silent", ...build, "--pack-destination", folder);
  const name = packed.out.trim().split("\n").at(-1) ?? "";
  expect(existsSync(join(folder, name)), packed.log).toBe(true);
  writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true, "type": "module" }\n');
  const options = ["--omit=optional", "--prefer-offline", "--no-audit", "--no-fund"];
  const install = run(folder, "npm", "install", ...options, `./${name}`);
  if (install.exitCode !== 0) state.offline = install.log;
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Whether all that a build writes is newer than all that it is made of, as after `npm install`; then packing builds nothing. */
function isBuilt(): boolean {
  const timesOf = (names: readonly string[]): readonly number[] =>
    names.flatMap((name) => {
      const path = join(rootFolder, name);
      if (!existsSync(path)) return [];
      const files = statSync(path).isFile() ? [path] : filesBelow(path).map((file) => join(path, file));
      return files.map((file) => statSync(file).mtimeMs);
    });
  const sources = timesOf(["ir-spec", "passes", "targets", "src", "samples", "package.json", "tsconfig.json"]);
  return (
    Math.min(...timesOf(["dist"]), Number.POSITIVE_INFINITY) > Math.max(...sources) &&
    existsSync(join(rootFolder, "dist/types"))
  );
}

/** Whether a step that needs the registry is left out, which is said. */
function isOffline(skip: (note: string) => void): boolean {
  if (state.offline === undefined) return false;
  console.warn(`left out, as the registry cannot be reached: ${state.offline.slice(0, 300)}`);
  skip("the registry cannot be reached");
  return true;
}

describe("installed without optional parts", () => {
  test("the command runs on what comes with it, and says what is missing", ({ skip }) => {
    if (isOffline(skip)) return;
    expect(tgc("--version").out).toMatch(/^\d+\.\d+\.\d+\n$/);
    const listed: { items: readonly { name: string }[] } = JSON.parse(tgc("list", "samples", "--json").out);
    expect(listed.items.length).toBeGreaterThan(5);
    expect(tgc("print", ...listed.items.map(({ name }) => name))).toMatchObject({ exitCode: 0, log: "" });
    const checked = tgc("check", "samples/vector-add.tg", "--target", "tiny");
    expect(checked.exitCode, checked.log).toBe(0);
    expect(checked.out).toMatch(/webgpu .*npm install webgpu/);
    expect(tgc("profile", "samples/mlp.tg").exitCode).toBe(0);
  });

  test("it is light", ({ skip }) => {
    if (isOffline(skip)) return;
    const modules = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
    // Assumed: what a user accepts for a command-line tool (B).
    const mostBytes = 12 * 2 ** 20;
    expect(modules.sort()).toEqual(["tgc", "tinypool"]);
    expect(sizeOf(installed)).toBeLessThan(mostBytes);
  });

  test("files that its texts name are there", ({ skip }) => {
    if (isOffline(skip)) return;
    const texts = filesBelow(installed).filter((name) => name.endsWith(".md"));
    expect(texts.length).toBeGreaterThan(10);
    const missing = texts.flatMap((name) => {
      const text = readFileSync(join(installed, name), "utf8");
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
      const local = links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => join(dirname(name), target));
      const samples = [...text.matchAll(/\bsamples\/[\w-]+\.tg\b/g)].map(([path]) => path);
      return [...local, ...samples]
        .filter((path) => !existsSync(join(installed, path)))
        .map((path) => `${name}: ${path}`);
    });
    expect([...new Set(missing)]).toEqual([]);
  });

  test("programs import it, its browser's form, its machines and its samples", ({ skip }) => {
    if (isOffline(skip)) return;
    writeFileSync(
      join(folder, "program.js"),
      `import { readFileSync } from "node:fs";
       import { fileURLToPath } from "node:url";
       import * as tgc from "tgc";
       import * as browser from "tgc/browser";
       const read = (name) => readFileSync(fileURLToPath(import.meta.resolve(name)), "utf8");
       const target = { machineFile: read("tgc/machines/trn1.json") };
       const graph = tgc.unwrap(tgc.parse(read("tgc/samples/vector-add.tg")));
       const same = Object.keys(tgc).sort().join() === Object.keys(browser).sort().join();
       console.log(same, tgc.unwrap(tgc.profile(graph, { target })).target, browser.unwrap(browser.parse(tgc.print(graph))).name);`,
    );
    const { out, log } = run(folder, process.execPath, "program.js");
    expect(log).toBe("");
    expect(out).toBe("true trn1 vector_add\n");
  });
});

/** The examples of the docstrings, as files of the user. */
function writeExamples(): readonly string[] {
  const { exports } = openLibrary("src/index.ts");
  const values = [...exports].filter(([, declaration]) => isValue(declaration));
  return values.flatMap(([name, declaration]) =>
    docsOf(declaration).examples.map((text, index) => {
      const file = `example-${name}-${index}.ts`;
      writeFileSync(join(folder, file), text);
      return file;
    }),
  );
}

test("the oldest TypeScript that the README names takes its types, without leaving any out", ({ skip }) => {
  if (isOffline(skip)) return;
  const [, oldest = ""] =
    /TypeScript (\d+\.\d+) or newer/.exec(readFileSync(join(rootFolder, "README.md"), "utf8")) ?? [];
  const options = ["--omit=optional", "--prefer-offline", "--no-audit", "--no-fund", "--no-save"];
  const got = run(folder, "npm", "install", ...options, `typescript@~${oldest}.0`);
  if (got.exitCode !== 0) state.offline = got.log;
  if (isOffline(skip)) return;
  const examples = writeExamples();
  expect(examples.length).toBeGreaterThan(20);
  // A mistake that has to be found, so that a run that checks nothing is seen.
  writeFileSync(join(folder, "wrong.ts"), 'import { parse } from "tgc";\nexport const wrong: number = parse("");\n');
  const strict = {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: "es2022",
    lib: ["es2023", "dom"],
    types: [],
  };
  const modules = process.env.TGC_LONG === undefined ? ["nodenext"] : ["nodenext", "preserve"];
  for (const module of modules) {
    const resolution = module === "preserve" ? { moduleResolution: "bundler" } : {};
    const config = { compilerOptions: { ...strict, module, ...resolution }, files: [...examples, "wrong.ts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { out } = run(folder, process.execPath, "node_modules/typescript/bin/tsc", "--pretty", "false");
    expect(
      out
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith(" ")),
    ).toEqual([expect.stringMatching(/^wrong\.ts\(2,14\): error TS2322: /)]);
  }
});

function filesBelow(path: string): readonly string[] {
  const names = readdirSync(path, { recursive: true, encoding: "utf8" });
  return names.filter((name) => !name.includes("node_modules") && statSync(join(path, name)).isFile());
}

function sizeOf(path: string): number {
  return filesBelow(path)
    .map((name) => statSync(join(path, name)).size)
    .reduce((sum, bytes) => sum + bytes, 0);
}
