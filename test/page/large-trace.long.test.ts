// A trace of more than a million events: what viewers need of Chrome's format holds to its end, and one opens it.
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { ChromeEvent } from "../../src/trace/chrome.ts";
import { rootDirectory } from "../architecture/source-files.ts";
import { makeFolder } from "../unit/cli/run-in-folder.ts";
import { startBrowser, watchPage } from "./browser.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
folder.write(
  "product.tg",
  `graph product<M = 16384, K = 15360, N = 16384>(x: bf16[M, K], weight w: bf16[K, N]) -> (y: bf16[M, N]) {
  y = matmul(x, w)
}
`,
);

/** Calls an action with each event; the file is a line for the head, one for each event, and one for the end. */
async function eachEvent(path: string, act: (event: ChromeEvent) => void): Promise<void> {
  const lines = createInterface({ input: createReadStream(path) });
  lines.on("line", (line) => {
    if (line.startsWith('{"name"')) act(JSON.parse(line.replace(/,$/, "")));
  });
  await once(lines, "close");
}

/** What is wrong with the events, at most a few of each kind. */
function makeJudge() {
  const complaints: string[] = [];
  const names = new Set<string>();
  const untilOf = new Map<string, number>();
  let before = Number.NEGATIVE_INFINITY;
  let slices = 0;
  const complain = (isWrong: boolean, what: string, event: ChromeEvent): void => {
    if (isWrong && complaints.length < 20) complaints.push(`${what}: ${JSON.stringify(event)}`);
  };
  const judge = (event: ChromeEvent): void => {
    const { name, ph, ts, pid, tid, dur = 0 } = event;
    const track = `${pid} ${tid}`;
    complain(name === "" || ![ts, pid, tid, dur].every(Number.isFinite) || dur < 0, "fields", event);
    if (ph === "M") {
      complain(slices > 0, "a name among events", event);
      if (name === "thread_name") names.add(track);
      return;
    }
    complain(ts < before, "order", event);
    before = ts;
    if (ph !== "X") return;
    complain(!names.has(track), "a track without a name", event);
    complain(ts < (untilOf.get(track) ?? 0), "nesting", event);
    untilOf.set(track, ts + dur);
    slices++;
  };
  return { judge, complaints, names, count: () => slices };
}

test("the fields, order and nesting of more than a million events, and a viewer that opens them", async () => {
  const ran = await folder.run("profile", "product.tg", "--trace", "product.json");
  expect(ran.log).toBe("");
  const path = join(folder.path, "product.json");
  const { judge, complaints, names, count } = makeJudge();
  await eachEvent(path, judge);
  expect(complaints).toEqual([]);
  expect(count()).toBeGreaterThan(1_000_000);

  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    // The viewer takes minutes; the test itself ends what hangs.
    page.setDefaultTimeout(0);
    const shown = watchPage(page, (url) => url.startsWith("file:"));
    await page.goto(pathToFileURL(join(rootDirectory, "node_modules/speedscope/dist/release/index.html")).href);
    await page.setInputFiles('input[type="file"]', path);
    await page.getByText(`(1/${names.size})`).waitFor();
    expect(shown).toEqual([]);
  } finally {
    await browser.close();
  }
});
