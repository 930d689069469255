// How files are written: never over an input, whatever path leads there; through links; with the mode they had; and a full disk is
// one line.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRandomTensor } from "../../../ir-spec/random-tensor.ts";
import { writeNpy } from "../../../src/tensors/npy.ts";
import { bundledCommand } from "../../bundled-command.ts";
import { type Folder, makeFolder, smallProgram } from "./run-in-folder.ts";

describe("files that are written", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = makeFolder();
    folder.write("small.tg", smallProgram);
    folder.write("in/x.txt", "");
  });
  afterEach(() => folder.remove());
  const inFolder = (name: string): string => join(folder.path, name);

  test("an output is never written over an input, by any path or link", async () => {
    symlinkSync("../small.tg", inFolder("in/soft.tg"));
    linkSync(inFolder("small.tg"), inFolder("in/hard.tg"));
    const paths = ["small.tg", "./small.tg", "in/../small.tg", inFolder("small.tg"), "in/soft.tg", "in/hard.tg"];
    for (const command of ["opt", "compile", "lower"]) {
      for (const path of paths) {
        const { exitCode, log, out } = await folder.run(command, "in/soft.tg", "-o", path);
        expect([command, path, exitCode, out]).toEqual([command, path, 1, ""]);
        expect(log).toContain(`error[E1316]: cannot write ${path}: it is the file that was read as in/soft.tg`);
      }
    }
    expect(folder.read("small.tg")).toBe(smallProgram);
  });

  test("inputs are also schedules, machines, streams, images and tensors", async () => {
    const x = writeNpy(makeRandomTensor({ dtype: "f32", shape: [4, 8] }, 1, "x"));
    folder.write("s.tg", "schedule s for small { kernel * { tile_m=4 } }\n");
    folder.write("y.npy", x);
    await folder.run("compile", "small.tg", "--target", "tiny", "-o", "a.s");
    await folder.run("asm", "a.s", "-o", "a.bin");
    const calls = [
      "compile small.tg --schedule s.tg -o s.tg",
      "compile small.tg --schedule s.tg#s -o s.tg",
      "asm a.s -o ./a.s",
      "disasm a.bin -o a.bin",
      "run small.tg --on ref --input x=y.npy --out .",
    ];
    for (const call of calls) {
      const { exitCode, log } = await folder.run(...call.split(" "));
      expect([call, exitCode, log.match(/E13\d\d/)?.[0]]).toEqual([call, 1, "E1316"]);
    }
    expect(folder.read("s.tg")).toContain("tile_m=4");
  });

  test("a name that is no file of the call may be written", async () => {
    folder.write("small", "");
    const { exitCode } = await folder.run("opt", "small.tg", "--graph", "small", "-o", "small");
    expect([exitCode, folder.read("small").slice(0, 11)]).toEqual([0, "graph small"]);
  });

  test("modes and links survive, and nothing is left beside a file", async () => {
    folder.write("out.tg", "old");
    chmodSync(inFolder("out.tg"), 0o751);
    symlinkSync("out.tg", inFolder("link.tg"));
    symlinkSync("in/new.tg", inFolder("dangling.tg"));
    symlinkSync("../link.tg", inFolder("in/chain.tg"));
    for (const path of ["out.tg", "link.tg", "in/chain.tg"]) {
      folder.write("out.tg", "old");
      expect((await folder.run("opt", "small.tg", "-o", path)).exitCode).toBe(0);
      expect(folder.read("out.tg")).toContain("graph small");
      expect(statSync(inFolder("out.tg")).mode & 0o7777).toBe(0o751);
    }
    expect((await folder.run("opt", "small.tg", "-o", "dangling.tg")).exitCode).toBe(0);
    expect(folder.read("in/new.tg")).toContain("graph small");
    const links = ["link.tg", "dangling.tg", "in/chain.tg"].map((name) => readlinkSync(inFolder(name)));
    expect(links).toEqual(["out.tg", "in/new.tg", "../link.tg"]);
    symlinkSync("circle.tg", inFolder("circle.tg"));
    expect((await folder.run("opt", "small.tg", "-o", "circle.tg")).log).toContain("its links go round in a circle");
    expect(
      [...readdirSync(folder.path), ...readdirSync(inFolder("in"))].filter((name) => name.endsWith(".tmp")),
    ).toEqual([]);
  });

  test("fmt --write keeps mode, links and the line breaks of the file", async () => {
    const lines = ["graph g(x: f32[4]) -> (y: f32[4]) {  // a", "y =   x", "}", ""];
    folder.write("crlf.tg", lines.join("\r\n"));
    chmodSync(inFolder("crlf.tg"), 0o640);
    symlinkSync("crlf.tg", inFolder("link.tg"));
    expect(await folder.run("fmt", "-w", "link.tg")).toEqual({ exitCode: 0, out: "link.tg\n", log: "" });
    const wanted = "graph g(x: f32[4]) -> (y: f32[4]) { // a\r\n  y = x\r\n}\r\n";
    expect([folder.read("crlf.tg"), statSync(inFolder("crlf.tg")).mode & 0o7777]).toEqual([wanted, 0o640]);
    expect(lstatSync(inFolder("link.tg")).isSymbolicLink()).toBe(true);
    expect(await folder.run("fmt", "--check", "crlf.tg")).toEqual({ exitCode: 0, out: "", log: "" });
  });

  test("a file that may not be written stays", async (context) => {
    if (process.getuid?.() === 0) context.skip("root may write everything");
    folder.write("readonly.tg", "old");
    chmodSync(inFolder("readonly.tg"), 0o444);
    expect((await folder.run("opt", "small.tg", "-o", "readonly.tg")).log).toContain("permission is denied");
    expect(folder.read("readonly.tg")).toBe("old");
  });

  test("a full disk is one line and exit code 1", async (context) => {
    if (!existsSync("/dev/full")) context.skip("the system has no device that is always full");
    const command = join(await bundledCommand(), "tgc.js");
    const full = openSync("/dev/full", "w");
    const run = (stdout: number | "pipe", ...call: readonly string[]) =>
      spawnSync(process.execPath, [command, ...call], {
        cwd: folder.path,
        encoding: "utf8",
        stdio: ["ignore", stdout, "pipe"],
      });
    for (const call of [
      ["list", "ops"],
      ["list", "ops", "--json"],
      ["opt", "small.tg"],
    ]) {
      const { status, stderr } = run(full, ...call);
      expect([call, status, stderr]).toEqual([call, 1, "error: cannot write to standard output: the disk is full\n"]);
    }
    const { status, stderr } = run("pipe", "opt", "small.tg", "-o", "/dev/full");
    expect([status, stderr.split("\n")[0]]).toEqual([1, "error[E1302]: cannot write /dev/full: the disk is full"]);
  });
});
