// `tgc check` as it is bundled computes the reference in a thread, and serves the GPU in another: it says what the library says in one
// thread, and a thread that fails or goes away ends the command with a message, never in a wait.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { check, parse } from "../../../src/index.ts";
import { bundledCommand } from "../../bundled-command.ts";

const text = `graph g(x: bf16[8, 12], weight w: bf16[12, 4]) -> (y: bf16[8, 4]) {
  y = softmax(matmul(x, w), axis=-1)
}
`;
/** A copy of the bundle, as a script of it is replaced. */
const folder = mkdtempSync(join(inject("bundles"), "check-threads-"));

beforeAll(async () => {
  cpSync(await bundledCommand(), folder, { recursive: true });
  writeFileSync(join(folder, "g.tg"), text);
});

function runBundle() {
  const words = [join(folder, "tgc.js"), "check", "g.tg", "--target", "tiny", "--json"];
  const env = { ...process.env, TGC_WEBGPU: "off" };
  return spawnSync(process.execPath, words, { cwd: folder, env, encoding: "utf8" });
}

test("the threads say what this one says, and nothing is written beside it", async () => {
  const { status, stdout, stderr } = runBundle();
  const graph = parse(text);
  const report = graph.ok ? await check(graph.value, { target: "tiny" }) : graph;
  expect([status, stderr]).toEqual([0, ""]);
  expect(report.ok).toBe(true);
  expect(JSON.parse(stdout).outputs).toEqual(report.ok ? report.value.outputs : []);
});

test.each([
  ["reference-worker", 'throw new Error("it is broken");', "it is broken"],
  ["reference-worker", "process.exit(7);", "the reference's thread ended with exit code 7"],
  ["gpu-worker", "process.exit(7);", "the GPU's thread ended with exit code 7"],
])("%s: `%s` is an internal error", (thread, script, told) => {
  const file = join(folder, `${thread}.js`);
  const whole = readFileSync(file);
  writeFileSync(file, script);
  const { status, stdout } = runBundle();
  writeFileSync(file, whole);
  expect([status, JSON.parse(stdout).diagnostics[0].code]).toEqual([3, "E9001"]);
  expect(stdout).toContain(told);
});
