// Bundles the command, the library and the WebGPU child process into dist/, so that `tgc` starts fast, and writes the
// library's type declarations. Run by `npm install` (prepare) and `npm run build`, from the repository's root.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { bundleForNode } from "./for-node.ts";

/** Name in dist/ -> source file. */
const entries = {
  tgc: "src/cli/main.ts",
  index: "src/index.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
};

rmSync("dist", { recursive: true, force: true });
await bundleForNode(entries, "dist");

const declarations = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--project", "src/build"], {
  stdio: "inherit",
});
process.exitCode = declarations.status ?? 1;
