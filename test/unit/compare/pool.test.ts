// `tgc compare` and `tgc tune` as they are bundled work in threads: they say, byte for byte, what they say in one thread.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { bundledCommand } from "../../bundled-command.ts";
import { rootFolder } from "../../run-tgc.ts";
import { makeFolder } from "../cli/run-in-folder.ts";

const text = readFileSync(join(rootFolder, "samples/dataflows.tg"), "utf8");
const sizes = ["--dim", "M=128,256", "--dim", "N=512", "--dim", "K=128"];
const words = ["compare", "dataflows.tg", "--targets", "trn1,trn2", ...sizes];

/** A copy of the bundle, as a script of it is replaced. */
const folder = mkdtempSync(join(inject("bundles"), "compare-pool-"));
const here = makeFolder();

beforeAll(async () => {
  cpSync(await bundledCommand(), folder, { recursive: true });
  writeFileSync(join(folder, "dataflows.tg"), text);
  here.write("dataflows.tg", text);
});

afterAll(() => here.remove());

const runBundle = (...options: readonly string[]) =>
  spawnSync(process.execPath, [join(folder, "tgc.js"), ...words, ...options], { cwd: folder, encoding: "utf8" });

test.each([["--sort", "time"], ["--csv"], ["--json"]])("threads say what one thread says: %s", async (...options) => {
  const { status, stdout } = runBundle(...options);
  const { exitCode, out } = await here.run(...words, ...options);
  expect(stdout.split("\n").length).toBeGreaterThan(1);
  expect([status, stdout]).toEqual([exitCode, out]);
});

test("a search in threads finds what a search in one thread finds", async () => {
  const tune = [
    "tune",
    "dataflows.tg",
    "--dim",
    "M=24",
    "--dim",
    "N=40",
    "--dim",
    "K=16",
    "--target",
    "tiny",
    "--budget",
    "24",
  ];
  const run = (jobs: string) =>
    spawnSync(process.execPath, [join(folder, "tgc.js"), ...tune, "--jobs", jobs], { cwd: folder, encoding: "utf8" });
  const { exitCode, out } = await here.run(...tune);
  const { status, stdout } = run("3");
  expect(stdout).toContain("schedule tuned for");
  expect([status, stdout]).toEqual([exitCode, out]);
});

test.skipIf(availableParallelism() < 2)(
  "a job that throws is an internal error, so the runs are those of threads",
  () => {
    const script = 'export const runJob = () => { throw new Error("it is broken"); };';
    writeFileSync(join(folder, "compare-worker.js"), script);
    const { status, stdout } = runBundle("--json");
    expect([status, JSON.parse(stdout).diagnostics[0].code]).toEqual([3, "E9001"]);
  },
);
