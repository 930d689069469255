// `tgc check` as it is bundled computes the reference in a thread: it says what the library says in one thread, and a thread that
// fails or goes away ends the command with a message, never in a wait.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleForNode } from "../../../src/build/for-node.ts";
import { check, parse } from "../../../src/index.ts";
import { rootFolder } from "../../run-tgc.ts";

const text = `graph g(x: bf16[8, 12], weight w: bf16[12, 4]) -> (y: bf16[8, 4]) {
  y = softmax(matmul(x, w), axis=-1)
}
`;
/** Within the repository, since the bundle asks for packages that are installed there. */
const folder = mkdtempSync(join(rootFolder, "node_modules", ".reference-thread-"));

beforeAll(async () => {
  const entries = { tgc: "src/cli/main.ts", "reference-worker": "src/cli/reference-worker.ts" };
  await bundleForNode(entries, folder, ".js");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "g.tg"), text);
});

afterAll(() => rmSync(folder, { recursive: true }));

function runBundle() {
  const words = [join(folder, "tgc.js"), "check", "g.tg", "--target", "tiny", "--json"];
  const env = { ...process.env, TGC_WEBGPU: "off" };
  return spawnSync(process.execPath, words, { cwd: folder, env, encoding: "utf8" });
}

test("the thread says what this one says, and nothing is written beside it", async () => {
  const { status, stdout, stderr } = runBundle();
  const graph = parse(text);
  const report = graph.ok ? await check(graph.value, { target: "tiny" }) : graph;
  expect([status, stderr]).toEqual([0, ""]);
  expect(report.ok).toBe(true);
  expect(JSON.parse(stdout).outputs).toEqual(report.ok ? report.value.outputs : []);
});

test.each([
  ["throws", 'throw new Error("it is broken");', "it is broken"],
  ["ends", "process.exit(7);", "ended with exit code 7"],
])("a thread that %s is an internal error", (_what, script, told) => {
  writeFileSync(join(folder, "reference-worker.js"), script);
  const { status, stdout } = runBundle();
  expect([status, JSON.parse(stdout).diagnostics[0].code]).toEqual([3, "E9001"]);
  expect(stdout).toContain(told);
});
