// The code and style of report pages, as the build made them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PageAssets } from "../page/page-html.ts";
import { packageFolder } from "./version.ts";

export function loadPageAssets(): PageAssets {
  const read = (name: string): string => readFileSync(join(packageFolder(), "dist", name), "utf8");
  return { script: read("report-page.js"), style: read("report-page-style.css") };
}
