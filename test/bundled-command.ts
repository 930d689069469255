// The command as a process, bundled as users have it, for tests that need one: started from its sources, it takes ten times as long to load.
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { bundleForNode } from "../src/build/for-node.ts";
import { rootFolder } from "./run-tgc.ts";

const entries = {
  tgc: "src/cli/main.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
  "reference-worker": "src/cli/reference-worker.ts",
  "gpu-worker": "src/cli/gpu-worker.ts",
  "compare-worker": "src/cli/compare-worker.ts",
  "tune-worker": "src/cli/tune-worker.ts",
};

const made: { folder?: Promise<string> } = {};

/** The folder with the bundle, `tgc.js`, and its threads' scripts; made once for all files that a worker runs. */
export function bundledCommand(): Promise<string> {
  made.folder ??= bundle();
  return made.folder;
}

async function bundle(): Promise<string> {
  const folder = mkdtempSync(join(inject("bundles"), "command-"));
  await bundleForNode(entries, folder, ".js");
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "version": "0.0.0" }');
  symlinkSync(join(rootFolder, "dist"), join(folder, "dist"));
  return folder;
}
