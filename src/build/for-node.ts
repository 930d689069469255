// How what runs on Node is bundled: the command and the library for dist/, and the benchmarks, which measure what users run.
import { type BuildOptions, build } from "esbuild";

const options = {
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
  // Native code, a packed browser, and a pool whose threads run a script of its own stay where npm put them.
  external: ["webgpu", "@sparticuz/chromium", "tinypool", "vitest"],
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Bundles `entryPoints`, name in `outdir` -> source file; gives the files that went in. A folder that is no package of modules needs `.mjs`. */
export async function bundleForNode(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
  extension: ".js" | ".mjs" = ".js",
): Promise<readonly string[]> {
  const built = await build({ ...options, entryPoints, outdir, outExtension: { ".js": extension }, metafile: true });
  return Object.keys(built.metafile.inputs);
}
