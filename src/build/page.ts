// Bundles the code and the style of report pages, which the command puts into the one file of a page.
import { build } from "esbuild";

/** Pages go to people who have no NOTICES.txt. */
const notice =
  "/* Contains code of dagre (MIT) and d3-scale with what it needs (ISC); NOTICES.txt of tgc has the licences. */";

/** Writes report-page.js and report-page-style.css; gives the files that went in. */
export async function bundlePage(outdir: string): Promise<readonly string[]> {
  const built = await build({
    entryPoints: { "report-page": "src/page/view/main.ts", "report-page-style": "src/page/view/style.css" },
    outdir,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["chrome109", "firefox115", "safari16"],
    legalComments: "none",
    banner: { js: notice },
    logLevel: "warning",
    metafile: true,
  });
  return Object.keys(built.metafile.inputs);
}
