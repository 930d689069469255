// `--trace` as a viewer of others reads it: speedscope, whose importer of the Trace Event Format complains about slices that do not nest.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { ChromeEvent } from "../../src/trace/chrome.ts";
import { rootDirectory } from "../architecture/source-files.ts";
import { makeFolder } from "../unit/cli/run-in-folder.ts";
import { startBrowser, watchPage } from "./browser.ts";

const viewer = pathToFileURL(join(rootDirectory, "node_modules/speedscope/dist/release/index.html")).href;
const folder = makeFolder();
const browser = await startBrowser();
afterAll(async () => {
  await browser.close();
  folder.remove();
});

folder.write(
  "block.tg",
  `graph block(x: bf16[200, 96], weight w: bf16[96, 80]) -> (y: bf16[200, 80]) {
  h = matmul(x, w)
  y = softmax(h)
}
`,
);

/** As speedscope calls the tracks: `engines (pid 1), act (tid 0)`. */
function tracksOf(events: readonly ChromeEvent[]): readonly string[] {
  const named = (name: string) => events.filter((event) => event.name === name);
  const processes = new Map(named("process_name").map(({ pid, args }) => [pid, args.name]));
  return named("thread_name").map(
    ({ pid, tid, args }) => `${processes.get(pid)} (pid ${pid}), ${args.name} (tid ${tid})`,
  );
}

test.each(["tiny", "trn2"])("a trace of a run on %s is read without complaints, track by track", async (target) => {
  const ran = await folder.run("profile", "block.tg", "--target", target, "--trace", "block.json");
  expect(ran.log).toBe("");
  const text = folder.read("block.json");
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly ChromeEvent[] };
  const packed = Buffer.from(text).toString("base64");
  folder.write("load.js", `speedscope.loadFileFromBase64("block.json", ${JSON.stringify(packed)})`);
  const page = await browser.newPage();
  const complaints = watchPage(page, (url) => url.startsWith("file:"));
  await page.goto(`${viewer}#localProfilePath=${join(folder.path, "load.js")}`);
  const tracks = tracksOf(traceEvents);
  expect(tracks.length).toBeGreaterThan(4);
  await page.getByText(`(1/${tracks.length})`).waitFor();
  const shown = (await page.textContent("body")) ?? "";
  expect(tracks.filter((track) => !shown.includes(track))).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});
