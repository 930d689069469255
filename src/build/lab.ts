// Builds the lab as a folder of static files, which `tgc lab` serves and any web server can.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { labHtml } from "../lab/lab-html.ts";
import { noticesOf } from "./notices.ts";

const notice = "/* Contains code of npm packages; NOTICES.txt beside this file has their licences. */";

/** Writes the folder; gives the files that went in. */
export async function bundleLab(folder: string): Promise<readonly string[]> {
  const built = await build({
    entryPoints: { lab: "src/page/view/lab/main.ts", "lab-worker": "src/lab/worker.ts" },
    outdir: folder,
    bundle: true,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["chrome109", "firefox115", "safari16"],
    mainFields: ["module", "main"],
    legalComments: "none",
    banner: { js: notice },
    logLevel: "warning",
    metafile: true,
  });
  const styled = await build({
    ...{ entryPoints: { lab: "src/page/view/lab/lab.css" }, outdir: folder, bundle: true, minify: true },
    ...{ logLevel: "warning", metafile: true },
  });
  const inputs = Object.keys({ ...built.metafile.inputs, ...styled.metafile.inputs });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), labHtml(readSamples()));
  writeFileSync(join(folder, "NOTICES.txt"), noticesOf(inputs));
  return inputs;
}

/** Smallest first: those are read first. */
function readSamples() {
  const names = readdirSync("samples").filter((name) => name.endsWith(".tg"));
  const samples = names.map((name) => ({ name, text: readFileSync(join("samples", name), "utf8") }));
  return samples.sort((a, b) => a.text.length - b.text.length);
}

/** `NOTICES.txt 12 kB, index.html 20 kB, ...` of a built folder. */
export function labSizes(folder: string): string {
  const sizes = readdirSync(folder).map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
  return sizes.map(({ name, bytes }) => `${name} ${Math.ceil(bytes / 1000)} kB`).join(", ");
}
