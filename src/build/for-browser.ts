// How the library is bundled for browsers: one module without any import, or a script that defines `tgc`.
import { type BuildOptions, build } from "esbuild";

const options = {
  bundle: true,
  platform: "browser",
  target: "es2023",
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Bundles the module at `entry` to `outfile`; a module of Node in it does not build. Gives the files that went in. */
export async function bundleForBrowser(
  entry: string,
  outfile: string,
  format: "esm" | "iife" = "esm",
): Promise<readonly string[]> {
  const script = format === "iife" ? { globalName: "tgc" } : {};
  const built = await build({ ...options, ...script, format, entryPoints: [entry], outfile, metafile: true });
  return Object.keys(built.metafile.inputs);
}
