// Bundles the command, the library and the WebGPU child process into dist/, so that `tgc` starts fast, and writes the
// library's type declarations. Run by `npm install` (prepare) and `npm run build`, from the repository's root.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { build } from "esbuild";

/** Name in dist/ -> source file. */
const entries = {
  tgc: "src/cli/main.ts",
  index: "src/index.ts",
  vitest: "src/vitest.ts",
  "gpu-child": "targets/gpu-host/node-child.ts",
};

const isPresent = ([, source]: [string, string]): boolean => existsSync(source);
const present = Object.entries(entries).filter(isPresent);
const missing = Object.entries(entries).filter((entry) => !isPresent(entry));
for (const [name, source] of missing) console.error(`bundle: no dist/${name}.js, because there is no ${source} yet`);

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: Object.fromEntries(present),
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
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  sourcemap: true,
  legalComments: "none",
  // CommonJS packages inside the bundle (commander) still ask for Node's built-ins through require().
  banner: { js: 'import{createRequire as makeRequire}from"node:module";const require=makeRequire(import.meta.url);' },
  // Native code and a packed browser stay where npm put them; vitest is the caller's own.
  external: ["webgpu", "@sparticuz/chromium", "vitest"],
  logLevel: "warning",
});

if (existsSync(entries.index)) {
  const declarations = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--project", "src/build"], {
    stdio: "inherit",
  });
  if (declarations.status !== 0)
    console.error("bundle: the type checker complains, see above; dist/types may be wrong");
}
