// Bundles the command, the library and the WebGPU child process into dist/, so that `tgc` starts fast, and writes the
// library's type declarations. Run by `npm install` (prepare) and `npm run build`, from the repository's root.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";

/** Name in dist/ -> source file. */
const entries = {
  tgc: "src/cli/main.ts",
  index: "src/index.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
};

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: entries,
  outdir: "dist",
  bundle: true,
  // Parts reached by a dynamic import() become chunks of their own, loaded only by the commands that need them.
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20",
  // jsonc-parser's CommonJS form asks for its parts by computed names, which no bundler can follow.
  mainFields: ["module", "main"],
  // Identifiers stay, and with them the names of functions. `keepNames` would set the name of each closure as it is made,
  // which took a third of the time of what makes many.
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: "none",
  // CommonJS packages inside the bundle (commander) still ask for Node's built-ins through require().
  banner: { js: 'import{createRequire as makeRequire}from"node:module";const require=makeRequire(import.meta.url);' },
  // Native code and a packed browser stay where npm put them.
  external: ["webgpu", "@sparticuz/chromium"],
  logLevel: "warning",
});

const declarations = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--project", "src/build"], {
  stdio: "inherit",
});
process.exitCode = declarations.status ?? 1;
