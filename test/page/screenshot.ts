// Renews the picture of a report that README.md shows. Run by `npm run screenshot`, after `npm run build`.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rootFolder, runTgc } from "../run-tgc.ts";
import { startBrowser } from "./browser.ts";

const picture = join(rootFolder, "pictures/report.png");

/** The longest tables are left out, so that the timeline is in the picture. */
const style = "#summary .columns, #path, footer { display: none } .panel { margin-bottom: 0 }";

const folder = mkdtempSync(join(tmpdir(), "tgc-picture-"));
const page = join(folder, "mlp.html");
const { exitCode, log } = await runTgc(["report", "samples/mlp.tg", "-o", page]);
if (exitCode !== 0) throw new Error(log);
const browser = await startBrowser();
const tab = await browser.newPage({ viewport: { width: 1300, height: 930 }, colorScheme: "light" });
await tab.goto(pathToFileURL(page).href);
await tab.addStyleTag({ content: style });
await tab.waitForTimeout(500);
await tab.screenshot({ path: picture });
await browser.close();
rmSync(folder, { recursive: true });
console.log(`${picture}: ${Math.ceil(statSync(picture).size / 1000)} kB`);
