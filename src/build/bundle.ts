// Bundles the command, the library, the WebGPU child process and the threads into dist/, so that `tgc` starts
// fast, and writes the library's type declarations. Run by `npm install` (prepare) and `npm run build`, from the
// repository's root.
import { rmSync, writeFileSync } from "node:fs";
import { writeDeclarations } from "./declarations.ts";
import { bundleForBrowser } from "./for-browser.ts";
import { bundleForNode } from "./for-node.ts";
import { bundleLab, labSizes } from "./lab.ts";
import { noticesOf } from "./notices.ts";
import { bundlePage } from "./page.ts";

/** Name in dist/ -> source file. */
const entries = {
  tgc: "src/cli/main.ts",
  index: "src/index.ts",
  vitest: "src/vitest.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
  "reference-worker": "src/cli/reference-worker.ts",
  "gpu-worker": "src/cli/gpu-worker.ts",
  "compare-worker": "src/cli/compare-worker.ts",
  "tune-worker": "src/cli/tune-worker.ts",
  "suite-worker": "src/cli/suite-worker.ts",
  "conformance-worker": "src/cli/conformance-worker.ts",
};

rmSync("dist", { recursive: true, force: true });
const bundled = await bundleForNode(entries, "dist");
const bundledForPage = await bundlePage("dist");
const bundledForLab = await bundleLab("dist/lab");
const bundledForBrowser = await bundleForBrowser("src/browser.ts", "dist/browser.js");
writeFileSync("dist/NOTICES.txt", noticesOf([...bundled, ...bundledForPage, ...bundledForBrowser, ...bundledForLab]));
console.log(`dist/lab: ${labSizes("dist/lab")}`);
process.exitCode = writeDeclarations("dist/types", ["src/index.d.ts", "src/browser.d.ts", "src/vitest.d.ts"]);
