// Commands take several files, folders and standard input: one result for each, under its name, and outputs in a folder.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundledCommand } from "../../bundled-command.ts";
import { type Folder, makeFolder, smallProgram } from "./run-in-folder.ts";

const folder: { current?: Folder } = {};
const here = (): Folder => folder.current as Folder;

beforeEach(() => {
  folder.current = makeFolder();
  here().write("a.tg", smallProgram);
  here().write("deep/b.tg", smallProgram);
  here().write("deep/.hidden/c.tg", "not a program");
  here().write("deep/notes.txt", "not a program");
});

afterEach(() => here().remove());

describe("several files", () => {
  test("each is printed under its name", async () => {
    const { exitCode, out } = await here().run("print", "a.tg", "deep");
    expect(exitCode).toBe(0);
    expect(out.match(/^==> .* <==$/gm)).toEqual(["==> a.tg <==", "==> deep/b.tg <=="]);
  });

  test("one that fails does not stop the others, and decides the exit code", async () => {
    here().write("bad.tg", "graph bad(x: f32[4]) -> (y: f32[4]) { y = z }");
    const { exitCode, out, log } = await here().run("check", "bad.tg", "a.tg", "--target", "tiny");
    expect(exitCode).toBe(1);
    expect(log).toContain("error[E0201]");
    expect(out).toContain("==> a.tg <==");
    expect(out).not.toContain("==> bad.tg");
  });

  test("JSON has an object for each", async () => {
    here().write("bad.tg", "graph bad(x: f32[4]) -> (y: f32[4]) { y = z }");
    const json = await here().json("profile", "bad.tg", "a.tg", "--target", "tiny");
    expect(json).toMatchObject({
      schema: "tgc.profile/1",
      ok: false,
      files: [
        { file: "bad.tg", ok: false, diagnostics: [{ code: "E0201" }] },
        { file: "a.tg", ok: true, graph: "small", target: "tiny" },
      ],
    });
  });

  test("one file in a folder gives the same object as several", async () => {
    expect(await here().json("profile", "deep", "--target", "tiny")).toMatchObject({ files: [{ file: "deep/b.tg" }] });
  });
});

describe("-o with several files", () => {
  test.each([
    ["compile", [], "s"],
    ["compile", ["--emit", "tiles"], "tile"],
    ["lower", [], "tile"],
    ["opt", [], "tg"],
    ["opt", ["--passes", "lower"], "tile"],
    ["parse", [], "json"],
    ["print", [], "tg"],
  ] as const)("%s %j makes the folder, with the inputs' own below it", async (command, options, ending) => {
    const target = command === "parse" || command === "print" ? [] : ["--target", "tiny"];
    const ran = await here().run(command, ".", ...options, ...target, "-o", "out/new");
    expect(ran).toMatchObject({ exitCode: 0, log: "" });
    expect(here().read(`out/new/a.${ending}`)).not.toBe("");
    expect(here().read(`out/new/deep/b.${ending}`)).not.toBe("");
  });

  test("an output of `run` gets a folder for each input", async () => {
    expect(await here().run("run", "a.tg", "deep/b.tg", "--on", "ref", "--out", "out")).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(here().path, "out/a/y.npy")) && existsSync(join(here().path, "out/b/y.npy"))).toBe(true);
  });

  test("one file goes into a folder that is there, too", async () => {
    await here().run("print", "a.tg", "-o", "deep");
    expect(here().read("deep/a.tg")).toContain("graph small");
  });

  test("another file to write gets a folder, too", async () => {
    const ran = await here().run("profile", ".", "--target", "tiny", "--trace", "times.csv");
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(here().read("times/a.csv")).not.toBe("");
    expect(here().read("times/deep/b.csv")).not.toBe("");
  });

  test("no name of an input leads out of the folder", async () => {
    for (const name of ["..tg", "...tg"]) here().write(name, smallProgram);
    const ran = await here().run("run", "..tg", "...tg", "deep/../a.tg", "--on", "ref", "--out", "out");
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(here().path, "out")).sort()).toEqual(["...tg", "..tg", "a"]);
  });

  test("the output of one never replaces the file of another", async () => {
    here().write("deep/sub/a.tg", smallProgram);
    here().write("sub/a.tg", `// Not printed.\n${smallProgram}`);
    const ran = await here().run("print", "deep", "sub/a.tg", "-o", ".");
    expect(ran.exitCode).toBe(1);
    expect(ran.log).toContain("error[E1316]");
    expect(here().read("sub/a.tg")).toContain("// Not printed.");
    expect(existsSync(join(here().path, "b.tg"))).toBe(false);
  });

  test("images are read back from a folder", async () => {
    await here().run("compile", "a.tg", "deep", "--target", "tiny", "--emit", "bin", "-o", "images");
    const { out } = await here().run("disasm", "images");
    expect(out.match(/^stream small for tiny$/gm)?.length).toBe(2);
  });
});

test("links in folders are not followed in circles, and a folder with the ending of a program is no program", async () => {
  for (const link of ["one", "two", "three"]) symlinkSync(".", join(here().path, "deep", link));
  symlinkSync("nowhere.tg", join(here().path, "deep/broken.tg"));
  symlinkSync("../a.tg", join(here().path, "deep/linked.tg"));
  here().write("deep/folder.tg/c.tg", smallProgram);
  const { exitCode, out } = await here().run("print", "deep");
  expect(exitCode).toBe(0);
  const names = ["deep/b.tg", "deep/folder.tg/c.tg", "deep/linked.tg"];
  expect(out.match(/^==> .* <==$/gm)).toEqual(names.map((name) => `==> ${name} <==`));
});

test("`fmt` takes folders", async () => {
  here().write("deep/b.tg", "graph  g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }");
  expect(await here().run("fmt", "--check", ".")).toMatchObject({ exitCode: 1, out: "deep/b.tg\n" });
  expect(await here().run("fmt", "-w", ".")).toMatchObject({ exitCode: 0 });
  expect(await here().run("fmt", "--check", ".")).toMatchObject({ exitCode: 0 });
});

/** A process, as only that has standard input. */
async function pipe(input: string, ...argv: readonly string[]) {
  const words = [join(await bundledCommand(), "tgc.js"), ...argv];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: here().path, input, encoding: "utf8" });
  return { exitCode: status, out: stdout, log: stderr };
}

test("standard input is read as -, whatever its stage, and may stand among files", async () => {
  const lowered = await pipe(smallProgram, "lower", "-", "--target", "tiny", "-o", "out.tile");
  expect(lowered).toMatchObject({ exitCode: 0, log: "" });
  const profiled = await pipe(here().read("out.tile"), "profile", "a.tg", "-", "--target", "tiny", "--json");
  expect(JSON.parse(profiled.out)).toMatchObject({
    files: [
      { file: "a.tg", ok: true },
      { file: "<stdin>.tile", ok: true },
    ],
  });
  const wrong = await pipe("graph g(x: f32[4]) -> (y: f32[4]) { y = z }", "print", "-");
  expect(wrong.log).toContain("--> <stdin>:1:41");
  expect(wrong.exitCode).toBe(1);
});
