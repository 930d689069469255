// Runs the benchmarks as users run the command: bundled with the same options, in a folder that is removed afterwards. From
// source, each closure would have its name set as it is made, which tells other times.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleForNode } from "../../src/build/for-node.ts";

/** Name in the folder -> source file. */
const entries = { main: "test/bench/main.ts", "memory-run": "test/bench/memory-run.ts" };

const folder = mkdtempSync(join(tmpdir(), "tgc-bench-"));
try {
  await bundleForNode(entries, folder, ".mjs");
  const words = [join(folder, "main.mjs"), ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, words, { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
