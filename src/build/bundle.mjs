// Bundles the command, the library and the WebGPU child process into dist/, so that `tgc` starts fast.
// Plain JavaScript, because `prepare` runs it before anything else is known to work.
import { existsSync, rmSync } from "node:fs";
import { build } from "esbuild";

/** Output name in dist/ -> source file. */
const entries = {
  tgc: "src/cli/main.ts",
  index: "src/index.ts",
  vitest: "src/vitest.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
};

const present = Object.entries(entries).filter(([, source]) => existsSync(source));
const missing = Object.entries(entries).filter(([, source]) => !existsSync(source));
for (const [name, source] of missing)
  console.error(`bundle: ${source} does not exist yet, dist/${name}.js is not made`);

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(present),
  outdir: "dist",
  bundle: true,
  // Parts reached by a dynamic import() become chunks of their own and load only when a command needs them.
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: true,
  legalComments: "none",
  // Native code and a packed browser: they stay where npm put them. vitest is the caller's own.
  external: ["webgpu", "@sparticuz/chromium", "vitest"],
  logLevel: "warning",
});
