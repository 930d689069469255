// Wrong usage: exit code 2, what was wrong and what was meant; and files that cannot be read or written: exit code 1.
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, smallProgram } from "./run-in-folder.ts";

const folder = makeFolder();
beforeAll(() => {
  folder.write("small.tg", smallProgram);
});
afterAll(() => folder.remove());

const usage: readonly (readonly [argv: readonly string[], message: string])[] = [
  [[], "found no command"],
  [["compil", "small.tg"], "did you mean `compile`?"],
  [["compile"], "missing required argument `file`"],
  [["explain", "relu", "more"], "too many arguments"],
  [["compile", "small.tg", "--taget", "trn2"], "did you mean `--target`?"],
  [["compile", "small.tg", "--strategy", "fast"], "expected one of heuristic, naive"],
  [["compile", "small.tg", "--target"], "argument missing"],
  [["compile", "small.tg", "--dim", "T"], "expected name=size"],
  [["compile", "small.tg", "--dim", "T=a"], "expected name=size"],
  [["compile", "small.tg", "--dim", "T="], "expected name=size with an integer up to 2147483647, as in T=256"],
  [["compile", "small.tg", "--dim", "T=1e9"], "expected name=size with an integer up to 2147483647, as in T=256"],
  [["help", "compil"], "unknown command `compil`\n  = help: did you mean `compile`?"],
  [["compile", "small.tg", "--dim", "T=4", "--dim", "T=5"], "expected `T` once"],
  [["compile", "small.tg", "--dim", "T=99999999999999999999"], "an integer up to 2147483647"],
  [["run", "small.tg", "--seed", "-1"], "expected an integer from 0 to 9007199254740991"],
  [["run", "small.tg", "--seed", "99999999999999999999"], "expected an integer from 0 to 9007199254740991"],
  [["compile", "small.tg", "-o", "a.s", "-o", "b.s"], "expected the option once"],
  [["compile", "small.tg", "--target", "tiny", "--target", "tiny"], "expected the option once"],
  [["run", "small.tg", "--seed", "1", "--seed", "2"], "expected the option once"],
  [["compile", "small.tg", "--target", ""], "expected a target"],
  [["compile", "small.tg", "-o", ""], "expected a path"],
  [["run", "small.tg", "--out", ""], "expected a dir"],
  [["run", "small.tg", "--on", "gpu"], "expected one of ref, tiles, neuron, webgpu"],
];

for (const [argv, message] of usage) {
  test(`tgc ${argv.join(" ")}: ${message}`, async () => {
    const { exitCode, out, log } = await folder.run(...argv);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(log).toMatch(/^error: /);
    expect(log).toContain(message);
  });
}

test("with --json wrong usage is reported on stdout as well", async () => {
  const { exitCode, out } = await folder.run("compile", "--json");
  expect(exitCode).toBe(2);
  expect(JSON.parse(out)).toMatchObject({ schema: "tgc.usage/1", ok: false });
});

test("help and version end with 0, on stdout", async () => {
  for (const argv of [["--help"], ["help", "compile"], ["compile", "--help"], ["--version"]]) {
    const { exitCode, out, log } = await folder.run(...argv);
    expect([exitCode, log]).toEqual([0, ""]);
    expect(out).toMatch(/\n$/);
  }
  expect((await folder.run("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

const unreadable: readonly (readonly [name: string, code: string, why: string])[] = [
  ["nowhere.tg", "E1301", "there is no such file"],
  ["folder", "E1320", "found no file in folder that ends in one of .tg"],
  ["", "E1301", "its name is empty"],
  ["-", "E1301", "standard input is not read"],
  ["small.tg/inner.tg", "E1301", "a part of its path is no folder"],
  ["latin.tg", "E0106", "bytes that are not UTF-8"],
  ["binary.tg", "E0106", "NUL bytes"],
  ["empty.tg", "E0105", "has no graph"],
  ["large.tg", "E0107", "expected at most"],
];

test("a file that cannot be read is a diagnostic", async () => {
  folder.write("folder/inside.txt", "");
  folder.write("latin.tg", Uint8Array.of(0x2f, 0x2f, 0xe4, 0x0a));
  folder.write("binary.tg", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0, 1));
  folder.write("empty.tg", "");
  folder.write("large.tg", "// a line\n".repeat(5_000_000));
  for (const [name, code, why] of unreadable) {
    const { exitCode, log } = await folder.run("print", name);
    expect([name, exitCode]).toEqual([name, 1]);
    expect(log).toContain(`error[${code}]`);
    expect(log).toContain(why);
  }
});

test("a file that cannot be written is a diagnostic, and leaves nothing behind", async () => {
  folder.write("taken/small.s/inside.txt", "");
  for (const path of ["taken", "nowhere/out.s", "small.tg/out.s"]) {
    const { exitCode, log } = await folder.run("compile", "small.tg", "-o", path);
    expect([path, exitCode]).toEqual([path, 1]);
    expect(log).toContain("error[E1302]");
  }
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a bug of tgc ends with 3, a diagnostic and a reproducer", async () => {
  const { errorToDiagnostic, isInternal, writeReproducer } = await import("../../../src/cli/internal-error.ts");
  const found = errorToDiagnostic(new Error("internal: planted"), "tgc compile");
  expect(isInternal(found)).toBe(true);
  expect(found.args).toEqual({ step: "tgc compile", why: "planted" });
  const name = writeReproducer(["compile", "small.tg"], folder.path, "planted\n    at nowhere") ?? "";
  expect(existsSync(join(folder.path, name))).toBe(true);
  const text = folder.read(name);
  for (const part of ["tgc compile small.tg", "planted", "--- small.tg", "y = matmul(x, w) + b"]) {
    expect(text).toContain(part);
  }
});

test("a file of another user is reported as such", async (context) => {
  if (process.getuid?.() === 0) context.skip("root may read everything");
  folder.write("secret.tg", smallProgram);
  chmodSync(join(folder.path, "secret.tg"), 0);
  expect((await folder.run("print", "secret.tg")).log).toContain("permission is denied");
});
